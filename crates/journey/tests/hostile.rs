//! Any text parses, or gives diagnostics that lie within it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_journey::{Options, parse};
use proptest::prelude::*;

const WHOLE: &str = include_str!("good/whole.toml");

fn lies_within(text: &str) {
    let parsed = parse(text, &Options::default());
    for one in &parsed.diagnostics {
        assert!(
            text.get(one.span.clone()).is_some(),
            "{:?} of {text:?}",
            one
        );
    }
    let refused = parsed
        .diagnostics
        .iter()
        .any(|one| one.severity == jaunt_text::Severity::Error);
    assert_eq!(parsed.journeys.is_empty(), refused, "{text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read_or_refused_with_places(text in "\\PC{0,200}") {
        lies_within(&text);
    }

    #[test]
    fn a_sound_file_with_a_hole_is_read_or_refused_with_places(
        at in 0..WHOLE.len(), length in 0_usize..40, put in "[\\PC\\n\"'\\[\\]{}.=\\\\]{0,6}",
    ) {
        let start = (0..=at).rev().find(|at| WHOLE.is_char_boundary(*at)).unwrap();
        let end = (at + length).min(WHOLE.len());
        let end = (end..=WHOLE.len()).find(|at| WHOLE.is_char_boundary(*at)).unwrap();
        lies_within(&format!("{}{put}{}", &WHOLE[..start], &WHOLE[end..]));
    }
}

#[test]
fn hostile_files_are_refused_at_once() {
    let began = std::time::Instant::now();
    for text in [
        "a.".repeat(400_000),
        "a = ".to_owned() + &"[".repeat(900_000),
        "x".repeat(10 << 20),
        "[[step]]\n".repeat(50_000),
        "\0".repeat(10_000),
        "journey = \"a\"\n".repeat(10_000),
    ] {
        lies_within(&text);
    }
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}
