//! Stretches of time: sorted, disjoint, half-open.

/// Stretches of time, `[from, to)` in Unix ns: sorted, disjoint, never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<(i64, i64)>);

impl Spans {
    /// The union of `spans`; an empty or reversed one adds nothing.
    pub fn union(spans: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut spans: Vec<_> = spans.into_iter().filter(|(from, to)| from < to).collect();
        spans.sort_unstable();
        let mut union: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
        for (from, to) in spans {
            match union.last_mut() {
                Some((_, end)) if from <= *end => *end = (*end).max(to),
                _ => union.push((from, to)),
            }
        }
        Self(union)
    }

    /// The stretches, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, i64)> + '_ {
        self.0.iter().copied()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much time they cover within `[from, to)`, in ns.
    pub fn within(&self, from: i64, to: i64) -> u64 {
        self.iter()
            .map(|(a, b)| length(a.max(from), b.min(to)))
            .fold(0, u64::saturating_add)
    }

    /// Whether `[start, end)` meets one of them. An instant (`start == end`) meets a stretch that
    /// it lies inside of.
    pub fn meet(&self, start: i64, end: i64) -> bool {
        // Sorted and disjoint: the first one that ends after `start` decides.
        let next = self.0.partition_point(|(_, to)| *to <= start);
        self.0.get(next).is_some_and(|(from, _)| *from < end)
    }

    /// What of `[from, to)` they leave, in order.
    pub fn gaps(&self, from: i64, to: i64) -> Vec<(i64, i64)> {
        let mut left = Vec::new();
        let mut at = from;
        let next = self.0.partition_point(|(_, end)| *end <= from);
        for (a, b) in self.0.iter().skip(next).copied() {
            if a >= to {
                break;
            }
            if at < a {
                left.push((at, a));
            }
            at = at.max(b);
        }
        if at < to {
            left.push((at, to));
        }
        left
    }
}

/// The length of `[from, to)` in ns; 0 where it is empty or reversed.
pub(crate) fn length(from: i64, to: i64) -> u64 {
    u64::try_from(i128::from(to) - i128::from(from)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_and_touching_stretches_become_one() {
        let spans = Spans::union([(5, 9), (1, 3), (3, 4), (8, 12), (20, 20), (30, 25)]);
        assert_eq!(spans.iter().collect::<Vec<_>>(), [(1, 4), (5, 12)]);
        assert_eq!(spans.within(2, 6), 3);
        assert_eq!(spans.gaps(0, 15), [(0, 1), (4, 5), (12, 15)]);
    }

    #[test]
    fn a_run_that_ends_as_a_stretch_begins_does_not_meet_it() {
        let spans = Spans::union([(10, 20)]);
        for (start, end, meets) in [
            (5, 10, false),
            (5, 11, true),
            (20, 25, false),
            (19, 25, true),
            (15, 15, true),
        ] {
            assert_eq!(spans.meet(start, end), meets, "[{start}, {end})");
        }
    }
}
