//! What outlasts a kill: the ledger as it was written down, and what was noted and recorded since.

use jaunt_agent::{Booked, Ledger, Note};

/// The logs of an agent.
#[derive(Default)]
pub(crate) struct Disk {
    checkpoint: Vec<u8>,
    notes: Vec<Note>,
    records: Vec<Booked>,
    /// As the log's thread keeps it: all of it in the order in which it happened.
    live: Ledger,
}

impl Disk {
    pub(crate) fn note(&mut self, note: Note) {
        self.live.note(note.clone());
        self.notes.push(note);
    }

    pub(crate) fn book(&mut self, booked: Booked) {
        self.live.book(&booked);
        self.records.push(booked);
    }

    /// Whether so much was noted since the ledger was written down that it is to be done again.
    pub(crate) fn is_long(&self) -> bool {
        self.notes.len() + self.records.len() > 60
    }

    /// Writes the ledger down.
    pub(crate) fn checkpoint(&mut self, now_ns: i64) {
        self.live.forget(now_ns);
        self.checkpoint = self.live.encode(0);
        self.notes.clear();
        self.records.clear();
    }

    /// The ledger as a start finds it. All notes are taken before all records, and it must come to
    /// the same.
    pub(crate) fn replay(&self) -> Ledger {
        let (mut ledger, _) = Ledger::decode(&self.checkpoint);
        for note in &self.notes {
            ledger.note(note.clone());
        }
        for booked in &self.records {
            ledger.book(booked);
        }
        assert_eq!(ledger, self.live, "which came first matters");
        ledger
    }
}
