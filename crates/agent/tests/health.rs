//! The agent's own health, asked for by sockets and by Prometheus's own checker.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agent::health::{
    CursorStatus, Health, JourneyStatus, Shown, State, Status, TroubleStatus, exposition,
};
use jaunt_otlp::{
    Figure, Histogram, Number, Own, Reading,
    names::{Instrument, attribute as a, metric},
};
use jaunt_record::Verdict;
use std::{
    io::Write as _,
    net::SocketAddr,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(30);

fn status(state: State) -> Status {
    Status {
        state,
        version: "1.2.3",
        region: "fra".into(),
        instance: "fra-1".into(),
        runs: 3,
        isolated: false,
        resolver_fails: true,
        journal_bytes: 4096,
        dropped: 0,
        cursors: vec![CursorStatus {
            cursor: "backend".into(),
            records: 7,
        }],
        troubles: vec![TroubleStatus {
            path: "a.toml".into(),
            kind: "unknown-key".into(),
            text: "<script>alert(1)</script>".into(),
        }],
        journeys: vec![JourneyStatus {
            customer: "acme".into(),
            journey: "home".into(),
            slot: Some(1_790_000_040),
            verdict: Some(Verdict::Slow),
            lateness_ms: Some(0.25),
        }],
    }
}

/// Every counter, up-down counter and gauge that there is.
fn figures() -> Own {
    let own = Own::new(1_790_000_000_000_000_000);
    for metric in metric::ALL {
        let labels: Vec<_> = metric.attributes.iter().map(|it| (*it, "v")).collect();
        match metric.instrument {
            Instrument::Counter => own.count(metric, &labels, 3),
            Instrument::UpDownCounter => own.set(metric, &labels, Number::Whole(4)),
            Instrument::Gauge => own.set(metric, &labels, Number::Real(1.5)),
            Instrument::Histogram => {}
        }
    }
    own
}

/// How long a journey's runs took.
fn durations(ms: &[u64]) -> Figure {
    let mut found = Histogram::default();
    for ms in ms {
        found.add(Duration::from_millis(*ms));
    }
    Figure {
        metric: &metric::JOURNEY_DURATION,
        labels: vec![(a::JOURNEY, "home".into()), (a::VERDICT, "pass".into())],
        value: Reading::Durations(found),
    }
}

struct Served {
    at: SocketAddr,
    _tasks: JoinSet<()>,
}

async fn served(state: State) -> Served {
    let own = figures();
    let shown = Shown {
        alive: Arc::new(|| true),
        status: Arc::new(move || status(state)),
        figures: Arc::new(move || own.figures()),
    };
    let health = Health::listen("127.0.0.1:0".parse().unwrap(), shown)
        .await
        .unwrap();
    let at = health.address().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(health.serve());
    Served { at, _tasks: tasks }
}

impl Served {
    async fn says(&self, sent: &str) -> String {
        let mut stream = TcpStream::connect(self.at).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut said = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut said)).await;
        read.expect("a visit ends").unwrap();
        String::from_utf8(said).unwrap()
    }

    async fn gets(&self, path: &str) -> String {
        self.says(&format!(
            "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        ))
        .await
    }
}

#[tokio::test]
async fn it_lives_while_it_starts_and_is_ready_only_while_it_measures() {
    for (state, ready) in [
        (State::Starting, "HTTP/1.1 503"),
        (State::Ready, "HTTP/1.1 200"),
        (State::Draining, "HTTP/1.1 503"),
    ] {
        let served = served(state).await;
        assert!(served.gets("/livez").await.starts_with("HTTP/1.1 200"));
        let said = served.gets("/readyz").await;
        assert!(said.starts_with(ready), "{state:?}: {said}");
        assert!(said.ends_with(&format!("{}\n", state.as_str())), "{said}");
    }
}

#[tokio::test]
async fn status_is_json_for_programs_and_a_page_for_people() {
    let served = served(State::Ready).await;
    let said = served.gets("/status").await;
    let (_, body) = said.split_once("\r\n\r\n").unwrap();
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(json["journeys"][0]["verdict"], "slow");
    assert_eq!(json["cursors"][0]["records"], 7);
    let page = served
        .says("GET /status HTTP/1.1\r\nhost: a\r\naccept: text/html\r\nconnection: close\r\n\r\n")
        .await;
    assert!(page.contains("acme/home") && page.contains("fails every control name"));
    assert!(!page.contains("<script>"), "a file's text is no markup");
}

#[tokio::test]
async fn other_methods_and_paths_are_refused_and_bodies_are_not_read() {
    let served = served(State::Ready).await;
    let posted = served
        .says("POST /status HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000000\r\n\r\nx")
        .await;
    assert!(posted.starts_with("HTTP/1.1 405"), "{posted}");
    assert!(served.gets("/").await.starts_with("HTTP/1.1 404"));
    let long = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(60_000));
    let mut stream = TcpStream::connect(served.at).await.unwrap();
    let _ = stream.write_all(long.as_bytes()).await;
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said))
        .await
        .unwrap();
    assert!(!said.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn those_who_never_finish_asking_are_shown_out_and_the_others_served() {
    let served = served(State::Ready).await;
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(served.at).await.unwrap();
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nx: ")
            .await
            .unwrap();
        slow.push(stream);
    }
    let began = Instant::now();
    let said = timeout(PATIENCE, served.gets("/livez")).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(25));
}

#[test]
fn values_are_escaped_and_series_of_a_metric_stand_together() {
    let own = Own::new(1);
    for customer in ["a\"b\\c\nd", "z"] {
        let labels = [(a::REGION, "fra"), (a::CUSTOMER, customer)];
        own.set(&metric::JOURNEY_LOADED, &labels, Number::Whole(2));
    }
    assert_eq!(
        exposition(&own.figures()),
        "# HELP jaunt_agent_journey_loaded Journeys that are loaded.\n\
         # TYPE jaunt_agent_journey_loaded gauge\n\
         jaunt_agent_journey_loaded{jaunt_region=\"fra\",jaunt_customer=\"a\\\"b\\\\c\\nd\"} 2\n\
         jaunt_agent_journey_loaded{jaunt_region=\"fra\",jaunt_customer=\"z\"} 2\n"
    );
}

#[test]
fn durations_are_counted_by_borders_that_include_what_lies_below_them() {
    let text = exposition(&[durations(&[250, 251, 90_000])]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], "# TYPE jaunt_journey_duration_seconds histogram");
    let labels = "jaunt_journey=\"home\",jaunt_verdict=\"pass\"";
    let series = lines.iter().filter_map(|line| {
        let (name, rest) = line.split_once('{')?;
        let rest = rest.strip_prefix(labels)?.trim_start_matches(',');
        Some((name.strip_prefix("jaunt_journey_duration_seconds_")?, rest))
    });
    let series: Vec<_> = series.collect();
    assert_eq!(series.len(), 16 + 3, "{text}");
    for expected in [
        ("bucket", "le=\"0.1\"} 0"),
        ("bucket", "le=\"0.25\"} 1"),
        ("bucket", "le=\"0.5\"} 2"),
        ("bucket", "le=\"1\"} 2"),
        ("bucket", "le=\"60\"} 2"),
        ("bucket", "le=\"+Inf\"} 3"),
        ("sum", "} 90.501"),
        ("count", "} 3"),
    ] {
        assert!(series.contains(&expected), "{expected:?} in\n{text}");
    }
}

#[test]
fn promtool_finds_nothing_to_say_about_the_figures() {
    let mut shown = figures().figures();
    shown.push(durations(&[3, 70_000]));
    let text = exposition(&shown);
    assert!(text.lines().count() > 60, "{text}");
    let checked = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut checked) = checked else {
        let strict = std::env::var_os("JAUNT_TEST_STRICT").is_some();
        assert!(!strict, "promtool is missing: tests/install brings it");
        eprintln!("skipped: promtool is missing: run tests/install");
        return;
    };
    let mut input = checked.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let said = checked.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && words.is_empty(), "{words}\n{text}");
}
