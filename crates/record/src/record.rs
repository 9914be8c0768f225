//! The record of a run: everything that is known of it, complete and immutable.
//!
//! Instants are Unix nanoseconds (`i64`), durations nanoseconds (`u64`) or [`Duration`]s. Text in a
//! record is redacted and bounded already: whoever holds a record may show it.

use crate::{
    Failure, FailureKind, FailurePhase, Missed, Outcome, Phases, RunId, StepVerdict, Verdict, Void,
    verdict::closed_list,
};
use std::{net::SocketAddr, time::Duration};

closed_list! {
    /// Why a run took place.
    Kind {
        /// For a slot.
        Scheduled = "scheduled",
        /// By hand; in no SLI.
        Manual = "manual",
    }
}

/// A run, or a range of slots that were missed, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The run's id; for a missed range an id of the record's own.
    pub id: RunId,
    /// The customer whose journey it is.
    pub customer: String,
    /// The journey's name, with its matrix part: `checkout[host=a.example]`.
    pub journey: String,
    /// Where it ran.
    pub region: String,
    /// The instance id of the agent that ran it.
    pub agent: String,
    /// Why it ran.
    pub kind: Kind,
    /// The slot's nominal time in Unix seconds; `None` for a manual run.
    pub slot: Option<i64>,
    /// How many slots this record stands for: 1, more for a missed range (from `slot` on).
    pub count: u64,
    /// Distance between slots in whole seconds, by which a range is spelled out.
    pub every_s: u32,
    /// SHA-256 of the file that defined the journey.
    pub definition: Definition,
    /// When the run started, Unix ns.
    pub start_ns: i64,
    /// When it ended (its clean-up not included), Unix ns.
    pub end_ns: i64,
    /// What the user waited for: exchanges and poll pauses, neither `wait` steps nor clean-up.
    pub duration: Duration,
    /// How long after its slot was due it started.
    pub lateness: Duration,
    /// The longest that the runtime kept a measured phase waiting.
    pub lag: Duration,
    /// What became of it.
    pub verdict: Verdict,
    /// What let the user down; present exactly when the verdict is `fail`.
    pub failure: Option<Failure>,
    /// Why we could not measure; present exactly when the verdict is `void`.
    pub void: Option<Void>,
    /// Why nothing ran; present exactly when the verdict is `missed`.
    pub missed: Option<Missed>,
    /// Expectations graded `warn` that did not hold, and clean-up steps that failed.
    pub warnings: Vec<Warning>,
    /// The steps, in the order of the file.
    pub steps: Vec<Step>,
    /// How each of the journey's SLOs counts this run.
    pub slos: Vec<SloOutcome>,
}

/// SHA-256 of the text that defined a journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Definition(pub [u8; 32]);

/// How one SLO counts a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SloOutcome {
    /// The SLO's name.
    pub slo: String,
    /// Good, bad or left out, and why.
    pub outcome: Outcome,
}

/// Something a person should know that changes no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The step's id.
    pub step: String,
    /// What was expected, in words.
    pub expected: String,
    /// What was seen.
    pub actual: String,
    /// Whether it is a clean-up step that failed, rather than an expectation graded `warn`.
    pub cleanup: bool,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its id in the journey.
    pub id: String,
    /// Its verb: `request`, `resolve`, `connect`, `handshake`, `wait`.
    pub verb: String,
    /// What became of it.
    pub verdict: StepVerdict,
    /// Whether it is clean-up (`always`), outside duration and verdict.
    pub always: bool,
    /// From the run's start to the step's.
    pub offset: Duration,
    /// Its exchanges and the pauses of a poll; our own judging is not in it.
    pub duration: Duration,
    /// How many attempts were made; 0 for a skipped step, more than 1 only for a poll.
    pub attempts: u32,
    /// Why it was skipped, or did not pass.
    pub reason: Option<String>,
    /// What failed in it: for the failing step the run's failure, for clean-up its own.
    pub failure: Option<Failure>,
    /// Its exchanges, in order; of a long poll the first and the last ones (see `exchanges_left_out`).
    pub exchanges: Vec<Exchange>,
    /// How many exchanges were made but not kept, to bound a record's size.
    pub exchanges_left_out: u32,
    /// Its expectations with what was seen.
    pub expectations: Vec<Expected>,
    /// What it captured: name and text; secrets as `***`.
    pub captures: Vec<(String, String)>,
}

impl Step {
    /// What a person should know of it though it changes no verdict: each expectation graded `warn`
    /// that did not hold, and clean-up that did not succeed.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let warn = |expected: String, actual: &str, cleanup| Warning {
            step: self.id.clone(),
            expected,
            actual: actual.to_owned(),
            cleanup,
        };
        let unheld = self
            .expectations
            .iter()
            .filter(|expected| !expected.holds && expected.otherwise == "warn");
        let mut warnings: Vec<Warning> = unheld
            .map(|it| {
                let expected = format!("{} {}", it.subject, it.expected);
                warn(expected, &it.actual, false)
            })
            .collect();
        if self.always
            && let StepVerdict::Fail | StepVerdict::Void = self.verdict
        {
            let actual = self.reason.as_deref().unwrap_or_default();
            warnings.push(warn("clean-up succeeds".to_owned(), actual, true));
        }
        warnings
    }
}

/// One expectation, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The subject: `json $.status`.
    pub subject: String,
    /// What was expected of it: `eq "confirmed"`.
    pub expected: String,
    /// What was seen, with its type; bounded and redacted.
    pub actual: String,
    /// Whether it held.
    pub holds: bool,
    /// What it means if it does not: `fail`, `slow` or `warn`.
    pub otherwise: String,
}

/// One request and its answer, or how far it got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    /// The attempt it belongs to, from 1.
    pub attempt: u32,
    /// The redirect hop within the attempt, from 0.
    pub hop: u32,
    /// What was done: `GET` and its kin, `DNS lookup`, `TCP connect`, `TLS handshake`.
    pub method: String,
    /// The URL, name or address asked; secrets and signatures redacted.
    pub url: String,
    /// The host that was named.
    pub host: String,
    /// The port.
    pub port: u16,
    /// From the run's start to the exchange's.
    pub offset: Duration,
    /// From its first phase to the end of its last.
    pub duration: Duration,
    /// How long each phase took.
    pub phases: Phases,
    /// The address that was used.
    pub remote: Option<SocketAddr>,
    /// `http/1.1`, `h2`, `tcp`, `udp`, `tls`, `https` …: what was spoken.
    pub protocol: Option<String>,
    /// Facts of the TLS connection, also of one that failed.
    pub tls: Option<Tls>,
    /// Facts of name resolution.
    pub dns: Option<Dns>,
    /// Every connect attempt, losing ones included (RFC 8305).
    pub connects: Vec<Connect>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// Whether the journey's text allows this status, so that a 404 can be a success.
    pub status_expected: bool,
    /// Bytes that came in on the wire for this exchange.
    pub bytes_in: u64,
    /// Bytes that went out on the wire for this exchange.
    pub bytes_out: u64,
    /// Whether a kept connection was used.
    pub reused: bool,
    /// How it failed, if it did: where, and what kind.
    pub failed: Option<(FailurePhase, FailureKind)>,
    /// The span id that `traceparent` carried, if one was sent.
    pub traced: bool,
}

/// One connect attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// The address that was tried.
    pub address: SocketAddr,
    /// From the first attempt's start to this one's.
    pub after: Duration,
    /// How long it took until it was established, failed or given up.
    pub took: Duration,
    /// Why it failed; `None` for the winner; `lost the race` for one given up.
    pub error: Option<String>,
}

/// Facts of name resolution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dns {
    /// The name asked for, absolute.
    pub question: String,
    /// The record types asked for.
    pub types: Vec<String>,
    /// The server that answered, with its transport: `udp 10.0.0.53:53`.
    pub server: Option<String>,
    /// The response code: `NOERROR`, `NXDOMAIN` …
    pub rcode: Option<String>,
    /// The answers as text, bounded in number.
    pub answers: Vec<String>,
}

/// Facts of a TLS connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// `1.2` or `1.3`.
    pub version: Option<String>,
    /// The cipher suite's IANA name.
    pub cipher: Option<String>,
    /// The protocol agreed on by ALPN.
    pub alpn: Option<String>,
    /// The key exchange group.
    pub group: Option<String>,
    /// Whether the session was resumed.
    pub resumed: Option<bool>,
    /// The leaf's subject.
    pub subject: Option<String>,
    /// The leaf's issuer.
    pub issuer: Option<String>,
    /// The leaf's names.
    pub names: Vec<String>,
    /// The leaf's serial number in hex.
    pub serial: Option<String>,
    /// SHA-256 of the leaf in hex.
    pub sha256: Option<String>,
    /// The leaf's key: `P-256`, `RSA-2048`, `Ed25519`.
    pub key: Option<String>,
    /// How many certificates the server sent.
    pub chain: u32,
    /// When the earliest certificate of the chain that was sent expires, Unix seconds.
    pub expires_at: Option<i64>,
}
