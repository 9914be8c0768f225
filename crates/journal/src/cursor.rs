//! Cursors: how far each reader has come, what it has summed up so far, and what it never saw.
//!
//! Each has a file of its own that is replaced whole, so that a position, the totals that belong to
//! it, and the count of what was dropped on the way change together or not at all, and a step of one
//! cursor does not write the totals of another.

mod file;

use crate::{JournalError, Reason};
use std::collections::{BTreeMap, BTreeSet};

/// A cursor's name: 1 to 64 of `a-z 0-9 . _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CursorName(String);

impl CursorName {
    /// # Errors
    /// [`JournalError::CursorName`] where `name` is no such name.
    pub fn new(name: &str) -> Result<Self, JournalError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        if (1..=64).contains(&name.len()) && name.chars().all(fits) {
            return Ok(Self(name.to_owned()));
        }
        Err(JournalError::CursorName {
            name: name.to_owned(),
        })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a cursor stands, and what its reader keeps beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The sequence number it reads next.
    pub next: u64,
    /// The reader's own state as of `next`: totals and start times of a metrics fold, say.
    pub kept: Vec<u8>,
}

/// A stretch of sequence numbers that no frame holds, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) first: u64,
    pub(crate) next: u64,
    pub(crate) reason: Reason,
}

/// Everything that the files of cursors and gaps hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) cursors: BTreeMap<CursorName, Checkpoint>,
    /// Known gaps, ascending and apart.
    pub(crate) gaps: Vec<Gap>,
    /// What each cursor never saw, by reason, since the journal was made.
    pub(crate) dropped: BTreeMap<(CursorName, &'static str), u64>,
    /// Cursors that changed since they were stored.
    unstored: BTreeSet<CursorName>,
    /// Whether the gaps changed since they were stored.
    gaps_unstored: bool,
}

impl State {
    /// Where `cursor` stands, to be changed; it begins at 0 where it is new.
    pub(crate) fn change(&mut self, cursor: &CursorName) -> &mut Checkpoint {
        self.unstored.insert(cursor.clone());
        self.cursors.entry(cursor.clone()).or_default()
    }

    /// How many sequence numbers of `first..next` are in known gaps, by reason.
    pub(crate) fn gaps_in(&self, first: u64, next: u64) -> impl Iterator<Item = (Reason, u64)> {
        self.gaps.iter().filter_map(move |gap| {
            let held = gap.next.min(next).checked_sub(gap.first.max(first))?;
            (held > 0).then_some((gap.reason, held))
        })
    }

    /// Notes a gap, joining it to the one before where they touch.
    pub(crate) fn add_gap(&mut self, gap: Gap) {
        self.gaps_unstored = true;
        match self.gaps.last_mut() {
            Some(last) if last.next == gap.first && last.reason == gap.reason => {
                last.next = gap.next
            }
            _ => self.gaps.push(gap),
        }
    }

    /// Forgets the gaps that every cursor has passed.
    pub(crate) fn forget_gaps(&mut self) {
        let slowest = self
            .cursors
            .values()
            .map(|cursor| cursor.next)
            .min()
            .unwrap_or(u64::MAX);
        let known = self.gaps.len();
        self.gaps.retain(|gap| gap.next > slowest);
        self.gaps_unstored |= self.gaps.len() < known;
    }

    /// Counts what `cursor` never saw.
    pub(crate) fn count(&mut self, cursor: &CursorName, reason: Reason, records: u64) {
        self.unstored.insert(cursor.clone());
        let total = self
            .dropped
            .entry((cursor.clone(), reason.as_str()))
            .or_default();
        *total = total.saturating_add(records);
    }
}

fn reason_of(name: &str) -> Option<Reason> {
    Reason::ALL
        .into_iter()
        .find(|reason| reason.as_str() == name)
}
