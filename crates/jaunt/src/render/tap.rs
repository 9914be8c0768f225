//! Runs as TAP 14: a subtest per run, a test point per step.
//!
//! <https://testanything.org/tap-version-14-specification.html>

use super::{clean, json};
use jaunt_record::{Record, Step, StepVerdict, Verdict};
use serde_json::{Value, json};

/// All runs as one document.
pub(crate) fn document(records: &[Record]) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", records.len());
    for (at, record) in records.iter().enumerate() {
        text.push_str(&subtest(record));
        let good = matches!(record.verdict, Verdict::Pass | Verdict::Slow);
        let name = escaped(&record.journey);
        text.push_str(&format!("{} {} - {name}\n", ok(good), at + 1));
        text.push_str(&diagnostics("  ", &of_run(record)));
    }
    text
}

const fn ok(good: bool) -> &'static str {
    if good { "ok" } else { "not ok" }
}

fn subtest(record: &Record) -> String {
    if record.steps.is_empty() {
        return String::new();
    }
    let mut text = format!("# Subtest: {}\n", escaped(&record.journey));
    text.push_str(&format!("    1..{}\n", record.steps.len()));
    for (at, step) in record.steps.iter().enumerate() {
        text.push_str(&point(at + 1, step, record));
    }
    text
}

fn point(number: usize, step: &Step, record: &Record) -> String {
    // A clean-up step that fails leaves the verdict alone, so it must leave the subtest's alone.
    let directive = match step.verdict {
        StepVerdict::Skipped => {
            format!(
                " # SKIP {}",
                escaped(step.reason.as_deref().unwrap_or_default())
            )
        }
        StepVerdict::Fail if step.always && record.verdict != Verdict::Fail => {
            " # TODO clean-up, outside the verdict".into()
        }
        _ => String::new(),
    };
    let good = !matches!(step.verdict, StepVerdict::Fail | StepVerdict::Void);
    let line = format!(
        "    {} {number} - {}{directive}",
        ok(good),
        escaped(&step.id)
    );
    format!(
        "{}\n{}",
        line.trim_end(),
        diagnostics("      ", &of_step(step))
    )
}

fn of_run(record: &Record) -> Value {
    let mut said = json!({
        "verdict": record.verdict,
        "duration_ms": json::milliseconds(record.duration),
        "run_id": record.id.to_string(),
    });
    if let (Some(void), Some(said)) = (&record.void, said.as_object_mut()) {
        said.insert("cause".into(), json!(void.cause));
        said.insert("message".into(), json!(void.message));
    }
    said
}

fn of_step(step: &Step) -> Value {
    let mut said = json!({
        "verdict": step.verdict,
        "duration_ms": json::milliseconds(step.duration),
    });
    let Some(object) = said.as_object_mut() else {
        return said;
    };
    if let Some(failure) = &step.failure {
        object.insert("kind".into(), json!(failure.kind));
        object.insert("phase".into(), json!(failure.phase));
        object.insert("party".into(), json!(failure.party));
        object.insert("message".into(), json!(failure.message));
    }
    let unheld: Vec<Value> = step
        .expectations
        .iter()
        .filter(|one| !one.holds)
        .map(|one| {
            json!(format!(
                "{}: expected {}, seen {}",
                one.subject, one.expected, one.actual
            ))
        })
        .collect();
    if !unheld.is_empty() {
        object.insert("unheld".into(), Value::Array(unheld));
    }
    said
}

/// A YAML block. Its values are written as JSON, which YAML 1.2 reads: no quoting of our own.
fn diagnostics(indent: &str, said: &Value) -> String {
    let mut text = format!("{indent}---\n");
    for (key, value) in said.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => {
                text.push_str(&format!("{indent}{key}:\n"));
                for item in items {
                    text.push_str(&format!("{indent}  - {item}\n"));
                }
            }
            value => text.push_str(&format!("{indent}{key}: {value}\n")),
        }
    }
    text + &format!("{indent}...\n")
}

/// A description: `#` would begin a directive, and a backslash escapes.
fn escaped(text: &str) -> String {
    clean::line(text).replace('\\', "\\\\").replace('#', "\\#")
}
