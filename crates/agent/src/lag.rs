//! How long the runtime keeps a ready task waiting: what an agent that is too small shows first.
//!
//! A timer that goes off every 100 ms and is served late is the measure: ten tasks a second cost
//! nothing, and a stall that matters (50 ms make a run void) is longer than half its beat, so that of
//! stalls that come again and again none stays unseen for long. Runs carry their own delay besides.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often one looks.
const BEAT: Duration = Duration::from_millis(100);
/// Tokio's timers go off on the next whole millisecond, which is no lag.
const GRAIN: Duration = Duration::from_millis(1);

/// Tells at every beat how long the runtime kept this task waiting, for as long as it is polled.
pub async fn watch(mut tell: impl FnMut(Duration)) {
    loop {
        let due = Instant::now() + BEAT;
        sleep_until(due).await;
        tell(due.elapsed().saturating_sub(GRAIN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{sync::mpsc, task::JoinSet};

    /// The longest of the lags that are told while `other` goes on beside, and how many were told.
    async fn longest(other: impl Future<Output = ()> + Send + 'static) -> (Duration, u32) {
        let (told, mut lags) = mpsc::channel(64);
        let mut tasks = JoinSet::new();
        tasks.spawn(watch(move |lag| {
            let _ = told.try_send(lag);
        }));
        tasks.spawn(other);
        let (mut longest, mut count) = (Duration::ZERO, 0);
        while count < 5 {
            longest = longest.max(lags.recv().await.unwrap());
            count += 1;
        }
        (longest, count)
    }

    #[tokio::test]
    async fn a_stall_is_told_with_its_length() {
        let stall = async {
            tokio::time::sleep(BEAT / 2).await;
            // Keeps the only thread of this runtime, as a computation would.
            std::thread::sleep(Duration::from_millis(250));
        };
        let (lag, _) = longest(stall).await;
        assert!(lag >= Duration::from_millis(190), "{lag:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_runtime_shows_none_and_tells_so_too() {
        let (lag, count) = longest(std::future::pending()).await;
        assert_eq!((lag, count), (Duration::ZERO, 5));
    }
}
