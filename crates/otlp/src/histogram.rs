//! Durations by explicit buckets, for whoever shows them by himself: an agent's `/metrics`.

use crate::fold::{Aggregation, BOUNDS, Buckets, Distribution, sum_in_seconds};
use std::time::Duration;

/// Durations counted by the borders of [`BOUNDS`], as an export with explicit buckets sends them.
///
/// It takes some 150 bytes until a bucket counts beyond 255: each journey has one for each verdict.
///
/// ```
/// use jaunt_otlp::Histogram;
/// use std::time::Duration;
///
/// let mut found = Histogram::default();
/// found.add(Duration::from_millis(70));
/// assert_eq!(found.cumulative().last(), Some((f64::INFINITY, 1)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram(Distribution);

impl Default for Histogram {
    fn default() -> Self {
        Self(Distribution::new(Aggregation::Explicit))
    }
}

impl Histogram {
    /// Counts a duration.
    pub fn add(&mut self, took: Duration) {
        self.0.add(took, None);
    }

    /// How many durations it counts.
    pub const fn count(&self) -> u64 {
        self.0.count
    }

    /// What they add up to, seconds.
    pub fn sum_s(&self) -> f64 {
        sum_in_seconds(self.0.sum_ns)
    }

    /// For each border, in seconds and ascending, how many durations are not above it; the last
    /// border is infinite.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let counts = match &self.0.buckets {
            Buckets::Explicit(counts) => counts.to_vec(),
            // It was made with explicit buckets.
            Buckets::Exponential(_) => Vec::new(),
        };
        let borders = BOUNDS.into_iter().chain([f64::INFINITY]);
        borders.zip(counts).scan(0_u64, |below, (border, count)| {
            *below = below.saturating_add(count);
            Some((border, *below))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up_to_all_that_was_counted_and_the_sum_is_exact() {
        let mut found = Histogram::default();
        for ms in [5, 6, 70, 70, 61_000] {
            found.add(Duration::from_millis(ms));
        }
        let buckets: Vec<_> = found.cumulative().collect();
        assert_eq!(buckets.len(), BOUNDS.len() + 1);
        let upto = |border: f64| buckets.iter().find(|it| it.0 == border).unwrap().1;
        assert_eq!((upto(0.005), upto(0.01), upto(0.075)), (1, 2, 4));
        assert_eq!((upto(60.0), upto(f64::INFINITY)), (4, 5));
        assert_eq!((found.count(), found.sum_s()), (5, 61.151));
    }

    #[test]
    fn ten_thousand_of_them_take_two_megabytes() {
        let heap = BOUNDS.len() + 1;
        assert!(size_of::<Histogram>() + heap <= 200);
    }
}
