//! Cursors and gaps on disk: `NAME.cursor` for each cursor, and `gaps`.
//!
//! ```text
//! magic 8 bytes | format u32 | checksum u32 | protobuf
//! ```

use super::{Checkpoint, CursorName, Gap, State, reason_of};
use crate::{JournalError, frame};
use prost::Message;
use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

const MAGIC: &[u8; 8] = b"jaunt-js";
const FORMAT: u32 = 1;

impl State {
    /// Reads the state in `folder`; the second is whether a file was there and could not be read.
    ///
    /// # Errors
    /// [`JournalError::Newer`] for a file of a newer jaunt; the folder or a file cannot be read.
    pub(crate) fn load(folder: &Path) -> Result<(Self, bool), JournalError> {
        let open = |source| JournalError::Open {
            path: folder.to_owned(),
            source,
        };
        let (mut state, mut lost) = (Self::default(), false);
        for file in fs::read_dir(folder).map_err(open)? {
            let path = file.map_err(open)?.path();
            let Some(name) = name_of(&path) else {
                continue;
            };
            let read = read::<StoredCursor>(&path)?;
            lost |= read.is_none_or(|stored| stored.into_state(&name, &mut state).is_none());
        }
        let path = gaps_path(folder);
        if path.exists() {
            let gaps = read::<StoredGaps>(&path)?.and_then(StoredGaps::into_gaps);
            lost |= gaps.is_none();
            state.gaps = gaps.unwrap_or_default();
        }
        Ok((state, lost))
    }

    /// Replaces the files of what changed, and returns once they are on the platter. What cannot be
    /// written is tried again the next time.
    pub(crate) fn store(&mut self, folder: &Path) -> Result<(), JournalError> {
        if self.unstored.is_empty() && !self.gaps_unstored {
            return Ok(());
        }
        // Cursors first: a gap is forgotten once they have passed it, and not before.
        for name in &self.unstored {
            let body = StoredCursor::from_state(self, name).encode_to_vec();
            replace(&cursor_path(folder, name), &body)?;
        }
        if self.gaps_unstored {
            let body = StoredGaps::from_gaps(&self.gaps).encode_to_vec();
            replace(&gaps_path(folder), &body)?;
        }
        sync_folder(folder)?;
        self.unstored.clear();
        self.gaps_unstored = false;
        Ok(())
    }

    /// Removes a cursor with its file and its counts.
    pub(crate) fn remove(&mut self, folder: &Path, name: &CursorName) -> Result<(), JournalError> {
        self.cursors.remove(name);
        self.unstored.remove(name);
        self.dropped.retain(|(cursor, _), _| cursor != name);
        self.forget_gaps();
        let path = cursor_path(folder, name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                return Err(JournalError::Write { path, source });
            }
            Ok(()) | Err(_) => {}
        }
        sync_folder(folder)?;
        self.store(folder)
    }
}

const SUFFIX: &str = ".cursor";

fn cursor_path(folder: &Path, name: &CursorName) -> PathBuf {
    folder.join(format!("{}{SUFFIX}", name.as_str()))
}

/// The cursor that a file belongs to; `None` for other files.
fn name_of(path: &Path) -> Option<CursorName> {
    let name = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?;
    CursorName::new(name).ok()
}

fn gaps_path(folder: &Path) -> PathBuf {
    folder.join("gaps")
}

/// What a file says; `None` where it is damaged.
fn read<T: Message + Default>(path: &Path) -> Result<Option<T>, JournalError> {
    let bytes = fs::read(path).map_err(|source| JournalError::Read {
        path: path.to_owned(),
        source,
    })?;
    let Some((format, sum, body)) = split(&bytes) else {
        return Ok(None);
    };
    if format > FORMAT {
        return Err(JournalError::Newer {
            path: path.to_owned(),
            found: format,
            known: FORMAT,
        });
    }
    let proven = crc32fast::hash(body) == sum;
    Ok(proven.then(|| T::decode(body).ok()).flatten())
}

fn split(bytes: &[u8]) -> Option<(u32, u32, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (format, rest) = rest.split_first_chunk::<4>()?;
    let (sum, body) = rest.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*format), u32::from_le_bytes(*sum), body))
}

/// Replaces a file whole: written beside it, synced and renamed; the folder is yet to be synced.
fn replace(path: &Path, body: &[u8]) -> Result<(), JournalError> {
    let sum = crc32fast::hash(body).to_le_bytes();
    let bytes = [&MAGIC[..], &FORMAT.to_le_bytes(), &sum, body].concat();
    let beside = path.with_extension("new");
    let written = || -> io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(&bytes)?;
        file.sync_data()?;
        fs::rename(&beside, path)
    };
    written().map_err(|source| JournalError::Write {
        path: path.to_owned(),
        source,
    })
}

fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    File::open(folder)
        .and_then(|opened| opened.sync_all())
        .map_err(|source| JournalError::Write {
            path: folder.to_owned(),
            source,
        })
}

/// A cursor by field numbers, which never change their meaning.
#[derive(Clone, PartialEq, Message)]
struct StoredCursor {
    #[prost(uint64, tag = "1")]
    next: u64,
    #[prost(bytes = "vec", tag = "2")]
    kept: Vec<u8>,
    #[prost(message, repeated, tag = "3")]
    dropped: Vec<StoredDrop>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredDrop {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(uint64, tag = "2")]
    records: u64,
}

/// The gaps by field numbers, which never change their meaning.
#[derive(Clone, PartialEq, Message)]
struct StoredGaps {
    #[prost(message, repeated, tag = "1")]
    gaps: Vec<StoredGap>,
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

impl StoredCursor {
    fn from_state(state: &State, name: &CursorName) -> Self {
        let at = state.cursors.get(name).cloned().unwrap_or_default();
        let own = state
            .dropped
            .iter()
            .filter(|((cursor, _), _)| cursor == name);
        let dropped = own.map(|((_, reason), records)| StoredDrop {
            reason: (*reason).to_owned(),
            records: *records,
        });
        Self {
            next: at.next,
            kept: at.kept,
            dropped: dropped.collect(),
        }
    }

    /// Adds the cursor to `state`; `None` where it counts by a reason that is none, or stands where
    /// no record is.
    fn into_state(self, name: &CursorName, state: &mut State) -> Option<()> {
        let Self {
            next,
            kept,
            dropped,
        } = self;
        if next > frame::LAST {
            return None;
        }
        for StoredDrop { reason, records } in dropped {
            let key = (name.clone(), reason_of(&reason)?.as_str());
            state.dropped.insert(key, records);
        }
        state
            .cursors
            .insert(name.clone(), Checkpoint { next, kept });
        Some(())
    }
}

impl StoredGaps {
    fn from_gaps(gaps: &[Gap]) -> Self {
        let stored = gaps.iter().map(|gap| StoredGap {
            first: gap.first,
            next: gap.next,
            reason: gap.reason.as_str().to_owned(),
        });
        Self {
            gaps: stored.collect(),
        }
    }

    /// The gaps; `None` where they are not ascending stretches of numbers that records have.
    fn into_gaps(self) -> Option<Vec<Gap>> {
        let mut least = 0;
        let gap = |stored: StoredGap| {
            let ascends = least <= stored.first && stored.first < stored.next;
            if !ascends || stored.next > frame::LAST {
                return None;
            }
            least = stored.next;
            Some(Gap {
                first: stored.first,
                next: stored.next,
                reason: reason_of(&stored.reason)?,
            })
        };
        self.gaps.into_iter().map(gap).collect()
    }
}
