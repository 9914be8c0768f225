//! An exchange under watch: its deadline, and how long the runtime kept it waiting.

use std::time::{Duration, Instant};

/// What came of a future under watch.
#[derive(Debug)]
pub(crate) struct Watched<T> {
    /// Its output; `None` where its time was up first.
    pub(crate) output: Option<T>,
    /// When it ended.
    pub(crate) ended: Instant,
    /// How long it was allowed to take.
    pub(crate) allowed: Duration,
    /// The longest that the runtime kept it waiting.
    pub(crate) lag: Duration,
}

/// Runs `work` until it ends or `deadline` has come.
pub(crate) async fn until<T>(deadline: Instant, work: impl Future<Output = T>) -> Watched<T> {
    let began = Instant::now();
    let output = tokio::time::timeout_at(deadline.into(), work).await.ok();
    Watched {
        output,
        ended: Instant::now(),
        allowed: deadline.saturating_duration_since(began),
        lag: Duration::ZERO,
    }
}
