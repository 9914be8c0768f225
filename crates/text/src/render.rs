//! Diagnostics for people: the place, the text underlined, and a way out.
//!
//! The words are the same with and without colour. Only the lines around a place are handed to the
//! renderer: a file of a megabyte with two hundred problems costs what its lines do, not its size
//! each time.

use crate::{Diagnostic, Place, Severity};
use annotate_snippets::{
    AnnotationKind, Level, Renderer, Snippet, normalize_untrusted_str, renderer::DecorStyle,
};
use std::ops::Range;

/// A text and the name people know it by.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its name: a path as it was given.
    pub name: &'a str,
    /// The text that the spans speak of.
    pub text: &'a str,
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// Escape sequences of terminals.
    Always,
}

/// All diagnostics of one file, in their order, each followed by a blank line.
pub fn render(source: &Source<'_>, diagnostics: &[Diagnostic], colour: Colour) -> String {
    let renderer = match colour {
        Colour::Never => Renderer::plain(),
        Colour::Always => Renderer::styled(),
    }
    .decor_style(DecorStyle::Unicode);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&one(source, diagnostic, &renderer));
        out.push_str("\n\n");
    }
    out
}

fn one(source: &Source<'_>, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let line = first_line(source.text, diagnostic.span.start);
    let text = source.text.get(line.clone()).unwrap_or("");
    // A span over several lines is underlined on its first.
    let start = diagnostic.span.start.clamp(line.start, line.end) - line.start;
    let end = diagnostic.span.end.clamp(line.start, line.end) - line.start;
    let label = diagnostic.label.as_deref().map(normalize_untrusted_str);
    let snippet = Snippet::source(text)
        .line_start(Place::of(source.text, diagnostic.span.start).line)
        .path(normalize_untrusted_str(source.name))
        .annotation(
            AnnotationKind::Primary
                .span(start..end.max(start))
                .label(label),
        );
    let mut group = level
        .primary_title(normalize_untrusted_str(&diagnostic.message))
        .id(diagnostic.code)
        .element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    renderer.render(&[group])
}

/// The line that holds a byte, without its line feed.
fn first_line(text: &str, offset: usize) -> Range<usize> {
    let offset = offset.min(text.len());
    let start = text
        .get(..offset)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let end = text
        .get(offset..)
        .and_then(|after| after.find('\n'))
        .map_or(text.len(), |at| offset + at);
    start..end
}
