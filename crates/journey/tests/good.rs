//! Files that are sound.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that cannot be read fails the test"
)]

use jaunt_journey::{Options, parse};
use std::path::{Path, PathBuf};

/// Every sound file: those beside this test, and the journeys that ship with jaunt.
fn files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for directory in [root.join("tests/good"), root.join("../../probes")] {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "toml") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    assert!(files.len() >= 7, "found only {} files", files.len());
    files
}

#[test]
fn a_sound_file_has_no_problem() {
    for (path, text) in files() {
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
