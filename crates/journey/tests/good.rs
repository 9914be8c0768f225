//! Files that are sound.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that cannot be read fails the test"
)]

#[path = "good/files.rs"]
mod files;

use jaunt_journey::{Options, parse};

#[test]
fn a_sound_file_has_no_problem() {
    for (path, text) in files::sound() {
        let parsed = parse(&text, &Options::default());
        let name = path.display().to_string();
        let source = jaunt_text::Source {
            name: &name,
            text: &text,
        };
        let told = jaunt_text::render(&source, &parsed.diagnostics, jaunt_text::Colour::Never);
        assert!(parsed.diagnostics.is_empty(), "{told}");
        assert!(!parsed.journeys.is_empty(), "{name}");
    }
}
