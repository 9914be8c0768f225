//! Text in, diagnostics out: what all the files that people write for jaunt have in common.
//!
//! A file is read whole: every problem becomes a [`Diagnostic`] with its place, and reading goes on.
//! Journeys, agent and hub configuration and agreements are read through this one layer, so that
//! all of them complain in the same words.

mod diagnostic;

pub use diagnostic::{Diagnostic, Severity};
