//! User-uptime by the definitions of Hauer, Hoffmann, Lunney, Ardelean, Diwan: *Meaningful
//! Availability* (NSDI 2020), on examples small enough to be worked out by hand.
//!
//! Between two events of a user the service was for them as the first one found it: up after a
//! success, down after a failure, and nothing where they were away for longer than a cut-off. The
//! user-uptime is the sum of all users' uptime over that of their uptime and downtime. It is to say
//! what users felt, whatever the ratio of successes is moved by: users who ask more often than
//! others, and clients that ask more, or less, while something is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use jaunt_slo::{
    Good, Ingest, Intake, MaintenancePolicy, Objective, Parties, Population, Question, Report, Slo,
    Subject, Weighting, Window, judge,
};
use std::{collections::BTreeMap, time::Duration};

const START_S: i64 = 1_767_571_200;

/// What is said of these events in the four hours from the start: user, minute, whether it was a
/// success. The cut-off is three intervals: half an hour.
fn report(events: &[(&str, i64, bool)]) -> Report {
    let subject = Subject {
        customer: "acme".into(),
        journey: "mail".into(),
        every: Duration::from_secs(600),
        regions: vec!["fra".into()],
        weights: BTreeMap::new(),
        quorum: None,
        maintenance: Vec::new(),
        policy: MaintenancePolicy::default(),
        parties: BTreeMap::new(),
        corrections: Vec::new(),
        slos: vec![Slo {
            name: "available".into(),
            objective: Objective::parse("99%").unwrap(),
            window: Window::parse("4h").unwrap(),
            under: None,
            of: Population::Valid,
            good: Good::PassOrSlow,
            step: None,
            weighting: Weighting::Events,
            slice: None,
            since: None,
        }],
    };
    let mut ingest = Ingest::new(std::slice::from_ref(&subject), Intake::default());
    for (user, minute, success) in events {
        let start = (START_S + minute * 60) * 1_000_000_000;
        let verdict = if *success { "pass" } else { "fail" };
        let line = format!(
            r#"{{"journey":"mail","region":"fra","agent":"{user}","start_ns":{start},"duration_ms":0,"verdict":"{verdict}"}}"#
        );
        ingest.line(line.as_bytes());
    }
    let taken = ingest.finish();
    let question = Question {
        at_ns: (START_S + 4 * 3_600) * 1_000_000_000,
        known_until_ns: i64::MAX,
        parties: &Parties::default(),
    };
    judge(&subject, &subject.slos[0], &taken.journeys[0], question)
}

/// Minutes up and down.
fn minutes(report: &Report) -> (f64, f64) {
    (report.uptime.up_s / 60.0, report.uptime.down_s / 60.0)
}

fn ratio(good: f64, all: f64) -> Option<f64> {
    Some(good / all)
}

#[test]
fn from_one_event_to_the_next_it_was_as_the_first_found_it() {
    let events = [
        ("ann", 0, true),
        ("ann", 10, true),
        ("ann", 20, false),
        ("ann", 25, false),
        ("ann", 45, true),
        ("ann", 60, true),
    ];
    let report = report(&events);
    // Up from 0 to 20 and from 45 to 60, down from 20 to 45; of what came after 60 nothing is known.
    assert_eq!(minutes(&report), (35.0, 25.0));
    assert_eq!(report.uptime.ratio, ratio(35.0, 60.0));
}

#[test]
fn time_away_is_neither_up_nor_down() {
    // 30 minutes are not beyond the cut-off, 31 are.
    let near = report(&[("ann", 0, true), ("ann", 30, false), ("ann", 40, true)]);
    assert_eq!(minutes(&near), (30.0, 10.0));
    let far = report(&[("ann", 0, true), ("ann", 31, false), ("ann", 41, true)]);
    assert_eq!(minutes(&far), (0.0, 10.0));
    let away = report(&[("ann", 0, false), ("ann", 120, true)]);
    assert_eq!(away.uptime.ratio, None, "nobody was there");
}

#[test]
fn a_user_who_asks_ten_times_as_often_weighs_no_more() {
    // Down for ann, who asks each minute; up for bob, who asks each ten.
    let ann = (0..=60).map(|minute| ("ann", minute, false));
    let bob = (0..=6).map(|ten| ("bob", ten * 10, true));
    let report = report(&ann.chain(bob).collect::<Vec<_>>());
    assert_eq!(report.sli.events_ratio, ratio(7.0, 68.0));
    // For half of the users' time it was up.
    assert_eq!(report.uptime.ratio, ratio(60.0, 120.0));
}

#[test]
fn clients_that_ask_more_or_less_during_an_outage_change_nothing() {
    // Two hours, of which it is down from 60 to 80; asked each ten minutes.
    let usual = |minute: i64| ("ann", minute, !(60..80).contains(&minute));
    let calm: Vec<_> = (0..=12).map(|ten| usual(ten * 10)).collect();
    let retrying: Vec<_> = (0..=120)
        .filter(|minute| minute % 10 == 0 || (60..80).contains(minute))
        .map(usual)
        .collect();
    let giving_up: Vec<_> = (0..=12)
        .filter(|ten| *ten != 7)
        .map(|ten| usual(ten * 10))
        .collect();
    let (calm, retrying, giving_up) = (report(&calm), report(&retrying), report(&giving_up));
    assert_eq!(calm.sli.events_ratio, ratio(11.0, 13.0));
    assert_eq!(retrying.sli.events_ratio, ratio(11.0, 31.0));
    assert_eq!(giving_up.sli.events_ratio, ratio(11.0, 12.0));
    for report in [calm, retrying, giving_up] {
        assert_eq!(minutes(&report), (100.0, 20.0));
        assert_eq!(report.uptime.ratio, ratio(100.0, 120.0));
        // The worst ten minutes were all down, the worst hour for a third.
        let worst = |window_s| {
            let mut curve = report.uptime.mcr.iter();
            curve
                .find(|worst| worst.window_s == window_s)
                .unwrap()
                .ratio
        };
        assert_eq!(worst(600), Some(0.0));
        assert_eq!(worst(3_600), ratio(40.0, 60.0));
    }
}
