//! How one run counts for one SLO.

use crate::{Good, Maintenance, MaintenancePolicy, Population, Slo};
use jaunt_record::{Outcome, StepVerdict, Verdict};
use std::time::Duration;

/// What maintenance was agreed on.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    /// The entries.
    pub maintenance: &'a [Maintenance],
    /// On which conditions they are left out.
    pub policy: MaintenancePolicy,
}

/// What is known of a run, as far as an SLO asks.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// What became of the run.
    pub verdict: Verdict,
    /// What the user waited for.
    pub duration: Duration,
    /// When it started, Unix ns.
    pub start_ns: i64,
    /// When it ended, Unix ns.
    pub end_ns: i64,
    /// Each step's id, verdict and duration.
    pub steps: &'a [(&'a str, StepVerdict, Duration)],
}

/// How `run` counts for `slo`.
pub fn classify(slo: &Slo, calendar: Calendar<'_>, run: Judged<'_>) -> Outcome {
    if matches!(run.verdict, Verdict::Void | Verdict::Missed) {
        return Outcome::Invalid;
    }
    let (verdict, duration) = match &slo.step {
        None => (run.verdict, run.duration),
        Some(step) => match run.steps.iter().find(|(id, ..)| id == step) {
            Some((_, StepVerdict::Pass, took)) => (Verdict::Pass, *took),
            Some((_, StepVerdict::Slow, took)) => (Verdict::Slow, *took),
            Some((_, StepVerdict::Fail, took)) => (Verdict::Fail, *took),
            Some((_, StepVerdict::Skipped | StepVerdict::Void, _)) | None => {
                return Outcome::Invalid;
            }
        },
    };
    if calendar.excludes(slo, run.start_ns, run.end_ns) {
        return Outcome::Excluded;
    }
    let passed = match slo.good {
        Good::PassOrSlow => matches!(verdict, Verdict::Pass | Verdict::Slow),
        Good::Pass => verdict == Verdict::Pass,
    };
    if slo.of == Population::Passed && !matches!(verdict, Verdict::Pass | Verdict::Slow) {
        return Outcome::Ineligible;
    }
    if passed && slo.under.is_none_or(|under| duration <= under) {
        Outcome::Good
    } else {
        Outcome::Bad
    }
}

impl Calendar<'_> {
    /// Whether `[start, end)` meets maintenance that `slo` leaves out.
    fn excludes(&self, _slo: &Slo, _start_ns: i64, _end_ns: i64) -> bool {
        // Which maintenance is accepted comes with the rest of the arithmetic.
        self.maintenance.is_empty() && false
    }
}
