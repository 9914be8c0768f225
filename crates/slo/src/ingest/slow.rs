//! Where a slow run was slow: the phase with the largest excess over its own median of good runs.
//!
//! The median is that of the same region over seven days: the UTC day of the slow run and the six
//! before it, so that one median serves all slow runs of a day. A phase that good runs do not have
//! has a median of nothing. What a line does not carry cannot be compared: with the times of steps
//! alone, the step is found and the phase is unknown.

use super::{Interned, staged::Staged};
use crate::{Cause, Subject};
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
    let limit = subject.slos.iter().filter_map(|slo| slo.under).min();
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
        let worst = worst(run, medians, &places.values);
        if let Some(place) = worst {
            run.cause = Some(causes.id(&Cause {
                step: Some(place.step.clone()),
                phase: place.phase.clone(),
                ..Cause::default()
            }));
        }
    }
}

/// A run that may be bad for how long it took, and does not say where.
fn is_slow(run: &Staged, limit: Option<Duration>) -> bool {
    let beyond = limit.is_some_and(|limit| u128::from(run.duration_ns) > limit.as_nanos());
    let slow = match run.verdict {
        Verdict::Slow => true,
        Verdict::Pass => beyond,
        Verdict::Fail | Verdict::Void | Verdict::Missed => false,
    };
    slow && run.cause.is_none() && !run.took.is_empty()
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
    let median = |(place, mut took): (usize, Vec<u64>)| {
        let middle = (took.len() - 1) / 2;
        let (_, median, _) = took.select_nth_unstable(middle);
        (place, *median)
    };
    took.into_iter().map(median).collect()
}

/// The place with the largest excess; of two as large, the smaller name.
fn worst<'p>(
    run: &Staged,
    medians: Option<&HashMap<usize, u64>>,
    places: &'p [Place],
) -> Option<&'p Place> {
    let usual = |place: &usize| medians.and_then(|m| m.get(place)).copied().unwrap_or(0);
    run.took
        .iter()
        .filter_map(|(place, ns)| {
            Some((
                i128::from(*ns) - i128::from(usual(place)),
                places.get(*place)?,
            ))
        })
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, place)| place)
}
