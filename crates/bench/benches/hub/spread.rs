//! Several timings of one thing.

use std::{fmt, time::Duration};

/// Timings, in the order they were taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread(Vec<Duration>);

impl Spread {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The longest; nothing where there is none.
    pub(crate) fn most(&self) -> Duration {
        self.0.iter().max().copied().unwrap_or_default()
    }
}

/// The least, the median and the most, ms.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort();
        let ms = |took: Option<&Duration>| took.map_or(0.0, |took| took.as_secs_f64() * 1e3);
        let (least, middle) = (ms(sorted.first()), ms(sorted.get(sorted.len() / 2)));
        write!(f, "{least:.1} / {middle:.1} / {:.1}", ms(sorted.last()))
    }
}
