//! The way back: slots and runs from what was sent, by whatever way it came.
//!
//! Collectors between agent and receiver may split a run's spans over several requests, send them
//! twice and mix runs; so spans are put together by trace, and those whose root has not come yet are
//! handed back. What a span does not carry (expectations that held, captures) is not in the record.

mod attributes;
mod run;
mod slot;

pub use run::{Assembled, Loose, assemble};
pub use slot::{Seen, read_slot};

/// What was sent is no slot or run of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// An attribute is not there, or of another type.
    #[error("`{0}` is missing or of the wrong type")]
    Attribute(&'static str),
    /// An attribute holds what this version does not know.
    #[error("`{name}` is `{value}`, which this jaunt does not know")]
    Unknown {
        /// Whose value.
        name: &'static str,
        /// The value, cut to a bearable length.
        value: String,
    },
    /// A number or instant that cannot be.
    #[error("`{0}` is out of range")]
    Range(&'static str),
    /// Text that is longer than any of ours.
    #[error("`{0}` is too long")]
    Long(&'static str),
}
