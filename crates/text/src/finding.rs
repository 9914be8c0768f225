//! A diagnostic for machines.

use crate::{Diagnostic, Place, Source};
use serde::Serialize;

/// One problem as `--format json` prints it; lines and columns count from 1, in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file, as it was named.
    pub file: String,
    /// Where it begins.
    pub line: usize,
    /// Where it begins.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// Where it ends, exclusive.
    pub end_column: usize,
    /// `unknown-reference`.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// What stands at the place, or was expected there.
    pub expected: Option<String>,
    /// A way out.
    pub help: Option<String>,
}

/// The diagnostics of one file, for machines.
pub fn findings(source: &Source<'_>, diagnostics: &[Diagnostic]) -> Vec<Finding> {
    diagnostics
        .iter()
        .map(|one| {
            let start = Place::of(source.text, one.span.start);
            let end = Place::of(source.text, one.span.end);
            Finding {
                file: source.name.to_owned(),
                line: start.line,
                column: start.column,
                end_line: end.line,
                end_column: end.column,
                code: one.code,
                severity: one.severity.as_str(),
                message: one.message.clone(),
                expected: one.label.clone(),
                help: one.help.clone(),
            }
        })
        .collect()
}
