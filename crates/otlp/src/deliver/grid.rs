//! The instants at which metrics are collected: one per interval of event time, ascending.

use std::time::Duration;

/// The longest stretch whose every interval gets a point; after a jump of the clock beyond it there
/// would be no end of them.
const LONGEST_NS: i64 = 7 * 24 * 3_600 * 1_000_000_000;

/// Instants one interval apart, each agent's with an offset of its own, so that not all collectors
/// hear from all agents at once.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    interval_ns: i64,
    offset_ns: i64,
    /// The collection before; 0 before the first.
    before_ns: i64,
    /// When this process began: what lies before it may be time in which no agent ran.
    began_ns: i64,
}

impl Grid {
    pub(crate) fn new(interval: Duration, spread: u64, before_ns: i64, began_ns: i64) -> Self {
        let interval_ns = i64::try_from(interval.as_nanos())
            .unwrap_or(i64::MAX)
            .max(1);
        let offset = spread % interval_ns.unsigned_abs();
        Self {
            interval_ns,
            offset_ns: i64::try_from(offset).unwrap_or(0),
            before_ns,
            began_ns,
        }
    }

    /// The instant to collect at before something of `at_ns` is counted, if there is one: its
    /// interval is over then. `has_counted` is whether anything was since the collection before.
    ///
    /// Every interval in which this process ran gets its point, changed or not. Of those before,
    /// only the ones in which something was counted: nobody knows that an agent ran in the others.
    pub(crate) fn due(&mut self, at_ns: i64, has_counted: bool) -> Option<i64> {
        if self.before_ns <= 0 {
            self.before_ns = at_ns.max(1);
        }
        let due_ns = self.after(self.before_ns);
        if at_ns < due_ns {
            return None;
        }
        let ran = due_ns >= self.began_ns && at_ns - due_ns <= LONGEST_NS;
        if ran || has_counted {
            return Some(due_ns);
        }
        // The last instant at or before it, or the last before this process began.
        let skipped_ns = at_ns.min(self.began_ns.max(at_ns - LONGEST_NS));
        self.before_ns = self.after(skipped_ns) - self.interval_ns;
        self.due_again(at_ns)
    }

    /// As [`Grid::due`], once empty time was passed over.
    fn due_again(&self, at_ns: i64) -> Option<i64> {
        let due_ns = self.after(self.before_ns);
        (at_ns >= due_ns && due_ns >= self.began_ns).then_some(due_ns)
    }

    /// The instant after the collection before.
    pub(crate) fn next_ns(&self) -> i64 {
        self.after(self.before_ns)
    }

    /// Points were collected at `at_ns`.
    pub(crate) const fn collected(&mut self, at_ns: i64) {
        self.before_ns = at_ns;
    }

    /// The first instant after `ns`.
    fn after(&self, ns: i64) -> i64 {
        let since = ns.saturating_sub(self.offset_ns);
        let steps = since.div_euclid(self.interval_ns).saturating_add(1);
        let on_grid = steps.saturating_mul(self.interval_ns);
        on_grid.saturating_add(self.offset_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;
    const MINUTE: Duration = Duration::from_secs(60);

    /// The instants, in s, collected at before something of `at_s`.
    fn all(grid: &mut Grid, at_s: i64, has_counted: bool) -> Vec<i64> {
        let mut found = Vec::new();
        let mut has_counted = has_counted;
        while let Some(at_ns) = grid.due(at_s * S, has_counted) {
            grid.collected(at_ns);
            found.push(at_ns / S);
            has_counted = false;
            assert!(found.len() < 20_000, "no end");
        }
        found
    }

    #[test]
    fn every_interval_in_which_we_ran_has_its_point() {
        let mut grid = Grid::new(MINUTE, 0, 600 * S, 0);
        assert_eq!(all(&mut grid, 659, true), Vec::<i64>::new());
        assert_eq!(all(&mut grid, 800, false), [660, 720, 780]);
    }

    #[test]
    fn time_before_this_process_has_points_only_where_something_was_counted() {
        let mut grid = Grid::new(MINUTE, 0, 600 * S, 100_000 * S);
        assert_eq!(all(&mut grid, 50_000, true), [660]);
        assert_eq!(all(&mut grid, 50_010, true), Vec::<i64>::new());
        assert_eq!(
            all(&mut grid, 100_150, true),
            [50_040, 100_020, 100_080, 100_140]
        );
    }

    #[test]
    fn a_new_fold_begins_with_the_interval_of_its_first_record() {
        let mut grid = Grid::new(MINUTE, 0, 0, 0);
        assert_eq!(all(&mut grid, 6_030, false), Vec::<i64>::new());
        assert_eq!(all(&mut grid, 6_060, true), [6_060]);
    }

    #[test]
    fn a_jump_of_the_clock_does_not_give_points_without_end() {
        let mut grid = Grid::new(MINUTE, 0, 600 * S, 0);
        let found = all(&mut grid, 50 * 365 * 24 * 3_600, true);
        assert!(found.len() <= 7 * 24 * 60 + 2, "{}", found.len());
    }

    #[test]
    fn agents_lie_apart() {
        let mut grid = Grid::new(MINUTE, 17_000_000_000, 600 * S, 0);
        assert_eq!(all(&mut grid, 700, true), [617, 677]);
    }
}
