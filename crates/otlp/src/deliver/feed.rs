//! What delivery wants of whoever owns the journal.

use crate::{Described, Signal};
use jaunt_journal::{Batch, Checkpoint, CursorName, JournalError};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::sync::watch;

/// The journal as delivery sees it: its owner is elsewhere, and answers in its own time.
///
/// A trait, since the owner is the agent's thread, which knows delivery and not the other way round.
pub trait Feed: Clone + Send + Sync + 'static {
    /// Reads from the sequence number `from` on: `Journal::read`.
    fn read(
        &self,
        from: u64,
        records: usize,
        bytes: usize,
    ) -> impl Future<Output = Result<Batch, JournalError>> + Send;

    /// Where `cursor` stands; one that is new begins at the oldest record: `Journal::cursor`.
    fn checkpoint(&self, cursor: &CursorName) -> impl Future<Output = Checkpoint> + Send;

    /// Moves `cursor` behind what was read, with what its reader keeps: `Journal::advance`.
    ///
    /// `passed` has its `next` and `lost`; its entries are not needed any more, and left out.
    fn advance(
        &self,
        cursor: &CursorName,
        passed: Batch,
        kept: Vec<u8>,
    ) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// What cursors never saw, by cursor and reason, since the journal was made: `Journal::dropped`.
    fn dropped(&self) -> impl Future<Output = Vec<(CursorName, &'static str, u64)>> + Send;

    /// The sequence number that the next record gets: it rises with each append.
    fn newest(&self) -> watch::Receiver<u64>;

    /// The sequence number before which everything is about to go (`Journal::going`), 0 before the
    /// first time.
    ///
    /// It is told before `Journal::enforce` is called. The owner then waits, a few seconds at most,
    /// until each of [`DeliverySettings::folds`](super::DeliverySettings::folds) has advanced to
    /// there: sums are exact only if a fold has seen every record.
    fn going(&self) -> watch::Receiver<u64>;

    /// The journeys that are loaded; `None` until that is known for the first time.
    ///
    /// Their series exist from then on, and those of journeys that are no longer among them end.
    fn loaded(&self) -> watch::Receiver<Option<Arc<[Described]>>>;

    /// The wall clock, Unix ns.
    fn now_ns(&self) -> i64;

    /// Something that people should know. Called seldom: when a state changes, not for each try.
    fn tell(&self, notice: Notice);
}

/// What happened to the delivery of one signal of one export. No words hold a secret or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The cursor: export and signal.
    pub cursor: CursorName,
    /// Which signal.
    pub signal: Signal,
    /// Where it goes, as it may be shown.
    pub endpoint: String,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The endpoint is busy or away; told once, until it is there again.
    Waiting {
        /// What it said, or what went wrong on the way.
        words: String,
    },
    /// The endpoint is wrong, or the token: nothing is lost, and it is tried again after this long.
    Paused {
        /// What it said.
        words: String,
        /// Until the next try.
        pause: Duration,
    },
    /// It takes again what it did not take for a while.
    Resumed,
    /// Data was refused for good, and set aside.
    Refused {
        /// What was said.
        words: String,
        /// The file, where one could be written.
        file: Option<std::path::PathBuf>,
    },
    /// It took a batch and rejected some of it for good; told once for each message.
    Rejected {
        /// How many spans, log records or data points.
        items: u64,
        /// What it said.
        words: String,
    },
    /// It took everything, with a warning; told once for each message.
    Warned {
        /// What it said.
        words: String,
    },
    /// Files of TLS cannot be used; what was read before stays.
    Tls {
        /// Why.
        words: String,
    },
    /// The journal cannot be read, or a cursor not be written; it is tried again.
    Journal {
        /// Why.
        words: String,
    },
    /// A record of the journal cannot be read and is passed over.
    Unreadable {
        /// Its sequence number.
        sequence: u64,
        /// Why.
        words: String,
    },
    /// What a fold kept cannot be read: its streams begin anew, with new start times.
    StateLost {
        /// Why.
        words: String,
    },
}
