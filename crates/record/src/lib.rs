//! What is known of a run, in the words that everyone downstream shares.
//!
//! A [`Record`] is complete and immutable: the runner makes it, and journal, OTLP, hub and report
//! read it. This crate knows no network, clock, file or journey text; it only says what a record
//! is, how it is written down for good (see [`wire`]) and how its ids derive.

pub mod failure;
pub mod id;
pub mod phase;
pub mod record;
pub mod verdict;
pub mod wire;

pub use failure::{Failure, FailureKind, FailurePhase, Party};
pub use id::{RunId, SpanId, span_id};
pub use phase::{Phase, Phases};
pub use record::{
    Connect, Definition, Dns, Exchange, Expected, Kind, Record, SloOutcome, Step, Tls, Warning,
};
pub use verdict::{Missed, Outcome, StepVerdict, Verdict, Void, VoidCause};
