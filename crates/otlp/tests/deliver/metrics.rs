//! Metrics: sums that are exact whatever happens, one point per interval, ascending.

use crate::{
    place::{Place, Running, S, T0, checkout, run},
    receiver::{Receiver, Reply, metrics},
};
use jaunt_otlp::{Signal, Temporality};
use jaunt_record::Verdict;
use opentelemetry_proto::tonic::{
    common::v1::any_value::Value as Any,
    metrics::v1::{Metric, NumberDataPoint, metric::Data, number_data_point::Value},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

const GRACE: Duration = Duration::from_secs(5);
const MINUTE: i64 = 60 * S;

/// A series: its attributes as text.
type Series = String;

fn value(point: &NumberDataPoint) -> Option<i64> {
    match point.value {
        Some(Value::AsInt(value)) => Some(value),
        _ => None,
    }
}

fn series(point: &NumberDataPoint) -> Series {
    let text = |value: &Any| match value {
        Any::StringValue(text) => text.clone(),
        other => format!("{other:?}"),
    };
    let values = point.attributes.iter();
    let values = values.filter_map(|pair| pair.value.as_ref()?.value.as_ref().map(text));
    values.collect::<Vec<_>>().join(" ")
}

/// The points of a sum by series, in the order they came.
fn points(metrics: &[Metric], name: &str) -> BTreeMap<Series, Vec<NumberDataPoint>> {
    let mut found: BTreeMap<Series, Vec<NumberDataPoint>> = BTreeMap::new();
    for metric in metrics.iter().filter(|metric| metric.name == name) {
        if let Some(Data::Sum(sum)) = &metric.data {
            for point in &sum.data_points {
                found.entry(series(point)).or_default().push(point.clone());
            }
        }
    }
    found
}

/// The last values of all series together.
pub(crate) fn last_sum(metrics: &[Metric], name: &str) -> i64 {
    let all = points(metrics, name);
    let last = all
        .values()
        .filter_map(|points| points.iter().rev().find_map(value));
    last.sum()
}

/// Times ascend (a repetition is the same point), starts stay, sums never fall.
fn hold_laws(metrics: &[Metric], name: &str) {
    for (series, points) in points(metrics, name) {
        for pair in points.windows(2) {
            let (one, next) = (&pair[0], &pair[1]);
            assert_eq!(
                one.start_time_unix_nano, next.start_time_unix_nano,
                "{series}"
            );
            assert!(
                one.time_unix_nano <= next.time_unix_nano,
                "{series}: {points:#?}"
            );
            if one.time_unix_nano == next.time_unix_nano {
                assert_eq!(one, next, "{series}: a repetition is the same");
            }
            assert!(
                value(one) <= value(next) || value(next).is_none(),
                "{series}"
            );
        }
        for point in points {
            assert!(
                point.start_time_unix_nano < point.time_unix_nano,
                "{series}"
            );
        }
    }
}

#[tokio::test]
async fn sums_are_exact_whenever_it_is_killed() {
    let number = Arc::new(Mutex::new(0_u32));
    let receiver = Receiver::start(move |_, _| {
        let mut number = number.lock().unwrap();
        *number += 1;
        match *number % 5 {
            1 => Reply::status(503),
            3 => Reply::Reset,
            _ => Reply::ok(),
        }
    })
    .await;
    let place = Place::new();
    let (mut total, mut now) = (0, T0);
    for life in 0..25_u64 {
        let feed = place.live();
        feed.set_clock(now);
        feed.loaded.send_replace(checkout());
        let settings = place.settings(&receiver.endpoint(), &[Signal::Metrics]);
        let running = Running::start(&feed, settings).await;
        for _ in 0..7 {
            now += 20 * S;
            let verdict = [Verdict::Pass, Verdict::Fail][usize::from(total % 3 == 0)];
            feed.append(&run(total, verdict, now));
            total += 1;
            feed.set_clock(now);
            if total % 4 == 0 {
                receiver.answered(receiver.all().len() + 1).await;
            }
        }
        // Somewhere between reading, storing, sending and being told.
        for _ in 0..life * 37 {
            tokio::task::yield_now().await;
        }
        running.kill().await;
    }
    let feed = place.live();
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Metrics]),
    )
    .await;
    running.drain(GRACE).await;
    let got = metrics(&receiver.all());
    assert_eq!(last_sum(&got, "jaunt.slots"), i64::try_from(total).unwrap());
    hold_laws(&got, "jaunt.slots");
    hold_laws(&got, "jaunt.failures");
}

#[tokio::test]
async fn what_waited_out_an_outage_comes_as_one_point_per_interval() {
    let is_up = Arc::new(Mutex::new(false));
    let up = Arc::clone(&is_up);
    let receiver = Receiver::start(move |_, _| match *up.lock().unwrap() {
        true => Reply::ok(),
        false => Reply::status(503),
    })
    .await;
    let place = Place::new();
    let feed = place.live();
    feed.loaded.send_replace(checkout());
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Metrics]),
    )
    .await;
    // In the third and fourth of ten minutes nothing runs.
    for minute in (0..10).filter(|it| ![3, 4].contains(it)) {
        feed.append(&run(
            minute,
            Verdict::Pass,
            T0 + i64::try_from(minute).unwrap() * MINUTE + 1,
        ));
    }
    feed.set_clock(T0 + 10 * MINUTE);
    receiver.answered(3).await;
    *is_up.lock().unwrap() = true;
    running.drain(GRACE).await;
    let got = metrics(&receiver.all());
    hold_laws(&got, "jaunt.slots");
    let all = points(&got, "jaunt.slots");
    let (_, passed) = all
        .iter()
        .find(|(series, _)| series.ends_with("pass"))
        .unwrap();
    let times: Vec<i64> = passed
        .iter()
        .map(|it| it.time_unix_nano.cast_signed())
        .collect();
    let values: Vec<i64> = passed.iter().filter_map(value).collect();
    let on_grid = &times[..times.len() - 1];
    let minutes = on_grid
        .windows(2)
        .filter(|pair| pair[1] - pair[0] == MINUTE)
        .count();
    assert!(minutes >= 8, "{times:?}");
    assert_eq!(values.last(), Some(&8));
    let unchanged = values.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!(unchanged >= 2, "{values:?}");
}

#[tokio::test]
async fn a_journey_is_there_as_0_before_its_first_run_and_ends_when_it_is_removed() {
    let receiver = Receiver::start(|_, _| Reply::ok()).await;
    let place = Place::new();
    let feed = place.live();
    feed.loaded.send_replace(checkout());
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Metrics]),
    )
    .await;
    let mut now = T0;
    let there = |got: &Vec<crate::receiver::Got>| {
        points(&metrics(got), "jaunt.slots").len() == Verdict::ALL.len()
    };
    minutes_until(&feed, &receiver, &mut now, there).await;
    assert_eq!(last_sum(&metrics(&receiver.all()), "jaunt.slots"), 0);
    feed.loaded.send_replace(Some(Arc::from([])));
    let ended = |got: &Vec<crate::receiver::Got>| {
        let all = points(&metrics(got), "jaunt.slots");
        all.values()
            .all(|points| points.last().is_some_and(|it| it.flags == 1))
    };
    minutes_until(&feed, &receiver, &mut now, ended).await;
    feed.set_clock(now + MINUTE);
    running.drain(GRACE).await;
    let got = metrics(&receiver.all());
    for points in points(&got, "jaunt.slots").values() {
        assert_eq!(points.iter().filter(|it| it.flags == 1).count(), 1);
        assert_eq!(
            points.last().unwrap().flags,
            1,
            "a last value is not sent again"
        );
    }
}

/// Moves the clock on, a minute at a time, until the receiver has enough: what a worker learns within
/// a minute, it tells at the end of that one or the next.
async fn minutes_until(
    feed: &crate::place::Ours,
    receiver: &Receiver,
    now: &mut i64,
    enough: impl Fn(&Vec<crate::receiver::Got>) -> bool + Copy,
) {
    const BEAT: Duration = Duration::from_millis(1_500);
    for _ in 0..12 {
        *now += MINUTE;
        feed.set_clock(*now);
        let there = tokio::time::timeout(BEAT, receiver.until(enough)).await;
        if there.is_ok() {
            return;
        }
    }
    panic!("not within twelve minutes of the clock");
}

#[tokio::test]
async fn a_failure_seen_for_the_first_time_has_its_zero_sent_before_it() {
    let receiver = Receiver::start(|_, _| Reply::ok()).await;
    let place = Place::new();
    let feed = place.live();
    feed.loaded.send_replace(checkout());
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Metrics]),
    )
    .await;
    feed.append(&run(1, Verdict::Pass, T0 + 1));
    feed.append(&run(2, Verdict::Fail, T0 + 2 * MINUTE));
    feed.set_clock(T0 + 4 * MINUTE);
    running.drain(GRACE).await;
    let got = metrics(&receiver.all());
    let all = points(&got, "jaunt.failures");
    let failures = all.values().next().unwrap();
    let values: Vec<_> = failures.iter().filter_map(value).collect();
    assert_eq!(values[..2], [0, 1]);
    let apart = failures[1].time_unix_nano - failures[0].time_unix_nano;
    assert_eq!(apart, MINUTE.unsigned_abs());
}

#[tokio::test]
async fn a_drain_sends_the_last_interval_and_the_next_life_goes_on_from_there() {
    let receiver = Receiver::start(|_, _| Reply::ok()).await;
    let place = Place::new();
    for life in 1..4_u64 {
        let feed = place.live();
        feed.loaded.send_replace(checkout());
        feed.set_clock(T0 + i64::try_from(life).unwrap() * 10 * S);
        let settings = place.settings(&receiver.endpoint(), &[Signal::Metrics]);
        let running = Running::start(&feed, settings).await;
        feed.append(&run(life, Verdict::Pass, feed_now(life)));
        running.drain(GRACE).await;
        let got = metrics(&receiver.all());
        assert_eq!(last_sum(&got, "jaunt.slots"), i64::try_from(life).unwrap());
        hold_laws(&got, "jaunt.slots");
    }
}

fn feed_now(life: u64) -> i64 {
    T0 + i64::try_from(life).unwrap() * 10 * S
}

#[tokio::test]
async fn deltas_add_up_where_nothing_is_killed() {
    let receiver = Receiver::start(|n, _| match n % 2 {
        0 => Reply::status(503),
        _ => Reply::ok(),
    })
    .await;
    let place = Place::new();
    for life in 0..3_i64 {
        let feed = place.live();
        feed.loaded.send_replace(checkout());
        let mut settings = place.settings(&receiver.endpoint(), &[Signal::Metrics]);
        settings.config.fold.temporality = Temporality::Delta;
        let running = Running::start(&feed, settings).await;
        for n in 0..5 {
            let at_ns = T0 + (5 * life + n) * 30 * S;
            feed.append(&run(n.unsigned_abs(), Verdict::Pass, at_ns));
            feed.set_clock(at_ns);
        }
        running.drain(GRACE).await;
    }
    let got = metrics(&receiver.all());
    let all = points(&got, "jaunt.slots");
    let sum: i64 = all.values().flatten().filter_map(value).sum();
    assert_eq!(sum, 15);
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_told_and_the_streams_begin_anew() {
    use jaunt_otlp::deliver::{Feed, What};
    let receiver = Receiver::start(|_, _| Reply::ok()).await;
    let place = Place::new();
    let feed = place.live();
    let cursor = jaunt_journal::CursorName::new("backend.metrics").unwrap();
    let passed = jaunt_journal::Batch::default();
    feed.advance(&cursor, passed, vec![0xff; 9]).await.unwrap();
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Metrics]),
    )
    .await;
    feed.append(&run(1, Verdict::Pass, T0 + 1));
    running.drain(GRACE).await;
    assert!(
        matches!(feed.told()[0], What::StateLost { .. }),
        "{:?}",
        feed.told()
    );
    assert_eq!(last_sum(&metrics(&receiver.all()), "jaunt.slots"), 1);
}

#[tokio::test]
async fn totals_that_a_newer_jaunt_kept_are_left_as_they_are() {
    use jaunt_otlp::deliver::{Feed, What};
    let receiver = Receiver::start(|_, _| Reply::ok()).await;
    let place = Place::new();
    let feed = place.live();
    let cursor = jaunt_journal::CursorName::new("backend.metrics").unwrap();
    // Field 1, the version: 99.
    let kept = vec![0x08, 99];
    let passed = jaunt_journal::Batch::default();
    feed.advance(&cursor, passed, kept.clone()).await.unwrap();
    let running = Running::start(
        &feed,
        place.settings(&receiver.endpoint(), &[Signal::Metrics]),
    )
    .await;
    feed.append(&run(1, Verdict::Pass, T0 + 1));
    running.drain(GRACE).await;
    let told = feed.told();
    assert!(
        matches!(&told[..], [What::Journal { words }] if words.contains("newer jaunt")),
        "{told:?}"
    );
    assert_eq!(feed.checkpoint(&cursor).await.kept, kept);
    assert!(receiver.all().is_empty());
}

/// Memory stays flat: one interval's points wait, and what comes after is not even read.
#[tokio::test]
async fn while_an_endpoint_is_away_the_backlog_stays_in_the_journal() {
    let receiver = Receiver::start(|_, _| Reply::status(503)).await;
    let place = Place::new();
    let feed = place.live();
    feed.loaded.send_replace(checkout());
    let signals = [Signal::Metrics, Signal::Traces, Signal::Logs];
    let running = Running::start(&feed, place.settings(&receiver.endpoint(), &signals)).await;
    for n in 0..3_000_u64 {
        feed.append(&run(n, Verdict::Fail, T0 + n.cast_signed() * S));
    }
    feed.set_clock(T0 + 3_000 * S);
    // Each signal has tried several times.
    receiver
        .until(|got| {
            ["/v1/metrics", "/v1/traces", "/v1/logs"]
                .iter()
                .all(|path| got.iter().filter(|it| it.path == *path).count() >= 4)
        })
        .await;
    let got = receiver.all();
    for path in ["/v1/metrics", "/v1/traces", "/v1/logs"] {
        let bodies = got.iter().filter(|it| it.path == path).map(|it| &it.body);
        let distinct: std::collections::BTreeSet<_> = bodies.collect();
        assert_eq!(
            distinct.len(),
            1,
            "one request of {path} waits, the same each time"
        );
    }
    assert!(
        feed.next_of("backend.metrics") <= 60,
        "at most one interval is folded"
    );
    assert!(feed.greatest_read() <= 512, "{}", feed.greatest_read());
    running.kill().await;
}
