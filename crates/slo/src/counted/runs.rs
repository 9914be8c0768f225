//! Runs, retold from what counters read.

use super::{Counted, Reading};
use crate::{Cause, History, Measured, Population, Slo, Spans, Subject};
use jaunt_record::{Outcome, Verdict};
use std::collections::BTreeMap;

/// What counters told.
pub(super) struct Retold {
    pub(super) history: History,
    /// All runs, those not measured included.
    pub(super) runs: u64,
    /// Runs that were not measured.
    pub(super) invalid: u64,
    /// Runs of regions that the journey does not name.
    pub(super) elsewhere: u64,
}

/// What one agent counted between two readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Between {
    /// The earlier reading, Unix ns.
    since: i64,
    good: u64,
    bad: u64,
    excluded: u64,
    invalid: u64,
    ineligible: u64,
}

/// By the later reading's instant.
type Chain = BTreeMap<i64, Between>;

/// The causes of the failures that a region counted by an instant.
type Causes = BTreeMap<(usize, i64), Vec<(Cause, u64)>>;

/// The runs behind what was counted; those left out lie in `maintenance`, the others do not.
pub(super) fn retell(
    subject: &Subject,
    slo: &Slo,
    counted: &Counted,
    maintenance: &Spans,
) -> Retold {
    let mut retold = Retold {
        history: History::of(&Subject {
            slos: Vec::new(),
            ..subject.clone()
        }),
        runs: 0,
        invalid: 0,
        elsewhere: 0,
    };
    let mut causes = causes(subject, slo, counted);
    for ((region, agent), chain) in chains(subject, counted, &mut retold) {
        let mut runs = Vec::new();
        let mut last = Outcome::Good;
        for (at, between) in &chain {
            let why = causes.get_mut(&(region, *at));
            between.lay(*at, &mut last, why, maintenance, &mut runs);
        }
        runs.sort_by_key(|run| run.at);
        retold.invalid += count(
            runs.iter()
                .filter(|run| run.outcome == Outcome::Invalid)
                .count(),
        );
        retold.runs += count(runs.len());
        for run in &runs {
            // They are in the order of their start: what is refused would be lost.
            let pushed = retold.history.push(region, &agent, &run.measured());
            debug_assert!(pushed.is_ok(), "runs are sorted");
        }
    }
    retold.runs += retold.elsewhere;
    retold
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// What each agent counted, by region and agent.
fn chains(
    subject: &Subject,
    counted: &Counted,
    retold: &mut Retold,
) -> BTreeMap<(usize, String), Chain> {
    let mut chains: BTreeMap<(usize, String), Chain> = BTreeMap::new();
    for counter in &counted.runs {
        let place = subject
            .regions
            .iter()
            .position(|region| *region == counter.region);
        let steps = steps(&counter.readings);
        let Some(region) = place else {
            retold.elsewhere += steps.map(|step| step.count).sum::<u64>();
            continue;
        };
        let chain = chains.entry((region, counter.agent.clone())).or_default();
        // Counters of one agent need not be read at the same instants; one that stood still says
        // nothing of where the runs of another lie.
        for step in steps.filter(|step| step.count > 0) {
            let between = chain.entry(step.at).or_default();
            between.since = step.since;
            *between.of(counter.outcome) += step.count;
        }
    }
    chains
}

/// Whose the bad runs are: where the SLO speaks of what failed, each failure is one.
fn causes(subject: &Subject, slo: &Slo, counted: &Counted) -> Causes {
    let mut causes = Causes::new();
    if slo.of == Population::Passed {
        return causes;
    }
    for counter in &counted.failures {
        let elsewhere = slo.step.is_some() && counter.cause.step != slo.step;
        let place = subject
            .regions
            .iter()
            .position(|region| *region == counter.region);
        let (false, Some(region)) = (elsewhere, place) else {
            continue;
        };
        for step in steps(&counter.readings).filter(|step| step.count > 0) {
            let here = causes.entry((region, step.at)).or_default();
            here.push((counter.cause.clone(), step.count));
        }
    }
    causes
}

/// What a counter rose by from one reading to the next.
struct Step {
    since: i64,
    at: i64,
    count: u64,
}

/// A counter that fell began anew: what it stands at is what it rose by.
fn steps(readings: &[Reading]) -> impl Iterator<Item = Step> {
    readings.windows(2).filter_map(|pair| match pair {
        [before, after] => Some(Step {
            since: before.at_ns,
            at: after.at_ns,
            count: after.total.checked_sub(before.total).unwrap_or(after.total),
        }),
        _ => None,
    })
}

/// A run as it is retold.
struct Run {
    at: i64,
    outcome: Outcome,
    cause: Cause,
}

impl Between {
    fn of(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Good => &mut self.good,
            Outcome::Bad => &mut self.bad,
            Outcome::Excluded => &mut self.excluded,
            Outcome::Invalid => &mut self.invalid,
            Outcome::Ineligible => &mut self.ineligible,
        }
    }

    /// Lays the runs evenly between the readings, beginning with what there was before: what lasts
    /// over several readings is one stretch of it.
    fn lay(
        &self,
        at: i64,
        last: &mut Outcome,
        mut why: Option<&mut Vec<(Cause, u64)>>,
        maintenance: &Spans,
        runs: &mut Vec<Run>,
    ) {
        use Outcome::{Bad, Excluded, Good, Ineligible, Invalid};
        let order = if *last == Bad {
            [Bad, Good, Ineligible, Excluded, Invalid]
        } else {
            [Good, Ineligible, Excluded, Invalid, Bad]
        };
        let mut counts = *self;
        let sequence: Vec<Outcome> = order
            .into_iter()
            .flat_map(|outcome| {
                let count = usize::try_from(*counts.of(outcome)).unwrap_or(usize::MAX);
                std::iter::repeat_n(outcome, count.min(MOST))
            })
            .collect();
        let all = i128::from(count(sequence.len()));
        let length = i128::from(at) - i128::from(self.since);
        for (place, outcome) in sequence.into_iter().enumerate() {
            let left = all - 1 - i128::from(count(place));
            // Before the later reading, after the earlier one.
            let back = i64::try_from(length * left / all.max(1)).unwrap_or(0);
            let cause = match outcome {
                Bad => why.as_mut().and_then(|why| take(why)).unwrap_or_default(),
                Good | Excluded | Invalid | Ineligible => Cause::default(),
            };
            runs.push(Run {
                at: beside(at - 1 - back, outcome, maintenance),
                outcome,
                cause,
            });
            *last = outcome;
        }
    }
}

/// More runs of a kind than this do not end between two readings: a counter that says so is wrong.
const MOST: usize = 100_000;

fn take(why: &mut Vec<(Cause, u64)>) -> Option<Cause> {
    let (cause, count) = why.first_mut()?;
    let cause = cause.clone();
    *count -= 1;
    if *count == 0 {
        why.remove(0);
    }
    Some(cause)
}

/// `at`, or the nearest instant at which maintenance says the same as the agent did.
fn beside(at: i64, outcome: Outcome, maintenance: &Spans) -> i64 {
    match outcome {
        Outcome::Excluded if !maintenance.meet(at, at + 1) => {
            let edges = maintenance.iter().flat_map(|(from, to)| [from, to - 1]);
            edges.min_by_key(|edge| edge.abs_diff(at)).unwrap_or(at)
        }
        Outcome::Good | Outcome::Bad | Outcome::Ineligible if maintenance.meet(at, at + 1) => {
            let edges = maintenance.iter().flat_map(|(from, to)| [from - 1, to]);
            edges.min_by_key(|edge| edge.abs_diff(at)).unwrap_or(at)
        }
        Outcome::Good
        | Outcome::Bad
        | Outcome::Ineligible
        | Outcome::Excluded
        | Outcome::Invalid => at,
    }
}

impl Run {
    /// As [`decided`](super::decided) counts it.
    fn measured(&self) -> Measured<'_> {
        let (verdict, duration_ns) = match self.outcome {
            Outcome::Good | Outcome::Excluded => (Verdict::Pass, 0),
            Outcome::Bad => (Verdict::Pass, 1),
            Outcome::Ineligible => (Verdict::Fail, 0),
            Outcome::Invalid => (Verdict::Void, 0),
        };
        Measured {
            start_ns: self.at,
            end_ns: self.at,
            duration_ns,
            verdict,
            slot: None,
            cause: &self.cause,
            steps: &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn a_counter_that_falls_began_anew() {
        let readings = [(0, 5), (1, 7), (2, 3)].map(|(at_ns, total)| Reading { at_ns, total });
        let counts: Vec<u64> = steps(&readings).map(|step| step.count).collect();
        assert_eq!(counts, [2, 3]);
        assert_eq!(steps(&[]).count(), 0);
    }

    #[test]
    fn runs_lie_between_their_readings_in_the_order_that_changes_least() {
        let between = Between {
            since: 0,
            good: 1,
            bad: 2,
            ..Between::default()
        };
        let mut runs = Vec::new();
        let mut last = Outcome::Good;
        between.lay(60 * SECOND, &mut last, None, &Spans::default(), &mut runs);
        let laid: Vec<_> = runs
            .iter()
            .map(|run| ((run.at + 1) / SECOND, run.outcome))
            .collect();
        assert_eq!(
            laid,
            [(20, Outcome::Good), (40, Outcome::Bad), (60, Outcome::Bad)]
        );
        runs.clear();
        between.lay(60 * SECOND, &mut last, None, &Spans::default(), &mut runs);
        let outcomes: Vec<_> = runs.iter().map(|run| run.outcome).collect();
        assert_eq!(outcomes, [Outcome::Bad, Outcome::Bad, Outcome::Good]);
    }

    #[test]
    fn maintenance_is_where_the_agent_says_it_was() {
        let maintenance = Spans::union([(100, 200)]);
        for (at, outcome, moved) in [
            (90, Outcome::Excluded, 100),
            (150, Outcome::Excluded, 150),
            (210, Outcome::Excluded, 199),
            (110, Outcome::Bad, 99),
            (190, Outcome::Good, 200),
            (150, Outcome::Invalid, 150),
        ] {
            assert_eq!(beside(at, outcome, &maintenance), moved, "{at} {outcome}");
        }
    }
}
