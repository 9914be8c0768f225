//! What became of a run, in words: what did not hold, and the verdict.

use super::{
    amount, clean,
    look::{self, BAD, BOLD, DIM, Look, WARN},
};
use jaunt_record::{Expected, Failure, FailurePhase, Record, Step, StepVerdict, Verdict};

/// Which journey it is.
pub(crate) fn heading(record: &Record, title: Option<&str>, look: &Look) -> String {
    let name = clean::line(&record.journey);
    let mut place = format!("region {}", clean::line(&record.region));
    if record.customer != "default" {
        place = format!("customer {}, {place}", clean::line(&record.customer));
    }
    let head = format!("{BOLD}{name}{BOLD:#}  {DIM}{place}{DIM:#}\n");
    match title {
        None => head,
        Some(title) => {
            let title = clean::cut(&clean::line(title), look.width, look.glyph("…", "~"));
            format!("{head}{title}\n")
        }
    }
}

/// What did not hold, and the verdict as the last line.
pub(crate) fn told(record: &Record, look: &Look) -> String {
    let mut text = String::new();
    if let Some(failure) = &record.failure {
        text.push_str(&failed(record, failure, look));
    }
    if record.verdict == Verdict::Slow {
        text.push_str(&slow(record, look));
    }
    text.push_str(&warnings(record, look));
    text.push_str(&verdict(record, look));
    text
}

fn failed(record: &Record, failure: &Failure, look: &Look) -> String {
    let style = BAD.bold();
    let mark = look.glyph("✗", "x");
    let step = clean::line(&failure.step);
    let mut text = format!(
        "{style}{mark} step `{step}` failed {}{style:#}\n",
        during(failure.phase)
    );
    for line in clean::wrap(&clean::line(&failure.message), look.width.saturating_sub(4)) {
        text.push_str(&format!("    {line}\n"));
    }
    let party = clean::line(failure.party.as_str());
    text.push_str(&format!(
        "    {DIM}kind {}, points at {party}{DIM:#}\n",
        failure.kind
    ));
    if let Some(step) = record.steps.iter().find(|step| step.id == failure.step) {
        text.push_str(&unheld(step, "fail", look));
        text.push_str(&held(step, look));
    }
    if let Some(excerpt) = &failure.excerpt {
        text.push_str(&quoted(excerpt, look));
    }
    text.push('\n');
    text
}

/// A phase as people would say it.
const fn during(phase: FailurePhase) -> &'static str {
    match phase {
        FailurePhase::Resolve => "while its name was resolved",
        FailurePhase::Connect => "while connecting",
        FailurePhase::Tls => "in the TLS handshake",
        FailurePhase::Send => "while sending the request",
        FailurePhase::Wait => "while waiting for the first byte of the answer",
        FailurePhase::Receive => "while receiving the answer",
        FailurePhase::Expect => "since the answer is not what was expected",
        FailurePhase::Capture => "since what later steps need was not in the answer",
    }
}

/// The expectations that do not hold and mean `otherwise`.
fn unheld(step: &Step, otherwise: &str, look: &Look) -> String {
    step.expectations
        .iter()
        .filter(|one| !one.holds && one.otherwise == otherwise)
        .map(|one| expectation(one, look))
        .collect()
}

fn expectation(one: &Expected, look: &Look) -> String {
    let style = if one.otherwise == "fail" { BAD } else { WARN };
    let mark = look.glyph("✗", "x");
    let subject = clean::line(&one.subject);
    format!("    {style}{mark}{style:#} {subject}\n") + &two(&one.expected, &one.actual)
}

/// Expected above seen, so that the eye compares.
fn two(expected: &str, actual: &str) -> String {
    let (expected, actual) = (clean::line(expected), clean::line(actual));
    format!("        {DIM}expected{DIM:#}  {expected}\n        {DIM}seen    {DIM:#}  {actual}\n")
}

fn held(step: &Step, look: &Look) -> String {
    let held = step.expectations.iter().filter(|one| one.holds).count();
    let mark = look.glyph("✓", "+");
    match held {
        0 => String::new(),
        1 => format!("    {DIM}{mark} 1 other expectation holds{DIM:#}\n"),
        _ => format!("    {DIM}{mark} {held} other expectations hold{DIM:#}\n"),
    }
}

fn quoted(excerpt: &str, look: &Look) -> String {
    const LINES: usize = 12;
    let bar = look.glyph("│", "|");
    let mut text = format!("    {DIM}the answer, in part:{DIM:#}\n");
    for line in clean::lines(excerpt).take(LINES) {
        text.push_str(&format!("    {DIM}{bar}{DIM:#} {line}\n"));
    }
    text
}

fn slow(record: &Record, look: &Look) -> String {
    let mut text = String::new();
    for step in record
        .steps
        .iter()
        .filter(|step| step.verdict == StepVerdict::Slow)
    {
        let style = WARN.bold();
        let mark = look.glyph("◷", "~");
        text.push_str(&format!(
            "{style}{mark} step `{}` was slow{style:#}\n",
            clean::line(&step.id)
        ));
        text.push_str(&unheld(step, "slow", look));
        text.push('\n');
    }
    text
}

fn warnings(record: &Record, look: &Look) -> String {
    let mark = look.glyph("⚠", "!");
    let mut text = String::new();
    for warning in &record.warnings {
        let step = clean::line(&warning.step);
        let what = if warning.cleanup {
            format!("clean-up step `{step}` failed; the verdict stands")
        } else {
            format!("step `{step}` warns; no budget is spent")
        };
        text.push_str(&format!("{WARN}{mark} {what}{WARN:#}\n"));
        text.push_str(&two(&warning.expected, &warning.actual));
        text.push('\n');
    }
    text
}

/// One run of many: the verdict, and why where it is not good.
pub(crate) fn brief(record: &Record, look: &Look) -> String {
    let mut text = verdict(record, look);
    if let Some(failure) = &record.failure {
        let (step, message) = (clean::line(&failure.step), clean::line(&failure.message));
        text.push_str(&format!("  step `{step}`, {}: {message}\n", failure.kind));
    }
    text
}

/// The verdict, and what a user waited for.
fn verdict(record: &Record, look: &Look) -> String {
    let style = look::verdict(record.verdict);
    let took = amount::duration(record.duration, look);
    let ran = record
        .steps
        .iter()
        .filter(|step| step.verdict != StepVerdict::Skipped)
        .count();
    let skipped = record.steps.len() - ran;
    let reason = match (record.verdict, &record.void, &record.missed) {
        (Verdict::Pass, ..) => format!("in {took}"),
        (Verdict::Slow, ..) => {
            format!("in {took}: a user got what they came for, but waited too long")
        }
        (Verdict::Fail, ..) => format!("after {took}"),
        (Verdict::Void, Some(void), _) => {
            format!("({}): {}", void.cause, clean::line(&void.message))
        }
        (Verdict::Missed, _, Some(missed)) => format!("({missed})"),
        (Verdict::Void | Verdict::Missed, ..) => String::new(),
    };
    let mut steps = format!("{ran} of {} steps", record.steps.len());
    if skipped == 0 {
        steps = format!("{ran} {}", if ran == 1 { "step" } else { "steps" });
    }
    let verdict = record.verdict;
    format!(
        "{style}{verdict}{style:#} {reason} {DIM}({steps}; run {}){DIM:#}\n",
        record.id
    )
}
