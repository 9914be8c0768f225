//! Intervals: what a count says about the reliability behind it.

use crate::{beta, beta::as_f64};

/// From where to where, as ratios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// The 97.5 % point of the normal distribution: what 95 % on both sides asks for.
const Z: f64 = 1.959_963_984_540_054;

/// Good and all, where clustered samples may count for less than one each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    good: f64,
    n: f64,
}

impl Sample {
    /// `good` of `valid`; `None` where there is none.
    pub fn new(good: u64, valid: u64) -> Option<Self> {
        (valid > 0).then(|| Self {
            good: as_f64(good.min(valid)),
            n: as_f64(valid),
        })
    }

    /// The same share of a sample `design_effect` (at least 1) times smaller.
    #[must_use]
    pub fn clustered(self, design_effect: f64) -> Self {
        Self {
            good: self.good / design_effect,
            n: self.n / design_effect,
        }
    }

    /// How many independent samples it is worth.
    pub fn n(self) -> f64 {
        self.n
    }

    /// The two-sided 95 % interval of Wilson, with exact ends at 0 and 1.
    pub fn wilson(self) -> Interval {
        let p = self.good / self.n;
        let z2 = Z * Z;
        let scale = 1.0 + z2 / self.n;
        let centre = p + z2 / (2.0 * self.n);
        let half = Z * (p * (1.0 - p) / self.n + z2 / (4.0 * self.n * self.n)).sqrt();
        let exact = |at_end: bool, end: f64, value: f64| {
            if at_end { end } else { value.clamp(0.0, 1.0) }
        };
        Interval {
            lower: exact(self.good <= 0.0, 0.0, (centre - half) / scale),
            upper: exact(self.good >= self.n, 1.0, (centre + half) / scale),
        }
    }

    /// The two-sided 95 % interval of Clopper and Pearson.
    pub fn clopper_pearson(self) -> Interval {
        Interval {
            lower: self.lower_bound(0.025),
            upper: self.upper_bound(0.025),
        }
    }

    /// What the reliability is at least, with 95 % on this one side.
    pub fn lower_one_sided(self) -> f64 {
        self.lower_bound(0.05)
    }

    /// What the reliability is at most, with 95 % on this one side.
    pub fn upper_one_sided(self) -> f64 {
        self.upper_bound(0.05)
    }

    /// The `doubt` quantile of Beta(x, n − x + 1).
    fn lower_bound(self, doubt: f64) -> f64 {
        if self.good <= 0.0 {
            return 0.0;
        }
        beta::quantile(doubt, self.good, self.n - self.good + 1.0)
    }

    /// The 1 − `doubt` quantile of Beta(x + 1, n − x).
    fn upper_bound(self, doubt: f64) -> f64 {
        if self.good >= self.n {
            return 1.0;
        }
        beta::quantile(1.0 - doubt, self.good + 1.0, self.n - self.good)
    }
}

/// How much failures cluster: DEFF = m/(m−1) · Σ_j (bad_j − e·n_j)² / (N·e·(1−e)) over blocks j of
/// (bad, valid), empty ones left out; at least 1, and 1 where e is 0 or 1 or there is one block.
pub fn design_effect(blocks: impl Iterator<Item = (u64, u64)> + Clone) -> f64 {
    let filled = blocks.filter(|(_, valid)| *valid > 0);
    let (m, bad, valid) = filled
        .clone()
        .fold((0_u64, 0_u64, 0_u64), |(m, bad, valid), (b, n)| {
            (m + 1, bad + b, valid + n)
        });
    if m < 2 || bad == 0 || bad == valid {
        return 1.0;
    }
    let e = as_f64(bad) / as_f64(valid);
    let squares: f64 = filled
        .map(|(b, n)| (as_f64(b) - e * as_f64(n)).powi(2))
        .sum();
    let m = as_f64(m);
    (m / (m - 1.0) * squares / (as_f64(valid) * e * (1.0 - e))).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 5e-5, "{actual} ≠ {expected}");
    }

    /// R. Newcombe, *Two-sided confidence intervals for the single proportion* (1998), table I:
    /// 81/263, 15/148, 0/20 and 1/29, methods 3 (Wilson) and 5 (Clopper–Pearson).
    #[test]
    fn newcombes_examples_hold() {
        for (x, n, wilson, exact) in [
            (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
            (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
            (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
            (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
        ] {
            let sample = Sample::new(x, n).unwrap();
            near(sample.wilson().lower, wilson.0);
            near(sample.wilson().upper, wilson.1);
            near(sample.clopper_pearson().lower, exact.0);
            near(sample.clopper_pearson().upper, exact.1);
        }
    }

    #[test]
    fn nothing_measured_has_no_interval_and_all_good_ends_at_one() {
        assert_eq!(Sample::new(0, 0), None);
        let all = Sample::new(20, 20).unwrap();
        assert_eq!(all.wilson().upper.to_bits(), 1.0_f64.to_bits());
        assert_eq!(all.upper_one_sided().to_bits(), 1.0_f64.to_bits());
        // Twenty of twenty: 0.05^(1/20).
        near(all.lower_one_sided(), 0.86089);
    }

    #[test]
    fn failures_in_one_hour_weigh_less_than_failures_spread_out() {
        let spread = design_effect([(1, 60), (1, 60), (1, 60)].into_iter());
        assert_eq!(spread.to_bits(), 1.0_f64.to_bits());
        let clustered = design_effect([(30, 60), (0, 60), (0, 60), (0, 0)].into_iter());
        assert!(clustered > 10.0, "{clustered}");
        let one_block = design_effect([(3, 60)].into_iter());
        assert_eq!(one_block.to_bits(), 1.0_f64.to_bits());
    }
}
