//! Export then import is the identity.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use jaunt_openslo::{Draft, export, import};
use jaunt_otlp::names::Spelling;
use jaunt_slo::{
    Good, Maintenance, MaintenancePolicy, Objective, Population, Slo, Subject, Weekly, Weighting,
    When, Window,
};
use proptest::prelude::*;
use std::{collections::BTreeMap, time::Duration};

const REGIONS: [&str; 4] = ["fra", "iad", "sin", "eu-west-1"];

fn objective() -> impl Strategy<Value = Objective> {
    prop_oneof![
        "[1-9][0-9]?(\\.[0-9]{1,10})?%",
        Just("99.90%".to_owned()),
        Just("0.000000000001%".to_owned()),
        Just("99.999999999999%".to_owned()),
    ]
    .prop_filter_map("an objective", |text| Objective::parse(&text).ok())
}

fn window() -> impl Strategy<Value = Window> {
    let calendar = (
        "day|week|month|quarter|year",
        "UTC|Europe/Madrid|America/New_York",
    );
    prop_oneof![
        (3_600_u64..34_560_000).prop_map(|s| Window::Rolling(Duration::from_secs(s))),
        (1_u64..400).prop_map(|d| Window::Rolling(Duration::from_secs(d * 86_400))),
        calendar.prop_map(|(period, zone)| Window::parse(&format!("{period} {zone}")).unwrap()),
    ]
}

fn instant() -> impl Strategy<Value = jiff::Timestamp> {
    (0_i64..4_000_000_000, 0_i32..1_000_000_000)
        .prop_map(|(s, ns)| jiff::Timestamp::new(s, ns).unwrap())
}

fn slo() -> impl Strategy<Value = Slo> {
    let bits = (any::<bool>(), any::<bool>(), any::<bool>());
    let times = (
        proptest::option::of(1_u64..86_400_000_000_000),
        proptest::option::of(1_u64..100_000),
        proptest::option::of(instant()),
    );
    let step = proptest::option::of("[a-z][a-z0-9-]{0,10}");
    (objective(), window(), bits, times, step).prop_map(
        |(objective, window, (of, good, weighting), (under, slice, since), step)| Slo {
            name: String::new(),
            objective,
            window,
            under: under.map(Duration::from_nanos),
            of: if of {
                Population::Passed
            } else {
                Population::Valid
            },
            good: if good { Good::Pass } else { Good::PassOrSlow },
            step,
            weighting: if weighting {
                Weighting::Regions
            } else {
                Weighting::Events
            },
            slice: slice.map(Duration::from_secs),
            since,
        },
    )
}

fn maintenance() -> impl Strategy<Value = Maintenance> {
    let weekly = Just(When::Weekly(
        Weekly::parse("Sun 22:00-24:00 Europe/Berlin").unwrap(),
    ));
    let once = (instant(), instant()).prop_map(|(from, to)| When::Once { from, to });
    let words = proptest::option::of("\\PC{0,20}");
    (
        prop_oneof![weekly, once],
        proptest::option::of(instant()),
        words.clone(),
        words.clone(),
        words,
    )
        .prop_map(|(when, announced, by, approved_by, reason)| Maintenance {
            when,
            announced,
            by,
            approved_by,
            reason,
        })
}

fn subject() -> impl Strategy<Value = Subject> {
    let frame = (
        1_u64..90_000,
        1_usize..=4,
        proptest::option::of(1_u32..5),
        any::<bool>(),
    );
    let slos = proptest::collection::vec(slo(), 1..4);
    let calendar = proptest::collection::vec(maintenance(), 0..3);
    let policy = (0_u64..200_000, 0_u64..200_000);
    ("[a-z][a-z0-9-]{0,80}", frame, slos, calendar, policy).prop_map(
        |(journey, (every, regions, quorum, weighs), slos, maintenance, (notice, cap))| Subject {
            customer: "acme".into(),
            journey,
            every: Duration::from_secs(every),
            regions: REGIONS
                .iter()
                .take(regions)
                .map(|region| (*region).to_owned())
                .collect(),
            weights: if weighs {
                [("fra".into(), "0.75".into())].into()
            } else {
                BTreeMap::new()
            },
            quorum,
            maintenance,
            policy: MaintenancePolicy {
                notice: Duration::from_secs(notice),
                cap: Duration::from_secs(cap),
            },
            parties: if weighs {
                [("pay".into(), "bank".into())].into()
            } else {
                BTreeMap::new()
            },
            corrections: Vec::new(),
            slos: slos
                .into_iter()
                .enumerate()
                .map(|(place, slo)| Slo {
                    name: format!("slo-{place}"),
                    ..slo
                })
                .collect(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_exported_is_imported_as_it_was(subject in subject()) {
        let text = export(&[&subject], &Spelling::Underscore.vocabulary());
        let imported = import(&text);
        prop_assert!(imported.diagnostics.is_empty(), "{:?}\n{text}", imported.diagnostics);
        prop_assert_eq!(imported.drafts.unwrap(), [Draft::from(&subject)], "{}", text);
    }

    #[test]
    fn any_text_is_imported_or_told_why_not(text in "(apiVersion|kind|spec|SLO|[-:\\[\\]{}#&*!|>'\"%@ \n\t]|\\PC){0,60}") {
        let imported = import(&text);
        prop_assert!(imported.drafts.is_some() || !imported.diagnostics.is_empty());
        for one in imported.diagnostics {
            prop_assert!(text.get(one.span.clone()).is_some(), "{one:?}");
        }
    }
}

#[test]
fn an_exported_slo_is_what_openslo_v1_asks_for() {
    let subject = Subject {
        customer: "acme".into(),
        journey: "checkout".into(),
        every: Duration::from_secs(60),
        regions: REGIONS
            .iter()
            .take(3)
            .map(|region| (*region).to_owned())
            .collect(),
        weights: BTreeMap::new(),
        quorum: Some(2),
        maintenance: vec![Maintenance {
            when: When::Weekly(Weekly::parse("Sun 02:00-04:00 Europe/Berlin").unwrap()),
            announced: None,
            by: Some("acme".into()),
            approved_by: None,
            reason: None,
        }],
        policy: MaintenancePolicy::default(),
        parties: BTreeMap::new(),
        corrections: Vec::new(),
        slos: vec![
            Slo {
                name: "can-buy".into(),
                objective: Objective::parse("99.9%").unwrap(),
                window: Window::parse("28d").unwrap(),
                under: Some(Duration::from_secs(2)),
                of: Population::Valid,
                good: Good::PassOrSlow,
                step: None,
                weighting: Weighting::Events,
                slice: None,
                since: None,
            },
            Slo {
                name: "monthly".into(),
                objective: Objective::parse("90%").unwrap(),
                window: Window::parse("month Europe/Madrid").unwrap(),
                under: None,
                of: Population::Valid,
                good: Good::Pass,
                step: Some("pay".into()),
                weighting: Weighting::Regions,
                slice: Some(Duration::from_secs(300)),
                since: None,
            },
        ],
    };
    insta::assert_snapshot!(export(&[&subject], &Spelling::Underscore.vocabulary()));
}
