//! What a worker listens to while it waits.

use super::{Drain, Feed, courier::Tried};
use std::time::Duration;
use tokio::{sync::watch, time::Instant};

/// The ends of the feed's notices that one worker holds.
pub(crate) struct Watch {
    drain: Drain,
    newest: watch::Receiver<u64>,
    going: watch::Receiver<u64>,
    /// Tries since a last export is wanted.
    tries: u32,
}

/// How often an endpoint that is away is tried during a drain.
const TRIES_IN_DRAIN: u32 = 3;

/// Why a pause ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// It did not: the time is over.
    InTime,
    /// A last export is wanted.
    ByDrain,
    /// A segment is about to go.
    ByGoing,
}

impl Watch {
    pub(crate) fn new(feed: &impl Feed, drain: Drain) -> Self {
        Self {
            drain,
            newest: feed.newest(),
            going: feed.going(),
            tries: 0,
        }
    }

    /// Waits for `pause`, or until something else is to be done first.
    pub(crate) async fn pause(&mut self, pause: Duration) -> Woken {
        tokio::select! {
            () = tokio::time::sleep(pause) => Woken::InTime,
            () = changed(&mut self.drain) => Woken::ByDrain,
            () = changed(&mut self.going) => Woken::ByGoing,
        }
    }

    /// Waits until there are records from `sequence` on, or something else is to be done.
    pub(crate) async fn until_newest(&mut self, sequence: u64) -> Woken {
        let newest = &mut self.newest;
        let beyond = async {
            // Nothing is borrowed from the channel beyond this line: others may be waiting to tell.
            let is_gone = newest.wait_for(|it| *it > sequence).await.is_err();
            if is_gone {
                std::future::pending().await
            }
        };
        tokio::select! {
            () = beyond => Woken::InTime,
            () = changed(&mut self.drain) => Woken::ByDrain,
            () = changed(&mut self.going) => Woken::ByGoing,
        }
    }

    /// Waits until the next try, or for what is to be done first; `None` where a drain has to end
    /// without another.
    pub(crate) async fn until_next_try(&mut self, tried: Tried) -> Option<Woken> {
        let (pause, is_worth_it) = match tried {
            Tried::Done | Tried::Partly => {
                self.tries = 0;
                return Some(Woken::InTime);
            }
            Tried::Later(pause) => (pause, true),
            Tried::Paused(pause) => (pause, false),
        };
        if let Some(end) = self.drains_until() {
            self.tries += 1;
            let is_late = Instant::now() + pause >= end;
            if is_late || !is_worth_it || self.tries >= TRIES_IN_DRAIN {
                return None;
            }
        }
        Some(self.pause(pause).await)
    }

    /// The sequence number that the next record gets.
    pub(crate) fn newest(&self) -> u64 {
        *self.newest.borrow()
    }

    /// Everything before this sequence number is about to go.
    pub(crate) fn going(&self) -> u64 {
        *self.going.borrow()
    }

    /// Until when a last export may take, once it is wanted.
    pub(crate) fn drains_until(&self) -> Option<Instant> {
        *self.drain.borrow()
    }
}

/// Ends with the next change; never, if whoever tells is gone.
async fn changed<T>(told: &mut watch::Receiver<T>) {
    if told.changed().await.is_err() {
        std::future::pending().await
    }
}
