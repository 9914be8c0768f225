//! Events that jaunt tells of itself (a reload, a drop, a drain), on their way to exports of logs.
//!
//! They wait in memory, bounded, and are gone with the process: what must not be lost are records,
//! and an event that lies in a journal would count as one.

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::watch;

/// How many events wait for one export; beyond, the oldest goes and is counted.
const MOST: usize = 1_000;

/// Everyone who listens.
#[derive(Default)]
pub(super) struct Events(Mutex<Vec<Queue>>);

type Queue = Arc<Waiting>;

struct Waiting {
    events: Mutex<Held>,
    told: watch::Sender<u64>,
}

#[derive(Default)]
struct Held {
    events: VecDeque<LogRecord>,
    overflown: u64,
}

/// One export's end.
pub(crate) struct Listener {
    queue: Queue,
    told: watch::Receiver<u64>,
}

impl Events {
    pub(super) fn tell(&self, event: &LogRecord) {
        for queue in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let mut held = queue.events.lock().unwrap_or_else(PoisonError::into_inner);
            if held.events.len() >= MOST {
                held.events.pop_front();
                held.overflown += 1;
            }
            held.events.push_back(event.clone());
            queue.told.send_modify(|told| *told += 1);
        }
    }

    pub(super) fn listen(&self) -> Listener {
        let queue = Arc::new(Waiting {
            events: Mutex::default(),
            told: watch::Sender::new(0),
        });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::clone(&queue));
        Listener {
            told: queue.told.subscribe(),
            queue,
        }
    }
}

impl Listener {
    /// What waits, and how many before it were let go.
    pub(crate) fn take(&mut self) -> (Vec<LogRecord>, u64) {
        self.told.mark_unchanged();
        let held = {
            let mut held = self.queue.events.lock();
            let held = held.as_mut().map(|held| std::mem::take(&mut **held));
            held.unwrap_or_default()
        };
        (held.events.into(), held.overflown)
    }

    /// Waits until something was told since the last taking.
    pub(crate) async fn told(&mut self) {
        // The other end lives as long as this one.
        let _ = self.told.changed().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_bound_the_oldest_goes_and_is_counted() {
        let events = Events::default();
        let mut listener = events.listen();
        for n in 0..1_003 {
            events.tell(&LogRecord {
                time_unix_nano: n,
                ..LogRecord::default()
            });
        }
        let (taken, overflown) = listener.take();
        assert_eq!((taken.len(), overflown), (MOST, 3));
        assert_eq!(taken[0].time_unix_nano, 3);
        assert_eq!(listener.take(), (Vec::new(), 0));
    }
}
