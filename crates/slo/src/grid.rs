//! Counts over windows, at every minute.

/// How far apart evaluations lie.
pub(crate) const STEP_NS: i64 = 60_000_000_000;

/// The instants at which alerts are evaluated: from + k · 60 s, up to now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    from: i64,
    /// How many.
    pub(crate) len: usize,
}

/// Counts up to each instant of a grid, shifted back.
#[derive(Debug)]
struct Cumulative {
    shift: i64,
    counts: Vec<Count>,
}

/// Runs and bad ones among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) all: u64,
    pub(crate) bad: u64,
}

/// Counts over windows that end at the instants of a grid.
#[derive(Debug)]
pub(crate) struct Windows {
    by_shift: Vec<Cumulative>,
}

impl Grid {
    pub(crate) fn new(from: i64, at: i64) -> Self {
        let steps = at.saturating_sub(from).div_euclid(STEP_NS);
        Self {
            from,
            len: usize::try_from(steps + 1).unwrap_or(0),
        }
    }

    /// A grid from another start, up to the end of this one.
    pub(crate) fn starting(self, from: i64) -> Self {
        Self::new(from, self.from)
    }

    /// The k-th instant.
    pub(crate) fn at(&self, k: usize) -> i64 {
        let k = i64::try_from(k).unwrap_or(i64::MAX);
        self.from.saturating_add(k.saturating_mul(STEP_NS))
    }

    /// Counts for windows of these lengths (ns), of runs that are (end, bad).
    pub(crate) fn windows(
        &self,
        lengths: &[i64],
        runs: impl Iterator<Item = (i64, bool)> + Clone,
    ) -> Windows {
        // A window [t − w, t) is what was by t less what was by t − w. The latter is on the same
        // grid where w is whole minutes, else on one shifted by the rest.
        let mut shifts: Vec<i64> = lengths.iter().map(|w| w.rem_euclid(STEP_NS)).collect();
        shifts.push(0);
        shifts.sort_unstable();
        shifts.dedup();
        let by_shift = shifts
            .into_iter()
            .map(|shift| self.cumulative(shift, runs.clone()))
            .collect();
        Windows { by_shift }
    }

    /// counts[k] = runs that ended before from + k · 60 s − shift.
    fn cumulative(&self, shift: i64, runs: impl Iterator<Item = (i64, bool)>) -> Cumulative {
        let mut counts = vec![Count::default(); self.len];
        for (end, bad) in runs {
            let bucket = (end.saturating_sub(self.from).saturating_add(shift)).div_euclid(STEP_NS);
            let known = usize::try_from(bucket + 1).ok();
            if let Some(count) = known.and_then(|k| counts.get_mut(k)) {
                count.all += 1;
                count.bad += u64::from(bad);
            }
        }
        let mut sum = Count::default();
        for count in &mut counts {
            sum.all += count.all;
            sum.bad += count.bad;
            *count = sum;
        }
        Cumulative { shift, counts }
    }
}

impl Windows {
    /// What the window of `length` ns holds that ends at the k-th instant. The length is one of
    /// those that the windows were made for.
    pub(crate) fn count(&self, length: i64, k: usize) -> Count {
        let until = self.before(0, Some(k));
        let shift = length.rem_euclid(STEP_NS);
        let back = usize::try_from(length.div_euclid(STEP_NS)).unwrap_or(usize::MAX);
        let since = self.before(shift, k.checked_sub(back));
        Count {
            all: until.all - since.all,
            bad: until.bad - since.bad,
        }
    }

    fn before(&self, shift: i64, k: Option<usize>) -> Count {
        let cumulative = self.by_shift.iter().find(|c| c.shift == shift);
        k.and_then(|k| cumulative?.counts.get(k).copied())
            .unwrap_or_default()
    }
}

/// Stretches of time in which something fired: from the first instant that it was true until the
/// first that it was false, `None` while it lasts.
#[derive(Debug, Default)]
pub(crate) struct Firing(Vec<(i64, Option<i64>)>);

impl Firing {
    pub(crate) fn is_open(&self) -> bool {
        self.0.last().is_some_and(|(_, to)| to.is_none())
    }

    pub(crate) fn set(&mut self, at: i64, fires: bool) {
        match self.0.last_mut() {
            Some((_, to @ None)) => {
                if !fires {
                    *to = Some(at);
                }
            }
            _ => {
                if fires {
                    self.0.push((at, None));
                }
            }
        }
    }

    pub(crate) fn into_inner(self) -> Vec<(i64, Option<i64>)> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_window_holds_what_counting_by_hand_finds(
            ends in proptest::collection::vec((0..600_i64, any::<bool>()), 0..40),
            length in 1..200_i64,
            at in 0..700_i64,
        ) {
            const SECOND: i64 = 1_000_000_000;
            let from = 1_700_000_000 * SECOND + 7;
            let grid = Grid::new(from, from + at * SECOND);
            let runs = ends.iter().map(|(end, bad)| (from + end * SECOND, *bad));
            let length = length * SECOND;
            let windows = grid.windows(&[length], runs.clone());
            for k in 0..grid.len {
                let to = grid.at(k);
                let within = runs.clone().filter(|(end, _)| (to - length..to).contains(end));
                let expected = within.fold(Count::default(), |sum, (_, bad)| Count {
                    all: sum.all + 1,
                    bad: sum.bad + u64::from(bad),
                });
                prop_assert_eq!(windows.count(length, k), expected);
            }
        }
    }
}
