//! A distribution of durations, in the form that the export asked for, with exemplars.

use super::{counts::Counts, exponential::Exponential};
use jaunt_record::{RunId, SpanId};
use std::time::Duration;

/// How durations are bucketed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregation {
    /// Base-2 exponential: up to 160 buckets, scale 8 down to −4.
    #[default]
    Exponential,
    /// Buckets with fixed borders: [`BOUNDS`].
    Explicit,
}

/// Upper borders of explicit buckets, seconds (inclusive); one more bucket lies above the last.
pub const BOUNDS: [f64; 16] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0,
];

/// How many exemplars a stream keeps from one export to the next.
const EXEMPLARS: usize = 4;

/// A distribution of durations in seconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Distribution {
    pub(crate) count: u64,
    /// Kept in ns, so that a sum does not depend on the order of its terms.
    pub(crate) sum_ns: u128,
    /// Meaningless while `count` is 0.
    pub(crate) min_ns: u64,
    pub(crate) max_ns: u64,
    pub(crate) buckets: Buckets,
    pub(crate) exemplars: Vec<Exemplar>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Buckets {
    Exponential(Exponential),
    Explicit(Counts),
}

/// A run that fell into a distribution and whose trace is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) took_ns: u64,
    pub(crate) at_ns: i64,
    pub(crate) run: RunId,
    pub(crate) span: SpanId,
}

impl Distribution {
    pub(crate) fn new(aggregation: Aggregation) -> Self {
        let buckets = match aggregation {
            Aggregation::Exponential => Buckets::Exponential(Exponential::default()),
            Aggregation::Explicit => {
                Buckets::Explicit(Counts::from([0; BOUNDS.len() + 1].as_slice()))
            }
        };
        Self {
            count: 0,
            sum_ns: 0,
            min_ns: u64::MAX,
            max_ns: 0,
            buckets,
            exemplars: Vec::new(),
        }
    }

    pub(crate) const fn aggregation(&self) -> Aggregation {
        match self.buckets {
            Buckets::Exponential(_) => Aggregation::Exponential,
            Buckets::Explicit(_) => Aggregation::Explicit,
        }
    }

    pub(crate) fn add(&mut self, took: Duration, exemplar: Option<Exemplar>) {
        let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.count = self.count.saturating_add(1);
        self.sum_ns = self.sum_ns.saturating_add(took_ns.into());
        self.min_ns = self.min_ns.min(took_ns);
        self.max_ns = self.max_ns.max(took_ns);
        match &mut self.buckets {
            Buckets::Exponential(exponential) => exponential.add(seconds(took_ns)),
            Buckets::Explicit(counts) => {
                counts.add(BOUNDS.partition_point(|bound| *bound < seconds(took_ns)));
            }
        }
        if let Some(exemplar) = exemplar {
            self.keep(exemplar);
        }
    }

    /// Keeps the slowest, and of the others the latest.
    fn keep(&mut self, exemplar: Exemplar) {
        if self.exemplars.len() >= EXEMPLARS {
            let slowest = self.exemplars.iter().map(|kept| kept.took_ns).max();
            let oldest_other = (self.exemplars.iter())
                .position(|kept| Some(kept.took_ns) != slowest)
                .unwrap_or(0);
            self.exemplars.remove(oldest_other);
        }
        self.exemplars.push(exemplar);
    }
}

/// Nanoseconds as seconds; exact to a double's 53 bits, which is 104 days to the nanosecond.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_border_belongs_to_the_bucket_that_it_ends() {
        let mut found = Distribution::new(Aggregation::Explicit);
        for ms in [5, 6, 60_000, 60_001] {
            found.add(Duration::from_millis(ms), None);
        }
        let Buckets::Explicit(counts) = &found.buckets else {
            panic!("explicit was asked for");
        };
        let counts = counts.to_vec();
        assert_eq!((counts[0], counts[1], counts[15], counts[16]), (1, 1, 1, 1));
    }

    #[test]
    fn the_slowest_run_stays_an_exemplar() {
        let mut found = Distribution::new(Aggregation::Exponential);
        for ms in [1, 900, 2, 3, 4, 5, 6] {
            let took = Duration::from_millis(ms);
            let run = RunId::from_bytes([1; 16]);
            let exemplar = Exemplar {
                took_ns: ms * 1_000_000,
                at_ns: 1,
                run,
                span: jaunt_record::span_id(run, "root"),
            };
            found.add(took, Some(exemplar));
        }
        let kept: Vec<_> = found
            .exemplars
            .iter()
            .map(|kept| kept.took_ns / 1_000_000)
            .collect();
        assert_eq!(kept, [900, 4, 5, 6]);
    }
}
