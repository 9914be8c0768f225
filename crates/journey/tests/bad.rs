//! A bad file for every code, beside what is told of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_journey::{Options, Parsed, code, parse};
use jaunt_text::{Colour, Source, render};
use std::collections::BTreeSet;

/// Codes that no file of a few lines can show: they have a test of their own here or in `text`.
const WITHOUT_FILE: [&str; 4] = [
    jaunt_text::code::TOO_LARGE,
    jaunt_text::code::TOO_MANY,
    jaunt_text::code::NOT_UTF8,
    code::OTHER_CUSTOMER,
];

fn told(code: &str, text: &str, parsed: &Parsed) -> String {
    let name = format!("{code}.toml");
    let source = Source { name: &name, text };
    render(&source, &parsed.diagnostics, Colour::Never)
}

#[test]
fn every_code_has_a_file_that_shows_it() {
    let mut codes: BTreeSet<&str> = code::ALL
        .iter()
        .chain(jaunt_text::code::ALL)
        .copied()
        .collect();
    for code in WITHOUT_FILE {
        assert!(codes.remove(code), "{code} is no code");
    }
    for code in codes {
        let path = format!("{}/tests/bad/{code}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path} is missing"));
        let parsed = parse(&text, &Options::default());
        let told = told(code, &text, &parsed);
        assert!(
            parsed.diagnostics.iter().any(|one| one.code == code),
            "{code}:\n{text}\n{told}"
        );
        insta::assert_snapshot!(code, told);
    }
}

#[test]
fn a_variable_takes_the_value_it_is_given_and_one_that_is_not_there_none() {
    let text = "journey = \"a\"\n[vars]\nbase = \"https://a.example\"\n[[step]]\nrequest = \"GET {{vars.base}}/\"\nstatus = 200\n";
    for (name, host) in [("base", "b.example"), ("bsae", "a.example")] {
        let options = Options {
            vars: [(name.to_owned(), "https://b.example".to_owned())].into(),
            ..Options::default()
        };
        let parsed = parse(text, &options);
        assert_eq!(parsed.journeys[0].origins[0].host, host, "{name}");
        assert_eq!(parsed.vars, ["base"]);
    }
    let broken = parse(&text.replace("200", "'x'"), &Options::default());
    assert!(broken.journeys.is_empty());
    assert_eq!(broken.vars, ["base"]);
}

#[test]
fn a_file_that_claims_another_customer_is_refused() {
    let text = "journey = \"a\"\ncustomer = \"acme\"\n[[step]]\nwait = \"1s\"\n";
    let pinned = |customer: &str| Options {
        customer: Some(customer.to_owned()),
        ..Options::default()
    };
    let parsed = parse(text, &pinned("globex"));
    assert_eq!(parsed.diagnostics[0].code, code::OTHER_CUSTOMER);
    assert!(parsed.journeys.is_empty());
    assert_eq!(parse(text, &pinned("acme")).journeys[0].customer, "acme");
}

#[test]
fn a_file_that_is_too_large_is_told_by_its_size_alone() {
    let sound = "journey = \"a\"\n[[step]]\nwait = \"1s\"\n";
    let filled = |size: usize| format!("{sound}{}", "#".repeat(size - sound.len()));
    let text = filled(jaunt_text::LARGEST);
    assert_eq!(parse(&text, &Options::default()).journeys.len(), 1);
    let text = filled(jaunt_text::LARGEST + 1);
    let parsed = parse(&text, &Options::default());
    assert!(parsed.journeys.is_empty());
    let [one] = parsed.diagnostics.as_slice() else {
        panic!("{:?}", parsed.diagnostics);
    };
    assert_eq!(one.code, jaunt_text::code::TOO_LARGE);
    let told = told("too-large", &text, &parsed);
    assert!(
        told.len() < 1_000,
        "the file itself is not told back: {} bytes",
        told.len()
    );
    insta::assert_snapshot!("too-large", told);
}

#[test]
fn a_file_that_is_not_utf8_is_told_its_first_wrong_byte_and_read_all_the_same() {
    let bytes = b"journey = \"a\"\ntitle = \"caf\xe9\"\nevrey = \"60s\"\n[[step]]\nwait = \"1s\"\n";
    let (text, problem) = jaunt_text::decode(bytes);
    let problem = problem.expect("a problem");
    assert_eq!(problem.code, jaunt_text::code::NOT_UTF8);
    let mut parsed = parse(&text, &Options::default());
    assert_eq!(
        parsed.diagnostics.len(),
        1,
        "the slip further on is told too"
    );
    parsed.diagnostics.insert(0, problem);
    insta::assert_snapshot!("not-utf8", told("not-utf8", &text, &parsed));
}
