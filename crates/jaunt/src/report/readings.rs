//! The set of what was read from counters, by which two reports know that they saw the same.

use super::events::hex;
use aws_lc_rs::digest::{Context, SHA256, digest};
use jaunt_hub::prometheus::Series;

/// What was read, each reading by its SHA-256.
#[derive(Default)]
pub(super) struct Readings(Vec<[u8; 32]>);

impl Readings {
    /// Notes what was read of a series.
    pub(super) fn note(&mut self, series: &Series) {
        for reading in &series.readings {
            let text = format!("{:?} {} {}", series.labels, reading.at_ns, reading.total);
            self.0.extend(<[u8; 32]>::try_from(
                digest(&SHA256, text.as_bytes()).as_ref(),
            ));
        }
    }

    /// How many readings there were, and the SHA-256 of their set in hex, as for lines of events.
    pub(super) fn sum(mut self) -> (u64, String) {
        self.0.sort_unstable();
        self.0.dedup();
        let mut context = Context::new(&SHA256);
        for reading in &self.0 {
            context.update(reading);
        }
        let count = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        (count, hex(context.finish().as_ref()))
    }
}
