//! The alert for silence.

use crate::{
    Cadence,
    grid::{Firing, Grid},
    observe::Observed,
};
use serde::Serialize;
use std::time::Duration;

/// When too few runs ended to say anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoDataAlert {
    /// The stretch that is looked at: 15 min, or 5 intervals if that is longer; seconds.
    pub window_s: u64,
    /// From when until when, Unix ns; `None` while it lasts.
    pub firing: Vec<(i64, Option<i64>)>,
}

/// The stretch that is looked at.
pub(crate) fn window(cadence: Cadence) -> Duration {
    Duration::from_secs(900).max(5 * cadence.every)
}

impl NoDataAlert {
    /// Fewer than half of the planned runs ended within the window. Excluded ones count as ended,
    /// void ones do not; silent until the start is that long ago.
    pub(crate) fn new(cadence: Cadence, grid: Grid, observed: &Observed) -> Self {
        let window = window(cadence);
        let length = i64::try_from(window.as_nanos()).unwrap_or(i64::MAX);
        let ended = observed.runs().map(|(_, run)| (run.end, false));
        let windows = grid.windows(&[length], ended);
        let planned = cadence.runs(window);
        let mut firing = Firing::default();
        for k in 0..grid.len {
            let silent = grid.at(k).saturating_sub(grid.at(0)) < length;
            if !silent {
                firing.set(grid.at(k), 2 * windows.count(length, k).all < planned);
            }
        }
        Self {
            window_s: window.as_secs(),
            firing: firing.into_inner(),
        }
    }
}
