//! Time slices: was this stretch of time good, everywhere, somewhere, nowhere?

use crate::period::Period;
use crate::{
    exact::{self, Exact},
    observe::{Counts, Observed},
};

/// How many slices were what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slices {
    pub(crate) good: u64,
    /// Bad somewhere, but for no majority of weight.
    pub(crate) degraded: u64,
    pub(crate) bad: u64,
    pub(crate) nodata: u64,
    /// Touched by maintenance.
    pub(crate) excluded: u64,
}

/// Good and valid runs of one region in one slice.
type Cell = (u32, u32);

impl Slices {
    /// The slices of `slice_ns` (aligned to the epoch) that meet the period up to now.
    pub(crate) fn new(
        period: &Period,
        observed: &Observed,
        weights: &[u64],
        slice_ns: i64,
    ) -> Self {
        let mut slices = Self::default();
        let slice_ns = slice_ns.max(1);
        let first = period.from_ns.div_euclid(slice_ns);
        let end = period.at_ns.saturating_sub(1).div_euclid(slice_ns) + 1;
        let Ok(count) = usize::try_from(end.saturating_sub(first)) else {
            return slices;
        };
        if period.from_ns >= period.at_ns {
            return slices;
        }
        let regions = weights.len().max(1);
        let mut cells: Vec<Cell> = vec![(0, 0); count * regions];
        for (region, run) in observed.runs().filter(|(_, run)| run.counts.valid()) {
            let slice = usize::try_from(run.end.div_euclid(slice_ns) - first).unwrap_or(0);
            if let Some((good, valid)) = cells.get_mut(slice * regions + region) {
                *good += u32::from(run.counts == Counts::Good);
                *valid += 1;
            }
        }
        for (start, cells) in (first..end).zip(cells.chunks_exact(regions)) {
            let (from, to) = (start * slice_ns, (start + 1) * slice_ns);
            if period.accepted.spans.meet(from, to) {
                slices.excluded += 1;
            } else {
                slices.classify(cells, weights);
            }
        }
        slices
    }

    fn classify(&mut self, cells: &[Cell], weights: &[u64]) {
        let (mut all, mut with_data, mut bad) = (0, 0, 0);
        let mut any_bad = false;
        for ((good, valid), weight) in cells.iter().zip(weights) {
            let weight = u128::from(*weight);
            all += weight;
            if *valid > 0 {
                with_data += weight;
                // A region's slice is bad below 0.8.
                if u64::from(*good) * 10 < u64::from(*valid) * 8 {
                    bad += weight;
                    any_bad = true;
                }
            }
        }
        let counter = if with_data == 0 || 2 * with_data < all {
            &mut self.nodata
        } else if 2 * bad > with_data {
            &mut self.bad
        } else if any_bad {
            &mut self.degraded
        } else {
            &mut self.good
        };
        *counter += 1;
    }

    /// (good + degraded) / (good + degraded + bad).
    pub(crate) fn ratio(&self) -> Option<Exact> {
        let up = self.good + self.degraded;
        exact::ratio(up, up + self.bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classified(cells: &[Cell], weights: &[u64]) -> Slices {
        let mut slices = Slices::default();
        slices.classify(cells, weights);
        slices
    }

    #[test]
    fn a_slice_is_bad_where_more_than_half_of_the_weight_with_data_is() {
        for (cells, weights, expected) in [
            (vec![(5, 5), (5, 5), (5, 5)], [1, 1, 1], "good"),
            (vec![(4, 5), (5, 5), (5, 5)], [1, 1, 1], "good"),
            (vec![(3, 5), (5, 5), (5, 5)], [1, 1, 1], "degraded"),
            (vec![(3, 5), (3, 5), (5, 5)], [1, 1, 1], "bad"),
            (vec![(3, 5), (5, 5), (5, 5)], [2, 1, 1], "degraded"),
            (vec![(3, 5), (5, 5), (0, 0)], [2, 1, 1], "bad"),
            (vec![(5, 5), (0, 0), (0, 0)], [1, 1, 1], "nodata"),
            (vec![(5, 5), (0, 0), (0, 0)], [2, 1, 1], "good"),
        ] {
            let slices = classified(&cells, &weights);
            let named = [
                (slices.good, "good"),
                (slices.degraded, "degraded"),
                (slices.bad, "bad"),
                (slices.nodata, "nodata"),
            ];
            let name = named.iter().find(|(count, _)| *count == 1).map(|(_, n)| *n);
            assert_eq!(name, Some(expected), "{cells:?} {weights:?}");
        }
    }
}
