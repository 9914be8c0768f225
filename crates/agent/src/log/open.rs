//! Opening the log: what an earlier process left is read, and the thread starts.

use super::{Log, keeper::Keeper};
use crate::{Booked, Clock, Ledger, Note};
use jaunt_journal::{Bounds, CursorName, Journal, JournalError, Recovered, Sync};
use jaunt_record::wire;
use std::{io, path::Path, thread::JoinHandle, time::Duration};
use tokio::{runtime::Handle, sync::mpsc, sync::watch};

/// How the log is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Bounds of the records.
    pub bounds: Bounds,
    /// How long a record may be off the platter; `None`: never.
    pub sync: Option<Duration>,
    /// The cursors that anybody reads by; others are forgotten.
    pub cursors: Vec<CursorName>,
    /// Of these, those that keep totals: before a segment goes, they are given time to read it.
    pub folds: Vec<CursorName>,
}

/// The log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// One of its journals cannot.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its thread cannot be started.
    #[error("cannot start the journal's thread")]
    Thread(#[source] io::Error),
}

/// A log that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub log: Log,
    /// What an earlier process left.
    pub ledger: Ledger,
    /// What was damaged.
    pub recovered: Recovered,
    /// Ends once the last handle is gone and all is on the platter.
    pub thread: JoinHandle<()>,
}

/// The cursor of the notes, which keeps the ledger.
const LEDGER: &str = "ledger";
/// So many asks wait before those who ask do.
const QUEUE: usize = 256;
/// Notes are read once, at a start, and only those since the ledger was last written down.
const NOTES: Bounds = Bounds {
    max_size: 64 << 20,
    max_age: Duration::from_secs(7 * 86_400),
    max_memory: 4 << 20,
};

impl Log {
    /// Opens the log in `folder`: the records in `journal`, the notes in `slots`.
    ///
    /// # Errors
    /// A journal cannot be opened: see [`Journal::open`]; or read.
    pub fn open(
        folder: &Path,
        settings: LogSettings,
        clock: Clock,
        runtime: &Handle,
    ) -> Result<Opened, LogError> {
        let sync = match settings.sync {
            Some(_) => Sync::Batched,
            None => Sync::Always,
        };
        let (mut records, recovered) =
            Journal::open(&folder.join("journal"), settings.bounds, sync)?;
        let (mut notes, _) = Journal::open(&folder.join("slots"), NOTES, Sync::Batched)?;
        for cursor in records.cursors().keys().cloned().collect::<Vec<_>>() {
            if !settings.cursors.contains(&cursor) {
                records.forget(&cursor)?;
            }
        }
        let cursor = CursorName::new(LEDGER)?;
        let ledger = replay(&records, &mut notes, &cursor)?;
        let (asks, asked) = mpsc::channel(QUEUE);
        let (newest, seen) = watch::channel(records.next());
        let (going, warned) = watch::channel(0);
        let keeper = Keeper {
            records,
            notes,
            cursor,
            ledger: ledger.clone(),
            every: settings.sync.unwrap_or(Duration::from_secs(1)),
            clock,
            newest,
            going,
            folds: settings.folds,
        };
        let runtime = runtime.clone();
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || runtime.block_on(keeper.keep(asked)))
            .map_err(LogError::Thread)?;
        let log = Self {
            asks,
            newest: seen,
            going: warned,
        };
        Ok(Opened {
            log,
            ledger,
            recovered,
            thread,
        })
    }
}

/// The ledger as it was written down, and what has been noted and recorded since.
fn replay(
    records: &Journal,
    notes: &mut Journal,
    cursor: &CursorName,
) -> Result<Ledger, JournalError> {
    let checkpoint = notes.cursor(cursor).clone();
    let (mut ledger, first) = Ledger::decode(&checkpoint.kept);
    each(notes, checkpoint.next, |payload| {
        if let Some(note) = Note::decode(payload) {
            ledger.note(note);
        }
    })?;
    each(records, first, |payload| {
        if let Some(booked) = wire::decode(payload).ok().as_ref().and_then(Booked::of) {
            ledger.book(&booked);
        }
    })?;
    Ok(ledger)
}

/// Every payload of a journal from a sequence number on.
fn each(journal: &Journal, from: u64, mut take: impl FnMut(&[u8])) -> Result<(), JournalError> {
    let mut next = from;
    while next < journal.next() {
        let batch = journal.read(next, 4_096, 4 << 20)?;
        if batch.next <= next {
            return Ok(());
        }
        next = batch.next;
        batch.entries.iter().for_each(|entry| take(&entry.payload));
    }
    Ok(())
}
