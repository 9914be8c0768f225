//! Traces: one per run, whose ids derive from the run's, so that a batch sent twice is the same.
//!
//! A missed slot has none; a void one has a trace if anything was carried out.

mod exchange;

pub(crate) use exchange::took_attribute;

use crate::{
    names::{attribute as a, event},
    value::{instant, instant_after, seconds, text, whole},
};
use jaunt_record::{Expected, Record, Step, StepVerdict, Verdict, span_id};
use opentelemetry_proto::tonic::{
    common::v1::KeyValue,
    trace::v1::{Span, Status, span, status::StatusCode},
};

/// The span whose context is carried here is known to be of this process (OTLP, `SpanFlags`).
const HAS_IS_REMOTE: u32 = 0x100;
/// W3C Trace Context: sampled.
const SAMPLED: u32 = 0x01;

/// Whether the run's trace is kept: always where it did not pass, else as its id decides.
pub fn is_kept(record: &Record, pass_ratio: f64) -> bool {
    match record.verdict {
        Verdict::Pass => record.id.sampled(pass_ratio),
        Verdict::Slow | Verdict::Fail => true,
        Verdict::Void => record.steps.iter().any(was_carried_out),
        Verdict::Missed => false,
    }
}

/// The run's spans: the root, then each step that was carried out, followed by its exchanges.
pub fn spans(record: &Record) -> Vec<Span> {
    let mut spans = vec![root(record)];
    for step in record.steps.iter().filter(|step| was_carried_out(step)) {
        spans.push(step_span(record, step));
        let exchanges = step.exchanges.iter();
        spans.extend(exchanges.map(|exchange| exchange::span(record, step, exchange)));
    }
    spans
}

fn was_carried_out(step: &Step) -> bool {
    step.verdict != StepVerdict::Skipped
}

/// A span of `record` at `path`, below `parent`.
fn span(record: &Record, path: &str, parent: Option<&str>, kind: span::SpanKind) -> Span {
    let id = |path: &str| span_id(record.id, path).as_bytes().to_vec();
    Span {
        trace_id: record.id.as_bytes().to_vec(),
        span_id: id(path),
        parent_span_id: parent.map(id).unwrap_or_default(),
        flags: HAS_IS_REMOTE | SAMPLED,
        kind: kind.into(),
        ..Span::default()
    }
}

fn root(record: &Record) -> Span {
    let mut attributes = crate::identity::of(record);
    attributes.extend(crate::identity::run(record));
    attributes.push(seconds(a::LATENESS, record.lateness));
    attributes.push(seconds(a::LAG, record.lag));
    let hash = data_encoding::HEXLOWER.encode(&record.definition.0);
    attributes.push(text(a::DEFINITION, hash));
    attributes.extend(crate::identity::reason(record));
    let start = instant(record.start_ns);
    Span {
        name: format!("{}/{}", record.customer, record.journey),
        start_time_unix_nano: start,
        end_time_unix_nano: instant(record.end_ns).max(start),
        attributes,
        status: record
            .failure
            .as_ref()
            .map(|failure| error(&failure.message)),
        ..span(record, "root", None, span::SpanKind::Internal)
    }
}

fn step_span(record: &Record, step: &Step) -> Span {
    let start = instant_after(record.start_ns, step.offset);
    let end = start.saturating_add(u64::try_from(step.duration.as_nanos()).unwrap_or(0));
    let mut attributes = vec![
        text(a::VERB, step.verb.clone()),
        text(a::VERDICT, step.verdict.as_str()),
        whole(a::ATTEMPTS, step.attempts),
    ];
    if step.exchanges_left_out > 0 {
        attributes.push(whole(a::LEFT_OUT, step.exchanges_left_out));
    }
    if let Some(failure) = &step.failure {
        attributes.push(text(a::ERROR_TYPE, failure.kind.as_str()));
    }
    let not_held = step.expectations.iter().filter(|expected| !expected.holds);
    Span {
        name: step.id.clone(),
        start_time_unix_nano: start,
        end_time_unix_nano: end,
        attributes,
        events: not_held
            .map(|expected| did_not_hold(expected, end))
            .collect(),
        status: step_status(step),
        ..span(record, &step.id, Some("root"), span::SpanKind::Internal)
    }
}

fn step_status(step: &Step) -> Option<Status> {
    match (&step.failure, step.verdict) {
        (Some(failure), _) => Some(error(&failure.message)),
        (None, StepVerdict::Fail) => Some(error(step.reason.as_deref().unwrap_or_default())),
        (None, _) => None,
    }
}

fn did_not_hold(expected: &Expected, at: u64) -> span::Event {
    span_event(
        event::EXPECTATION,
        at,
        vec![
            text(a::SUBJECT, expected.subject.clone()),
            text(a::EXPECTED, expected.expected.clone()),
            text(a::ACTUAL, expected.actual.clone()),
            text(a::ELSE, expected.otherwise.clone()),
        ],
    )
}

fn span_event(name: crate::names::Event, at: u64, attributes: Vec<KeyValue>) -> span::Event {
    span::Event {
        time_unix_nano: at,
        name: name.name.to_owned(),
        attributes,
        ..span::Event::default()
    }
}

fn error(message: &str) -> Status {
    Status {
        message: message.to_owned(),
        code: StatusCode::Error.into(),
    }
}
