//! The direct export and the fold, by what a receiver gets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_otlp::{
    Described, Environment, ExportConfig, Fold, FoldSettings, Process, Resource, export,
};
use jaunt_record::{
    Definition, Failure, FailureKind, FailurePhase, Kind, Party, Record, RunId, Verdict,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    metrics::v1::{Metric, metric::Data, number_data_point::Value},
};
use prost::Message;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};

const S: i64 = 1_000_000_000;

fn record(verdict: Verdict, start_s: i64) -> Record {
    let failure = Failure {
        step: "pay".into(),
        phase: FailurePhase::Wait,
        kind: FailureKind::TimeoutWait,
        party: Party::new("service"),
        message: "no answer".into(),
        excerpt: None,
    };
    Record {
        id: RunId::from_bytes([7; 16]),
        customer: "acme".into(),
        journey: "checkout".into(),
        region: "fra".into(),
        agent: "fra-1".into(),
        kind: Kind::Scheduled,
        slot: Some(start_s),
        count: 1,
        every_s: 60,
        definition: Definition::default(),
        start_ns: start_s * S,
        end_ns: start_s * S + S / 2,
        duration: Duration::from_millis(500),
        lateness: Duration::ZERO,
        lag: Duration::ZERO,
        verdict,
        failure: (verdict == Verdict::Fail).then_some(failure),
        void: None,
        missed: None,
        warnings: Vec::new(),
        steps: Vec::new(),
        slos: Vec::new(),
    }
}

/// The points of a counter: time in s, and value where there is one.
fn points(metrics: &[Metric], name: &str) -> Vec<(u64, Option<i64>)> {
    let of = metrics.iter().filter(|metric| metric.name == name);
    of.filter_map(|metric| match &metric.data {
        Some(Data::Sum(sum)) => Some(&sum.data_points),
        _ => None,
    })
    .flatten()
    .map(|point| {
        let value = match point.value {
            Some(Value::AsInt(value)) => Some(value),
            _ => None,
        };
        assert!(point.start_time_unix_nano < point.time_unix_nano);
        (point.time_unix_nano / 1_000_000_000, value)
    })
    .collect()
}

fn registered() -> Fold {
    let mut fold = Fold::new(FoldSettings::default());
    let described = Described {
        customer: "acme".into(),
        journey: "checkout".into(),
        region: "fra".into(),
        ..Described::default()
    };
    fold.register(&described, S);
    fold
}

#[test]
fn every_verdict_is_there_as_0_before_the_first_run() {
    let collected = registered().collect(60 * S);
    assert_eq!(points(&collected.points, "jaunt.slots"), [(60, Some(0)); 5]);
    assert!(collected.births.is_empty());
}

#[test]
fn a_failure_seen_for_the_first_time_has_a_zero_one_interval_back() {
    let mut fold = registered();
    fold.collect(60 * S);
    fold.add(&record(Verdict::Fail, 70));
    let collected = fold.collect(120 * S);
    assert_eq!(points(&collected.births, "jaunt.failures"), [(60, Some(0))]);
    assert_eq!(
        points(&collected.points, "jaunt.failures"),
        [(120, Some(1))]
    );
}

/// Behaviour 35.
#[test]
fn a_removed_journey_ends_with_no_recorded_value_and_is_not_heard_of_again() {
    let mut fold = registered();
    fold.collect(60 * S);
    fold.remove("acme", "checkout", "fra", 90 * S);
    let collected = fold.collect(120 * S);
    assert_eq!(points(&collected.points, "jaunt.slots"), [(90, Some(0)); 5]);
    assert_eq!(points(&collected.ends, "jaunt.slots"), [(120, None); 5]);
    assert!(fold.collect(180 * S).points.is_empty());
}

#[test]
fn a_missed_range_counts_as_its_length() {
    let mut fold = registered();
    let mut missed = record(Verdict::Missed, 60);
    missed.count = 7;
    fold.add(&missed);
    let collected = fold.collect(600 * S);
    let sum: i64 = points(&collected.points, "jaunt.slots")
        .iter()
        .filter_map(|it| it.1)
        .sum();
    assert_eq!(sum, 7);
}

#[test]
fn a_fold_that_was_stored_goes_on_as_if_nothing_had_happened() {
    let mut fold = registered();
    fold.add(&record(Verdict::Fail, 10));
    fold.collect(60 * S);
    let mut restored = Fold::decode(&fold.encode(), FoldSettings::default()).unwrap();
    for fold in [&mut fold, &mut restored] {
        fold.add(&record(Verdict::Pass, 70));
        fold.add(&record(Verdict::Fail, 80));
    }
    assert_eq!(fold.collect(120 * S), restored.collect(120 * S));
}

/// Answers each request on one connection each with `answers` in order; gives back the bodies.
async fn serve(listener: TcpListener, answers: Vec<&'static str>) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for answer in answers {
        let Ok((mut stream, _)) = listener.accept().await else {
            return bodies;
        };
        let mut read = Vec::new();
        let body = loop {
            let mut chunk = [0; 4096];
            let n = stream.read(&mut chunk).await.unwrap_or(0);
            read.extend(chunk.iter().take(n));
            let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
            let length = (text.split_once("content-length: "))
                .and_then(|(_, rest)| rest.split("\r\n").next()?.parse::<usize>().ok());
            let head = read
                .windows(4)
                .position(|it| it == b"\r\n\r\n")
                .map(|at| at + 4);
            match (head, length) {
                (Some(head), Some(length)) if read.len() >= head + length => {
                    break read.split_off(head);
                }
                _ if n == 0 => break Vec::new(),
                _ => {}
            }
        };
        bodies.push(body);
        let _ = stream.write_all(answer.as_bytes()).await;
    }
    bodies
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const DENIED: &str = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 21\r\nconnection: close\r\n\r\nbad token planted-one";

#[expect(
    clippy::unwrap_used,
    reason = "a test is to fail where its set-up does"
)]
async fn exported(
    answers: Vec<&'static str>,
) -> (
    Result<jaunt_otlp::Sent, jaunt_otlp::ExportError>,
    Vec<Vec<u8>>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let environment: Environment = [
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Bearer%20planted-one",
        ),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let config = ExportConfig::from_environment(Some(&endpoint), &environment).unwrap();
    let resource = Resource::detect(&environment, &Process::default());
    let mut server = JoinSet::new();
    server.spawn(serve(listener, answers));
    let sent = export(&[record(Verdict::Fail, 10)], &resource, &config).await;
    (sent, server.join_next().await.unwrap().unwrap())
}

#[tokio::test]
async fn a_busy_endpoint_is_tried_again_with_the_same_bytes() {
    let (sent, bodies) = exported(vec![BUSY, OK]).await;
    assert_eq!(sent.unwrap().spans, 1);
    assert_eq!(bodies[0], bodies[1]);
    let request = ExportTraceServiceRequest::decode(bodies[0].as_slice()).unwrap();
    let span = &request.resource_spans[0].scope_spans[0].spans[0];
    assert_eq!(span.name, "acme/checkout");
    assert_eq!(span.trace_id, [7; 16]);
}

#[tokio::test]
async fn a_wrong_token_is_told_once_and_not_shown() {
    let (sent, bodies) = exported(vec![DENIED]).await;
    let words = sent.unwrap_err().to_string();
    assert!(words.contains("401"), "{words}");
    assert!(!words.contains("planted-one"), "{words}");
    assert_eq!(bodies.len(), 1);
}
