//! Runs as JUnit XML: a suite per run, a case per step.
//!
//! A `time` has three decimals of a second, for the schema that CI systems go by knows no more; how
//! long a run took to the last digit is its suite's property `duration_ms`.

use super::{clean, look::Look, waterfall};
use jaunt_record::{Record, Step, StepVerdict, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// The document could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the runs as JUnit XML")]
pub(crate) struct Unwritable(#[source] quick_junit::SerializeError);

/// All runs as one document; characters that XML does not know are taken out.
pub(crate) fn document(records: &[Record], look: &Look) -> Result<String, Unwritable> {
    let mut report = Report::new("jaunt");
    report.set_time(shown(records.iter().map(|record| record.duration).sum()));
    report.add_test_suites(records.iter().map(|record| suite(record, look)));
    let text = report.to_string().map_err(Unwritable)?;
    Ok(without_skipped(&text))
}

/// The root without its `skipped`: the schema that CI systems go by knows it on suites alone.
fn without_skipped(text: &str) -> String {
    let stripped = text.split_once("<testsuites ").and_then(|(before, root)| {
        let (root, rest) = root.split_once('>')?;
        let (head, tail) = root.split_once(" skipped=\"")?;
        let (_, tail) = tail.split_once('"')?;
        Some(format!("{before}<testsuites {head}{tail}>{rest}"))
    });
    stripped.unwrap_or_else(|| text.to_owned())
}

/// What took less than a millisecond took one, rather than no time at all.
fn shown(duration: Duration) -> Duration {
    const LEAST: Duration = Duration::from_millis(1);
    if duration.is_zero() {
        duration
    } else {
        duration.max(LEAST)
    }
}

fn in_ms(duration: Duration) -> String {
    format!("{:.6}", 1e3 * duration.as_secs_f64())
}

fn suite(record: &Record, look: &Look) -> TestSuite {
    let name = clean::line(&record.journey);
    let mut suite = TestSuite::new(name.as_str());
    suite.set_time(shown(record.duration));
    for (key, value) in [
        ("customer", record.customer.clone()),
        ("region", record.region.clone()),
        ("run_id", record.id.to_string()),
        ("verdict", record.verdict.to_string()),
        ("duration_ms", in_ms(record.duration)),
    ] {
        suite.add_property((key, value.as_str()));
    }
    suite.add_test_cases(record.steps.iter().map(|step| case(&name, step)));
    if let Some(void) = unmeasured(record) {
        suite.add_test_case(void);
    }
    let drawn = waterfall::draw(record, look);
    suite.set_system_out(anstream::adapter::strip_str(&drawn).to_string());
    suite
}

/// A run that could not be measured is an error of the run, not of any one step.
fn unmeasured(record: &Record) -> Option<TestCase> {
    if !matches!(record.verdict, Verdict::Void | Verdict::Missed) {
        return None;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    if let Some(void) = &record.void {
        status.set_type(void.cause.as_str());
        status.set_message(clean::line(&void.message));
    }
    let mut case = TestCase::new("measured", status);
    case.set_classname(record.journey.as_str());
    Some(case)
}

fn case(journey: &str, step: &Step) -> TestCase {
    let status = match step.verdict {
        StepVerdict::Pass | StepVerdict::Slow => TestCaseStatus::success(),
        // Clean-up is outside the verdict, so it must not turn the suite red; it is told below.
        StepVerdict::Fail if step.always => TestCaseStatus::success(),
        StepVerdict::Fail => failure(step),
        StepVerdict::Skipped => {
            let mut status = TestCaseStatus::skipped();
            if let Some(reason) = &step.reason {
                status.set_message(clean::line(reason));
            }
            status
        }
        StepVerdict::Void => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("void");
            status.set_message(clean::line(
                step.reason.as_deref().unwrap_or("not measured"),
            ));
            status
        }
    };
    let mut case = TestCase::new(clean::line(&step.id), status);
    case.set_classname(journey).set_time(shown(step.duration));
    if step.verdict == StepVerdict::Slow {
        case.set_system_out(unheld(step));
    }
    if let (true, Some(failure)) = (step.always, &step.failure) {
        case.set_system_out(format!(
            "clean-up failed: {}",
            clean::line(&failure.message)
        ));
    }
    case
}

fn failure(step: &Step) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let Some(failure) = &step.failure else {
        status.set_message(clean::line(step.reason.as_deref().unwrap_or("failed")));
        return status;
    };
    let mut body = format!(
        "in {}, points at {}\n{}",
        failure.phase,
        failure.party.as_str(),
        unheld(step)
    );
    if let Some(excerpt) = &failure.excerpt {
        let lines: Vec<String> = clean::lines(excerpt).collect();
        body.push_str(&format!("\n{}\n", lines.join("\n")));
    }
    status
        .set_type(failure.kind.as_str())
        .set_message(clean::line(&failure.message))
        .set_description(body);
    status
}

fn unheld(step: &Step) -> String {
    step.expectations
        .iter()
        .filter(|one| !one.holds)
        .map(|one| {
            format!(
                "{}: expected {}, seen {}\n",
                one.subject, one.expected, one.actual
            )
        })
        .collect()
}
