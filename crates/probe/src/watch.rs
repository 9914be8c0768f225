//! An exchange under watch: its deadline, and how long the runtime kept it waiting.
//!
//! Two things show a runtime that cannot keep up, and each costs next to nothing. The waker stamps
//! the moment in which the exchange was called, and the next poll tells how long it stood in the
//! queue. That misses a runtime too busy to look for events at all, so the timer that holds the
//! deadline also goes off every 25 ms: it can only be late where nobody looked. An exchange that is
//! over sooner, as most are, pays for one timer, which it needs anyway.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

/// Half the lag at which a run is void: a stall of that length always meets a beat of the timer.
const BEAT: Duration = Duration::from_millis(25);

/// Tokio's timers go off on the next whole millisecond, which is no lag.
const TIMER_GRAIN: Duration = Duration::from_millis(2);

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
    let mut work = pin!(work);
    let mut due = deadline.min(began + BEAT);
    let mut timer = pin!(tokio::time::sleep_until(due.into()));
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut lag = Duration::ZERO;
    let output = poll_fn(|cx| {
        // A beat that is overdue shows a stall, also where the work is what is polled first.
        let overdue = due.elapsed().saturating_sub(TIMER_GRAIN);
        lag = lag.max(bell.waited(cx.waker())).max(overdue);
        let cx = &mut Context::from_waker(&waker);
        if let Poll::Ready(output) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        while timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            lag = lag.max(
                now.saturating_duration_since(due)
                    .saturating_sub(TIMER_GRAIN),
            );
            if now >= deadline {
                return Poll::Ready(None);
            }
            due = deadline.min(now + BEAT);
            timer.as_mut().reset(due.into());
        }
        Poll::Pending
    })
    .await;
    Watched {
        output,
        ended: Instant::now(),
        allowed: deadline.saturating_duration_since(began),
        lag,
    }
}

/// Stands between an exchange and its task's waker, and notes when it was rung.
#[derive(Debug, Default)]
struct Bell(Mutex<Rung>);

#[derive(Debug, Default)]
struct Rung {
    task: Option<Waker>,
    at: Option<Instant>,
}

impl Bell {
    /// How long ago it was first rung since the last poll; from now on it wakes `task`.
    fn waited(&self, task: &Waker) -> Duration {
        let mut rung = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !rung
            .task
            .as_ref()
            .is_some_and(|known| known.will_wake(task))
        {
            rung.task = Some(task.clone());
        }
        rung.at.take().map(|at| at.elapsed()).unwrap_or_default()
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let task = {
            let mut rung = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            rung.at.get_or_insert_with(Instant::now);
            rung.task.clone()
        };
        // Outside the lock: waking may run what it wakes.
        if let Some(task) = task {
            task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{task::JoinSet, time::sleep};

    fn soon(milliseconds: u64) -> Instant {
        Instant::now() + Duration::from_millis(milliseconds)
    }

    #[tokio::test]
    async fn a_quiet_runtime_shows_no_lag() {
        let watched = until(soon(5000), sleep(Duration::from_millis(60))).await;
        assert!(watched.output.is_some());
        assert!(watched.lag < Duration::from_millis(20), "{:?}", watched.lag);
    }

    #[tokio::test]
    async fn a_runtime_that_was_kept_busy_shows_how_long() {
        let mut others = JoinSet::new();
        others.spawn(async {
            sleep(Duration::from_millis(20)).await;
            // Keeps the only thread of this runtime, as a computation would.
            std::thread::sleep(Duration::from_millis(120));
        });
        let watched = until(soon(5000), sleep(Duration::from_millis(60))).await;
        assert!(
            watched.lag >= Duration::from_millis(75),
            "{:?}",
            watched.lag
        );
    }

    #[tokio::test]
    async fn time_is_up_on_time() {
        let began = Instant::now();
        let watched = until(soon(60), std::future::pending::<()>()).await;
        assert!(watched.output.is_none());
        let took = began.elapsed();
        assert!(
            took >= Duration::from_millis(60) && took < Duration::from_millis(90),
            "{took:?}"
        );
    }
}
