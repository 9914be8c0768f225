//! Traces and logs through an endpoint's faults.

use crate::{
    place::{Place, Running, S, T0, run},
    receiver::{Receiver, Reply, logs, spans, spans_of, statuses},
};
use jaunt_journal::Bounds;
use jaunt_otlp::{
    Headers, Signal,
    deliver::{Pace, What},
};
use jaunt_record::Verdict;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, time::Instant};

const GRACE: Duration = Duration::from_secs(5);

/// Appends `count` runs that failed.
fn failed(feed: &crate::place::Ours, count: u64) {
    for n in 0..count {
        feed.append(&run(n, Verdict::Fail, T0 + i64::try_from(n).unwrap() * S));
    }
}

fn words(what: &[What]) -> Vec<&'static str> {
    let word = |what: &What| match what {
        What::Waiting { .. } => "waiting",
        What::Paused { .. } => "paused",
        What::Resumed => "resumed",
        What::Refused { .. } => "refused",
        What::Rejected { .. } => "rejected",
        What::Warned { .. } => "warned",
        What::Tls { .. } => "tls",
        What::Journal { .. } => "journal",
        What::Unreadable { .. } => "unreadable",
        What::StateLost { .. } => "state-lost",
    };
    what.iter().map(word).collect()
}

#[tokio::test]
async fn whatever_an_endpoint_does_each_run_arrives_in_order_with_the_same_bytes() {
    let faults = [
        Reply::Reset,
        Reply::status(503),
        Reply::Status(429, "retry-after: 0\r\n", Vec::new()),
        Reply::status(502),
        Reply::Silence,
        Reply::status(504),
        Reply::Slow(Duration::from_millis(50)),
    ];
    let count = faults.len();
    let receiver = Receiver::start(move |n, _| faults.get(n).cloned().unwrap_or(Reply::ok())).await;
    let place = Place::new();
    let feed = place.live();
    failed(&feed, 250);
    let mut settings = place.settings(&receiver.endpoint(), &[Signal::Traces]);
    settings.config.traces.as_mut().unwrap().timeout = Duration::from_millis(300);
    let running = Running::start(&feed, settings).await;
    feed.until_done("backend.traces").await;
    let got = receiver.all();
    for tried in &got[1..count] {
        assert_eq!(tried.body, got[0].body, "{:?}", statuses(&got));
    }
    let ids: Vec<_> = spans(&got).into_iter().map(|span| span.trace_id).collect();
    assert_eq!(ids.len(), 250);
    assert!(ids.is_sorted(), "in order");
    assert_eq!(words(&feed.told()), ["waiting", "resumed"]);
    assert_eq!(running.figure("otel.sdk.exporter.span.exported", ""), 250.0);
    assert_eq!(running.figure("jaunt.journal.dropped", ""), 0.0);
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let busy = Reply::Status(429, "retry-after: 1\r\n", Vec::new());
    let receiver = Receiver::start(move |n, _| match n {
        0 => busy.clone(),
        _ => Reply::ok(),
    })
    .await;
    let place = Place::new();
    let feed = place.live();
    failed(&feed, 1);
    let _running =
        Running::start(&feed, place.settings(&receiver.endpoint(), &[Signal::Logs])).await;
    let got = receiver.answered(2).await;
    let pause = got[1].at - got[0].at;
    assert!(pause >= Duration::from_secs(1), "{pause:?}");
}

#[tokio::test]
async fn an_expired_token_costs_nothing_but_time() {
    let receiver = Receiver::start(|_, got| match got.head.contains("bearer fresh") {
        true => Reply::ok(),
        false => Reply::status(401),
    })
    .await;
    let place = Place::new();
    let feed = place.live();
    failed(&feed, 3);
    let token = Arc::new(Mutex::new("Bearer stale"));
    let mut settings = place.settings(&receiver.endpoint(), &[Signal::Traces]);
    let current = Arc::clone(&token);
    settings.headers = Some(Arc::new(move || {
        let token = *current.lock().unwrap();
        Headers::new([("authorization".to_owned(), token.to_owned())])
    }));
    let pause = settings.pace.pause;
    let _running = Running::start(&feed, settings).await;
    let got = receiver.answered(3).await;
    assert!(got[1].at - got[0].at >= pause && got[2].at - got[1].at >= pause);
    *token.lock().unwrap() = "Bearer fresh";
    feed.until_done("backend.traces").await;
    assert_eq!(spans(&receiver.all()).len(), 3);
    assert_eq!(words(&feed.told()), ["paused", "resumed"]);
}

#[tokio::test]
async fn one_poison_record_stands_alone_is_set_aside_and_blocks_nothing() {
    let poison = run(37, Verdict::Fail, T0).id.as_bytes().to_vec();
    let poisoned = poison.clone();
    let receiver = Receiver::start(move |_, got| {
        match spans_of(&got.body)
            .iter()
            .any(|span| span.trace_id == poisoned)
        {
            true => Reply::Status(400, "", b"no such thing as that".to_vec()),
            false => Reply::ok(),
        }
    })
    .await;
    let place = Place::new();
    let feed = place.live();
    failed(&feed, 150);
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Traces]),
    )
    .await;
    feed.until_done("backend.traces").await;
    let got = receiver.all();
    assert!(got.len() <= 15 + 1, "{:?}", statuses(&got));
    let taken: Vec<_> = spans(&got).into_iter().map(|span| span.trace_id).collect();
    assert_eq!(taken.len(), 149);
    assert!(taken.is_sorted() && !taken.contains(&poison));
    assert_eq!(words(&feed.told()), ["refused"]);
    let What::Refused { words, file } = &feed.told()[0] else {
        panic!("told {:?}", feed.told());
    };
    assert!(words.contains("no such thing as that"), "{words}");
    let kept = std::fs::read_to_string(file.as_ref().unwrap()).unwrap();
    let id = run(37, Verdict::Fail, T0).id.to_string();
    assert!(kept.contains(&id), "{kept}");
    assert_eq!(running.figure("jaunt.journal.dropped", "refused"), 1.0);
    assert_eq!(
        running.figure("otel.sdk.exporter.span.exported", "400"),
        1.0
    );
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_halved_and_nothing_of_it_is_lost() {
    let receiver = Receiver::start(|_, got| match got.body.len() > 20_000 {
        true => Reply::status(413),
        false => Reply::ok(),
    })
    .await;
    let place = Place::new();
    let feed = place.live();
    failed(&feed, 100);
    let running =
        Running::start(&feed, place.settings(&receiver.endpoint(), &[Signal::Logs])).await;
    feed.until_done("backend.logs").await;
    let got = receiver.all();
    assert!(statuses(&got).contains(&413));
    assert_eq!(logs(&got).len(), 100);
    assert_eq!(running.figure("jaunt.journal.dropped", ""), 0.0);
    assert!(!place.refused().exists());
}

#[tokio::test]
async fn a_partial_success_is_not_sent_again_and_told_once() {
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceResponse,
    };
    use prost::Message;
    let partial = |rejected_spans, message: &str| {
        let partial_success = Some(ExportTracePartialSuccess {
            rejected_spans,
            error_message: message.to_owned(),
        });
        let answer = ExportTraceServiceResponse { partial_success };
        Reply::Status(200, "", answer.encode_to_vec())
    };
    let receiver = Receiver::start(move |n, _| match n {
        0 | 1 => partial(2, "two are too many"),
        2 => partial(0, "mind the gap"),
        _ => partial(0, ""),
    })
    .await;
    let place = Place::new();
    let feed = place.live();
    failed(&feed, 400);
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Traces]),
    )
    .await;
    feed.until_done("backend.traces").await;
    assert_eq!(statuses(&receiver.all()), [200; 4]);
    assert_eq!(words(&feed.told()), ["rejected", "warned"]);
    assert_eq!(running.figure("jaunt.journal.dropped", "rejected"), 4.0);
}

#[tokio::test]
async fn traces_and_logs_go_by_the_hundred_or_after_a_while() {
    let receiver = Receiver::start(|_, _| Reply::ok()).await;
    let place = Place::new();
    let feed = place.live();
    let mut settings = place.settings(&receiver.endpoint(), &[Signal::Traces]);
    settings.pace = Pace {
        gather: Duration::from_millis(700),
        ..settings.pace
    };
    let _running = Running::start(&feed, settings).await;
    let began = Instant::now();
    failed(&feed, 100);
    receiver.answered(1).await;
    assert!(
        began.elapsed() < Duration::from_millis(700),
        "the hundred need not wait"
    );
    failed(&feed, 1);
    let got = receiver.answered(2).await;
    assert!(got[1].at - got[0].at >= Duration::from_millis(600));
    let all: BTreeSet<_> = got.iter().map(|got| got.connection).collect();
    assert_eq!(all.len(), 1, "one connection is kept");
}

#[tokio::test]
async fn a_killed_delivery_loses_nothing_and_sends_the_same_ids_again() {
    let receiver = Receiver::start(|n, _| match n % 3 {
        0 => Reply::ok(),
        1 => Reply::Reset,
        _ => Reply::Silence,
    })
    .await;
    let place = Place::new();
    let mut sent = 0;
    for life in 0..12 {
        let feed = place.live();
        for n in 0..30 {
            feed.append(&run(sent + n, Verdict::Fail, T0));
        }
        sent += 30;
        let running = Running::start(
            &feed,
            place.settings(&receiver.endpoint(), &[Signal::Traces]),
        )
        .await;
        receiver.answered(life + 1).await;
        running.kill().await;
    }
    let feed = place.live();
    let quiet = Receiver::start(|_, _| Reply::ok()).await;
    let running = Running::start(&feed, place.settings(&quiet.endpoint(), &[Signal::Traces])).await;
    feed.until_done("backend.traces").await;
    running.drain(GRACE).await;
    let all = [receiver.all(), quiet.all()].concat();
    let ids: BTreeSet<_> = spans(&all).into_iter().map(|span| span.trace_id).collect();
    assert_eq!(ids.len() as u64, sent);
}

#[tokio::test]
async fn a_drain_sends_what_there_is_and_a_dead_endpoint_does_not_hold_it_up() {
    let receiver = Receiver::start(|_, _| Reply::ok()).await;
    let place = Place::new();
    let feed = place.live();
    let mut settings = place.settings(&receiver.endpoint(), &[Signal::Traces, Signal::Logs]);
    settings.pace.gather = Duration::from_secs(60);
    let running = Running::start(&feed, settings).await;
    failed(&feed, 7);
    assert!(running.drain(GRACE).await < GRACE);
    assert_eq!(
        (spans(&receiver.all()).len(), logs(&receiver.all()).len()),
        (7, 7)
    );

    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", dead.local_addr().unwrap());
    drop(dead);
    failed(&feed, 1);
    let running = Running::start(&feed, place.settings(&endpoint, &[Signal::Traces])).await;
    assert!(running.drain(GRACE).await < GRACE);
    assert_eq!(
        feed.next_of("backend.traces"),
        7,
        "what was not taken stays"
    );
}

#[tokio::test]
async fn a_hanging_endpoint_is_left_at_the_end_of_the_grace() {
    let receiver = Receiver::start(|_, _| Reply::Silence).await;
    let place = Place::new();
    let feed = place.live();
    failed(&feed, 1);
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Traces]),
    )
    .await;
    receiver.answered(1).await;
    let grace = Duration::from_millis(300);
    let took = running.drain(grace).await;
    assert!(took >= grace && took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn what_a_bound_dropped_is_what_was_counted() {
    let is_up = Arc::new(Mutex::new(false));
    let up = Arc::clone(&is_up);
    let receiver = Receiver::start(move |_, _| match *up.lock().unwrap() {
        true => Reply::ok(),
        false => Reply::status(503),
    })
    .await;
    let mut place = Place::new();
    place.bounds = Bounds {
        max_size: 64 << 10,
        ..Bounds::default()
    };
    let feed = place.live();
    let signals = [Signal::Traces, Signal::Metrics];
    let running = Running::start(&feed, place.settings(&receiver.endpoint(), &signals)).await;
    for n in 0..1_500 {
        feed.append(&run(n, Verdict::Fail, T0));
        if n % 100 == 99 {
            feed.enforce("backend.metrics").await;
        }
    }
    // What was in flight as a segment went has had its answer.
    receiver.answered(receiver.all().len() + 2).await;
    *is_up.lock().unwrap() = true;
    feed.until_done("backend.traces").await;
    let received = spans(&receiver.all()).len() as u64;
    let dropped = feed.dropped_by("backend.traces");
    assert!(dropped > 0);
    assert_eq!(received + dropped, 1_500);
    assert_eq!(
        feed.dropped_by("backend.metrics"),
        0,
        "the fold has seen all"
    );
    feed.set_clock(T0 + S);
    running.drain(GRACE).await;
    let got = crate::receiver::metrics(&receiver.all());
    assert_eq!(crate::metrics::last_sum(&got, "jaunt.slots"), 1_500);
    assert_eq!(
        crate::metrics::last_sum(&got, "jaunt.journal.dropped") as u64,
        dropped
    );
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_counted_and_passed_over() {
    let receiver = Receiver::start(|_, _| Reply::ok()).await;
    let place = Place::new();
    let feed = place.live();
    failed(&feed, 2);
    feed.append_bytes(b"\xff\xff\xff");
    failed(&feed, 1);
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Traces]),
    )
    .await;
    feed.until_done("backend.traces").await;
    assert_eq!(spans(&receiver.all()).len(), 3);
    assert_eq!(running.figure("jaunt.journal.dropped", "unreadable"), 1.0);
    assert_eq!(words(&feed.told()), ["unreadable"]);
}

#[tokio::test]
async fn an_export_gets_its_own_customers_runs_and_slots_only_where_it_asks() {
    let receiver = Receiver::start(|_, _| Reply::ok()).await;
    let place = Place::new();
    let feed = place.live();
    let mut settings = place.settings(&receiver.endpoint(), &[Signal::Logs]);
    settings.customers = Some(["acme".to_owned()].into());
    settings.config.slots = true;
    let mut other = run(1, Verdict::Pass, T0);
    other.customer = "zeta".into();
    feed.append(&other);
    feed.append(&run(2, Verdict::Pass, T0));
    let _running = Running::start(&feed, settings).await;
    feed.until_done("backend.logs").await;
    let names: Vec<_> = logs(&receiver.all())
        .into_iter()
        .map(|log| log.event_name)
        .collect();
    assert_eq!(names, ["jaunt.slot"]);
}

#[tokio::test]
async fn what_the_agent_tells_of_itself_goes_to_whoever_sees_everything() {
    use jaunt_otlp::operation;
    use opentelemetry_proto::tonic::logs::v1::SeverityNumber;
    let receiver = Receiver::start(|n, _| match n {
        0 => Reply::status(503),
        _ => Reply::ok(),
    })
    .await;
    let place = Place::new();
    let feed = place.live();
    let settings = place.settings(&receiver.endpoint(), &[Signal::Logs]);
    let running = Running::start(&feed, settings.clone()).await;
    let event = operation(T0, SeverityNumber::Info, "reloaded".into(), Vec::new());
    running.own.tell(&event);
    receiver.answered(2).await;
    running.own.tell(&event);
    running.drain(GRACE).await;
    let told = logs(&receiver.all());
    assert_eq!(told, [event.clone(), event.clone()]);

    let mut settings = settings;
    settings.customers = Some(["acme".to_owned()].into());
    let running = Running::start(&feed, settings).await;
    running.own.tell(&event);
    running.drain(GRACE).await;
    assert_eq!(
        logs(&receiver.all()).len(),
        2,
        "a tenant hears nothing of it"
    );
}
