//! How the agent is, as `/status` tells it.

use jaunt_record::Verdict;
use serde::Serialize;

/// How the agent is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// What it is doing.
    pub state: State,
    /// Its version.
    pub version: &'static str,
    /// Where it stands.
    pub region: String,
    /// Its name.
    pub instance: String,
    /// Runs that go on.
    pub runs: usize,
    /// None of the references was reached at the last try.
    pub isolated: bool,
    /// The resolver failed every control name at the last try.
    pub resolver_fails: bool,
    /// Bytes that the journal takes.
    pub journal_bytes: u64,
    /// Records that were dropped and will not be delivered.
    pub dropped: u64,
    /// What waits for delivery, by cursor.
    pub cursors: Vec<CursorStatus>,
    /// What is wrong with sources.
    pub troubles: Vec<TroubleStatus>,
    /// The journeys that run here.
    pub journeys: Vec<JourneyStatus>,
}

/// What an agent is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Sources are loaded for the first time.
    Starting,
    /// It measures.
    Ready,
    /// No new slots are started; runs come to their ends.
    Draining,
}

impl State {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Draining => "draining",
        }
    }
}

/// What waits for delivery to one export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CursorStatus {
    /// Its name.
    pub cursor: String,
    /// Records.
    pub records: u64,
}

/// Something of a source that is refused; what stood before stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TroubleStatus {
    /// The file, folder or bundle.
    pub path: String,
    /// A lasting name.
    pub kind: String,
    /// For people.
    pub text: String,
}

/// A journey that runs here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JourneyStatus {
    /// Whose.
    pub customer: String,
    /// Its name.
    pub journey: String,
    /// The last slot that has a verdict, Unix seconds.
    pub slot: Option<i64>,
    /// That verdict.
    pub verdict: Option<Verdict>,
    /// How late that run started, ms.
    pub lateness_ms: Option<f64>,
}
