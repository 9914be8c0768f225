//! Tests that cannot run here say so, and are counted.
//!
//! Under `tests/run` a missing tool is a failure, since it installs them all; what only a machine
//! can grant (network namespaces) is written to the list that it prints at its end.

use super::place;
use std::{io::Write, path::PathBuf};

/// A Python program of the tools folder; `None` where it was not installed, said aloud.
pub(crate) fn python_tool(name: &str) -> Option<PathBuf> {
    installed(place::tools().join("python").join(name))
}

/// Any other file of the tools folder; `None` where it was not installed, said aloud.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    installed(place::tools().join(name))
}

/// A program of the system; `None` where it is not there, said aloud.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    let found = folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.or_else(|| installed(PathBuf::from(name)))
}

fn installed(file: PathBuf) -> Option<PathBuf> {
    if file.is_file() {
        return Some(file);
    }
    let strict = std::env::var_os("JAUNT_TEST_STRICT").is_some();
    assert!(
        !strict,
        "{} is missing: tests/install brings it",
        file.display()
    );
    aloud(&format!("{} is missing: run tests/install", file.display()));
    None
}

/// Notes that the current test did not run, and why.
pub(crate) fn aloud(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    eprintln!("skipped: {test}: {why}");
    if let Some(list) = std::env::var_os("JAUNT_TEST_SKIPPED") {
        let mut list = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(list)
            .unwrap();
        writeln!(list, "{test}: {why}").unwrap();
    }
}

/// Gives what is there, or leaves the test, aloud.
macro_rules! or_skip {
    ($there:expr) => {
        match $there {
            Some(there) => there,
            None => return,
        }
    };
}
pub(crate) use or_skip;
