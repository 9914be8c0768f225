//! The runs of a period as one SLO sees them.

use crate::period::Period;
use crate::{
    Counters, History, Slo, Subject,
    history::{Run, Series},
};
use jaunt_record::{Outcome, StepVerdict, Verdict};
use std::time::Duration;

/// The runs of a period as one SLO sees them.
#[derive(Debug)]
pub(crate) struct Observed {
    /// Runs by region and agent, each by start.
    pub(crate) chains: Vec<Chain>,
    /// The bad ones, by start.
    pub(crate) bads: Vec<Bad>,
    /// What was counted, by region.
    pub(crate) tallies: Vec<Tally>,
}

/// The runs of one agent in one region, by start.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) region: usize,
    pub(crate) runs: Vec<Seen>,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) counts: Counts,
    /// Whether a user of this region was served from its start on.
    pub(crate) up: bool,
}

/// How a run counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    Good,
    Bad,
    Excluded,
    Ineligible,
}

impl Counts {
    pub(crate) fn valid(self) -> bool {
        matches!(self, Self::Good | Self::Bad)
    }
}

/// A bad run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bad {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) region: usize,
    pub(crate) cause: Option<u32>,
    /// The slot's nominal time, Unix seconds.
    pub(crate) slot: i64,
}

/// What was counted in one region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) good: u64,
    pub(crate) bad: u64,
    /// With the excluded runs in.
    pub(crate) felt_good: u64,
    pub(crate) felt_bad: u64,
}

impl Tally {
    pub(crate) fn valid(self) -> u64 {
        self.good + self.bad
    }
}

impl Observed {
    /// The runs of `history` that ended in `period`, as `slo` sees them; where each line ended is
    /// added to `counters`.
    pub(crate) fn new(
        (subject, slo): (&Subject, &Slo),
        history: &History,
        period: &Period,
        counters: &mut Counters,
    ) -> Self {
        let mut observed = Self {
            chains: Vec::with_capacity(history.series().len()),
            bads: Vec::new(),
            tallies: vec![Tally::default(); subject.regions.len()],
        };
        for series in history.series() {
            observed.series((subject, slo), (history, series), period, counters);
        }
        observed
            .bads
            .sort_by_key(|bad| (bad.start, bad.end, bad.region));
        observed
    }

    fn series(
        &mut self,
        (subject, slo): (&Subject, &Slo),
        (history, series): (&History, &Series),
        period: &Period,
        counters: &mut Counters,
    ) {
        let every = i64::try_from(subject.every.as_secs())
            .unwrap_or(i64::MAX)
            .max(1);
        let region = series.region;
        let mut tally = Tally::default();
        let mut runs = Vec::with_capacity(series.len);
        let maintained = !period.accepted.spans.is_empty();
        for run in history.runs(series, slo.step.as_deref()) {
            if run.end < period.from_ns || run.end >= period.at_ns {
                counters.out_of_window += 1;
                continue;
            }
            let outcome = slo.outcome(&run);
            let up = match outcome {
                Outcome::Good => true,
                Outcome::Bad => false,
                // It says nothing of this SLO; the run as a whole then speaks for the state.
                Outcome::Ineligible | Outcome::Invalid | Outcome::Excluded => {
                    run.verdict != Verdict::Fail
                }
            };
            let excluded = maintained && period.accepted.spans.meet(run.start, run.end);
            tally.felt_good += u64::from(outcome == Outcome::Good);
            tally.felt_bad += u64::from(outcome == Outcome::Bad);
            let counts = match outcome {
                _ if excluded => Counts::Excluded,
                Outcome::Good => Counts::Good,
                Outcome::Bad => Counts::Bad,
                Outcome::Ineligible | Outcome::Invalid | Outcome::Excluded => Counts::Ineligible,
            };
            match counts {
                Counts::Good => tally.good += 1,
                Counts::Bad => {
                    tally.bad += 1;
                    self.bads.push(Bad {
                        start: run.start,
                        end: run.end,
                        region,
                        cause: run.cause,
                        slot: run
                            .slot
                            .unwrap_or_else(|| run.start.div_euclid(1_000_000_000) / every * every),
                    });
                }
                Counts::Excluded => counters.excluded_maintenance += 1,
                Counts::Ineligible => counters.ineligible += 1,
            }
            runs.push(Seen {
                start: run.start,
                end: run.end,
                counts,
                up,
            });
        }
        counters.valid += tally.valid();
        if let Some(total) = self.tallies.get_mut(region) {
            total.good += tally.good;
            total.bad += tally.bad;
            total.felt_good += tally.felt_good;
            total.felt_bad += tally.felt_bad;
        }
        self.chains.push(Chain { region, runs });
    }

    /// All regions together.
    pub(crate) fn total(&self) -> Tally {
        self.tallies
            .iter()
            .fold(Tally::default(), |sum, tally| Tally {
                good: sum.good + tally.good,
                bad: sum.bad + tally.bad,
                felt_good: sum.felt_good + tally.felt_good,
                felt_bad: sum.felt_bad + tally.felt_bad,
            })
    }

    /// How many slots of each region were seen. What an agent measured within half an interval of
    /// another agent's run is that run's slot: it was seen already, and stands for no missing one.
    pub(crate) fn slots_seen(&self, every_ns: u64) -> Vec<u64> {
        let regions = 0..self.tallies.len();
        let of_region = |region| self.chains.iter().filter(move |it| it.region == region);
        let looked = |run: &&Seen| run.counts != Counts::Excluded;
        let seen = |region| {
            let mut chains = of_region(region);
            let (first, more) = (chains.next(), chains.next());
            if more.is_none() {
                let runs = first.map_or(0, |chain| chain.runs.iter().filter(looked).count());
                return u64::try_from(runs).unwrap_or(u64::MAX);
            }
            let starts = of_region(region).enumerate().flat_map(|(agent, chain)| {
                let looked = chain.runs.iter().filter(looked);
                looked.map(move |run| (run.start, agent))
            });
            slots(starts.collect(), every_ns)
        };
        regions.map(seen).collect()
    }

    /// Every run, with its region.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (usize, &Seen)> + Clone {
        self.chains
            .iter()
            .flat_map(|chain| chain.runs.iter().map(move |run| (chain.region, run)))
    }
}

/// How many slots these starts of agents' runs stand for.
fn slots(mut starts: Vec<(i64, usize)>, every_ns: u64) -> u64 {
    starts.sort_unstable();
    let mut last: Option<(i64, usize)> = None;
    let mut slots = 0;
    for (start, agent) in starts {
        let again =
            |(before, other): (i64, usize)| other != agent && start.abs_diff(before) < every_ns / 2;
        if !last.is_some_and(again) {
            slots += 1;
            last = Some((start, agent));
        }
    }
    slots
}

impl Slo {
    /// How a run counts, maintenance apart.
    fn outcome(&self, run: &Run) -> Outcome {
        if self.step.is_none() {
            return self.judge(run.verdict, Duration::from_nanos(run.duration));
        }
        let Some((verdict, took)) = run.step else {
            return Outcome::Ineligible;
        };
        let verdict = match verdict {
            StepVerdict::Pass => Verdict::Pass,
            StepVerdict::Slow => Verdict::Slow,
            StepVerdict::Fail => Verdict::Fail,
            StepVerdict::Skipped | StepVerdict::Void => return Outcome::Ineligible,
        };
        self.judge(verdict, Duration::from_nanos(took))
    }
}
