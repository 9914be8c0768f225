//! The sound files, for every test that walks them.

use std::path::{Path, PathBuf};

/// Every sound file: those beside this test, and the journeys that ship with jaunt.
pub(crate) fn sound() -> Vec<(PathBuf, String)> {
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
