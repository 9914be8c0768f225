//! What a verb gives back.

use jaunt_record::{FailureKind, FailurePhase, Void};
use std::time::{Duration, Instant};

/// One request and its answer, or how far it got.
#[derive(Clone, Debug)]
pub struct Exchange<T> {
    /// What was measured. `attempt`, `hop`, `url`, `offset`, `status_expected` and `traced` are for
    /// the caller to fill in: only it knows the run, and what must be redacted.
    pub facts: jaunt_record::Exchange,
    /// When its first phase began.
    pub started: Instant,
    /// The longest that the runtime kept a measured phase waiting.
    pub lag: Duration,
    /// What came of it.
    pub outcome: Outcome<T>,
}

/// What came of an exchange.
#[derive(Clone, Debug)]
pub enum Outcome<T> {
    /// An answer came whole; whether it is well is for the expectations to say.
    Answered(T),
    /// A user would have been let down.
    Failed(Fault),
    /// We could not measure; the endpoint is not to blame.
    Void(Void),
}

/// A failure, as far as the wire can tell: step and party are the caller's to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it struck.
    pub phase: FailurePhase,
    /// What kind.
    pub kind: FailureKind,
    /// A sentence for people, lower case, without a full stop.
    pub message: String,
}

/// Why an exchange ends without an answer: what `?` carries inside this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A user would have been let down.
    Fault(Fault),
    /// We could not measure.
    Void(Void),
}
