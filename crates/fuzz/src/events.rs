//! A file of events, as `jaunt report` takes it from anybody: lines in, counts and a judgement out.

use jaunt_slo::{
    Good, Ingest, Intake, MaintenancePolicy, Objective, Parties, Population, Question, Runs, Slo,
    Subject, Weighting, Window, judge,
};
use std::{collections::BTreeMap, time::Duration};

/// 2026-11-25T00:00:00Z.
const NOW_NS: i64 = 1_795_564_800_000_000_000;

/// Any bytes as a file of events.
///
/// Windows are a day long: a judgement of four weeks left time for four inputs a second.
pub(crate) fn feed(bytes: &[u8]) {
    let subjects = [subject()];
    for runs in [Runs::Scheduled, Runs::ScheduledAndManual] {
        let intake = Intake {
            as_of_ns: None,
            runs,
            restates_ns: None,
        };
        let mut ingest = Ingest::new(&subjects, intake);
        let mut lines = 0;
        for line in bytes.split(|byte| *byte == b'\n') {
            lines += u64::from(!line.trim_ascii().is_empty());
            ingest.line(line);
        }
        let ingested = ingest.finish();
        let [subject] = &subjects;
        for taken in &ingested.journeys {
            assert!(
                taken.counters.lines <= lines,
                "{:?} of {lines}",
                taken.counters
            );
            let question = Question {
                at_ns: NOW_NS,
                known_until_ns: ingested.latest_recv_ns.unwrap_or(NOW_NS),
                parties: &Parties::default(),
            };
            for slo in &subject.slos {
                let report = judge(subject, slo, taken, question);
                let counters = &report.ingest;
                assert_eq!(counters.lines, counters.sum(), "{counters:?}");
            }
        }
    }
}

fn subject() -> Subject {
    let slo = |name: &str, under: Option<Duration>, window: &str| Slo {
        name: name.into(),
        objective: Objective::parse("99.9%").unwrap_or_else(|_| panic!("an objective")),
        window: Window::parse(window).unwrap_or_else(|_| panic!("a window")),
        under,
        of: Population::Valid,
        good: Good::default(),
        step: None,
        weighting: Weighting::default(),
        slice: None,
        since: None,
    };
    Subject {
        customer: "acme".into(),
        journey: "checkout".into(),
        every: Duration::from_secs(60),
        regions: vec!["eu-west".into(), "us-east".into()],
        weights: BTreeMap::new(),
        quorum: None,
        maintenance: Vec::new(),
        policy: MaintenancePolicy::default(),
        parties: BTreeMap::new(),
        corrections: Vec::new(),
        slos: vec![
            slo("works", None, "1d"),
            slo("quick", Some(Duration::from_secs(1)), "day Europe/Madrid"),
        ],
    }
}
