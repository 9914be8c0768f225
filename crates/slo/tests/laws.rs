//! Laws that hold for any events.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use jaunt_slo::{
    Good, Ingest, Intake, Maintenance, MaintenancePolicy, Objective, Parties, Population, Question,
    Report, Slo, Subject, Weighting, When, Window, judge,
};
use proptest::prelude::*;
use std::{collections::BTreeMap, time::Duration};

const START_S: i64 = 1_767_571_200;
const REGIONS: [&str; 3] = ["fra", "iad", "sin"];
const HOURS: i64 = 4;

fn subject(weighting: Weighting) -> Subject {
    Subject {
        customer: "acme".into(),
        journey: "checkout".into(),
        every: Duration::from_secs(60),
        regions: REGIONS.map(Into::into).into(),
        weights: [("fra".into(), "0.5".into())].into(),
        quorum: None,
        maintenance: Vec::new(),
        policy: MaintenancePolicy::default(),
        parties: BTreeMap::new(),
        corrections: Vec::new(),
        slos: vec![Slo {
            name: "can-buy".into(),
            objective: Objective::parse("99%").unwrap(),
            window: Window::parse("4h").unwrap(),
            under: None,
            of: Population::Valid,
            good: Good::PassOrSlow,
            step: None,
            weighting,
            slice: None,
            since: None,
        }],
    }
}

/// A run of a slot: its region, minute, lateness in ms, verdict, and where it failed.
type Draw = (usize, i64, i64, usize, usize);

fn draws() -> impl Strategy<Value = Vec<Draw>> {
    let one = (
        0..3_usize,
        0..HOURS * 60,
        0..9_000_i64,
        0..8_usize,
        0..4_usize,
    );
    proptest::collection::vec(one, 0..300)
}

fn line((region, minute, late, verdict, phase): Draw) -> String {
    let start = (START_S + minute * 60) * 1_000_000_000 + late * 1_000_000;
    let verdict = [
        "fail", "fail", "pass", "pass", "pass", "slow", "void", "missed",
    ][verdict];
    let phase = ["resolve", "connect", "tls", "wait"][phase];
    format!(
        r#"{{"journey":"checkout","region":"{r}","agent":"{r}-1","start_ns":{start},"duration_ms":{late}.5,"verdict":"{verdict}","step":"pay","phase":"{phase}"}}"#,
        r = REGIONS[region],
    )
}

fn report(subject: &Subject, lines: impl Iterator<Item = String>) -> Report {
    let subjects = std::slice::from_ref(subject);
    let mut ingest = Ingest::new(subjects, Intake::default());
    for line in lines {
        ingest.line(line.as_bytes());
    }
    let ingested = ingest.finish();
    let question = Question {
        at_ns: (START_S + HOURS * 3_600) * 1_000_000_000,
        known_until_ns: 0,
        parties: &Parties::default(),
    };
    judge(subject, &subject.slos[0], &ingested.journeys[0], question)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_report_is_independent_of_the_order_of_arrival_and_of_copies(
        draws in draws(),
        by_regions in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let weighting = if by_regions { Weighting::Regions } else { Weighting::Events };
        let subject = subject(weighting);
        let lines: Vec<String> = draws.into_iter().map(line).collect();
        let plain = report(&subject, lines.iter().cloned());
        let mut shuffled = lines.clone();
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let other = usize::try_from(state >> 33).unwrap() % (at + 1);
            shuffled.swap(at, other);
        }
        prop_assert_eq!(&plain, &report(&subject, shuffled.iter().cloned()));
        let mut twice = report(&subject, shuffled.into_iter().chain(lines));
        twice.ingest = plain.ingest;
        prop_assert_eq!(plain, twice);
    }

    #[test]
    fn every_line_ends_in_one_counter_and_shares_add_up_to_what_was_consumed(
        draws in draws(),
        by_regions in any::<bool>(),
    ) {
        let weighting = if by_regions { Weighting::Regions } else { Weighting::Events };
        let report = report(&subject(weighting), draws.into_iter().map(line));
        prop_assert_eq!(report.ingest.sum(), report.ingest.lines);
        // Summed as exact rationals, so that the doubles shown are the same to the last bit.
        prop_assert_eq!(report.attribution.parties_sum, report.budget.consumed);
        prop_assert_eq!(report.attribution.incidents_sum, report.budget.consumed);
        let inside: u64 = report.incidents.iter().map(|incident| incident.bad).sum();
        prop_assert_eq!(inside + report.background.bad, report.sli.bad);
        let parties: u64 = report.attribution.by_party.values().sum();
        prop_assert_eq!(parties, report.sli.bad);
    }

    #[test]
    fn void_and_missed_slots_change_no_ratio(draws in draws()) {
        let subject = subject(Weighting::Events);
        let measured = |draw: &&Draw| draw.3 < 6;
        // A copy may replace a void by what was measured: keep one line for a key.
        let mut seen = std::collections::HashSet::new();
        let mut draws = draws;
        draws.retain(|(region, minute, late, ..)| seen.insert((*region, *minute, *late)));
        let all = report(&subject, draws.iter().copied().map(line));
        let some = report(&subject, draws.iter().filter(measured).copied().map(line));
        prop_assert_eq!(all.sli, some.sli);
        prop_assert_eq!(all.budget, some.budget);
        prop_assert_eq!(all.uptime, some.uptime);
        prop_assert_eq!(all.intervals, some.intervals);
    }

    #[test]
    fn counts_of_regions_and_of_hours_add_up_to_the_whole(draws in draws()) {
        let subject = subject(Weighting::Events);
        let mut seen = std::collections::HashSet::new();
        let mut draws = draws;
        draws.retain(|(region, minute, late, ..)| seen.insert((*region, *minute, *late)));
        let whole = report(&subject, draws.iter().copied().map(line));
        let parts = |keep: &dyn Fn(&Draw) -> bool| {
            let part = draws.iter().copied().filter(|draw| keep(draw)).map(line);
            let sli = report(&subject, part).sli;
            (sli.good, sli.bad)
        };
        let sum = |parts: Vec<(u64, u64)>| {
            parts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
        };
        let expected = (whole.sli.good, whole.sli.bad);
        prop_assert_eq!(sum((0..3).map(|r| parts(&|draw| draw.0 == r)).collect()), expected);
        prop_assert_eq!(sum((0..HOURS).map(|h| parts(&|draw| draw.1 / 60 == h)).collect()), expected);
    }

    #[test]
    fn the_curve_of_worst_windows_stays_between_nothing_and_the_whole(draws in draws()) {
        let report = report(&subject(Weighting::Events), draws.into_iter().map(line));
        for worst in &report.uptime.mcr {
            prop_assert!(worst.ratio.is_none_or(|ratio| (0.0..=1.0).contains(&ratio)), "{worst:?}");
        }
    }

    /// Hauer et al., *Meaningful Availability* (NSDI 2020), on windowed user-uptime: a window whose
    /// length is a multiple of another's is at worst as bad, and the whole is a multiple of each.
    #[test]
    fn the_worst_window_gets_no_worse_as_it_gets_a_whole_times_longer(draws in draws()) {
        let uptime = report(&subject(Weighting::Events), draws.into_iter().map(line)).uptime;
        for (place, short) in uptime.mcr.iter().enumerate() {
            for long in &uptime.mcr[place..] {
                if long.window_s.is_multiple_of(short.window_s)
                    && let (Some(short), Some(long)) = (short.ratio, long.ratio)
                {
                    prop_assert!(long >= short - 1e-12, "{short} {long}");
                }
            }
            let whole = u64::try_from(HOURS * 3_600).unwrap();
            if whole.is_multiple_of(short.window_s) && let Some(ratio) = short.ratio {
                prop_assert!(ratio <= uptime.ratio.unwrap() + 1e-12);
            }
            if short.window_s == whole {
                prop_assert_eq!(short.ratio, uptime.ratio);
            }
        }
    }

    #[test]
    fn runs_in_agreed_maintenance_change_no_ratio_but_the_felt_one(
        draws in draws(),
        from in 0..HOURS * 60,
        minutes in 1..60_i64,
    ) {
        let instant = |minute: i64| jiff::Timestamp::from_second(START_S + minute * 60).unwrap();
        let mut subject = subject(Weighting::Events);
        subject.maintenance = vec![Maintenance {
            when: When::Once { from: instant(from), to: instant(from + minutes) },
            announced: Some(instant(-3 * 24 * 60)),
            by: Some("provider".into()),
            approved_by: Some("acme".into()),
            reason: None,
        }];
        let mut seen = std::collections::HashSet::new();
        let mut draws = draws;
        draws.retain(|(region, minute, late, ..)| seen.insert((*region, *minute, *late)));
        // A run that starts in it meets it.
        let inside = |draw: &Draw| {
            let start_ms = draw.1 * 60_000 + draw.2;
            (from * 60_000..(from + minutes) * 60_000).contains(&start_ms)
        };
        let with = report(&subject, draws.iter().copied().map(line));
        let without = report(&subject, draws.iter().filter(|d| !inside(d)).copied().map(line));
        prop_assert_eq!(with.sli.ratio, without.sli.ratio);
        prop_assert_eq!((with.sli.good, with.sli.bad), (without.sli.good, without.sli.bad));
        prop_assert_eq!(with.budget.burn_rate, without.budget.burn_rate);
        prop_assert_eq!(with.budget.consumed, without.budget.consumed);
    }

    #[test]
    fn absurd_clocks_durations_and_instants_make_no_report_panic_or_lie(
        lines in proptest::collection::vec(
            (any::<i64>(), any::<u64>(), proptest::option::of(any::<i64>()), 0..5_usize), 0..40,
        ),
        at in any::<i64>(),
    ) {
        let lines = lines.into_iter().map(|(start, ms, recv, verdict)| {
            let verdict = ["pass", "slow", "fail", "void", "missed"][verdict];
            let recv = recv.map_or_else(String::new, |recv| format!(r#","recv_ns":{recv},"sent_ns":{start}"#));
            format!(
                r#"{{"journey":"checkout","region":"fra","agent":"a","start_ns":{start},"duration_ms":{ms},"verdict":"{verdict}"{recv}}}"#
            )
        });
        let subject = subject(Weighting::Regions);
        let mut ingest = Ingest::new(std::slice::from_ref(&subject), Intake::default());
        for line in lines {
            ingest.line(line.as_bytes());
        }
        let taken = ingest.finish();
        // What people ask for lies between 1970 and 2262.
        let at_ns = at.saturating_abs();
        let question = Question { at_ns, known_until_ns: at_ns, parties: &Parties::default() };
        let report = judge(&subject, &subject.slos[0], &taken.journeys[0], question);
        prop_assert_eq!(report.ingest.sum(), report.ingest.lines);
        let json = serde_json::to_string(&report).unwrap();
        prop_assert!(!json.contains("NaN") && !json.contains("inf"));
        for sentence in jaunt_slo::words::sentences(&report) {
            prop_assert!(!sentence.contains("NaN") && !sentence.contains("inf "), "{sentence}");
        }
    }

    #[test]
    fn no_text_makes_a_report_panic_or_show_what_is_no_number(
        lines in proptest::collection::vec(".{0,80}", 0..20),
    ) {
        let report = report(&subject(Weighting::Regions), lines.into_iter());
        prop_assert_eq!(report.sli.ratio, None);
        let json = serde_json::to_string(&report).unwrap();
        prop_assert!(!json.contains("NaN"));
    }
}

#[test]
fn a_burn_rate_of_one_spends_exactly_the_budget_over_the_window() {
    // One run in a hundred is bad, and one in a hundred may be.
    let subject = subject(Weighting::Events);
    let lines = (0..100).map(|run| {
        let verdict = if run == 50 { 0 } else { 2 };
        line((0, run, 0, verdict, 0))
    });
    let report = report(&subject, lines);
    assert_eq!(report.budget.burn_rate, Some(1.0));
    assert_eq!(report.budget.consumed, Some(1.0));
    assert_eq!(report.budget.remaining, Some(0.0));
}
