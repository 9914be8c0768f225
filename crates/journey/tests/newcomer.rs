//! Journeys as someone writes them who knows other tools, and what is answered.

use jaunt_journey::{Options, parse};
use jaunt_text::{Colour, Source, render};

#[test]
fn a_newcomer_is_told_what_to_write_instead() {
    for name in [
        "first-try",
        "other-words",
        "habits",
        "another-tool",
        "other-notation",
        "no-quotes",
        "lone-step",
    ] {
        let path = format!("{}/tests/newcomer/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let parsed = parse(&text, &Options::default());
        assert!(parsed.journeys.is_empty(), "{name}");
        let source = Source { name, text: &text };
        let told = render(&source, &parsed.diagnostics, Colour::Never);
        insta::assert_snapshot!(name, told);
    }
}
