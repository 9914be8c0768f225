//! Where problems are gathered while reading goes on.

use crate::{
    Diagnostic, Severity, code,
    place::{boundary_after, boundary_before},
};
use std::{collections::HashSet, ops::Range};

/// How many problems of one file are told; past it a last one says that there are more.
pub const MOST: usize = 200;

/// The problems of one text, as they are found.
///
/// It holds the law that every span lies within the text at character boundaries: whatever comes
/// in is brought to it.
#[derive(Debug)]
pub struct Diagnostics<'a> {
    text: &'a str,
    found: Vec<Diagnostic>,
    left_out: usize,
    errors: usize,
}

impl<'a> Diagnostics<'a> {
    /// None yet, of this text.
    pub const fn new(text: &'a str) -> Self {
        Self {
            text,
            found: Vec::new(),
            left_out: 0,
            errors: 0,
        }
    }

    /// The text they are about.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Whether the text is refused.
    pub const fn any_error(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are so far: to see whether a part that was just read is sound.
    pub const fn errors(&self) -> usize {
        self.errors
    }

    /// Notes an error; the rest of it follows on what is returned.
    pub fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Note<'_> {
        self.note(Severity::Error, code, span, message.into())
    }

    /// Notes a warning; the rest of it follows on what is returned.
    pub fn warning(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Note<'_> {
        self.note(Severity::Warning, code, span, message.into())
    }

    fn note(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Range<usize>,
        message: String,
    ) -> Note<'_> {
        Note {
            diagnostic: Some(Diagnostic {
                severity,
                code,
                span,
                message,
                label: None,
                help: None,
            }),
            into: self,
        }
    }

    /// Adds a problem that was made elsewhere.
    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        // Ten times what is told, so that sorting and dropping twins has something to choose from.
        if self.found.len() >= MOST * 10 {
            self.left_out += 1;
            return;
        }
        diagnostic.span = within(self.text, diagnostic.span);
        self.found.push(diagnostic);
    }

    /// All of them, in the order of the text, twins dropped, at most [`MOST`] and a last word.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        let mut seen = HashSet::new();
        self.found.retain(|one| {
            seen.insert((one.span.start, one.span.end, one.code, one.message.clone()))
        });
        self.found.sort_by(|a, b| {
            (a.span.start, a.span.end, b.severity).cmp(&(b.span.start, b.span.end, a.severity))
        });
        let left_out = self.left_out + self.found.len().saturating_sub(MOST);
        if left_out > 0 {
            self.found.truncate(MOST);
            let end = self.text.len();
            self.found.push(Diagnostic {
                severity: Severity::Error,
                code: code::TOO_MANY,
                span: end..end,
                message: format!("{left_out} more problems are not shown"),
                label: None,
                help: Some("mend those above first: some of the rest will go with them".to_owned()),
            });
        }
        self.found
    }
}

/// A problem being told; it is noted when this is dropped.
#[derive(Debug)]
pub struct Note<'n> {
    diagnostic: Option<Diagnostic>,
    into: &'n mut dyn Push,
}

impl Note<'_> {
    /// What stands at the place, or was expected there.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some(diagnostic) = &mut self.diagnostic {
            diagnostic.label = Some(label.into());
        }
        self
    }

    /// A way out.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(diagnostic) = &mut self.diagnostic {
            diagnostic.help = Some(help.into());
        }
        self
    }

    /// A way out, where there is one.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        if let (Some(diagnostic), Some(help)) = (&mut self.diagnostic, help) {
            diagnostic.help = Some(help);
        }
        self
    }
}

impl Drop for Note<'_> {
    fn drop(&mut self) {
        if let Some(diagnostic) = self.diagnostic.take() {
            self.into.push_one(diagnostic);
        }
    }
}

/// What a [`Note`] goes into; it spares `Note` the text's lifetime.
trait Push: std::fmt::Debug {
    fn push_one(&mut self, diagnostic: Diagnostic);
}

impl Push for Diagnostics<'_> {
    fn push_one(&mut self, diagnostic: Diagnostic) {
        self.push(diagnostic);
    }
}

/// The span brought within the text, at character boundaries, never turned round.
fn within(text: &str, span: Range<usize>) -> Range<usize> {
    let start = boundary_before(text, span.start);
    let end = boundary_after(text, span.end);
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_brought_within_the_text_at_character_boundaries() {
        let mut found = Diagnostics::new("aé");
        found.error(code::SYNTAX, 2..9, "x");
        let found = found.finish();
        assert_eq!(found[0].span, 1..3);
    }

    #[test]
    fn twins_are_told_once_and_all_in_the_order_of_the_text() {
        let mut found = Diagnostics::new("abc");
        found.error(code::SYNTAX, 2..3, "later");
        found.warning(code::SYNTAX, 0..1, "early");
        found.error(code::SYNTAX, 2..3, "later");
        let told: Vec<_> = found.finish().into_iter().map(|one| one.message).collect();
        assert_eq!(told, ["early", "later"]);
    }

    #[test]
    fn past_a_bound_the_rest_is_counted() {
        let mut found = Diagnostics::new("abc");
        for number in 0..MOST * 20 {
            found.error(code::SYNTAX, 0..1, format!("problem {number}"));
        }
        let found = found.finish();
        assert_eq!(found.len(), MOST + 1);
        assert_eq!(found[MOST].message, "3800 more problems are not shown");
    }
}
