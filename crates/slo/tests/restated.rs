//! What was known when, and what both sides corrected since.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use jaunt_slo::{
    Corrected, Correction, Figure, Good, Ingest, Ingested, Intake, MaintenancePolicy, Objective,
    Parties, Population, Question, Report, Restated, Slo, Subject, Weighting, Window, judge,
    restated,
};
use jiff::Timestamp;
use std::{collections::BTreeMap, time::Duration};

const START_S: i64 = 1_767_571_200;

fn subject(corrections: Vec<Correction>) -> Subject {
    Subject {
        customer: "acme".into(),
        journey: "checkout".into(),
        every: Duration::from_secs(60),
        regions: vec!["fra".into()],
        weights: BTreeMap::new(),
        quorum: None,
        maintenance: Vec::new(),
        policy: MaintenancePolicy::default(),
        parties: BTreeMap::new(),
        corrections,
        slos: vec![Slo {
            name: "can-buy".into(),
            objective: Objective::parse("90%").unwrap(),
            window: Window::parse("1h").unwrap(),
            under: None,
            of: Population::Valid,
            good: Good::PassOrSlow,
            step: None,
            weighting: Weighting::Events,
            slice: None,
            since: None,
        }],
    }
}

/// An hour of runs, of which minutes 20 to 25 fail in `connect`; each is received a second later,
/// those from minute 50 on `late_s` later.
fn lines(late_s: i64) -> Vec<String> {
    let line = |minute: i64| {
        let start = START_S + minute * 60;
        let received = start + if minute < 50 { 1 } else { late_s };
        let verdict = if (20..25).contains(&minute) {
            r#""fail","step":"pay","phase":"connect""#
        } else {
            r#""pass""#
        };
        format!(
            r#"{{"journey":"checkout","region":"fra","agent":"a","start_ns":{start}000000000,"duration_ms":500,"recv_ns":{received}000000000,"verdict":{verdict}}}"#
        )
    };
    (0..60).map(line).collect()
}

fn at_ns() -> i64 {
    (START_S + 3_600) * 1_000_000_000
}

fn taken(subject: &Subject, lines: &[String], as_of_s: Option<i64>) -> Ingested {
    let subjects = std::slice::from_ref(subject);
    let mut ingest = Ingest::new(
        subjects,
        Intake {
            as_of_ns: as_of_s.map(|s| (START_S + s) * 1_000_000_000),
            restates_ns: Some(at_ns()),
            ..Intake::default()
        },
    );
    for line in lines {
        ingest.line(line.as_bytes());
    }
    ingest.finish()
}

fn report(subject: &Subject, taken: &jaunt_slo::Taken) -> Report {
    let question = Question {
        at_ns: at_ns(),
        known_until_ns: at_ns(),
        parties: &Parties::default(),
    };
    judge(subject, &subject.slos[0], taken, question)
}

fn correction(what: Corrected) -> Correction {
    let at = |minute: i64| Timestamp::from_second(START_S + minute * 60).unwrap();
    Correction {
        from: at(20),
        to: at(23),
        at: at(100),
        what,
        author: "provider".into(),
        approved_by: "customer".into(),
        reason: "a cut fibre".into(),
    }
}

#[test]
fn what_came_later_is_kept_apart_whatever_the_order_of_lines() {
    let subject = subject(Vec::new());
    let mut lines = lines(5_000);
    for _ in 0..3 {
        lines.rotate_left(23);
        let ingested = taken(&subject, &lines, None);
        let old = report(&subject, &ingested.earlier.as_ref().unwrap()[0]);
        let new = report(&subject, &ingested.journeys[0]);
        assert_eq!((old.sli.valid, new.sli.valid), (50, 60));
        // As of then, nothing else is known.
        let as_of = taken(&subject, &lines, Some(3_600));
        assert!(as_of.earlier.is_none());
        assert_eq!(report(&subject, &as_of.journeys[0]), old);
        let later = &ingested.later[0];
        assert_eq!(later.count, 10);
        assert_eq!(later.events[0].start_ns, (START_S + 3_000) * 1_000_000_000);
        let changed: Vec<Figure> = restated(&old, &new).iter().map(|one| one.figure).collect();
        assert_eq!(
            changed,
            [
                Figure::Good,
                Figure::Sli,
                Figure::Felt,
                Figure::Observed,
                Figure::Consumed,
                Figure::Uptime
            ]
        );
    }
}

#[test]
fn where_nothing_came_later_nothing_is_kept_apart() {
    let subject = subject(Vec::new());
    let ingested = taken(&subject, &lines(1), None);
    assert!(ingested.earlier.is_none());
    assert_eq!(ingested.later[0].count, 0);
}

#[test]
fn a_party_is_corrected_and_both_are_told() {
    let plain = subject(Vec::new());
    let corrected = subject(vec![correction(Corrected::Party("carrier".into()))]);
    let taken = taken(&plain, &lines(1), None);
    let old = report(&plain, &taken.journeys[0]);
    let new = report(&corrected, &taken.journeys[0]);
    assert_eq!(restated(&old, &new), []);
    assert_eq!(old.attribution.by_party, [("network".to_owned(), 5)].into());
    assert_eq!(
        new.attribution.by_party,
        [("carrier".to_owned(), 3), ("network".to_owned(), 2)].into()
    );
    assert_eq!(new.attribution.parties_sum, new.budget.consumed);
    assert_eq!(new.incidents[0].party, "carrier");
    assert_eq!(new.incidents[0].party_before.as_deref(), Some("network"));
    assert_eq!(old.incidents[0].party_before, None);
    assert_eq!(
        jaunt_slo::words::correction(&new.corrections[0]),
        "corrected 2026-01-05 01:40 UTC: from 2026-01-05 00:20 UTC to 2026-01-05 00:23 UTC the bad runs \
         are put down to carrier, by provider with the consent of customer: a cut fibre"
    );
}

#[test]
fn runs_that_a_correction_leaves_out_are_in_no_ratio_but_the_felt_one() {
    let plain = subject(Vec::new());
    let corrected = subject(vec![correction(Corrected::LeftOut)]);
    let taken = taken(&plain, &lines(1), None);
    let old = report(&plain, &taken.journeys[0]);
    let new = report(&corrected, &taken.journeys[0]);
    assert_eq!((old.sli.bad, new.sli.bad), (5, 2));
    assert_eq!(new.ingest.excluded_maintenance, 3);
    assert_eq!(new.sli.felt_ratio, old.sli.ratio);
    let bad = Restated {
        figure: Figure::Bad,
        old: Some(5.0),
        new: Some(2.0),
    };
    assert!(restated(&old, &new).contains(&bad));
    assert_eq!(jaunt_slo::words::restated(&bad), "bad runs 5 → 2");
}
