//! Region outages: when a region was out, with brackets for what nobody saw.

use crate::observe::{Chain, Counts, Observed, Seen};

/// A stretch in which a region was out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) region: usize,
    /// The start of its first bad run.
    pub(crate) start: i64,
    /// The start of the first of the two good runs that closed it; `None` while it lasts.
    pub(crate) end: Option<i64>,
    /// The start of the last good run before it.
    pub(crate) start_not_before: Option<i64>,
    /// The start of its last bad run.
    pub(crate) last_bad: i64,
    /// How long within it nobody looked, ns.
    pub(crate) unknown_ns: u64,
}

/// How many bad runs in a row open an outage, and good ones close it.
const IN_A_ROW: u32 = 2;

/// The outages of every region, by start.
pub(crate) fn outages(observed: &Observed, regions: usize, every_ns: u64, at: i64) -> Vec<Outage> {
    let mut all = Vec::new();
    for region in 0..regions {
        let here = |chain: &&Chain| chain.region == region;
        let mut runs: Vec<&Seen> = observed
            .chains
            .iter()
            .filter(here)
            .flat_map(|chain| &chain.runs)
            .filter(|run| run.counts.valid())
            .collect();
        if observed.chains.iter().filter(here).count() > 1 {
            runs.sort_by_key(|run| (run.start, run.end, run.counts == Counts::Good));
        }
        let mut watch = Watch::new(region, every_ns);
        for run in runs {
            watch.see(run);
        }
        all.extend(watch.finish(at));
    }
    all.sort_by_key(|outage| (outage.start, outage.region));
    all
}

/// Follows one region.
struct Watch {
    region: usize,
    /// A gap beyond this tells nothing.
    longest_gap: u64,
    last_start: Option<i64>,
    last_good: Option<i64>,
    /// The first of the bad (or, in an outage, good) runs in a row, and how many they are.
    turn: Option<(i64, u32)>,
    open: Option<Outage>,
    closed: Vec<Outage>,
}

impl Watch {
    fn new(region: usize, every_ns: u64) -> Self {
        Self {
            region,
            longest_gap: every_ns.saturating_mul(3),
            last_start: None,
            last_good: None,
            turn: None,
            open: None,
            closed: Vec::new(),
        }
    }

    fn see(&mut self, run: &Seen) {
        self.gap_until(run.start);
        self.last_start = Some(run.start);
        let good = run.counts == Counts::Good;
        match (&mut self.open, good) {
            (None, true) => {
                self.turn = None;
                self.last_good = Some(run.start);
            }
            (None, false) => {
                let (first, count) = self.turn.map_or((run.start, 1), |(f, n)| (f, n + 1));
                self.turn = Some((first, count));
                if count == IN_A_ROW {
                    self.turn = None;
                    self.open = Some(Outage {
                        region: self.region,
                        start: first,
                        end: None,
                        start_not_before: self.last_good,
                        last_bad: run.start,
                        unknown_ns: 0,
                    });
                }
            }
            (Some(outage), false) => {
                self.turn = None;
                outage.last_bad = run.start;
            }
            (Some(outage), true) => {
                let (first, count) = self.turn.map_or((run.start, 1), |(f, n)| (f, n + 1));
                self.turn = Some((first, count));
                if count == IN_A_ROW {
                    outage.end = Some(first);
                    self.closed.extend(self.open.take());
                    self.turn = None;
                    self.last_good = Some(run.start);
                }
            }
        }
    }

    /// A gap beyond three intervals clears what was in a row; it neither opens nor closes.
    fn gap_until(&mut self, start: i64) {
        let Some(last) = self.last_start else { return };
        let gap = crate::spans::length(last, start);
        if gap > self.longest_gap {
            self.turn = None;
            if let Some(outage) = &mut self.open {
                outage.unknown_ns += gap;
            }
        }
    }

    fn finish(mut self, at: i64) -> Vec<Outage> {
        self.gap_until(at);
        self.closed.extend(self.open);
        self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000_000;

    /// A run a minute from a text: `g` good, `b` bad, `.` none.
    fn observed(text: &str) -> Observed {
        let runs = (0_i64..)
            .zip(text.chars())
            .filter(|(_, c)| *c != '.')
            .map(|(minute, c)| Seen {
                start: minute * MINUTE,
                end: minute * MINUTE + 1,
                counts: if c == 'g' { Counts::Good } else { Counts::Bad },
                up: c == 'g',
            })
            .collect();
        Observed {
            chains: vec![Chain { region: 0, runs }],
            bads: Vec::new(),
            tallies: Vec::new(),
        }
    }

    fn found(text: &str) -> Vec<(i64, Option<i64>, u64)> {
        let at = i64::try_from(text.len()).unwrap() * MINUTE;
        outages(&observed(text), 1, MINUTE.unsigned_abs(), at)
            .iter()
            .map(|outage| {
                (
                    outage.start / MINUTE,
                    outage.end.map(|end| end / MINUTE),
                    outage.unknown_ns / MINUTE.unsigned_abs(),
                )
            })
            .collect()
    }

    #[test]
    fn two_in_a_row_open_and_two_in_a_row_close() {
        for (text, expected) in [
            ("ggbggbgg", vec![]),
            ("ggbbgg", vec![(2, Some(4), 0)]),
            ("ggbbgbgg", vec![(2, Some(6), 0)]),
            ("ggbbbb", vec![(2, None, 0)]),
            ("bbggbbgg", vec![(0, Some(2), 0), (4, Some(6), 0)]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn a_gap_beyond_three_intervals_neither_opens_nor_closes() {
        for (text, expected) in [
            ("gb..bgg", vec![(1, Some(5), 0)]),
            ("gb...bgg", vec![]),
            ("gbb...bgg", vec![(1, Some(7), 4)]),
            ("gbbg...ggg", vec![(1, Some(7), 4)]),
            ("gbb....", vec![(1, None, 5)]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
