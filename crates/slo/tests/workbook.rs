//! Numbers from outside: the worked examples of *The Site Reliability Workbook* (Beyer, Murphy,
//! Rensin, Kawahara, Thorne; O'Reilly 2018), recomputed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use jaunt_slo::{
    Alert, Good, Ingest, Intake, MaintenancePolicy, Objective, Parties, Population, Question,
    Report, Slo, Subject, Weighting, Window, judge,
};
use std::{collections::BTreeMap, time::Duration};

const DAY: u64 = 86_400;
/// 2026-01-05T00:00:00Z.
const START_S: u64 = 1_767_571_200;

/// Chapter 2, tables 2-3 and 2-4: the API served 3,663,253 requests in four weeks.
#[test]
fn the_budgets_of_the_game_are_those_of_chapter_2() {
    for (objective, failures) in [("97%", 109_897), ("90%", 366_325), ("99%", 36_632)] {
        assert_eq!(allowed(objective, 3_663_253), failures, "{objective}");
    }
    // Chapter 2: with an SLO of 99.9 % and 3 million requests, 3,000 may fail, and an outage of 1,500
    // errors costs half of them.
    assert_eq!(allowed("99.9%", 3_000_000), 3_000);
    assert_eq!(2 * 1_500, allowed("99.9%", 3_000_000));
    // Chapter 2, "Decision Making": 14,066 errors of a bad release used 13 % of the budget (12.8),
    // 72,000 of a failed server 65 % (65.5).
    let permille = |errors: u128| 1_000 * errors / allowed("97%", 3_663_253);
    assert_eq!((permille(14_066), permille(72_000)), (127, 655));
}

/// How many of `requests` may fail, whole ones.
fn allowed(objective: &str, requests: u128) -> u128 {
    let (part, whole) = Objective::parse(objective).unwrap().budget();
    requests * part / whole
}

/// A journey in one region with 99.9 % over 30 days, as in chapter 5.
fn subject(every_s: u64) -> Subject {
    Subject {
        customer: "acme".into(),
        journey: "api".into(),
        every: Duration::from_secs(every_s),
        regions: vec!["fra".into()],
        weights: BTreeMap::new(),
        quorum: None,
        maintenance: Vec::new(),
        policy: MaintenancePolicy::default(),
        parties: BTreeMap::new(),
        corrections: Vec::new(),
        slos: vec![Slo {
            name: "available".into(),
            objective: Objective::parse("99.9%").unwrap(),
            window: Window::parse("30d").unwrap(),
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

/// What is said of `length_s` of runs, of which those are bad that `is_bad` says by their second.
fn report(every_s: u64, length_s: u64, is_bad: impl Fn(u64) -> bool) -> Report {
    let subject = subject(every_s);
    let mut ingest = Ingest::new(std::slice::from_ref(&subject), Intake::default());
    for run in 0..length_s / every_s {
        let second = run * every_s;
        let verdict = if is_bad(second) { "fail" } else { "pass" };
        let start = (START_S + second) * 1_000_000_000;
        let line = format!(
            r#"{{"journey":"api","region":"fra","agent":"a","start_ns":{start},"duration_ms":0,"verdict":"{verdict}"}}"#
        );
        ingest.line(line.as_bytes());
    }
    let ingested = ingest.finish();
    let question = Question {
        at_ns: i64::try_from((START_S + length_s) * 1_000_000_000).unwrap(),
        known_until_ns: 0,
        parties: &Parties::default(),
    };
    judge(&subject, &subject.slos[0], &ingested.journeys[0], question)
}

/// Chapter 5, table 5-4: burn rate 1 is an error rate of 0.1 % and exhausts the budget in 30 days, 2
/// is 0.2 % and 15 days, 10 is 1 % and 3 days, 1,000 is 100 % and 43 minutes.
#[test]
fn a_budget_is_exhausted_as_fast_as_table_5_4_has_it() {
    // 72,000 runs in 30 days: exactly 72 may fail.
    const EVERY: u64 = 36;
    for (burn, exhausted_s) in [(1, 30 * DAY), (2, 15 * DAY), (10, 3 * DAY), (1_000, 2_592)] {
        assert_eq!(exhausted_s, 30 * DAY / burn);
        let one_in = 1_000 / burn;
        let begins = 30 * DAY - exhausted_s;
        let report = report(EVERY, 30 * DAY, |second| {
            second >= begins && ((second - begins) / EVERY).is_multiple_of(one_in)
        });
        assert_eq!(report.sli.bad, 72, "{burn}");
        assert_eq!(report.budget.consumed, Some(1.0), "{burn}");
        assert_eq!(report.budget.remaining, Some(0.0), "{burn}");
    }
    // "43 minutes": a thousandth of 30 days.
    assert_eq!(2_592 / 60, 43);
}

/// Chapter 5, "Alert on Burn Rate": the time it takes to fire is (1 − SLO) / error ratio × window ×
/// burn rate. And "Multiwindow, Multi-Burn-Rate Alerts": 14.4 in 1 h, 6 in 6 h, 1 in 3 d, each with a
/// short window of a twelfth, which lets it end that soon after the trouble does.
#[test]
fn a_total_outage_fires_when_chapter_5_says_and_ends_with_the_short_window() {
    const BEGINS: u64 = 3 * DAY;
    const ENDS: u64 = BEGINS + 600;
    let report = report(1, ENDS + 3_600, |second| (BEGINS..ENDS).contains(&second));
    for (rule, window_s, burn, ends_within_s) in [
        ("page-fast", 3_600, 14.4, 300),
        ("page-slow", 6 * 3_600, 6.0, 1_800),
        ("ticket-slow", 3 * DAY, 1.0, 6 * 3_600),
    ] {
        let alert = alert(&report, rule);
        assert!((alert.burn - burn).abs() < 1e-12, "{rule}: {}", alert.burn);
        let [(fires, ends)] = alert.firing[..] else {
            panic!("{rule}: {:?}", alert.firing);
        };
        let since = |ns: i64, s: u64| u64::try_from(ns).unwrap() / 1_000_000_000 - START_S - s;
        // 0.001 / 1 × window × burn: 51.84 s, 129.6 s, 259.2 s; looked at once a minute.
        let expected = 0.001 * f64::from(u32::try_from(window_s).unwrap()) * burn;
        let minutes = (expected / 60.0).ceil();
        assert!(
            (f64::from(u32::try_from(since(fires, BEGINS)).unwrap()) / 60.0 - minutes).abs() < 1e-9,
            "{rule}: fires after {} s, {expected} s",
            since(fires, BEGINS)
        );
        match ends {
            Some(ends) => assert!(since(ends, ENDS) <= ends_within_s, "{rule}"),
            // The ticket's short window is six hours: it outlasts this test's hour.
            None => assert_eq!(rule, "ticket-slow"),
        }
    }
}

fn alert<'r>(report: &'r Report, rule: &str) -> &'r Alert {
    report
        .alerts
        .iter()
        .find(|alert| alert.rule == rule)
        .unwrap()
}
