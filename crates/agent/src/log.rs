//! The log: one thread that owns the journal, and handles by which tasks reach it.
//!
//! Everything that touches the disk is done here, in order, so that no task that measures waits for
//! it. Beside the records, in a journal of their own (`slots`), lie the [`Note`]s of the
//! [`Ledger`]; the thread folds both as they come, and writes the ledger down every minute, before a
//! segment goes, and at the end. So a start reads at most a minute's notes and records again.
//!
//! A record that was handed over is finished once the thread has appended it: microseconds later, or
//! as long as a sync takes. The queue is bounded; who hands over more than the disk takes waits.

mod feed;
mod keeper;
mod open;

pub(crate) use feed::Outlet;
pub use open::{LogError, LogSettings, Opened};

use crate::{Booked, Note};
use jaunt_journal::{Batch, Checkpoint, CursorName, JournalError};
use jaunt_record::{Record, wire};
use tokio::sync::{mpsc, oneshot, watch};

/// A handle to the log. It ends when the last handle is gone.
#[derive(Clone, Debug)]
pub struct Log {
    asks: mpsc::Sender<Ask>,
    newest: watch::Receiver<u64>,
    going: watch::Receiver<u64>,
}

/// The log's thread has ended: a fault of jaunt, since it lives as long as its handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal's thread has ended")]
pub struct Gone;

/// What the thread is asked for.
#[derive(Debug)]
enum Ask {
    Append {
        at_ns: i64,
        payload: Vec<u8>,
        booked: Option<Booked>,
    },
    Note(Note),
    Read {
        from: u64,
        records: usize,
        bytes: usize,
        reply: oneshot::Sender<Result<Batch, JournalError>>,
    },
    Checkpoint {
        cursor: CursorName,
        reply: oneshot::Sender<Checkpoint>,
    },
    Advance {
        cursor: CursorName,
        batch: Batch,
        kept: Vec<u8>,
        reply: oneshot::Sender<Result<(), JournalError>>,
    },
    State {
        reply: oneshot::Sender<LogState>,
    },
    Flush {
        reply: oneshot::Sender<()>,
    },
}

/// How the journal is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogState {
    /// Bytes on disk.
    pub size_bytes: u64,
    /// The sequence number that the next record gets.
    pub next: u64,
    /// What each cursor has yet to read.
    pub unread: Vec<Unread>,
    /// What cursors never saw, by reason.
    pub dropped: Vec<(CursorName, &'static str, u64)>,
    /// Records that are held in memory, and their bytes.
    pub held: (usize, usize),
    /// Why the disk refuses, while it does.
    pub trouble: Option<String>,
}

/// What one cursor has yet to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Whose it is.
    pub cursor: CursorName,
    /// How many records.
    pub records: u64,
    /// When the oldest of them was appended, Unix ns; `None` where there is none.
    pub since_ns: Option<i64>,
}

impl Log {
    /// Hands a record over; `at_ns` (Unix ns) is what the age bound is held against.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn append(&self, at_ns: i64, record: &Record) -> Result<(), Gone> {
        let append = Ask::Append {
            at_ns,
            payload: wire::encode(record),
            booked: Booked::of(record),
        };
        self.asks.send(append).await.map_err(|_| Gone)
    }

    /// Notes what is about to happen.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn note(&self, note: Note) -> Result<(), Gone> {
        self.asks.send(Ask::Note(note)).await.map_err(|_| Gone)
    }

    /// Reads records from a sequence number on; see [`jaunt_journal::Journal::read`].
    ///
    /// # Errors
    /// A segment cannot be read, or the log has ended.
    pub async fn read(&self, from: u64, records: usize, bytes: usize) -> Result<Batch, ReadError> {
        let read = |reply| Ask::Read {
            from,
            records,
            bytes,
            reply,
        };
        Ok(self.ask(read).await??)
    }

    /// Where `cursor` stands; it begins at the oldest record where it is new.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn checkpoint(&self, cursor: CursorName) -> Result<Checkpoint, Gone> {
        self.ask(|reply| Ask::Checkpoint { cursor, reply }).await
    }

    /// Moves `cursor` behind `batch`; see [`jaunt_journal::Journal::advance`].
    ///
    /// # Errors
    /// The cursor's file cannot be written, or the log has ended.
    pub async fn advance(
        &self,
        cursor: CursorName,
        batch: Batch,
        kept: Vec<u8>,
    ) -> Result<(), ReadError> {
        let advance = |reply| Ask::Advance {
            cursor,
            batch,
            kept,
            reply,
        };
        Ok(self.ask(advance).await??)
    }

    /// The sequence number before which everything is about to go; 0 before the first time.
    pub fn going(&self) -> watch::Receiver<u64> {
        self.going.clone()
    }

    /// How the journal is.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn state(&self) -> Result<LogState, Gone> {
        self.ask(|reply| Ask::State { reply }).await
    }

    /// Comes back once all that was handed over before is on the platter, the ledger too.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn flush(&self) -> Result<(), Gone> {
        self.ask(|reply| Ask::Flush { reply }).await
    }

    /// The sequence number that the next record gets, as it grows.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.newest.clone()
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, Gone> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(ask(reply)).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }
}

/// The journal cannot be read, or a cursor not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The log has ended.
    #[error(transparent)]
    Gone(#[from] Gone),
    /// The journal says why.
    #[error(transparent)]
    Journal(#[from] JournalError),
}
