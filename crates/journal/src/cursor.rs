//! Cursors: how far each reader has come, what it has summed up so far, and what it never saw.
//!
//! All of it stands in one small file that is replaced whole, so that a position, the totals that
//! belong to it, and the count of what was dropped on the way change together or not at all.

use crate::{JournalError, Reason};
use prost::Message;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

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

/// Everything that the state file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) cursors: BTreeMap<CursorName, Checkpoint>,
    /// Known gaps, ascending and apart.
    pub(crate) gaps: Vec<Gap>,
    /// What each cursor never saw, by reason, since the journal was made.
    pub(crate) dropped: BTreeMap<(CursorName, &'static str), u64>,
}

const MAGIC: &[u8; 8] = b"jaunt-js";
const FORMAT: u32 = 1;
const REASONS: [Reason; 4] = [
    Reason::Full,
    Reason::Old,
    Reason::Corrupt,
    Reason::DiskRefused,
];

impl State {
    /// Reads the state in `folder`; the second is whether one was there and could not be read.
    ///
    /// # Errors
    /// [`JournalError::Newer`] for a file of a newer jaunt.
    pub(crate) fn load(folder: &Path) -> Result<(Self, bool), JournalError> {
        let path = path(folder);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok((Self::default(), false));
            }
            Err(source) => return Err(JournalError::Read { path, source }),
        };
        let Some((format, sum, body)) = split(&bytes) else {
            return Ok((Self::default(), true));
        };
        if format > FORMAT {
            return Err(JournalError::Newer {
                path,
                found: format,
                known: FORMAT,
            });
        }
        let read = (crc32fast::hash(body) == sum)
            .then(|| Stored::decode(body).ok())
            .flatten();
        match read.and_then(Stored::into_state) {
            Some(state) => Ok((state, false)),
            None => Ok((Self::default(), true)),
        }
    }

    /// Replaces the state in `folder`, and returns once it is on the platter.
    pub(crate) fn store(&self, folder: &Path) -> Result<(), JournalError> {
        let body = Stored::from_state(self).encode_to_vec();
        let sum = crc32fast::hash(&body).to_le_bytes();
        let bytes = [&MAGIC[..], &FORMAT.to_le_bytes(), &sum, &body].concat();
        let path = path(folder);
        replace(&path, &bytes).map_err(|source| JournalError::Write { path, source })
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
        self.gaps.retain(|gap| gap.next > slowest);
    }

    /// Counts what `cursor` never saw.
    pub(crate) fn count(&mut self, cursor: &CursorName, reason: Reason, records: u64) {
        let total = self
            .dropped
            .entry((cursor.clone(), reason.as_str()))
            .or_default();
        *total = total.saturating_add(records);
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("cursors")
}

fn split(bytes: &[u8]) -> Option<(u32, u32, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (format, rest) = rest.split_first_chunk::<4>()?;
    let (sum, body) = rest.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*format), u32::from_le_bytes(*sum), body))
}

/// Replaces a file whole: written beside it, synced, renamed, and the folder synced.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// The state by field numbers, which never change their meaning.
#[derive(Clone, PartialEq, Message)]
struct Stored {
    #[prost(message, repeated, tag = "1")]
    cursors: Vec<StoredCursor>,
    #[prost(message, repeated, tag = "2")]
    gaps: Vec<StoredGap>,
    #[prost(message, repeated, tag = "3")]
    dropped: Vec<StoredDrop>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredCursor {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(uint64, tag = "2")]
    next: u64,
    #[prost(bytes = "vec", tag = "3")]
    kept: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredGap {
    #[prost(uint64, tag = "1")]
    first: u64,
    #[prost(uint64, tag = "2")]
    next: u64,
    #[prost(string, tag = "3")]
    reason: String,
}

#[derive(Clone, PartialEq, Message)]
struct StoredDrop {
    #[prost(string, tag = "1")]
    cursor: String,
    #[prost(string, tag = "2")]
    reason: String,
    #[prost(uint64, tag = "3")]
    records: u64,
}

impl Stored {
    fn from_state(state: &State) -> Self {
        let cursor = |(name, at): (&CursorName, &Checkpoint)| StoredCursor {
            name: name.0.clone(),
            next: at.next,
            kept: at.kept.clone(),
        };
        let gap = |gap: &Gap| StoredGap {
            first: gap.first,
            next: gap.next,
            reason: gap.reason.as_str().to_owned(),
        };
        let dropped = |((cursor, reason), records): (&(CursorName, &str), &u64)| StoredDrop {
            cursor: cursor.0.clone(),
            reason: (*reason).to_owned(),
            records: *records,
        };
        Self {
            cursors: state.cursors.iter().map(cursor).collect(),
            gaps: state.gaps.iter().map(gap).collect(),
            dropped: state.dropped.iter().map(dropped).collect(),
        }
    }

    fn into_state(self) -> Option<State> {
        let mut state = State::default();
        for StoredCursor { name, next, kept } in self.cursors {
            state
                .cursors
                .insert(CursorName::new(&name).ok()?, Checkpoint { next, kept });
        }
        for StoredGap {
            first,
            next,
            reason,
        } in self.gaps
        {
            state.gaps.push(Gap {
                first,
                next,
                reason: reason_of(&reason)?,
            });
        }
        for StoredDrop {
            cursor,
            reason,
            records,
        } in self.dropped
        {
            let key = (CursorName::new(&cursor).ok()?, reason_of(&reason)?.as_str());
            state.dropped.insert(key, records);
        }
        Some(state)
    }
}

fn reason_of(name: &str) -> Option<Reason> {
    REASONS.into_iter().find(|reason| reason.as_str() == name)
}
