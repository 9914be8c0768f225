//! From text to journeys, or to everything that is wrong with it.

use crate::Journey;
use jaunt_text::Diagnostic;
use std::collections::BTreeMap;

/// What is known beside a journey's text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values that replace `[vars]` of the same name; one that the file does not know is a problem.
    pub vars: BTreeMap<String, String>,
    /// The customer whom the file's source is pinned to.
    pub customer: Option<String>,
}

/// What a text says, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The journeys: one, or one per combination of the matrix; empty where there is any error.
    pub journeys: Vec<Journey>,
    /// All problems, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a journey. Never panics, whatever the text.
pub fn parse(_text: &str, _options: &Options) -> Parsed {
    Parsed::default()
}
