//! Segments: files of frames, named by the first sequence number they hold.

use crate::{JournalError, frame};
use std::{
    fs::{File, OpenOptions},
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// What a segment begins with: eight bytes and the format's number.
const MAGIC: &[u8; 8] = b"jaunt-jn";
/// The newest format that this version reads, and the one it writes.
const FORMAT: u32 = 1;
/// Bytes before the first frame.
pub(crate) const HEADER: u64 = 12;

/// A segment's place and extent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The sequence number of its first frame, or of the frame that will be.
    pub(crate) first: u64,
    /// The sequence number after its last frame.
    pub(crate) next: u64,
    /// Bytes, the header included.
    pub(crate) size: u64,
    /// The instant of its newest frame, Unix ns; `i64::MIN` for an empty one.
    pub(crate) newest_ns: i64,
    /// Where some of its frames begin: sequence number and offset, ascending.
    pub(crate) marks: Vec<(u64, u64)>,
    /// Whether it takes no more: a sync of it failed, or it ends in damage, of which what would be
    /// written behind might make a frame.
    pub(crate) sealed: bool,
}

/// Bytes between two marks: 16 bytes of memory for each, and no more than this to read in vain.
const BETWEEN_MARKS: u64 = 64 << 10;

impl Segment {
    /// A segment without frames.
    pub(crate) const fn empty(first: u64) -> Self {
        Self {
            first,
            next: first,
            size: HEADER,
            newest_ns: i64::MIN,
            marks: Vec::new(),
            sealed: false,
        }
    }

    /// Notes that the frame with `sequence` begins at `offset`, if that is far from the last mark.
    pub(crate) fn mark(&mut self, sequence: u64, offset: u64) {
        let last = self.marks.last().map_or(HEADER, |(_, offset)| *offset);
        if offset >= last + BETWEEN_MARKS {
            self.marks.push((sequence, offset));
        }
    }

    /// Where to begin reading for the frames from `sequence` on.
    pub(crate) fn start(&self, sequence: u64) -> u64 {
        let passed = self.marks.partition_point(|(first, _)| *first <= sequence);
        let mark = passed.checked_sub(1).and_then(|last| self.marks.get(last));
        mark.map_or(HEADER, |(_, offset)| *offset)
    }

    /// Its file.
    pub(crate) fn path(&self, folder: &Path) -> PathBuf {
        path(folder, self.first)
    }
}

/// The file of the segment that begins with `first`.
pub(crate) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.segment"))
}

/// The first sequence number that a file's name states; `None` for other files.
pub(crate) fn first_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".segment")?;
    let first = (name.len() == 20).then(|| name.parse().ok())?;
    first.filter(|first| *first <= frame::LAST)
}

/// Makes an empty segment.
pub(crate) fn create(folder: &Path, first: u64) -> std::io::Result<File> {
    let path = path(folder, first);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)?;
    let header = [&MAGIC[..], &FORMAT.to_le_bytes()].concat();
    if let Err(error) = file.write_all(&header) {
        // An empty file would be read as damage at the next start.
        let _ = std::fs::remove_file(&path);
        return Err(error);
    }
    Ok(file)
}

/// What a segment's first bytes say.
pub(crate) enum Head {
    /// Frames follow.
    Good,
    /// The header itself is cut or damaged.
    Damaged,
}

/// Whether `bytes` begin with a header that this version reads.
///
/// # Errors
/// [`JournalError::Newer`] for a format that this version does not know.
pub(crate) fn head(path: &Path, bytes: &[u8]) -> Result<Head, JournalError> {
    let Some(format) = bytes
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.first_chunk::<4>())
    else {
        return Ok(Head::Damaged);
    };
    match u32::from_le_bytes(*format) {
        FORMAT => Ok(Head::Good),
        0 => Ok(Head::Damaged),
        found => Err(JournalError::Newer {
            path: path.to_owned(),
            found,
            known: FORMAT,
        }),
    }
}

/// Reads up to `length` bytes at `offset`.
pub(crate) fn read_at(file: &File, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
