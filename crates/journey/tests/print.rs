//! What is printed is read back as the same journey.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where what it needs is not there"
)]

#[path = "good/files.rs"]
mod files;

use jaunt_journey::{Journey, Options, parse, print};
use jaunt_text::{Colour, Severity, Source, render};
use proptest::prelude::*;

/// All of a journey that its text does not decide by its form.
fn meaning(journey: &Journey) -> String {
    let mut journey = journey.clone();
    journey.definition = [0; 32];
    // Where origins were spelled out is a matter of form.
    journey.origins.sort();
    journey.origins.dedup();
    format!("{journey:#?}")
}

fn comes_back(journey: &Journey) {
    let text = print(journey);
    let parsed = parse(&text, &Options::default());
    let source = Source {
        name: "printed",
        text: &text,
    };
    let told = render(&source, &parsed.diagnostics, Colour::Never);
    let errors = parsed.diagnostics.iter();
    assert_eq!(
        errors.filter(|one| one.severity == Severity::Error).count(),
        0,
        "{text}\n{told}"
    );
    assert_eq!(parsed.journeys.len(), 1, "{text}");
    let (was, is) = (meaning(journey), meaning(&parsed.journeys[0]));
    let differs = was.lines().zip(is.lines()).find(|(was, is)| was != is);
    assert!(was == is, "{text}\n{differs:?}");
    assert_eq!(
        print(&parsed.journeys[0]),
        print(journey),
        "printing settles at once"
    );
}

fn all(text: &str) -> Vec<Journey> {
    parse(text, &Options::default()).journeys
}

#[test]
fn every_sound_file_comes_back() {
    for (path, text) in files::sound() {
        let journeys = all(&text);
        assert!(!journeys.is_empty(), "{}", path.display());
        journeys.iter().for_each(comes_back);
    }
}

#[test]
fn each_combination_of_a_matrix_comes_back() {
    let text = "journey = \"a\"\n[matrix]\nhost = [\"a.example\", \"b.example\"]\nport = [80, 81]\n[[step]]\nconnect = \"{{matrix.host}}:{{matrix.port}}\"\n";
    let journeys = all(text);
    assert_eq!(journeys.len(), 4);
    journeys.iter().for_each(comes_back);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_and_number_comes_back(
        title in "[^\\p{Cc}{}]{1,40}", body in "\\PC{0,40}", whole in any::<i64>(), ms in 1_u64..50_000,
        status in 100_u16..600, name in "[\\PC&&[^{}]]{1,12}",
    ) {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let body = body.replace("{{", "{{{{");
        let text = format!(
            "journey = \"a\"\ntitle = {}\n[[step]]\nrequest = \"POST https://a.example/\"\nstatus = {status}\ntimeout = \"{ms}ms\"\nbody.json = {{ {} = [{}, {whole}, true, {{}}] }}\nexpect = [{{ json = \"$.a\", eq = {} }}, {{ latency = \"total\", lt = \"{ms}ms\", else = \"slow\" }}]\n",
            quoted(&title), quoted(&name), quoted(&body), quoted(&body),
        );
        // What is no journey is told elsewhere.
        all(&text).iter().for_each(comes_back);
    }
}
