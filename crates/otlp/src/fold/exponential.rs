//! Base-2 exponential histograms (OTLP data model, "ExponentialHistogram").
//!
//! A bucket `i` at scale `s` holds what lies in `(base^i, base^(i+1)]`, `base = 2^(2^-s)`. The
//! scale begins at 8 (buckets 0.27 % wide) and falls, which joins neighbours two by two, whenever
//! more than 160 buckets would be needed.

use super::counts::Counts;

/// The finest scale, which is the finest that Prometheus takes.
pub(crate) const MAX_SCALE: i32 = 8;
/// The coarsest that Prometheus takes; all finite doubles fit into 160 buckets there.
pub(crate) const MIN_SCALE: i32 = -4;
/// How many buckets there may be.
pub(crate) const MAX_BUCKETS: usize = 160;

/// A distribution of values that are not negative.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exponential {
    pub(crate) scale: i32,
    /// The index of the first bucket.
    pub(crate) offset: i32,
    pub(crate) buckets: Counts,
    /// Values that are 0.
    pub(crate) zero: u64,
}

impl Default for Exponential {
    fn default() -> Self {
        Self {
            scale: MAX_SCALE,
            offset: 0,
            buckets: Counts::default(),
            zero: 0,
        }
    }
}

impl Exponential {
    /// Counts `value`.
    pub(crate) fn add(&mut self, value: f64) {
        if value <= 0.0 {
            self.zero = self.zero.saturating_add(1);
            return;
        }
        let mut index = index(value, self.scale);
        let narrower = self.too_fine_for(index);
        if narrower > 0 {
            self.downscale(narrower);
            index >>= narrower;
        }
        self.make_room(index);
        let at = usize::try_from(index - self.offset).unwrap_or(0);
        self.buckets.add(at);
    }

    fn last(&self) -> i32 {
        self.offset + i32::try_from(self.buckets.len()).unwrap_or(0) - 1
    }

    /// By how much the scale must fall for `index` to fit beside what is there.
    fn too_fine_for(&self, index: i32) -> i32 {
        if self.buckets.len() == 0 {
            return 0;
        }
        let (mut low, mut high) = (self.offset.min(index), self.last().max(index));
        let mut by = 0;
        while usize::try_from(high - low).unwrap_or(0) >= MAX_BUCKETS && self.scale - by > MIN_SCALE
        {
            low >>= 1;
            high >>= 1;
            by += 1;
        }
        by
    }

    /// Joins neighbouring buckets, `by` times two by two.
    fn downscale(&mut self, by: i32) {
        let first = self.offset >> by;
        let mut joined = vec![0_u64; usize::try_from((self.last() >> by) - first).unwrap_or(0) + 1];
        for (index, count) in (self.offset..).zip(self.buckets.to_vec()) {
            let at = usize::try_from((index >> by) - first).unwrap_or(0);
            if let Some(sum) = joined.get_mut(at) {
                *sum = sum.saturating_add(count);
            }
        }
        self.scale -= by;
        self.offset = first;
        self.buckets = Counts::from(joined.as_slice());
    }

    fn make_room(&mut self, index: i32) {
        if self.buckets.len() == 0 {
            self.offset = index;
        }
        let before = usize::try_from(self.offset - index).unwrap_or(0);
        let behind = usize::try_from(index - self.last()).unwrap_or(0);
        self.buckets.grow(before, behind);
        self.offset = self.offset.min(index);
    }
}

/// The bucket that holds `value` (finite, above 0) at `scale`.
///
/// Powers of two lie on a border, where a logarithm would be wrong by one as often as not, so they
/// are taken from the bits; elsewhere the logarithm's error cannot leave the octave.
fn index(value: f64, scale: i32) -> i32 {
    const MANTISSA_BITS: u32 = 52;
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> MANTISSA_BITS) & 0x7ff).unwrap_or(0) - 1023;
    let on_border = bits & ((1 << MANTISSA_BITS) - 1) == 0;
    if scale <= 0 {
        let octave = if on_border { exponent - 1 } else { exponent };
        return octave >> -scale;
    }
    if on_border {
        return (exponent << scale) - 1;
    }
    let factor = f64::from(1_i32 << scale);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "|log2| is below 1,075, the factor 256"
    )]
    let index = (value.log2() * factor).ceil() as i32 - 1;
    index.clamp(exponent << scale, ((exponent + 1) << scale) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64]) -> Exponential {
        let mut found = Exponential::default();
        values.iter().for_each(|value| found.add(*value));
        found
    }

    fn border(index: i32, scale: i32) -> f64 {
        (f64::from(index) * (-f64::from(scale)).exp2()).exp2()
    }

    #[test]
    fn a_power_of_two_belongs_to_the_bucket_that_it_ends() {
        for scale in MIN_SCALE..=MAX_SCALE {
            for exponent in [-30_i32, -1, 0, 1, 10] {
                let value = f64::from(exponent).exp2();
                let expected = if scale <= 0 {
                    (exponent - 1) >> -scale
                } else {
                    (exponent << scale) - 1
                };
                assert_eq!(
                    index(value, scale),
                    expected,
                    "2^{exponent} at scale {scale}"
                );
            }
        }
    }

    #[test]
    fn one_value_is_kept_at_the_finest_scale() {
        let found = of(&[0.123]);
        assert_eq!((found.scale, found.buckets.len()), (MAX_SCALE, 1));
        assert!(border(found.offset, MAX_SCALE) < 0.123);
        assert!(0.123 <= border(found.offset + 1, MAX_SCALE));
    }

    #[test]
    fn a_nanosecond_and_a_day_fit_into_one_histogram() {
        let found = of(&[1e-9, 86_400.0, 0.0]);
        assert!(found.buckets.len() <= MAX_BUCKETS);
        assert_eq!(
            (found.zero, found.buckets.to_vec().iter().sum::<u64>()),
            (1, 2)
        );
    }

    proptest! {
        #[test]
        fn every_value_is_counted_once_within_160_buckets(
            values in proptest::collection::vec(1e-9..1e5_f64, 1..300),
        ) {
            let found = of(&values);
            prop_assert!(found.buckets.len() <= MAX_BUCKETS);
            prop_assert!((MIN_SCALE..=MAX_SCALE).contains(&found.scale));
            prop_assert_eq!(found.buckets.to_vec().iter().sum::<u64>(), values.len() as u64);
        }

        /// The bucket of the k-th value is the one that holds the k-th smallest value exactly.
        #[test]
        fn quantiles_are_exact_to_the_width_of_a_bucket(
            values in proptest::collection::vec(1e-6..100.0_f64, 1..200), at in 0.0..1.0_f64,
        ) {
            let found = of(&values);
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a test's rank")]
            let rank = ((sorted.len() as f64 - 1.0) * at) as usize;
            let mut seen = 0;
            let bucket = found.buckets.to_vec().iter().position(|count| {
                seen += count;
                seen > rank as u64
            }).unwrap();
            let index = found.offset + i32::try_from(bucket).unwrap();
            let exact = sorted[rank];
            // A border is computed, so it may be off by a rounding.
            prop_assert!(border(index, found.scale) <= exact * (1.0 + 1e-9));
            prop_assert!(exact <= border(index + 1, found.scale) * (1.0 + 1e-9));
        }

        #[test]
        fn the_order_of_arrival_does_not_matter(
            values in proptest::collection::vec(1e-9..1e4_f64, 1..100),
        ) {
            let mut reversed = values.clone();
            reversed.reverse();
            let (one, other) = (of(&values), of(&reversed));
            prop_assert_eq!(one.buckets.to_vec(), other.buckets.to_vec());
            prop_assert_eq!((one.scale, one.offset), (other.scale, other.offset));
        }
    }
}
