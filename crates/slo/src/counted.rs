//! A report from counters: what a store of metrics knows of an SLO's runs.
//!
//! Agents count each run per SLO as they judged it, so good and bad are known exactly; when a run
//! ended is known to within a scrape. The runs between two readings are laid evenly between them,
//! in the order that changes least, and then judged by the same arithmetic as events are. What
//! counters cannot tell is said ([`UNKNOWN`]), not guessed.

mod runs;

use crate::{
    Cause, Counters, Population, Question, Report, Slo, Subject, Taken, judge, period::Period,
    report::statement,
};
use jaunt_record::Outcome;
use std::time::Duration;

/// What counters cannot tell, in sentences.
pub const UNKNOWN: [&str; 5] = [
    "when a run started and how long it took: it is placed between the two readings around it",
    "the order of runs between two readings: incidents begin and end within one scrape of the truth",
    "what users felt during maintenance, and why slow runs were slow",
    "runs that were counted before a counter was first read, or lost with an agent's data",
    "late, doubled and quarantined runs, and restatements: a store keeps what it was given",
];

/// What a store has of one SLO.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// The SLO's own counts.
    pub runs: Vec<RunCounter>,
    /// What let users down.
    pub failures: Vec<FailureCounter>,
}

/// An agent's count of the runs that an SLO counts alike.
#[derive(Clone, Debug)]
pub struct RunCounter {
    /// The region.
    pub region: String,
    /// Who counts: the same text for all counters of one agent.
    pub agent: String,
    /// How the runs count.
    pub outcome: Outcome,
    /// What was read, by time.
    pub readings: Vec<Reading>,
}

/// An agent's count of one kind of failure.
#[derive(Clone, Debug)]
pub struct FailureCounter {
    /// The region.
    pub region: String,
    /// Where it struck, and whom it points at.
    pub cause: Cause,
    /// What was read, by time.
    pub readings: Vec<Reading>,
}

/// A counter's value at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When it was read, Unix ns.
    pub at_ns: i64,
    /// What it stood at.
    pub total: u64,
}

/// From when until when readings are needed to judge `slo` at `at_ns`, Unix ns: a while around its
/// period, so that its first and last runs have a reading before and after them.
pub fn needed(subject: &Subject, slo: &Slo, at_ns: i64) -> (i64, i64) {
    let around = Duration::from_secs(900).max(5 * subject.every);
    let around = i64::try_from(around.as_nanos()).unwrap_or(i64::MAX);
    let from_ns = Period::new(subject, slo, at_ns).from_ns;
    (
        from_ns.saturating_sub(around).max(0),
        at_ns.saturating_add(around),
    )
}

/// Judges `slo` of `subject` by what was counted.
pub fn judge_counted(
    subject: &Subject,
    slo: &Slo,
    counted: &Counted,
    question: Question<'_>,
) -> Report {
    let decided = decided(slo);
    let period = Period::new(subject, slo, question.at_ns);
    let retold = runs::retell(subject, slo, counted, &period.accepted.spans);
    let taken = Taken {
        counters: Counters {
            lines: retold.runs,
            invalid_agent: retold.invalid,
            unknown_region: retold.elsewhere,
            ..Counters::default()
        },
        history: retold.history,
    };
    let mut report = judge(subject, &decided, &taken, question);
    report.statement = statement(subject, slo);
    report.sli.felt_ratio = None;
    report
}

/// The SLO under which retold runs count as they were counted: good took no time, bad took some,
/// what it does not speak of failed.
fn decided(slo: &Slo) -> Slo {
    Slo {
        of: Population::Passed,
        under: Some(Duration::ZERO),
        good: crate::Good::PassOrSlow,
        step: None,
        ..slo.clone()
    }
}
