//! How many runs it takes to know.

use crate::{Objective, beta};

/// How sure one is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confidence(f64);

impl Confidence {
    /// 95 %, the default of everything that is claimed.
    pub const DEFAULT: Self = Self(0.95);

    /// A confidence strictly between 0 and 1.
    pub fn new(ratio: f64) -> Option<Self> {
        (ratio > 0.0 && ratio < 1.0).then_some(Self(ratio))
    }

    /// As a ratio.
    pub const fn ratio(self) -> f64 {
        self.0
    }

    /// The chance of being wrong, 1 − c.
    pub(crate) fn doubt(self) -> f64 {
        1.0 - self.0
    }
}

/// The fewest runs that, with `failures` bad ones among them, certify `objective`: the smallest n
/// with P(Bin(n, b) ≤ failures) ≤ 1 − c. Without failures that is ⌈ln(1−c)/ln o⌉, about 3/b at
/// 95 %.
pub fn certifying_runs(objective: &Objective, failures: u64, confidence: Confidence) -> u64 {
    let b = objective.budget_ratio();
    let certain = |n: u64| beta::binomial_at_most(failures, n, b) <= confidence.doubt();
    // Bracket by doubling: b ≥ 1e-14, so this ends; then halve.
    let mut high = failures + 1;
    while !certain(high) {
        high = high.saturating_mul(2);
        if high > 1 << 60 {
            return high;
        }
    }
    let mut low = high / 2;
    while low + 1 < high {
        let middle = low.midpoint(high);
        if certain(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    if failures + 1 < high || certain(high) {
        high
    } else {
        high + 1
    }
}

/// The best objective that `runs` without a failure certify, as a ratio: (1−c)^(1/n). `None` for
/// no run.
pub fn best_certifiable(runs: u64, confidence: Confidence) -> Option<f64> {
    (runs > 0).then(|| (confidence.doubt().ln() / beta::as_f64(runs)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_table_holds() {
        for (objective, runs) in [
            ("99%", [299, 473, 628, 1_049]),
            ("99.9%", [2_995, 4_742, 6_294, 10_511]),
            ("99.95%", [5_990, 9_486, 12_590, 21_024]),
            ("99.99%", [29_956, 47_437, 62_956, 105_128]),
            ("99.999%", [299_572, 474_385, 629_578, 1_051_301]),
        ] {
            let objective = Objective::parse(objective).unwrap();
            for (failures, runs) in [0, 1, 2, 5].into_iter().zip(runs) {
                assert_eq!(
                    certifying_runs(&objective, failures, Confidence::DEFAULT),
                    runs,
                    "{objective} with {failures} failures"
                );
            }
        }
    }

    #[test]
    fn coarse_objectives_and_many_failures_work_too() {
        let half = Objective::parse("1%").unwrap();
        assert_eq!(certifying_runs(&half, 0, Confidence::DEFAULT), 1);
        let three_nines = Objective::parse("99.9%").unwrap();
        let runs = |failures| certifying_runs(&three_nines, failures, Confidence::DEFAULT);
        assert_eq!(runs(48), 61_048);
        assert_eq!(runs(40), 52_064);
    }

    #[test]
    fn three_regions_a_minute_certify_four_nines_and_three_quarters_in_28_days() {
        let best = best_certifiable(3 * 40_320, Confidence::DEFAULT).unwrap();
        assert_eq!(format!("{:.4}", 100.0 * best), "99.9975");
        assert_eq!(best_certifiable(0, Confidence::DEFAULT), None);
    }
}
