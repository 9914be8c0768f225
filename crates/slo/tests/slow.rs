//! Where slow runs were slow, as far as their lines tell.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use jaunt_slo::{
    Event, Good, Ingest, Intake, MaintenancePolicy, Objective, Parties, Population, Question,
    Report, Slo, Subject, Usual, Weighting, Window, judge,
};
use proptest::prelude::*;
use std::{collections::BTreeMap, time::Duration};

const START_S: i64 = 1_767_571_200;

fn subject() -> Subject {
    Subject {
        customer: "acme".into(),
        journey: "checkout".into(),
        every: Duration::from_secs(60),
        regions: vec!["fra".into(), "iad".into()],
        weights: BTreeMap::new(),
        quorum: None,
        maintenance: Vec::new(),
        policy: MaintenancePolicy::default(),
        parties: [("pay".to_owned(), "bank".to_owned())].into(),
        corrections: Vec::new(),
        slos: vec![Slo {
            name: "quick".into(),
            objective: Objective::parse("90%").unwrap(),
            window: Window::parse("1h").unwrap(),
            under: Some(Duration::from_secs(2)),
            of: Population::Valid,
            good: Good::PassOrSlow,
            step: None,
            weighting: Weighting::Events,
            slice: None,
            since: None,
        }],
    }
}

/// A run of this minute: its region, ms, and steps as the line spells them.
fn line(minute: i64, region: &str, ms: u64, verdict: &str, steps: &str) -> String {
    let start = START_S + minute * 60;
    format!(
        r#"{{"journey":"checkout","region":"{region}","agent":"{region}","start_ns":{start}000000000,"duration_ms":{ms},"verdict":"{verdict}","steps":{steps}}}"#
    )
}

fn report(lines: &[String]) -> Report {
    let subject = subject();
    let mut ingest = Ingest::new(std::slice::from_ref(&subject), Intake::default());
    for line in lines {
        ingest.line(line.as_bytes());
    }
    let taken = ingest.finish();
    let at_ns = (START_S + 3_600) * 1_000_000_000;
    let question = Question {
        at_ns,
        known_until_ns: at_ns,
        parties: &Parties::default(),
    };
    judge(&subject, &subject.slos[0], &taken.journeys[0], question)
}

/// Nine good runs of a region, in which `wait` of `list` takes its time as ever.
fn usual(region: &str, wait: u64) -> Vec<String> {
    let steps = format!(
        r#"{{"list":["pass",900,{{"connect":20,"wait":{wait}}}],"pay":["pass",150,{{"wait":100}}]}}"#
    );
    (0..9)
        .map(|minute| line(minute, region, 1_050, "pass", &steps))
        .collect()
}

#[test]
fn it_is_the_phase_that_exceeds_its_own_median_most_not_the_longest() {
    let mut lines = usual("fra", 850);
    let steps =
        r#"{"list":["pass",1000,{"connect":20,"wait":950}],"pay":["slow",1300,{"wait":1200}]}"#;
    lines.push(line(10, "fra", 2_300, "slow", steps));
    // Elsewhere a wait of 950 ms would be the greatest excess: regions are compared with themselves.
    lines.extend(usual("iad", 10));
    let report = report(&lines);
    assert_eq!(report.attribution.by_step, [("pay".to_owned(), 1)].into());
    assert_eq!(report.attribution.by_phase, [("wait".to_owned(), 1)].into());
    assert_eq!(report.attribution.by_party, [("bank".to_owned(), 1)].into());
}

#[test]
fn a_run_that_passed_beyond_the_slos_bound_is_looked_at_too() {
    let mut lines = usual("fra", 850);
    let steps =
        r#"{"list":["pass",2000,{"connect":1100,"wait":850}],"pay":["pass",150,{"wait":100}]}"#;
    lines.push(line(10, "fra", 2_200, "pass", steps));
    let report = report(&lines);
    assert_eq!(
        report.attribution.by_phase,
        [("connect".to_owned(), 1)].into()
    );
    assert_eq!(
        report.attribution.by_party,
        [("network".to_owned(), 1)].into()
    );
}

#[test]
fn with_the_times_of_steps_alone_the_step_is_found_and_the_phase_unknown() {
    let usual = r#"{"list":["pass",900],"pay":["pass",150]}"#;
    let mut lines: Vec<_> = (0..9)
        .map(|minute| line(minute, "fra", 1_050, "pass", usual))
        .collect();
    lines.push(line(
        10,
        "fra",
        2_300,
        "slow",
        r#"{"list":["pass",1000],"pay":["slow",1300]}"#,
    ));
    let report = report(&lines);
    assert_eq!(report.attribution.by_step, [("pay".to_owned(), 1)].into());
    assert_eq!(
        report.attribution.by_phase,
        [("unknown".to_owned(), 1)].into()
    );
}

#[test]
fn a_line_that_says_where_or_carries_nothing_is_left_as_it_is() {
    let mut lines = usual("fra", 850);
    let told = line(
        10,
        "fra",
        2_300,
        "slow",
        r#"{"pay":["slow",1300,{"wait":1200}]}"#,
    );
    lines.push(told.replace(
        "\"verdict\"",
        "\"step\":\"list\",\"phase\":\"tls\",\"verdict\"",
    ));
    lines.push(line(11, "fra", 2_300, "slow", "{}"));
    let report = report(&lines);
    let expected = [("list".to_owned(), 1), ("unknown".to_owned(), 1)];
    assert_eq!(report.attribution.by_step, expected.into());
}

proptest! {
    /// A hub keeps what was usual and looks at one slow run; a report has all runs at hand.
    #[test]
    fn what_a_hub_finds_of_one_slow_run_is_what_a_report_finds_of_all(
        good in proptest::collection::vec(proptest::array::uniform4(0..400_u64), 0..12),
        slow in proptest::array::uniform4(0..3_000_u64),
    ) {
        let steps = |[a, b, c, d]: [u64; 4]| format!(
            r#"{{"list":["pass",{},{{"connect":{a},"wait":{b}}}],"pay":["pass",{},{{"connect":{c},"wait":{d}}}]}}"#,
            a + b, c + d,
        );
        let minutes = 0_i64..;
        let mut lines: Vec<String> = minutes.zip(good)
            .map(|(minute, took)| line(minute, "fra", 1_000, "pass", &steps(took)))
            .collect();
        let parse = |line: &String| Event::parse(line.as_bytes()).unwrap().unwrap();
        let mut usual = Usual::default();
        lines.iter().for_each(|line| usual.add(&parse(line)));
        let slow = line(30, "fra", 2_500, "slow", &steps(slow));
        let found = usual.settled().exceeded_most(&parse(&slow)).unwrap();
        lines.push(slow);
        let report = report(&lines);
        let named = |name: Option<String>| [(name.unwrap(), 1)].into();
        prop_assert_eq!(report.attribution.by_step, named(found.step));
        prop_assert_eq!(report.attribution.by_phase, named(found.phase));
    }
}
