//! Bucket counts that take as few bytes as they need.
//!
//! Ten thousand journeys of five steps keep 60,000 histograms of up to 160 buckets. With eight
//! bytes each that would be 77 MB; nearly all counts of nearly all buckets fit into one byte.

/// Counts of neighbouring buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
    Eight(Vec<u64>),
}

impl Default for Counts {
    fn default() -> Self {
        Self::One(Vec::new())
    }
}

impl From<&[u64]> for Counts {
    fn from(counts: &[u64]) -> Self {
        fn narrow<T: TryFrom<u64>>(counts: &[u64]) -> Option<Vec<T>> {
            let narrowed = counts.iter().map(|count| T::try_from(*count).ok());
            narrowed.collect()
        }
        if let Some(counts) = narrow(counts) {
            return Self::One(counts);
        }
        if let Some(counts) = narrow(counts) {
            return Self::Two(counts);
        }
        if let Some(counts) = narrow(counts) {
            return Self::Four(counts);
        }
        Self::Eight(counts.to_vec())
    }
}

impl Counts {
    /// How many buckets there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::One(counts) => counts.len(),
            Self::Two(counts) => counts.len(),
            Self::Four(counts) => counts.len(),
            Self::Eight(counts) => counts.len(),
        }
    }

    /// All of them.
    pub(crate) fn to_vec(&self) -> Vec<u64> {
        match self {
            Self::One(counts) => counts.iter().map(|count| (*count).into()).collect(),
            Self::Two(counts) => counts.iter().map(|count| (*count).into()).collect(),
            Self::Four(counts) => counts.iter().map(|count| (*count).into()).collect(),
            Self::Eight(counts) => counts.clone(),
        }
    }

    /// Counts one more in the bucket at `at`; `at` is below [`Counts::len`].
    pub(crate) fn add(&mut self, at: usize) {
        fn counted<T: Copy>(counts: &mut [T], at: usize, more: impl Fn(T) -> Option<T>) -> bool {
            let Some(count) = counts.get_mut(at) else {
                return true;
            };
            more(*count).map(|sum| *count = sum).is_some()
        }
        let fits = match self {
            Self::One(counts) => counted(counts, at, |count| count.checked_add(1)),
            Self::Two(counts) => counted(counts, at, |count| count.checked_add(1)),
            Self::Four(counts) => counted(counts, at, |count| count.checked_add(1)),
            Self::Eight(counts) => counted(counts, at, |count| Some(count.saturating_add(1))),
        };
        if !fits {
            let mut wide = self.to_vec();
            if let Some(count) = wide.get_mut(at) {
                *count = count.saturating_add(1);
            }
            *self = Self::from(wide.as_slice());
        }
    }

    /// Puts `before` empty buckets in front and `behind` at the end.
    pub(crate) fn grow(&mut self, before: usize, behind: usize) {
        fn grown<T: Copy + Default>(counts: &mut Vec<T>, before: usize, behind: usize) {
            counts.splice(..0, std::iter::repeat_n(T::default(), before));
            counts.resize(counts.len() + behind, T::default());
        }
        match self {
            Self::One(counts) => grown(counts, before, behind),
            Self::Two(counts) => grown(counts, before, behind),
            Self::Four(counts) => grown(counts, before, behind),
            Self::Eight(counts) => grown(counts, before, behind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_outgrows_its_bytes_takes_more() {
        for limit in [u64::from(u8::MAX), u64::from(u16::MAX), u64::from(u32::MAX)] {
            let mut counts = Counts::from([1, limit].as_slice());
            counts.add(1);
            assert_eq!(counts.to_vec(), [1, limit + 1]);
        }
        assert!(matches!(Counts::from([255].as_slice()), Counts::One(_)));
        assert!(matches!(Counts::from([256].as_slice()), Counts::Two(_)));
    }

    #[test]
    fn growing_keeps_what_was_counted() {
        let mut counts = Counts::from([7].as_slice());
        counts.grow(2, 1);
        assert_eq!(counts.to_vec(), [0, 0, 7, 0]);
    }
}
