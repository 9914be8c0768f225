//! Windowed user-uptime (Hauer, Hoffmann, Lunney, Ardelean, Diwan: *Meaningful Availability*,
//! NSDI 2020).
//!
//! A user is an agent in a region; between two runs it was as the first of them found it. The worst
//! window of each length tells whether the same downtime came in one piece or in many: a knee in the
//! curve at w says that incidents last about w.

use crate::period::Period;
use crate::{
    exact::{self, Exact},
    observe::{Observed, Seen},
    spans::length,
};

const MINUTE: i64 = 60_000_000_000;

/// Window lengths of the curve, in minutes: from one minute to four weeks.
const SIZES: [usize; 17] = [
    1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1_440, 2_880, 4_320, 10_080, 20_160, 40_320,
];

/// How long users were up and down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uptime {
    pub(crate) up_ns: u64,
    pub(crate) down_ns: u64,
    pub(crate) curve: Vec<Worst>,
}

/// The worst window of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Worst {
    pub(crate) minutes: usize,
    pub(crate) up_ns: u64,
    pub(crate) active_ns: u64,
    pub(crate) start_ns: i64,
}

/// A minute: how long users were up, and were up or down, ns.
type Minute = (u64, u64);

impl Uptime {
    pub(crate) fn new(period: &Period, observed: &Observed, every_ns: u64) -> Self {
        let mut uptime = Self::default();
        let minutes = period
            .at_ns
            .saturating_sub(period.from_ns)
            .div_euclid(MINUTE);
        let mut per_minute: Vec<Minute> = vec![(0, 0); usize::try_from(minutes).unwrap_or(0)];
        let longest = every_ns.saturating_mul(3);
        for chain in &observed.chains {
            for (run, next) in chain.runs.iter().zip(chain.runs.iter().skip(1)) {
                if length(run.start, next.start) <= longest {
                    uptime.segment(period, run, next.start, &mut per_minute);
                }
            }
        }
        uptime.curve = curve(&per_minute, period.from_ns);
        uptime
    }

    /// Adds [run, next) as the run found it, within the period and outside of maintenance.
    fn segment(&mut self, period: &Period, run: &Seen, next: i64, minutes: &mut [Minute]) {
        let from = run.start.max(period.from_ns);
        let to = next.min(period.at_ns);
        if period.accepted.spans.is_empty() {
            self.stretch(from, to, run.up, period.from_ns, minutes);
        } else {
            for (from, to) in period.accepted.spans.gaps(from, to) {
                self.stretch(from, to, run.up, period.from_ns, minutes);
            }
        }
    }

    fn stretch(&mut self, from: i64, to: i64, up: bool, origin: i64, minutes: &mut [Minute]) {
        let total = length(from, to);
        if up {
            self.up_ns += total;
        } else {
            self.down_ns += total;
        }
        let mut at = from;
        let mut index = usize::try_from((from - origin).div_euclid(MINUTE)).unwrap_or(usize::MAX);
        let mut minute_end = from - (from - origin).rem_euclid(MINUTE) + MINUTE;
        while at < to {
            let Some((up_ns, active_ns)) = minutes.get_mut(index) else {
                return;
            };
            let end = minute_end.min(to);
            let part = length(at, end);
            *active_ns += part;
            if up {
                *up_ns += part;
            }
            at = end;
            minute_end += MINUTE;
            index += 1;
        }
    }

    /// up / (up + down).
    pub(crate) fn ratio(&self) -> Option<Exact> {
        exact::ratio(self.up_ns, self.up_ns + self.down_ns)
    }
}

/// The worst window of each length that fits, its earliest start; windows without active time are
/// passed over.
fn curve(minutes: &[Minute], origin: i64) -> Vec<Worst> {
    let mut sums: Vec<Minute> = Vec::with_capacity(minutes.len() + 1);
    let mut sum = (0, 0);
    sums.push(sum);
    for (up, active) in minutes {
        sum = (sum.0 + up, sum.1 + active);
        sums.push(sum);
    }
    SIZES
        .into_iter()
        .take_while(|size| *size <= minutes.len())
        .filter_map(|size| worst(&sums, size, origin))
        .collect()
}

fn worst(sums: &[Minute], size: usize, origin: i64) -> Option<Worst> {
    let mut found: Option<(u64, u64, usize)> = None;
    let ends = sums.iter().skip(size);
    for (start, (since, until)) in sums.iter().zip(ends).enumerate() {
        let (up, active) = (until.0 - since.0, until.1 - since.1);
        if active == 0 {
            continue;
        }
        let worse = match found {
            None => true,
            // All up is never worse than what was found.
            Some(_) if up == active => false,
            Some((best_up, best_active, _)) => {
                u128::from(up) * u128::from(best_active) < u128::from(best_up) * u128::from(active)
            }
        };
        if worse {
            found = Some((up, active, start));
        }
    }
    found.map(|(up_ns, active_ns, start)| Worst {
        minutes: size,
        up_ns,
        active_ns,
        start_ns: origin + i64::try_from(start).unwrap_or(0) * MINUTE,
    })
}

impl Worst {
    pub(crate) fn ratio(&self) -> Option<Exact> {
        exact::ratio(self.up_ns, self.active_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Minutes in which one user is up for so many seconds.
    fn minutes(up_seconds: &[u64]) -> Vec<Minute> {
        up_seconds
            .iter()
            .map(|s| (s * 1_000_000_000, 60_000_000_000))
            .collect()
    }

    /// *Meaningful Availability*, §4.2 and figure 8: the same total downtime in one piece and spread
    /// out has the same uptime, and the curves tell them apart: in one piece, the worst window of its
    /// length has no availability at all.
    #[test]
    fn the_curve_tells_one_long_outage_from_many_short_ones() {
        let mut long = vec![60; 1_440];
        long[600..660].fill(0);
        let mut flaky = vec![60; 1_440];
        for minute in flaky.iter_mut().step_by(24) {
            *minute = 0;
        }
        let at = |minutes_up: &[u64], size| {
            let curve = curve(&minutes(minutes_up), 0);
            let worst = *curve.iter().find(|w| w.minutes == size).unwrap();
            exact::shown(&worst.ratio().unwrap())
        };
        assert!((at(&long, 1_440) - at(&flaky, 1_440)).abs() < 1e-12);
        assert!(at(&long, 60).abs() < 1e-12);
        assert!(at(&flaky, 60) > 0.94);
        assert!((at(&long, 120) - 0.5).abs() < 1e-12);
    }

    proptest! {
        /// Their §4.3: MCR(k·w) ≥ MCR(w) for whole k, and no point is above 1.
        #[test]
        fn the_curve_never_falls_at_whole_multiples(
            up in proptest::collection::vec(0..=60_u64, 1..400),
        ) {
            let curve = curve(&minutes(&up), 0);
            for worst in &curve {
                prop_assert!(worst.up_ns <= worst.active_ns);
            }
            for a in &curve {
                for b in curve.iter().filter(|b| b.minutes % a.minutes == 0) {
                    prop_assert!(b.ratio() >= a.ratio(), "{} against {}", b.minutes, a.minutes);
                }
            }
        }
    }
}
