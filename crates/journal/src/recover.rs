//! Starting on what an earlier process left: a torn tail is cut, damage is counted, nothing panics.

use crate::{
    JournalError, frame,
    read::Window,
    segment::{self, Head, Segment},
};
use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    path::Path,
    time::UNIX_EPOCH,
};

/// What was found at the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Bytes cut from the end: frames that were not written whole.
    pub torn_bytes: u64,
    /// Bytes passed over inside the newest segment.
    pub damaged_bytes: u64,
    /// The file of a cursor, or that of the gaps, could not be read: that cursor begins anew.
    pub cursors_lost: bool,
    /// Files that are no segments although they are named so; set aside as `*.damaged`.
    pub set_aside: u64,
}

/// The segments in `folder`, the newest proven frame by frame and cut behind its last whole one.
///
/// Older ones were whole when the next was begun; damage that befell them since shows when they
/// are read, and reading a gigabyte at every start would not change that.
pub(crate) fn segments(
    folder: &Path,
    found: &mut Recovered,
) -> Result<VecDeque<Segment>, JournalError> {
    let mut firsts = list(folder)?;
    firsts.sort_unstable();
    let mut segments = VecDeque::new();
    let mut upper = None;
    for first in firsts.into_iter().rev() {
        let segment = match upper {
            None => newest(folder, first, found)?,
            Some(next) => older(folder, first, next, found)?,
        };
        if let Some(segment) = segment {
            upper = Some(segment.first);
            segments.push_front(segment);
        }
    }
    Ok(segments)
}

fn list(folder: &Path) -> Result<Vec<u64>, JournalError> {
    let open = |source| JournalError::Open {
        path: folder.to_owned(),
        source,
    };
    let mut firsts = Vec::new();
    for file in fs::read_dir(folder).map_err(open)? {
        firsts.extend(segment::first_of(&file.map_err(open)?.path()));
    }
    Ok(firsts)
}

/// An older segment: its extent is known from its name and the next one's.
fn older(
    folder: &Path,
    first: u64,
    next: u64,
    found: &mut Recovered,
) -> Result<Option<Segment>, JournalError> {
    let path = segment::path(folder, first);
    let read = |source| JournalError::Read {
        path: path.clone(),
        source,
    };
    let file = File::open(&path).map_err(read)?;
    let about = file.metadata().map_err(read)?;
    let bytes = segment::read_at(&file, 0, 12).map_err(read)?;
    if matches!(segment::head(&path, &bytes)?, Head::Damaged) {
        return set_aside(&path, found);
    }
    // When it was last written to is when its newest record came, near enough for an age of hours.
    let modified = about
        .modified()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let newest_ns = modified
        .and_then(|at| i64::try_from(at.as_nanos()).ok())
        .unwrap_or(i64::MAX);
    Ok(Some(Segment {
        first,
        next,
        size: about.len(),
        newest_ns,
        marks: Vec::new(),
        sealed: true,
    }))
}

fn newest(
    folder: &Path,
    first: u64,
    found: &mut Recovered,
) -> Result<Option<Segment>, JournalError> {
    let path = segment::path(folder, first);
    let read = |source| JournalError::Read {
        path: path.clone(),
        source,
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(read)?;
    let length = file.metadata().map_err(read)?.len();
    let bytes = segment::read_at(&file, 0, 12).map_err(read)?;
    if matches!(segment::head(&path, &bytes)?, Head::Damaged) {
        return set_aside(&path, found);
    }
    let mut scanned = Segment::empty(first);
    let mut window = Window::new(&file, length);
    while let Some((sequence, at_ns, payload)) = window.next_frame().map_err(read)? {
        let size = (frame::HEAD + payload.len()) as u64;
        scanned.size = window.offset();
        // A copy of what came before, from another segment or this one: readers pass over it, and
        // its numbers are not used again.
        if sequence < scanned.next {
            found.damaged_bytes += size;
            continue;
        }
        scanned.mark(sequence, window.offset() - size);
        scanned.next = sequence + 1;
        scanned.newest_ns = scanned.newest_ns.max(at_ns);
    }
    // A record damaged where it ends the segment had a number as well: it stays, so that the number
    // is not used again and every cursor counts it. What is appended begins another segment.
    let tail = usize::try_from(length.saturating_sub(scanned.size)).unwrap_or(usize::MAX);
    let tail = segment::read_at(&file, scanned.size, tail).map_err(read)?;
    let (records, bytes) = frame::damaged(&tail);
    scanned.next += records;
    scanned.size += bytes as u64;
    scanned.sealed = records > 0;
    found.torn_bytes += length.saturating_sub(scanned.size);
    found.damaged_bytes += window
        .damaged
        .saturating_sub(length.saturating_sub(scanned.size));
    if length > scanned.size {
        file.set_len(scanned.size)
            .map_err(|source| JournalError::Write {
                path: path.clone(),
                source,
            })?;
    }
    Ok(Some(scanned))
}

/// A file that is no segment is kept for people, out of the way.
fn set_aside(path: &Path, found: &mut Recovered) -> Result<Option<Segment>, JournalError> {
    found.set_aside += 1;
    let beside = path.with_extension("damaged");
    fs::rename(path, beside).map_err(|source| JournalError::Write {
        path: path.to_owned(),
        source,
    })?;
    Ok(None)
}
