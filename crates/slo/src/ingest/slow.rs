//! Where a slow run was slow: the phase with the largest excess over its own median of good runs.
//!
//! The median is that of the same region over seven days: the UTC day of the slow run and the six
//! before it, so that one median serves all slow runs of a day. A phase that good runs do not have
//! has a median of nothing. What a line does not carry cannot be compared: with the times of steps
//! alone, the step is found and the phase is unknown.

use super::{Interned, staged::Staged};
use crate::{Cause, Event, Subject};
use jaunt_record::Verdict;
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// A step and a phase of it; without one, the step as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) step: String,
    pub(super) phase: Option<String>,
}

const DAY_NS: i64 = 86_400_000_000_000;

/// How many days a median is of.
const DAYS: i64 = 7;

/// Gives every slow run of `runs` (places in `kept`) its cause, where the line has none.
pub(super) fn attribute(
    subject: &Subject,
    runs: &[usize],
    kept: &mut [Staged],
    places: &Interned<Place>,
    causes: &mut Interned<Cause>,
) {
    if places.values.is_empty() {
        return;
    }
    let limit = subject.limit();
    let slow: Vec<usize> = runs
        .iter()
        .copied()
        .filter(|run| kept.get(*run).is_some_and(|run| is_slow(run, limit)))
        .collect();
    let mut wanted: BTreeMap<(usize, i64), HashMap<usize, u64>> = BTreeMap::new();
    for run in slow.iter().filter_map(|run| kept.get(*run)) {
        wanted.entry((run.region, day(run))).or_default();
    }
    let good: Vec<&Staged> = runs
        .iter()
        .filter_map(|run| kept.get(*run))
        .filter(|run| is_good(run, limit))
        .collect();
    for ((region, day), medians) in &mut wanted {
        *medians = self::medians(&good, *region, *day);
    }
    for index in slow {
        let Some(run) = kept.get_mut(index) else {
            continue;
        };
        let medians = wanted.get(&(run.region, day(run)));
        let id = |place: &Place| places.ids.get(place);
        let usual = |place: &Place| Some(*medians?.get(id(place)?)?);
        let took = run.took.iter();
        let took = took.filter_map(|(id, ns)| Some((places.values.get(*id)?, *ns)));
        if let Some(place) = worst(took, |place| usual(place).unwrap_or(0)) {
            run.cause = Some(causes.id(&place.cause()));
        }
    }
}

/// A run that may be bad for how long it took, and does not say where.
fn is_slow(run: &Staged, limit: Option<Duration>) -> bool {
    let slow = slow(run.verdict, run.duration_ns, limit);
    slow && run.cause.is_none() && !run.took.is_empty()
}

fn slow(verdict: Verdict, duration_ns: u64, limit: Option<Duration>) -> bool {
    match verdict {
        Verdict::Slow => true,
        Verdict::Pass => limit.is_some_and(|limit| u128::from(duration_ns) > limit.as_nanos()),
        Verdict::Fail | Verdict::Void | Verdict::Missed => false,
    }
}

fn is_good(run: &Staged, limit: Option<Duration>) -> bool {
    let within = limit.is_none_or(|limit| u128::from(run.duration_ns) <= limit.as_nanos());
    run.verdict == Verdict::Pass && within && !run.took.is_empty()
}

fn day(run: &Staged) -> i64 {
    run.start_ns.div_euclid(DAY_NS)
}

/// The median of each place in the good runs of a region over the days up to `day`.
fn medians(good: &[&Staged], region: usize, day: i64) -> HashMap<usize, u64> {
    let mut took: HashMap<usize, Vec<u64>> = HashMap::new();
    let days = day - DAYS + 1..=day;
    for run in good {
        if run.region == region && days.contains(&self::day(run)) {
            for (place, ns) in &run.took {
                took.entry(*place).or_default().push(*ns);
            }
        }
    }
    took.into_iter().map(median).collect()
}

/// Of as many values below it as above; of two in the middle, the lower.
fn median<K>((place, mut took): (K, Vec<u64>)) -> (K, u64) {
    let middle = took.len().saturating_sub(1) / 2;
    let median = match took.is_empty() {
        true => 0,
        false => *took.select_nth_unstable(middle).1,
    };
    (place, median)
}

/// The place with the largest excess; of two as large, the smaller name.
fn worst<'p>(
    took: impl Iterator<Item = (&'p Place, u64)>,
    usual: impl Fn(&Place) -> u64,
) -> Option<&'p Place> {
    took.map(|(place, ns)| (i128::from(ns) - i128::from(usual(place)), place))
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, place)| place)
}

impl Place {
    fn cause(&self) -> Cause {
        Cause {
            step: Some(self.step.clone()),
            phase: self.phase.clone(),
            ..Cause::default()
        }
    }
}

impl Event {
    /// Where it was for how long: by phase, and of a step without phases as a whole.
    pub(super) fn places(&self) -> impl Iterator<Item = (Place, u64)> {
        let phased = |id: &String| self.phases.iter().any(|(step, ..)| step == id);
        let steps = self.steps.iter().filter(move |(id, ..)| !phased(id));
        let steps = steps.map(|(id, _, took)| (id, None, *took));
        let phases = self.phases.iter();
        let phases = phases.map(|(id, phase, took)| (id, Some(phase.clone()), *took));
        phases.chain(steps).map(|(step, phase, took)| {
            let place = Place {
                step: step.clone(),
                phase,
            };
            (place, took)
        })
    }

    /// Whether it may be bad for how long it took: it says so, or took longer than the least that
    /// an SLO allows.
    pub fn is_slow(&self, limit: Option<Duration>) -> bool {
        slow(self.verdict, self.duration_ns, limit)
    }
}

impl Subject {
    /// The least time that an SLO allows a run.
    pub fn limit(&self) -> Option<Duration> {
        self.slos.iter().filter_map(|slo| slo.under).min()
    }
}

/// What good runs of one region took: by it a slow run is placed where it has no more than its own
/// phases, as [`Ingest`](crate::Ingest) does where it has them all.
#[derive(Clone, Debug, Default)]
pub struct Usual {
    took: HashMap<Place, Vec<u64>>,
    medians: HashMap<Place, u64>,
}

impl Usual {
    /// The days that it is of: that of the slow run, and those before it.
    pub const DAYS: i64 = DAYS;

    /// Adds a good run.
    pub fn add(&mut self, run: &Event) {
        for (place, ns) in run.places() {
            self.took.entry(place).or_default().push(ns);
        }
    }

    /// The same when all runs are in: only medians are left.
    #[must_use]
    pub fn settled(self) -> Self {
        Self {
            medians: self.took.into_iter().map(median).collect(),
            took: HashMap::new(),
        }
    }

    /// Where this slow run exceeded most what is usual; `None` where it says nothing of its parts.
    pub fn exceeded_most(&self, run: &Event) -> Option<Cause> {
        let took: Vec<_> = run.places().collect();
        let took = took.iter().map(|(place, ns)| (place, *ns));
        let usual = |place: &Place| self.medians.get(place).copied().unwrap_or(0);
        worst(took, usual).map(Place::cause)
    }
}
