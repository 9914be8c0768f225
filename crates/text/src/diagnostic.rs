//! One problem of a text, with its place and a way out.

use std::ops::Range;

/// One problem of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Its code, lasting: `unknown-reference`.
    pub code: &'static str,
    /// The offending bytes; within the text, at character boundaries.
    pub span: Range<usize>,
    /// What is wrong, lower case, without a full stop, the author's text in backticks.
    pub message: String,
    /// What stands at the place, or was expected there.
    pub label: Option<String>,
    /// A way out.
    pub help: Option<String>,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is sound, but something will surprise its author.
    Warning,
    /// The file is refused.
    Error,
}

impl Severity {
    /// Its name: `error`, `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}
