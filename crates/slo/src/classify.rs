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

/// How `run` counts for `slo`, in the order that the counters of a report have: not measured, in
/// maintenance, not spoken of, good or bad.
///
/// A run whose judged step was skipped is ineligible: it took place, so it is not missing, but says
/// nothing of that step.
pub fn classify(slo: &Slo, calendar: Calendar<'_>, run: Judged<'_>) -> Outcome {
    if matches!(run.verdict, Verdict::Void | Verdict::Missed) {
        return Outcome::Invalid;
    }
    if calendar.leaves_out(slo, run.start_ns, run.end_ns) {
        return Outcome::Excluded;
    }
    let (verdict, duration) = match &slo.step {
        None => (run.verdict, run.duration),
        Some(step) => match run.steps.iter().find(|(id, ..)| id == step) {
            Some((_, StepVerdict::Pass, took)) => (Verdict::Pass, *took),
            Some((_, StepVerdict::Slow, took)) => (Verdict::Slow, *took),
            Some((_, StepVerdict::Fail, took)) => (Verdict::Fail, *took),
            Some((_, StepVerdict::Skipped | StepVerdict::Void, _)) | None => {
                return Outcome::Ineligible;
            }
        },
    };
    slo.judge(verdict, duration)
}

impl Slo {
    /// How a run (or step) that was measured, outside of maintenance, counts.
    pub fn judge(&self, verdict: Verdict, duration: Duration) -> Outcome {
        let passed = match verdict {
            Verdict::Pass | Verdict::Slow => true,
            Verdict::Fail => false,
            Verdict::Void | Verdict::Missed => return Outcome::Invalid,
        };
        if self.of == Population::Passed && !passed {
            return Outcome::Ineligible;
        }
        let good = match self.good {
            Good::PassOrSlow => passed,
            Good::Pass => verdict == Verdict::Pass,
        };
        if good && self.under.is_none_or(|under| duration <= under) {
            Outcome::Good
        } else {
            Outcome::Bad
        }
    }
}

impl Calendar<'_> {
    /// Whether `[start, end)` meets maintenance that the window judged at its end leaves out.
    fn leaves_out(&self, slo: &Slo, start_ns: i64, end_ns: i64) -> bool {
        if self.maintenance.is_empty() {
            return false;
        }
        let (from, to) = slo.window.at(end_ns.saturating_add(1));
        self.accepted(from, to).spans.meet(start_ns, end_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Objective, When, Window};

    const SECOND: i64 = 1_000_000_000;

    fn slo() -> Slo {
        Slo {
            name: "can-buy".into(),
            objective: Objective::parse("99.9%").unwrap(),
            window: Window::parse("28d").unwrap(),
            under: None,
            of: Population::Valid,
            good: Good::PassOrSlow,
            step: None,
            weighting: crate::Weighting::Events,
            slice: None,
            since: None,
        }
    }

    fn count(slo: &Slo, maintenance: &[Maintenance], verdict: Verdict, took_ns: u64) -> Outcome {
        let start_ns = 2_000_000 * SECOND;
        let run = Judged {
            verdict,
            duration: Duration::from_nanos(took_ns),
            start_ns,
            end_ns: start_ns + SECOND,
            steps: &[
                ("login", StepVerdict::Pass, Duration::from_secs(1)),
                ("pay", StepVerdict::Skipped, Duration::ZERO),
            ],
        };
        let policy = MaintenancePolicy::default();
        classify(
            slo,
            Calendar {
                maintenance,
                policy,
            },
            run,
        )
    }

    #[test]
    fn an_experience_is_good_up_to_its_threshold_and_not_a_nanosecond_more() {
        let slo = Slo {
            under: Some(Duration::from_secs(2)),
            ..slo()
        };
        assert_eq!(
            count(&slo, &[], Verdict::Pass, 2_000_000_000),
            Outcome::Good
        );
        assert_eq!(count(&slo, &[], Verdict::Pass, 2_000_000_001), Outcome::Bad);
        assert_eq!(count(&slo, &[], Verdict::Fail, 1), Outcome::Bad);
    }

    #[test]
    fn a_latency_speaks_of_runs_that_passed() {
        let slo = Slo {
            under: Some(Duration::from_secs(2)),
            of: Population::Passed,
            ..slo()
        };
        assert_eq!(count(&slo, &[], Verdict::Fail, 1), Outcome::Ineligible);
        assert_eq!(count(&slo, &[], Verdict::Slow, 3_000_000_000), Outcome::Bad);
    }

    #[test]
    fn slow_is_good_unless_the_slo_says_pass() {
        assert_eq!(count(&slo(), &[], Verdict::Slow, 1), Outcome::Good);
        let strict = Slo {
            good: Good::Pass,
            ..slo()
        };
        assert_eq!(count(&strict, &[], Verdict::Slow, 1), Outcome::Bad);
    }

    #[test]
    fn a_skipped_step_is_in_no_sli_and_void_never_is() {
        let of = |step: &str| Slo {
            step: Some(step.into()),
            ..slo()
        };
        assert_eq!(count(&of("login"), &[], Verdict::Fail, 1), Outcome::Good);
        assert_eq!(
            count(&of("pay"), &[], Verdict::Fail, 1),
            Outcome::Ineligible
        );
        assert_eq!(count(&of("pay"), &[], Verdict::Void, 1), Outcome::Invalid);
        assert_eq!(count(&slo(), &[], Verdict::Missed, 1), Outcome::Invalid);
    }

    #[test]
    fn a_run_in_accepted_maintenance_is_left_out_good_and_bad_alike() {
        let at = |seconds| jiff::Timestamp::from_second(seconds).unwrap();
        let maintenance = [Maintenance {
            when: When::Once {
                from: at(1_999_000),
                to: at(2_001_000),
            },
            announced: Some(at(1_000_000)),
            by: Some("provider".into()),
            approved_by: Some("customer".into()),
            reason: None,
        }];
        for verdict in [Verdict::Pass, Verdict::Fail] {
            assert_eq!(count(&slo(), &maintenance, verdict, 1), Outcome::Excluded);
        }
        assert_eq!(
            count(&slo(), &maintenance, Verdict::Void, 1),
            Outcome::Invalid
        );
    }
}
