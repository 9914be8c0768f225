//! Receivers that are not ours take everything without a complaint, and what comes out is right.

use crate::{
    place::{Ours, Place, Running, S, T0, checkout, run},
    support::{rotel::Rotel, skip::or_skip},
};
use jaunt_otlp::{Aggregation, Signal};
use jaunt_record::Verdict;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const RUNS: u64 = 240;
const GRACE: Duration = Duration::from_secs(20);

/// Four minutes with a run each second, told to `endpoint`, some of it after an end and a new start.
async fn deliver_to(endpoint: &str, aggregation: Aggregation) -> Ours {
    let place = Place::new();
    let mut feed = place.live();
    for life in 0..2 {
        feed.loaded.send_replace(checkout());
        let mut settings = place.settings_with(endpoint, &Signal::ALL, &[]);
        settings.config.fold.aggregation = aggregation;
        settings.config.slots = true;
        let running = Running::start(&feed, settings).await;
        for n in life * RUNS / 2..(life + 1) * RUNS / 2 {
            let verdict = [Verdict::Pass, Verdict::Slow, Verdict::Fail][(n % 3) as usize];
            let at_ns = T0 + (n + 1).cast_signed() * S;
            feed.append(&run(n, verdict, at_ns));
            feed.set_clock(at_ns);
        }
        running.drain(GRACE).await;
        assert_eq!(
            feed.told(),
            [],
            "nothing was refused, warned of or tried again"
        );
        for cursor in ["backend.metrics", "backend.traces", "backend.logs"] {
            feed.until_done(cursor).await;
        }
        if life == 0 {
            drop(feed);
            feed = place.live();
        }
    }
    feed
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// Everything within the requests of a signal: their metrics, spans or log records.
fn items(requests: &[Value], [resources, scopes, items]: [&str; 3]) -> Vec<Value> {
    let messages = requests.iter().map(|request| &request["message"]);
    let resources = messages.flat_map(|it| list(&it[resources]));
    let scopes = resources.flat_map(|it| list(&it[scopes]));
    scopes.flat_map(|it| list(&it[items])).collect()
}

/// The latest value of each series of a sum, added up.
fn sum(requests: &[Value], name: &str) -> u64 {
    let metrics = items(requests, ["resourceMetrics", "scopeMetrics", "metrics"]);
    let mut latest: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for metric in metrics.iter().filter(|metric| metric["name"] == name) {
        for point in list(&metric["sum"]["dataPoints"]) {
            let number = |name: &str| point[name].as_str().unwrap_or("0").parse::<u64>().unwrap();
            let series = latest.entry(point["attributes"].to_string()).or_default();
            *series = (*series).max((number("timeUnixNano"), number("asInt")));
        }
    }
    latest.values().map(|(_, value)| value).sum()
}

fn spans(requests: &[Value]) -> BTreeSet<String> {
    let spans = items(requests, ["resourceSpans", "scopeSpans", "spans"]);
    spans
        .iter()
        .map(|span| span["traceId"].to_string())
        .collect()
}

fn events(requests: &[Value], name: &str) -> usize {
    let logs = items(requests, ["resourceLogs", "scopeLogs", "logRecords"]);
    logs.iter().filter(|log| log["eventName"] == name).count()
}

/// Waits until what went in has come out, and holds it against what was run.
fn hold(rotel: &Rotel) {
    crate::support::place::until("everything at the receiver behind", || {
        sum(&rotel.behind.of("metrics"), "jaunt.slots") >= RUNS
            && spans(&rotel.behind.of("traces")).len() as u64 >= RUNS
            && events(&rotel.behind.of("logs"), "jaunt.slot") as u64 >= RUNS
    });
    let metrics = rotel.behind.of("metrics");
    assert_eq!(sum(&metrics, "jaunt.slots"), RUNS);
    assert_eq!(sum(&metrics, "jaunt.failures"), RUNS / 3);
    assert_eq!(sum(&metrics, "jaunt.journal.dropped"), 0);
    assert_eq!(spans(&rotel.behind.of("traces")).len() as u64, RUNS);
    let logs = rotel.behind.of("logs");
    assert_eq!(events(&logs, "jaunt.slot") as u64, RUNS);
    assert_eq!(events(&logs, "jaunt.run") as u64, RUNS * 2 / 3);
    assert_eq!(rotel.complaints(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotel_takes_everything_over_grpc_and_its_sums_are_ours() {
    let rotel = or_skip!(Rotel::start());
    deliver_to(&rotel.grpc(), Aggregation::Exponential).await;
    hold(&rotel);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotel_takes_everything_over_http_and_its_sums_are_ours() {
    let rotel = or_skip!(Rotel::start());
    deliver_to(&rotel.http(), Aggregation::Explicit).await;
    hold(&rotel);
}
