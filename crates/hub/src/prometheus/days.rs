//! Days of readings that are over, remembered for a while.
//!
//! Of a stretch in which a counter stood still the first and the last reading are enough: nothing
//! was counted between any two of the others, so that the judgement is the same. A journey each
//! minute that is scraped each 15 s, in five regions, takes a quarter of a megabyte a day and SLO.

use super::Series;
use jaunt_slo::counted::Reading;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// So long a day is remembered. What an agent delivers days later, to a store that takes it, is seen
/// within that time.
const HOLDS: Duration = Duration::from_secs(3_600);
/// Readings that are remembered at most: 256 MiB. What is more is read each time.
const MOST: usize = 16 << 20;

/// What was read of each selector and day.
#[derive(Debug, Default)]
pub(super) struct Days(Mutex<HashMap<(String, i64), Day>>);

#[derive(Debug)]
struct Day {
    read: Instant,
    series: Arc<Vec<Series>>,
}

impl Day {
    fn readings(&self) -> usize {
        let lengths = self.series.iter().map(|series| series.readings.len());
        lengths.sum()
    }
}

impl Days {
    /// What is remembered of a day.
    pub(super) fn known(&self, selector: &str, day: i64) -> Option<Arc<Vec<Series>>> {
        let days = self.lock();
        let known = days.get(&(selector.to_owned(), day))?;
        (known.read.elapsed() < HOLDS).then(|| Arc::clone(&known.series))
    }

    /// Remembers a day, if there is room, and gives it back.
    pub(super) fn keep(&self, selector: &str, day: i64, read: Vec<Series>) -> Arc<Vec<Series>> {
        let series: Arc<Vec<_>> = Arc::new(read.into_iter().map(thinned).collect());
        let mut days = self.lock();
        days.retain(|_, day| day.read.elapsed() < HOLDS);
        let kept = Day {
            read: Instant::now(),
            series: Arc::clone(&series),
        };
        let there: usize = days.values().map(Day::readings).sum();
        if there + kept.readings() <= MOST {
            days.insert((selector.to_owned(), day), kept);
        }
        series
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, i64), Day>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the readings between which nothing was counted.
fn thinned(series: Series) -> Series {
    let readings = &series.readings;
    let same =
        |one: Option<&Reading>, other: &Reading| one.is_some_and(|it| it.total == other.total);
    let between = |at: usize, reading: &Reading| {
        let before = at.checked_sub(1).and_then(|at| readings.get(at));
        same(before, reading) && same(readings.get(at + 1), reading)
    };
    let kept = readings.iter().enumerate();
    let kept = kept.filter(|(at, reading)| !between(*at, reading));
    let kept = kept.map(|(_, reading)| *reading).collect();
    Series {
        readings: kept,
        ..series
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(totals: &[u64]) -> Series {
        let readings = (0..).zip(totals);
        Series {
            labels: [("region".to_owned(), "fra".to_owned())].into(),
            readings: readings
                .map(|(at_ns, total)| Reading {
                    at_ns,
                    total: *total,
                })
                .collect(),
        }
    }

    #[test]
    fn where_a_counter_stood_still_its_first_and_last_readings_are_kept() {
        for (totals, kept) in [
            ([0, 0, 0, 0, 0].as_slice(), [0, 4].as_slice()),
            (&[0, 1, 1, 1, 2], &[0, 1, 3, 4]),
            (&[5, 5, 2, 2, 2], &[0, 1, 2, 4]),
            (&[7], &[0]),
            (&[], &[]),
        ] {
            let thinned = thinned(series(totals)).readings;
            let at: Vec<_> = thinned.iter().map(|reading| reading.at_ns).collect();
            assert_eq!(at, kept, "{totals:?}");
        }
    }

    #[test]
    fn a_day_is_remembered_by_its_selector() {
        let days = Days::default();
        assert!(days.known("a", 0).is_none());
        let kept = days.keep("a", 0, vec![series(&[1, 2])]);
        assert_eq!(days.known("a", 0), Some(kept));
        assert!(days.known("b", 0).is_none() && days.known("a", 86_400).is_none());
    }
}
