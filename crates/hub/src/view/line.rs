//! An event as a line of JSON (SLO.md §1), which `Event::parse` reads back.

use jaunt_slo::{Event, Kind};
use serde_json::{Map, Number, Value, json};

/// The line of an event, without its end.
pub fn line(event: &Event) -> String {
    let mut line = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            line.insert(name.to_owned(), value);
        }
    };
    let cause = &event.cause;
    let text = |text: &Option<String>| text.clone().map(Value::from);
    add("id", text(&event.id));
    add("customer", text(&event.customer));
    add("journey", Some(json!(event.journey)));
    add("region", Some(json!(event.region)));
    add("agent", Some(json!(event.agent)));
    add("slot", event.slot.map(Value::from));
    add("start_ns", Some(json!(event.start_ns)));
    add("duration_ms", Some(millis(event.duration_ns)));
    add("end_ns", Some(json!(event.end_ns)));
    add("verdict", Some(json!(event.verdict)));
    let kind = match &event.kind {
        Kind::Scheduled => "scheduled",
        Kind::Manual => "manual",
        Kind::Other(other) => other,
    };
    add("kind", Some(json!(kind)));
    add("step", text(&cause.step));
    add("phase", text(&cause.phase));
    add("failure_kind", text(&cause.kind));
    add("party", text(&cause.party));
    let step = |(id, verdict, ns): &(String, Option<jaunt_record::StepVerdict>, u64)| {
        Some((id.clone(), json!([verdict.as_ref()?, millis(*ns)])))
    };
    let steps: Map<String, Value> = event.steps.iter().filter_map(step).collect();
    add("steps", (!steps.is_empty()).then_some(Value::Object(steps)));
    add("sent_ns", event.sent_ns.map(Value::from));
    add("recv_ns", event.recv_ns.map(Value::from));
    Value::Object(line).to_string()
}

/// Whole nanoseconds as decimal milliseconds, exactly.
fn millis(ns: u64) -> Value {
    let text = format!("{}.{:06}", ns / 1_000_000, ns % 1_000_000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jaunt_record::{StepVerdict, Verdict};
    use jaunt_slo::Cause;

    #[test]
    fn a_line_is_read_back_as_the_event_it_was_made_of() {
        let event = Event {
            id: Some("abc".into()),
            customer: Some("acme".into()),
            journey: "check \"out\"".into(),
            region: "fra".into(),
            agent: "fra-1".into(),
            slot: Some(60),
            start_ns: 60_000_000_001,
            duration_ns: 2_000_000_001,
            end_ns: 62_000_000_009,
            verdict: Verdict::Fail,
            kind: Kind::Scheduled,
            cause: Cause {
                step: Some("pay".into()),
                phase: Some("wait".into()),
                kind: Some("http.5xx".into()),
                party: Some("service".into()),
            },
            steps: vec![("pay".into(), Some(StepVerdict::Fail), 41_500_000)],
            phases: Vec::new(),
            sent_ns: None,
            recv_ns: Some(63_000_000_000),
        };
        let text = line(&event);
        assert_eq!(Event::parse(text.as_bytes()), Ok(Some(event)), "{text}");
        assert!(text.contains("\"duration_ms\":2000.000001"), "{text}");
    }
}
