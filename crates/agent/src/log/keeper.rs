//! The thread that owns the journal.

use super::{Ask, LogState, Unread};
use crate::{Clock, Ledger};
use jaunt_journal::{CursorName, Dropped, Journal, JournalError};
use std::time::Duration;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

/// The owner of both journals.
pub(super) struct Keeper {
    pub(super) records: Journal,
    pub(super) notes: Journal,
    /// Of the notes; it keeps the ledger.
    pub(super) cursor: CursorName,
    pub(super) ledger: Ledger,
    /// How long what was appended may be off the platter.
    pub(super) every: Duration,
    /// What tells the time.
    pub(super) clock: Clock,
    pub(super) newest: watch::Sender<u64>,
    /// What is about to go is told before it does.
    pub(super) going: watch::Sender<u64>,
    /// The cursors of those who keep totals: they see a record before it goes.
    pub(super) folds: Vec<CursorName>,
}

/// What is due when.
struct Due {
    /// What was appended goes to the platter; `None` while nothing was.
    sync: Option<Instant>,
    /// The bounds are looked at.
    bounds: Instant,
    /// The ledger is written down.
    ledger: Instant,
    /// Since when segments would go, and readers are given time to take what they hold.
    going: Option<Instant>,
}

/// How often the bounds are looked at.
const BOUNDS: Duration = Duration::from_secs(1);
/// How often the ledger is written down: a start reads what came since.
const LEDGER: Duration = Duration::from_secs(60);
/// How long readers have to sum up what is going.
const NOTICE: Duration = Duration::from_secs(10);

impl Keeper {
    /// Does what it is asked for until nobody is left who could ask.
    pub(super) async fn keep(mut self, mut asked: mpsc::Receiver<Ask>) {
        let begun = Instant::now();
        let mut due = Due {
            sync: None,
            bounds: begun + BOUNDS,
            ledger: begun + LEDGER,
            going: None,
        };
        let mut told = Told::default();
        loop {
            let next = due.sync.unwrap_or(due.bounds).min(due.bounds);
            tokio::select! {
                ask = asked.recv() => match ask {
                    Some(ask) => self.answer(ask, &mut due),
                    None => break,
                },
                () = tokio::time::sleep_until(next) => {}
            }
            self.due(&mut due);
            told.tell(&self.records);
        }
        self.flush();
    }

    fn answer(&mut self, ask: Ask, due: &mut Due) {
        match ask {
            Ask::Append {
                at_ns,
                payload,
                booked,
            } => {
                self.records.append(at_ns, &payload);
                if let Some(booked) = booked {
                    self.ledger.book(&booked);
                }
                self.newest.send_replace(self.records.next());
                due.sync.get_or_insert_with(|| Instant::now() + self.every);
            }
            Ask::Note(note) => {
                self.notes.append(self.clock.now().wall_ns, &note.encode());
                self.ledger.note(note);
                due.sync.get_or_insert_with(|| Instant::now() + self.every);
            }
            // Whoever asked may have gone meanwhile: then nobody misses the answer.
            Ask::Read {
                from,
                records,
                bytes,
                reply,
            } => drop(reply.send(self.records.read(from, records, bytes))),
            Ask::Checkpoint { cursor, reply } => {
                drop(reply.send(self.records.cursor(&cursor).clone()));
            }
            Ask::Advance {
                cursor,
                batch,
                kept,
                reply,
            } => drop(reply.send(self.records.advance(&cursor, &batch, kept))),
            Ask::State { reply } => drop(reply.send(self.state())),
            Ask::Flush { reply } => {
                self.flush();
                due.sync = None;
                let _ = reply.send(());
            }
        }
    }

    fn due(&mut self, due: &mut Due) {
        let now = Instant::now();
        if due.sync.is_some_and(|at| at <= now) {
            due.sync = None;
            self.sync();
        }
        if due.bounds <= now {
            due.bounds = now + BOUNDS;
            self.bounds(due, now);
        }
        if due.ledger <= now {
            due.ledger = now + LEDGER;
            self.write_ledger();
        }
    }

    fn sync(&mut self) {
        for journal in [&mut self.records, &mut self.notes] {
            if let Err(error) = journal.sync() {
                tell_error(&error, "what was appended is not on the platter");
            }
        }
    }

    /// Lets segments go, once every reader has taken what they hold or had time to.
    fn bounds(&mut self, due: &mut Due, now: Instant) {
        let Some(going) = self.records.going(self.clock.now().wall_ns) else {
            due.going = None;
            return self.enforce_notes();
        };
        let noticed = *due.going.get_or_insert(now);
        self.going
            .send_if_modified(|told| std::mem::replace(told, going) != going);
        let cursors = self.records.cursors();
        let mut folds = self.folds.iter().filter_map(|name| cursors.get(name));
        let taken = folds.all(|at| at.next >= going);
        if !taken && now < noticed + NOTICE {
            return;
        }
        due.going = None;
        // A start finds no record of what goes: it must be in the ledger by then.
        self.write_ledger();
        match self.records.enforce(self.clock.now().wall_ns) {
            Ok(dropped) => dropped.iter().for_each(tell_dropped),
            Err(error) => tell_error(&error, "the journal is larger than it may be"),
        }
    }

    fn enforce_notes(&mut self) {
        if self.notes.going(self.clock.now().wall_ns).is_some() {
            self.write_ledger();
            if let Err(error) = self.notes.enforce(self.clock.now().wall_ns) {
                tell_error(&error, "the notes of slots are larger than they may be");
            }
        }
    }

    fn write_ledger(&mut self) {
        self.ledger.forget(self.clock.now().wall_ns);
        let kept = self.ledger.encode(self.records.next());
        let next = self.notes.next();
        let behind = jaunt_journal::Batch {
            next,
            ..Default::default()
        };
        if let Err(error) = self.notes.advance(&self.cursor, &behind, kept) {
            tell_error(&error, "the ledger of slots is not written down");
        }
    }

    fn flush(&mut self) {
        self.sync();
        self.write_ledger();
    }

    fn state(&self) -> LogState {
        let cursors = self.records.cursors().keys();
        LogState {
            size_bytes: self.records.size(),
            next: self.records.next(),
            unread: cursors
                .map(|cursor| Unread {
                    cursor: cursor.clone(),
                    records: self.records.depth(cursor).unwrap_or(0),
                    since_ns: self.records.waiting_since(cursor),
                })
                .collect(),
            dropped: self
                .records
                .dropped()
                .map(|(name, reason, records)| (name.clone(), reason, records))
                .collect(),
            held: self.records.held(),
            trouble: self.records.trouble().map(str::to_owned),
        }
    }
}

/// What was said aloud already: trouble is told when it begins, changes and ends.
#[derive(Default)]
struct Told {
    trouble: Option<String>,
    doubtful: u64,
}

impl Told {
    fn tell(&mut self, journal: &Journal) {
        let trouble = journal.trouble();
        if trouble != self.trouble.as_deref() {
            match trouble {
                Some(why) => {
                    let (records, bytes) = journal.held();
                    tracing::error!(
                        why,
                        records,
                        bytes,
                        "the disk refuses records: they are held in memory"
                    );
                }
                None => tracing::info!("the disk takes records again"),
            }
            self.trouble = trouble.map(str::to_owned);
        }
        let doubtful = journal.doubtful();
        if doubtful > self.doubtful {
            tracing::error!(
                records = doubtful - self.doubtful,
                "a sync failed: records may be gone after a loss of power"
            );
            self.doubtful = doubtful;
        }
    }
}

fn tell_dropped(dropped: &Dropped) {
    let Dropped {
        cursor,
        records,
        reason,
    } = dropped;
    tracing::warn!(
        cursor = cursor.as_str(),
        records,
        reason = reason.as_str(),
        "records went before they were delivered"
    );
}

fn tell_error(error: &JournalError, what: &str) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(error = %error, cause = cause.as_deref(), "{what}");
}
