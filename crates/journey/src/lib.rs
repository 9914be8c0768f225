//! The journey language: what a journey says, or everything that is wrong with it.
//!
//! Text goes in; out comes a validated [`Journey`] (one per combination of its matrix) or
//! diagnostics with their places. Pure: no network, clock, file or environment. What can be known
//! at load is done at load, so that a run never meets a bad regex, path, unit or reference.
//!
//! ```
//! let text = "journey = \"home\"\n[[step]]\nrequest = \"GET https://shop.example.net/\"\nstatus = 200\n";
//! let parsed = jaunt_journey::parse(text, &jaunt_journey::Options::default());
//! assert_eq!(parsed.journeys[0].steps[0].id, "request");
//! ```

pub mod code;
mod explain;
pub mod model;
mod parse;
mod print;
mod reference;
mod schema;
pub mod spec;

pub use explain::{Explanation, SloExplanation, explain};
pub use model::*;
pub use parse::{Options, Parsed, field, parse};
pub use print::print;
pub use reference::reference;
pub use schema::{object, schema};
