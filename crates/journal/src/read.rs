//! Reading: from a sequence number on, over segments and what memory holds, with gaps accounted for.

use crate::{
    JournalError, Reason,
    cursor::State,
    frame::{self, Parsed},
    segment::{self, Segment},
};
use std::{fs::File, path::Path};

/// A record as it was appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence number.
    pub sequence: u64,
    /// The instant it was appended with, Unix ns.
    pub at_ns: i64,
    /// What was appended.
    pub payload: Vec<u8>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The records, ascending.
    pub entries: Vec<Entry>,
    /// Where to go on: behind the last record, or behind a gap that ends what is there.
    pub next: u64,
    /// Sequence numbers passed over because no frame holds them, by reason.
    pub lost: Vec<(Reason, u64)>,
}

/// How much one reading may take.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) records: usize,
    pub(crate) bytes: usize,
}

impl Limit {
    fn left(self, batch: &Batch, bytes: usize) -> bool {
        batch.entries.len() < self.records && (bytes < self.bytes || batch.entries.is_empty())
    }
}

/// A reading under way.
pub(crate) struct Reading<'a> {
    state: &'a State,
    batch: Batch,
    bytes: usize,
    limit: Limit,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(state: &'a State, from: u64, limit: Limit) -> Self {
        Self {
            state,
            batch: Batch {
                next: from,
                ..Batch::default()
            },
            bytes: 0,
            limit,
        }
    }

    /// Whether there is room for more.
    pub(crate) fn wants_more(&self) -> bool {
        self.limit.left(&self.batch, self.bytes)
    }

    /// Takes a record; those before `next` were read already.
    pub(crate) fn take(&mut self, sequence: u64, at_ns: i64, payload: &[u8]) {
        if sequence < self.batch.next {
            return;
        }
        self.pass_over(sequence);
        self.bytes += payload.len();
        self.batch.entries.push(Entry {
            sequence,
            at_ns,
            payload: payload.to_vec(),
        });
        self.batch.next = sequence + 1;
    }

    /// Accounts for the sequence numbers up to `to`, which no frame holds: known gaps by their
    /// reason, all else is damage.
    pub(crate) fn pass_over(&mut self, to: u64) {
        let Some(missing) = to
            .checked_sub(self.batch.next)
            .filter(|missing| *missing > 0)
        else {
            return;
        };
        let mut known = 0;
        for (reason, records) in self.state.gaps_in(self.batch.next, to) {
            known += records;
            add(&mut self.batch.lost, reason, records);
        }
        if missing > known {
            add(&mut self.batch.lost, Reason::Corrupt, missing - known);
        }
        self.batch.next = to;
    }

    pub(crate) fn finish(self) -> Batch {
        self.batch
    }

    /// Takes what `segment` holds, as far as there is room.
    pub(crate) fn take_segment(
        &mut self,
        folder: &Path,
        segment: &Segment,
    ) -> Result<(), JournalError> {
        let path = segment.path(folder);
        let read = |source| JournalError::Read {
            path: path.clone(),
            source,
        };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // Removed from outside: an error each time would stop the reader for good.
                self.pass_over(segment.next);
                return Ok(());
            }
            Err(error) => return Err(read(error)),
        };
        let mut window = Window::from(&file, segment.start(self.batch.next), segment.size);
        while self.wants_more() {
            let Some((sequence, at_ns, payload)) = window.next_frame().map_err(read)? else {
                self.pass_over(segment.next);
                return Ok(());
            };
            self.take(sequence, at_ns, payload);
        }
        Ok(())
    }
}

fn add(lost: &mut Vec<(Reason, u64)>, reason: Reason, records: u64) {
    match lost.iter_mut().find(|(known, _)| *known == reason) {
        Some((_, count)) => *count += records,
        None => lost.push((reason, records)),
    }
}

/// Bytes read at a time; a frame that is larger is read whole.
const WINDOW: usize = 256 << 10;

/// A stretch of a segment in memory, moved along as its frames are taken.
pub(crate) struct Window<'a> {
    file: &'a File,
    end: u64,
    /// Where `bytes` begins in the file.
    start: u64,
    bytes: Vec<u8>,
    /// The next frame within `bytes`.
    at: usize,
    /// Bytes that were skipped as damaged.
    pub(crate) damaged: u64,
}

impl<'a> Window<'a> {
    /// Over the frames of a segment of `end` bytes.
    pub(crate) fn new(file: &'a File, end: u64) -> Self {
        Self::from(file, segment::HEADER, end)
    }

    /// Over those from the offset `start` on, where one begins.
    pub(crate) fn from(file: &'a File, start: u64, end: u64) -> Self {
        Self {
            file,
            end,
            start,
            bytes: Vec::new(),
            at: 0,
            damaged: 0,
        }
    }

    /// Where in the file the next frame would begin.
    pub(crate) fn offset(&self) -> u64 {
        self.start + self.at as u64
    }

    /// The next good frame, damage skipped; `None` at the end.
    pub(crate) fn next_frame(&mut self) -> std::io::Result<Option<(u64, i64, &[u8])>> {
        let mut want = WINDOW;
        loop {
            let (partial, whole) = match frame::parse(self.bytes.get(self.at..).unwrap_or_default())
            {
                Parsed::Whole(found) => (false, Some((found.sequence, found.at_ns, found.size()))),
                Parsed::Partial => (true, None),
                Parsed::Damaged => (false, None),
            };
            if let Some((sequence, at_ns, size)) = whole {
                let payload = self.at + frame::HEAD..self.at + size;
                self.at += size;
                return Ok(Some((
                    sequence,
                    at_ns,
                    self.bytes.get(payload).unwrap_or_default(),
                )));
            }
            if partial && self.read_more(want)? {
                want *= 2;
            } else if !self.skip_damage()? {
                return Ok(None);
            }
        }
    }

    /// Reads on, keeping what is not taken yet; `false` at the end of the segment.
    fn read_more(&mut self, want: usize) -> std::io::Result<bool> {
        self.bytes.drain(..self.at);
        self.start += self.at as u64;
        self.at = 0;
        let from = self.start + self.bytes.len() as u64;
        let left = usize::try_from(self.end.saturating_sub(from)).unwrap_or(usize::MAX);
        let more = segment::read_at(self.file, from, want.min(left))?;
        self.bytes.extend_from_slice(&more);
        Ok(!more.is_empty())
    }

    /// Moves to the next good frame behind damage; `false` where none follows.
    ///
    /// The whole rest is looked at, so that a length that was damaged cannot hide what follows.
    fn skip_damage(&mut self) -> std::io::Result<bool> {
        while self.read_more(WINDOW)? {}
        if self.bytes.is_empty() {
            return Ok(false);
        }
        let found = frame::find(&self.bytes, 1);
        self.damaged += found.unwrap_or(self.bytes.len()) as u64;
        match found {
            Some(at) => self.at = at,
            None => return Ok(false),
        }
        Ok(true)
    }
}
