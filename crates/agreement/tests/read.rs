//! What an agreement says, and everything that is wrong with it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agreement::{Agreement, Side, Who, code, compare, parse, schema};
use jaunt_journey::Journey;
use jaunt_text::{Colour, Source, render};
use proptest::prelude::*;
use std::collections::BTreeSet;

pub(crate) const GOOD: &str = include_str!("good/agreement.toml");

/// Codes of what only shows beside journeys.
const BESIDE_JOURNEYS: [&str; 3] = [code::DIFFERS, code::NO_SUCH_SLO, code::NOT_AGREED];

fn good() -> Agreement {
    let parsed = parse(GOOD);
    assert_eq!(parsed.diagnostics, []);
    parsed.agreement.unwrap()
}

#[test]
fn an_agreement_is_read_as_it_stands() {
    let agreement = good();
    assert_eq!(agreement.name, "acme-2026");
    assert_eq!(
        agreement.contact(Side::Provider).unwrap().name,
        "customer reliability"
    );
    let slo = agreement.slo("checkout[host=a]", "can-buy").unwrap();
    assert_eq!(slo.allot["provider"].millionths(), 600_000);
    assert!(agreement.slo("checkout", "other").is_none());
    assert!((agreement.value.as_ref().unwrap().per_nine - 40_000.0).abs() < 1e-9);
    assert_eq!(agreement.policy[1].who, Who::Both);
}

#[test]
fn the_row_in_force_is_the_highest_that_is_reached_and_its_words_say_whether_to_wait() {
    let agreement = good();
    let at = |consumed: f64| {
        agreement
            .row(consumed)
            .map(|row| (row.at.to_string(), row.waits))
    };
    assert_eq!(at(0.49), None);
    assert_eq!(at(0.5), Some(("50%".to_owned(), false)));
    assert_eq!(at(0.7499), Some(("50%".to_owned(), false)));
    assert_eq!(at(0.75), Some(("75%".to_owned(), true)));
    assert_eq!(at(3.0), Some(("75%".to_owned(), true)));
}

#[test]
fn every_code_has_a_file_that_shows_it() {
    let mut codes: BTreeSet<&str> = code::ALL.iter().copied().collect();
    codes.extend(["unknown-key", "missing-key"]);
    for code in BESIDE_JOURNEYS {
        assert!(codes.remove(code), "{code} is no code");
    }
    for code in codes {
        let path = format!("{}/tests/bad/{code}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path} is missing"));
        let parsed = parse(&text);
        let name = format!("{code}.toml");
        let source = Source {
            name: &name,
            text: &text,
        };
        let told = render(&source, &parsed.diagnostics, Colour::Never);
        assert!(
            parsed.diagnostics.iter().any(|one| one.code == code),
            "{code}:\n{told}"
        );
        insta::assert_snapshot!(code, told);
    }
}

fn journeys(objective: &str, notice: &str) -> Vec<Journey> {
    let text = format!(
        "journey = \"checkout\"\ncustomer = \"acme\"\nregions = [\"fra\", \"iad\", \"sin\"]\n\
         [[step]]\nwait = \"1s\"\n\
         [[slo]]\nname = \"can-buy\"\nobjective = \"{objective}\"\nwindow = \"28d\"\n\
         [[slo]]\nname = \"quick\"\nobjective = \"99%\"\nwindow = \"28d\"\n\
         [maintenance_policy]\nnotice = \"{notice}\"\n"
    );
    jaunt_journey::parse(&text, &jaunt_journey::Options::default()).journeys
}

#[test]
fn what_the_journeys_say_otherwise_is_found() {
    let agreement = good();
    let told = |journeys: &[Journey]| {
        let journeys: Vec<&Journey> = journeys.iter().collect();
        let found = compare(&agreement, GOOD, &journeys);
        found
            .iter()
            .map(|one| (one.code, one.message.clone()))
            .collect::<Vec<_>>()
    };
    let not_agreed = (
        code::NOT_AGREED,
        "SLO `quick` of journey `checkout` is not agreed on".to_owned(),
    );
    assert_eq!(
        told(&journeys("99.90%", "24h")),
        std::slice::from_ref(&not_agreed)
    );
    assert_eq!(
        told(&journeys("99.95%", "12h")),
        [
            not_agreed,
            (
                code::DIFFERS,
                "agreed are 99.9%, and journey `checkout` judges `can-buy` by 99.95%".to_owned()
            ),
            (
                code::DIFFERS,
                "agreed are 1d of notice and a cap of 8h, and journey `checkout` says 12h and 8h"
                    .to_owned()
            ),
        ]
    );
    assert_eq!(
        told(&[]),
        [(
            code::NO_SUCH_SLO,
            "the customer has no journey `checkout`".to_owned()
        )]
    );
}

#[test]
fn the_schema_offers_every_key_and_asks_for_those_that_must_be_there() {
    let schema = schema();
    assert_eq!(
        schema["required"],
        serde_json::json!(["agreement", "customer", "provider", "in_force"])
    );
    assert_eq!(
        schema["properties"]["policy"]["items"]["required"],
        serde_json::json!(["at", "do", "who"])
    );
    assert_eq!(schema["additionalProperties"], false);
}

proptest! {
    #[test]
    fn any_text_is_an_agreement_or_gives_problems_whose_spans_lie_in_it(
        cut in 0..GOOD.len(),
        put in "[\\PC\n]{0,20}",
        over in 0..40_usize,
    ) {
        let at = |wanted: usize| (0..=wanted.min(GOOD.len())).rev().find(|at| GOOD.is_char_boundary(*at)).unwrap();
        let text = format!("{}{put}{}", &GOOD[..at(cut)], &GOOD[at(cut + over)..]);
        let parsed = parse(&text);
        prop_assert!(parsed.agreement.is_some() || !parsed.diagnostics.is_empty());
        for one in parsed.diagnostics {
            prop_assert!(text.get(one.span.clone()).is_some(), "{one:?}");
        }
    }
}
