//! The journey language: what a journey says, or everything that is wrong with it.
//!
//! Text goes in; out comes a validated [`Journey`] (one per combination of its matrix) or
//! diagnostics with their places. Pure: no network, clock, file or environment. What can be known
//! at load is done at load, so that a run never meets a bad regex, path, unit or reference.

pub mod model;
mod parse;

pub use model::*;
pub use parse::{Options, Parsed, parse};
