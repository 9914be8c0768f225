//! Logs: a record for each slot that did not pass and for each warning, and the compact event of
//! every slot for consumers that want them all.

use crate::{
    identity,
    names::{Event, attribute as a, event},
    traces,
    value::{body, entry, instant, seconds, text, whole},
};
use jaunt_record::{Expected, Phase, Record, StepVerdict, Verdict, Warning, span_id};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, KeyValueList, any_value::Value},
    logs::v1::{LogRecord, SeverityNumber},
};
use std::time::Duration;

/// What people should know of a run: why its slot did not pass, and each warning.
pub fn logs(record: &Record) -> Vec<LogRecord> {
    let mut found: Vec<LogRecord> = did_not_pass(record).into_iter().collect();
    found.extend(
        record
            .warnings
            .iter()
            .map(|warning| warned(record, warning)),
    );
    found
}

fn did_not_pass(record: &Record) -> Option<LogRecord> {
    let severity = match record.verdict {
        Verdict::Pass => return None,
        Verdict::Slow => SeverityNumber::Warn,
        Verdict::Fail => SeverityNumber::Error,
        Verdict::Void | Verdict::Missed => SeverityNumber::Info,
    };
    let mut attributes = whose(record);
    attributes.extend(range(record));
    attributes.extend(identity::reason(record));
    let excerpt = record
        .failure
        .as_ref()
        .and_then(|failure| failure.excerpt.clone());
    attributes.extend(excerpt.map(|excerpt| text(a::EXCERPT, excerpt)));
    Some(log(
        record,
        event::RUN,
        severity,
        Some(in_words(record)),
        attributes,
    ))
}

fn warned(record: &Record, warning: &Warning) -> LogRecord {
    let mut attributes = whose(record);
    attributes.push(text(a::STEP, warning.step.clone()));
    attributes.push(text(a::EXPECTED, warning.expected.clone()));
    attributes.push(text(a::ACTUAL, warning.actual.clone()));
    let what = if warning.cleanup {
        "clean-up"
    } else {
        "warning"
    };
    let words = format!(
        "{what} in step `{}`: expected {}, saw {}",
        warning.step, warning.expected, warning.actual
    );
    log(
        record,
        event::WARNING,
        SeverityNumber::Warn,
        Some(words),
        attributes,
    )
}

/// The compact record of a slot; a missed range is one.
///
/// `steps` are those whose verdict and time go along (the ones that an SLO names).
pub fn slot_event(record: &Record, steps: &[String]) -> LogRecord {
    let mut attributes = whose(record);
    attributes.push(whole(a::START, record.start_ns));
    attributes.push(seconds(a::DURATION, record.duration));
    attributes.push(whole(a::END, record.end_ns));
    attributes.extend(range(record));
    attributes.extend(identity::reason(record));
    let named: Vec<KeyValue> = (record.steps.iter())
        .filter(|step| steps.contains(&step.id))
        .map(|step| entry(step.id.clone(), step_in_short(step.verdict, step.duration)))
        .collect();
    if !named.is_empty() {
        attributes.push(crate::value::map(a::STEPS, named));
    }
    if record.verdict == Verdict::Slow {
        attributes.extend(phases(record));
    }
    log(record, event::SLOT, SeverityNumber::Info, None, attributes)
}

fn step_in_short(verdict: StepVerdict, took: Duration) -> Value {
    let ms = took.as_secs_f64() * 1_000.0;
    Value::KvlistValue(KeyValueList {
        values: vec![
            entry("verdict", Value::StringValue(verdict.to_string())),
            entry("ms", Value::DoubleValue(ms)),
        ],
    })
}

/// How long each phase took over the whole run, clean-up left out.
fn phases(record: &Record) -> Vec<KeyValue> {
    let took = |phase: Phase| -> Option<Duration> {
        let steps = record.steps.iter().filter(|step| !step.always);
        let took = steps.flat_map(|step| &step.exchanges);
        took.filter_map(|exchange| exchange.phases.took(phase))
            .fold(None, |sum, took| Some(sum.unwrap_or_default() + took))
    };
    let phases = Phase::ALL.iter();
    phases
        .filter_map(|phase| Some(seconds(traces::took_attribute(*phase), took(*phase)?)))
        .collect()
}

fn whose(record: &Record) -> Vec<KeyValue> {
    let mut found = identity::of(record);
    found.extend(identity::run(record));
    found
}

/// How many slots a missed range stands for, and how far they lie apart.
fn range(record: &Record) -> Vec<KeyValue> {
    if record.verdict != Verdict::Missed {
        return Vec::new();
    }
    let count = i64::try_from(record.count).unwrap_or(i64::MAX);
    vec![whole(a::COUNT, count), whole(a::EVERY, record.every_s)]
}

/// Why the slot did not pass, as a sentence.
fn in_words(record: &Record) -> String {
    if let Some(failure) = &record.failure {
        return failure.message.clone();
    }
    if let Some(void) = &record.void {
        return format!("could not measure ({}): {}", void.cause, void.message);
    }
    match (record.missed, record.count) {
        (Some(missed), 0 | 1) => format!("nothing ran in this slot: {missed}"),
        (Some(missed), count) => format!("nothing ran in {count} slots from this one on: {missed}"),
        (None, _) => slow_in_words(record),
    }
}

fn slow_in_words(record: &Record) -> String {
    let expectations = record.steps.iter().flat_map(|step| &step.expectations);
    let slow = |expected: &&Expected| !expected.holds && expected.otherwise == "slow";
    match { expectations }.find(slow) {
        Some(expected) => format!(
            "passed, but slowly: {} {}, saw {}",
            expected.subject, expected.expected, expected.actual
        ),
        None => format!("passed, but slowly: took {:?}", record.duration),
    }
}

fn log(
    record: &Record,
    event: Event,
    severity: SeverityNumber,
    words: Option<String>,
    attributes: Vec<KeyValue>,
) -> LogRecord {
    let at = instant(happened_at(record));
    let mut log = LogRecord {
        time_unix_nano: at,
        observed_time_unix_nano: at,
        severity_number: severity.into(),
        severity_text: severity_text(severity).to_owned(),
        body: words.map(body),
        attributes,
        event_name: event.name.to_owned(),
        ..LogRecord::default()
    };
    // Without a pass ratio at hand: what refers to a trace that was not kept says which it was.
    if record.verdict != Verdict::Missed {
        log.trace_id = record.id.as_bytes().to_vec();
        log.span_id = span_id(record.id, "root").as_bytes().to_vec();
        log.flags = 1;
    }
    log
}

/// When it happened: at its end; for a slot that never ran, at the slot.
fn happened_at(record: &Record) -> i64 {
    match (record.verdict, record.slot) {
        (Verdict::Missed, Some(slot)) => slot.saturating_mul(1_000_000_000),
        _ => record.end_ns,
    }
}

fn severity_text(severity: SeverityNumber) -> &'static str {
    match severity {
        SeverityNumber::Warn => "WARN",
        SeverityNumber::Error => "ERROR",
        _ => "INFO",
    }
}

/// An operational event of the agent itself: a reload, a drop, a drain.
pub fn operation(
    at_ns: i64,
    severity: SeverityNumber,
    words: String,
    attributes: Vec<KeyValue>,
) -> LogRecord {
    LogRecord {
        time_unix_nano: instant(at_ns),
        observed_time_unix_nano: instant(at_ns),
        severity_number: severity.into(),
        severity_text: severity_text(severity).to_owned(),
        body: Some(AnyValue {
            value: Some(Value::StringValue(words)),
        }),
        attributes,
        event_name: event::OPERATION.name.to_owned(),
        ..LogRecord::default()
    }
}
