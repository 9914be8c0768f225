//! When the alerts of the policy would have fired.

use crate::{
    Rule, Severity, Sli,
    exact::{self, Exact},
    grid::{Count, Firing, Grid, Windows},
    observe::{Counts, Observed},
};
use serde::{Serialize, Serializer};
use std::time::Duration;

/// A rule, and when it fired.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// The rule's name.
    pub rule: &'static str,
    /// How urgent.
    #[serde(serialize_with = "severity")]
    pub severity: Severity,
    /// The long window.
    #[serde(skip)]
    pub long: Duration,
    /// The burn rate to exceed.
    pub burn: f64,
    /// The fewest failures in the long window.
    pub k_min: u64,
    /// Whether any outage can fire it.
    pub reachable: bool,
    /// From when until when, Unix ns; `None` while it lasts.
    pub firing: Vec<(i64, Option<i64>)>,
    /// Evaluations at which it fired on for want of data.
    pub held_evaluations: u64,
}

fn severity<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.as_str())
}

/// What one evaluation says.
enum Evaluation {
    Fires,
    Clears,
    /// A window is empty: nobody can say, so what was goes on.
    Unknown,
}

/// The error ratios that alerts look at.
pub(crate) enum Errors {
    /// All runs alike.
    Events(Windows),
    /// By region, with weights.
    Regions(Vec<(u64, Windows)>),
}

/// A window's counts, and whether its error ratio exceeds a threshold.
struct Looked {
    count: Count,
    exceeds: bool,
}

/// Evaluates `rules` at every minute from the period's start to now.
pub(crate) fn evaluate(
    rules: &[Rule],
    grid: Grid,
    observed: &Observed,
    sli: &Sli,
    weighted: crate::Weighting,
) -> Vec<Alert> {
    let lengths: Vec<i64> = rules
        .iter()
        .flat_map(|rule| [ns(rule.long), ns(rule.short)])
        .collect();
    let errors = Errors::new(&lengths, grid, observed, sli, weighted);
    rules.iter().map(|rule| rule.alert(grid, &errors)).collect()
}

impl Errors {
    pub(crate) fn new(
        lengths: &[i64],
        grid: Grid,
        observed: &Observed,
        sli: &Sli,
        weighting: crate::Weighting,
    ) -> Self {
        let valid = observed.runs().filter(|(_, run)| run.counts.valid());
        let told = |run: &crate::observe::Seen| (run.end, run.counts == Counts::Bad);
        match weighting {
            crate::Weighting::Events => {
                Self::Events(grid.windows(lengths, valid.map(|(_, run)| told(run))))
            }
            crate::Weighting::Regions => Self::Regions(
                sli.weights
                    .iter()
                    .enumerate()
                    .map(|(region, weight)| {
                        let here = valid.clone().filter(move |(r, _)| *r == region);
                        (
                            *weight,
                            grid.windows(lengths, here.map(|(_, run)| told(run))),
                        )
                    })
                    .collect(),
            ),
        }
    }

    fn look(&self, length: i64, k: usize, threshold: (u128, u128)) -> Looked {
        match self {
            Self::Events(windows) => {
                let count = windows.count(length, k);
                let exceeds =
                    u128::from(count.bad) * threshold.1 > threshold.0 * u128::from(count.all);
                Looked { count, exceeds }
            }
            Self::Regions(regions) => {
                let counts: Vec<(u64, Count)> = regions
                    .iter()
                    .map(|(weight, windows)| (*weight, windows.count(length, k)))
                    .collect();
                let count = counts.iter().fold(Count::default(), |sum, (_, c)| Count {
                    all: sum.all + c.all,
                    bad: sum.bad + c.bad,
                });
                Looked {
                    count,
                    exceeds: count.bad > 0 && weighted_exceeds(&counts, threshold),
                }
            }
        }
    }

    /// The error ratio over `length` ns at the k-th instant; `None` without data.
    pub(crate) fn ratio(&self, length: i64, k: usize) -> Option<Exact> {
        match self {
            Self::Events(windows) => {
                let count = windows.count(length, k);
                exact::ratio(count.bad, count.all)
            }
            Self::Regions(regions) => {
                let counts = regions
                    .iter()
                    .map(|(weight, windows)| (*weight, windows.count(length, k)));
                weighted_error(counts)
            }
        }
    }
}

/// Whether Σ w·e / Σ w over regions with data exceeds the threshold.
fn weighted_exceeds(counts: &[(u64, Count)], threshold: (u128, u128)) -> bool {
    let error = weighted_error(counts.iter().copied());
    let threshold = exact::ratio(threshold.0, threshold.1);
    matches!((error, threshold), (Some(error), Some(threshold)) if error > threshold)
}

fn weighted_error(counts: impl Iterator<Item = (u64, Count)>) -> Option<Exact> {
    let mut sum = exact::whole(0);
    let mut weights = 0_u64;
    for (weight, count) in counts {
        if let Some(error) = exact::ratio(count.bad, count.all) {
            sum += error * exact::whole(weight);
            weights += weight;
        }
    }
    (weights > 0).then(|| sum / exact::whole(weights))
}

impl Rule {
    fn alert(&self, grid: Grid, errors: &Errors) -> Alert {
        let mut firing = Firing::default();
        let mut held = 0;
        if self.reachable {
            for k in 0..grid.len {
                match self.evaluate(k, errors) {
                    Evaluation::Fires => firing.set(grid.at(k), true),
                    Evaluation::Clears => firing.set(grid.at(k), false),
                    Evaluation::Unknown => held += u64::from(firing.is_open()),
                }
            }
        }
        Alert {
            rule: self.name,
            severity: self.severity,
            long: self.long,
            burn: exact::ratio(self.burn.0, self.burn.1).map_or(1.0, |burn| exact::shown(&burn)),
            k_min: self.k_min,
            reachable: self.reachable,
            firing: firing.into_inner(),
            held_evaluations: held,
        }
    }

    fn evaluate(&self, k: usize, errors: &Errors) -> Evaluation {
        let short = errors.look(ns(self.short), k, self.threshold);
        if short.count.all == 0 {
            return Evaluation::Unknown;
        }
        let long = errors.look(ns(self.long), k, self.threshold);
        if long.count.all == 0 {
            return Evaluation::Unknown;
        }
        if short.exceeds && long.exceeds && long.count.bad >= self.k_min {
            Evaluation::Fires
        } else {
            Evaluation::Clears
        }
    }
}

fn ns(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
