//! Records for people and for programs: pure functions from a `Record` to text.
//!
//! How wide, with which glyphs and colours comes as a [`Look`]. Styles are ANSI sequences, which
//! the output takes out where they are not wanted; the words are the same either way.

mod amount;
mod bar;
mod clean;
mod detail;
mod figures;
mod json;
mod junit;
mod live;
mod look;
mod outcome;
mod summary;
mod tap;
mod waterfall;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub(crate) use json::{line as json_line, milliseconds};
pub(crate) use junit::document as junit_document;
pub(crate) use live::{began, ended};
pub(crate) use look::{Glyphs, Look, Paint};
pub(crate) use outcome::brief;
pub(crate) use summary::of_repeats as summary;
pub(crate) use tap::document as tap_document;

use jaunt_record::Record;

/// How much to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The waterfall, the figures and what is wrong.
    Usual,
    /// Also every connection, expectation and capture.
    Everything,
}

/// A run for people: waterfall, figures, what did not hold, verdict.
pub(crate) fn human(record: &Record, title: Option<&str>, depth: Depth, look: &Look) -> String {
    let mut text = outcome::heading(record, title, look);
    if !record.steps.is_empty() {
        text.push('\n');
        text.push_str(&waterfall::draw(record, look));
        text.push_str(&figures::table(record, look));
    }
    if depth == Depth::Everything {
        text.push_str(&detail::of(record, look));
    }
    text.push('\n');
    text.push_str(&outcome::told(record, look));
    text
}
