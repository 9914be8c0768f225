//! What a receiver of OTLP gets of a run: read with the official protos.

use crate::support::{
    jaunt::{calmly, run},
    otlp::Receiver,
    scripted::{Scripted, answer, ok},
    skip::or_skip,
};
use serde_json::Value;

/// All data points of one metric, and the kind of its instrument.
fn points(receiver: &Receiver, name: &str) -> Vec<Value> {
    metrics(receiver)
        .into_iter()
        .filter(|metric| metric["name"] == name)
        .flat_map(|metric| data(&metric))
        .collect()
}

pub(crate) fn metrics(receiver: &Receiver) -> Vec<Value> {
    let mut found = Vec::new();
    for request in receiver.of("metrics") {
        for resource in list(&request["message"]["resourceMetrics"]) {
            for scope in list(&resource["scopeMetrics"]) {
                found.extend(list(&scope["metrics"]));
            }
        }
    }
    found
}

pub(crate) fn data(metric: &Value) -> Vec<Value> {
    ["sum", "gauge", "exponentialHistogram", "histogram"]
        .iter()
        .flat_map(|kind| list(&metric[*kind]["dataPoints"]))
        .collect()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// A point's attributes, their values as text.
pub(crate) fn attributes(point: &Value) -> impl Iterator<Item = (String, String)> {
    list(&point["attributes"]).into_iter().filter_map(|pair| {
        let value = pair["value"].as_object()?.values().next()?;
        let text = value.as_str().map(str::to_owned);
        let name = pair["key"].as_str()?.to_owned();
        Some((name, text.unwrap_or_else(|| value.to_string())))
    })
}

fn attribute(point: &Value, name: &str) -> Option<String> {
    let mut attributes = attributes(point);
    attributes.find_map(|(it, value)| (it == name).then_some(value))
}

fn count(point: &Value) -> u64 {
    let text = point["asInt"].as_str().unwrap_or("0");
    text.parse().unwrap()
}

fn journey(url: &str, more: &str) -> String {
    format!("journey = 'told'\n[[step]]\nrequest = 'GET {url}'\nstatus = 200\n{more}\n")
}

/// Behaviour 43, in the run's JSON and in its histogram.
#[test]
fn a_duration_below_a_millisecond_is_not_cut_to_zero() {
    calmly(|| {
        let receiver = or_skip!(Receiver::start());
        let server = Scripted::start([ok("", "quick")]);
        let ran = run(&journey(&server.url("/"), ""))
            .args(["--otlp", &receiver.http()])
            .go();
        let record = ran.judged("pass");
        let phases = record["steps"][0]["exchanges"][0]["phases_ms"]
            .as_object()
            .unwrap()
            .clone();
        assert!(
            phases
                .values()
                .any(|ms| (0.0..1.0).contains(&ms.as_f64().unwrap())),
            "{ran}"
        );
        for (phase, ms) in &phases {
            assert!(ms.as_f64().unwrap() > 0.0, "{phase}\n{ran}");
        }
        let sum: f64 = points(&receiver, "jaunt.journey.duration")
            .iter()
            .filter_map(|point| point["sum"].as_f64())
            .sum();
        let seconds = record["duration_ms"].as_f64().unwrap() / 1e3;
        assert!((sum - seconds).abs() < 1e-9, "{sum} s, and {seconds} s");
    });
}

/// Behaviours 42 and 44.
#[test]
fn a_status_is_an_attribute_and_no_text_of_an_error_is_in_a_metric() {
    calmly(|| {
        let receiver = or_skip!(Receiver::start());
        let server = Scripted::start([answer(
            "HTTP/1.1 503 Quite Unwell\r\ncontent-length: 9\r\n\r\nunwell-17",
        )]);
        let ran = run(&journey(&server.url("/"), ""))
            .args(["--otlp", &receiver.http()])
            .go();
        let record = ran.failed("expect", "http.5xx");
        let failures = points(&receiver, "jaunt.failures");
        let counted: Vec<&Value> = failures.iter().filter(|point| count(point) > 0).collect();
        assert_eq!(counted.len(), 1, "{failures:#?}");
        assert_eq!(count(counted[0]), 1);
        let of = |name| attribute(counted[0], name);
        assert_eq!(of("http.response.status_code").as_deref(), Some("503"));
        assert_eq!(of("error.type").as_deref(), Some("http.5xx"));
        let told = record["failure"]["message"].as_str().unwrap();
        let all = serde_json::to_string(&receiver.of("metrics")).unwrap();
        assert!(!all.contains("unwell-17") && !all.contains(told), "{told}");
        for metric in metrics(&receiver) {
            for point in data(&metric) {
                assert_ne!(count(&point), 503, "{metric}");
            }
        }
    });
}

/// Behaviour 42: healthy and missing are told apart. A run by hand is for no slot, and counts in
/// none; its duration does.
#[test]
fn a_zero_is_there_for_each_verdict_and_a_run_by_hand_is_no_slot() {
    calmly(|| {
        let receiver = or_skip!(Receiver::start());
        let server = Scripted::start([ok("", "fine")]);
        let ran = run(&journey(&server.url("/"), ""))
            .args(["--otlp", &receiver.grpc().replace("http://", "grpc://")])
            .go();
        ran.judged("pass");
        let slots = points(&receiver, "jaunt.slots");
        for verdict in ["pass", "slow", "fail", "void", "missed"] {
            let of = |point: &&Value| attribute(point, "jaunt.verdict").as_deref() == Some(verdict);
            let counts: Vec<u64> = slots.iter().filter(of).map(count).collect();
            assert_eq!(counts.iter().max(), Some(&0), "{verdict}: {counts:?}");
        }
        let durations = points(&receiver, "jaunt.journey.duration");
        assert!(
            durations.iter().any(|point| point["count"] == "1"),
            "{durations:#?}"
        );
        assert_eq!(receiver.of("traces")[0]["transport"], "grpc");
    });
}

/// Behaviour 47.
#[test]
fn a_warning_changes_no_verdict_and_is_seen_in_run_metrics_and_logs() {
    calmly(|| {
        let receiver = or_skip!(Receiver::start());
        let server = Scripted::start([ok("x-days-left: 20\r\n", "fine")]);
        let more = "expect = [{ header = 'x-days-left', eq = '21', else = 'warn' }]";
        let ran = run(&journey(&server.url("/"), more))
            .args(["--otlp", &receiver.http()])
            .go();
        let record = ran.judged("pass");
        assert_eq!(record["warnings"].as_array().unwrap().len(), 1, "{ran}");
        assert_eq!(record["failure"], Value::Null);
        let warned: u64 = points(&receiver, "jaunt.warnings").iter().map(count).sum();
        assert_eq!(warned, 1);
        assert!(
            points(&receiver, "jaunt.failures")
                .iter()
                .all(|it| count(it) == 0)
        );
        let logs = receiver.of("logs");
        let log = &logs[0]["message"]["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        assert_eq!(
            (&log["eventName"], &log["severityText"]),
            (&"jaunt.warning".into(), &"WARN".into())
        );
        assert_eq!(
            attribute(log, "jaunt.actual").as_deref(),
            Some("string \"20\"")
        );
    });
}

/// What cannot be delivered is no silent success.
#[test]
fn an_export_that_fails_is_told_and_the_exit_is_two() {
    calmly(|| {
        let server = Scripted::start([ok("", "fine")]);
        let refusing = Scripted::start([ok("", "")]);
        let closed = refusing.url("");
        drop(refusing);
        let ran = run(&journey(&server.url("/"), ""))
            .args(["--otlp", &closed])
            .go();
        assert_eq!(ran.record()["verdict"], "pass", "{ran}");
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains("cannot send metrics"), "{ran}");
    });
}

/// A wrong address costs no run.
#[test]
fn an_endpoint_that_is_no_url_is_told_before_anything_is_sent() {
    let server = Scripted::start([ok("", "fine")]);
    let ran = run(&journey(&server.url("/"), ""))
        .args(["--otlp", "ftp://127.0.0.1/"])
        .go();
    assert_eq!(ran.code, 2, "{ran}");
    assert!(server.connections().is_empty(), "{ran}");
}
