//! The journal itself: one owner, who appends, reads, advances cursors and enforces the bounds.

mod write;

use crate::{
    Batch, Bounds, Checkpoint, CursorName, Dropped, JournalError, Reason, Recovered,
    cursor::{Gap, State},
    frame::{self, Frame},
    read::{Limit, Reading},
    recover,
    segment::Segment,
};
use std::{
    collections::{BTreeMap, VecDeque},
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// When what was appended goes to the platter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// When the owner calls [`Journal::sync`], once a second or so.
    Batched,
    /// Before [`Journal::append`] returns.
    Always,
}

/// Where an appended record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// With the kernel: it survives the process.
    Written,
    /// In memory, since the disk refused it; [`Journal::trouble`] says why.
    Held,
}

/// A durable log of records with named cursors. See the crate's documentation.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    bounds: Bounds,
    sync: Sync,
    /// Held for as long as the journal is open.
    _lock: File,
    state: State,
    /// Ascending; the last one is written to.
    segments: VecDeque<Segment>,
    active: Option<File>,
    /// What the disk refused, ascending, behind all that is in segments.
    held: VecDeque<Held>,
    held_bytes: usize,
    next: u64,
    unsynced: bool,
    /// The first sequence number that is not on the platter for sure.
    synced: u64,
    doubtful: u64,
    trouble: Option<String>,
}

#[derive(Debug)]
struct Held {
    sequence: u64,
    at_ns: i64,
    payload: Vec<u8>,
}

impl Journal {
    /// Opens the journal in `folder`, made if it is not there.
    ///
    /// A torn tail is cut at the last good record. The folder is locked for this process until the
    /// journal is dropped.
    ///
    /// # Errors
    /// The folder cannot be made or read, another process holds it, or a newer jaunt wrote it.
    pub fn open(
        folder: &Path,
        bounds: Bounds,
        sync: Sync,
    ) -> Result<(Self, Recovered), JournalError> {
        let open = |source| JournalError::Open {
            path: folder.to_owned(),
            source,
        };
        fs::create_dir_all(folder).map_err(open)?;
        let lock = lock(folder)?;
        let mut found = Recovered::default();
        let (state, lost) = State::load(folder)?;
        found.cursors_lost = lost;
        let segments = recover::segments(folder, &mut found)?;
        // A cursor may be ahead of the segments where the power went before they were synced:
        // numbers are never used twice.
        let read = state
            .cursors
            .values()
            .map(|cursor| cursor.next)
            .max()
            .unwrap_or(0);
        let gaps = state.gaps.last().map_or(0, |gap| gap.next);
        let next = segments
            .back()
            .map_or(0, |segment| segment.next)
            .max(read)
            .max(gaps);
        let journal = Self {
            folder: folder.to_owned(),
            bounds,
            sync,
            _lock: lock,
            state,
            segments,
            active: None,
            held: VecDeque::new(),
            held_bytes: 0,
            next,
            unsynced: false,
            synced: next,
            doubtful: 0,
            trouble: None,
        };
        Ok((journal, found))
    }

    /// Appends a record: it is with the kernel when this returns, or held in memory.
    ///
    /// `at_ns` is the instant, Unix ns, that the age bound is held against. A payload beyond 4 MiB
    /// is not a record and is counted as dropped.
    pub fn append(&mut self, at_ns: i64, payload: &[u8]) -> Appended {
        let sequence = self.next;
        self.next += 1;
        if payload.len() > frame::MAX_PAYLOAD {
            self.lose_held(sequence);
            return Appended::Held;
        }
        self.flush_held();
        if self.held.is_empty() {
            match self.write(&Frame {
                sequence,
                at_ns,
                payload,
            }) {
                Ok(()) => return Appended::Written,
                Err(error) => self.trouble = Some(error.to_string()),
            }
        }
        self.hold(Held {
            sequence,
            at_ns,
            payload: payload.to_vec(),
        });
        Appended::Held
    }

    /// Puts what was appended on the platter, and tries again what the disk refused.
    ///
    /// A segment whose file was removed from outside takes no more from here on.
    ///
    /// # Errors
    /// The disk does not take it; what is held stays held. What was written since the last sync is
    /// then in doubt, see [`Journal::doubtful`], and the next record begins a new segment.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.flush_held();
        let Some(segment) = self.segments.back() else {
            return Ok(());
        };
        let path = segment.path(&self.folder);
        let removed = |file: &File| file.metadata().is_ok_and(|about| about.nlink() == 0);
        if self.active.as_ref().is_some_and(removed) {
            // What it held is lost to every cursor, which counts it where it comes by.
            self.active = None;
            self.unsynced = false;
            return Ok(());
        }
        self.sync_active()
            .map_err(|source| JournalError::Write { path, source })
    }

    /// Records that the kernel took and that a sync then failed for, since the journal was opened.
    ///
    /// They may still be read, and may be gone after a loss of power; cursors that miss them then
    /// count them as damaged.
    pub const fn doubtful(&self) -> u64 {
        self.doubtful
    }

    /// Why the disk refuses, while it does.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// How many records are held in memory, and their bytes.
    pub fn held(&self) -> (usize, usize) {
        (self.held.len(), self.held_bytes)
    }

    /// Bytes on disk, headers included.
    pub fn size(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size).sum()
    }

    /// The sequence number that the next record gets.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Makes sure that `cursor` exists, at the oldest record where it is new, and gives it back.
    pub fn cursor(&mut self, cursor: &CursorName) -> &Checkpoint {
        if !self.state.cursors.contains_key(cursor) {
            self.state.change(cursor).next = self.oldest();
        }
        self.state.cursors.entry(cursor.clone()).or_default()
    }

    /// The cursors that exist.
    pub const fn cursors(&self) -> &BTreeMap<CursorName, Checkpoint> {
        &self.state.cursors
    }

    /// Forgets a cursor, and what it never saw: nobody reads by it any more.
    ///
    /// # Errors
    /// Its file cannot be removed.
    pub fn forget(&mut self, cursor: &CursorName) -> Result<(), JournalError> {
        self.state.remove(&self.folder, cursor)
    }

    /// Reads from the sequence number `from` on: at most `records`, and no more once `bytes` are
    /// exceeded; one record always, if there is one.
    ///
    /// # Errors
    /// A segment cannot be read. Damage inside one is no error: it is in [`Batch::lost`].
    pub fn read(&self, from: u64, records: usize, bytes: usize) -> Result<Batch, JournalError> {
        let mut reading = Reading::new(&self.state, from, Limit { records, bytes });
        for segment in self.segments.iter().filter(|segment| segment.next > from) {
            if !reading.wants_more() {
                return Ok(reading.finish());
            }
            reading.take_segment(&self.folder, segment)?;
        }
        let reached = self.held.partition_point(|held| held.sequence < from);
        for held in self.held.iter().skip(reached) {
            if !reading.wants_more() {
                return Ok(reading.finish());
            }
            reading.take(held.sequence, held.at_ns, &held.payload);
        }
        if reading.wants_more() {
            reading.pass_over(self.next);
        }
        Ok(reading.finish())
    }

    /// Moves `cursor` behind `batch`, with what its reader keeps as of there, and counts what the
    /// batch passed over; on the platter when this returns.
    ///
    /// # Errors
    /// The cursor's file cannot be written: the move holds for this process, and is stored with the
    /// next one that succeeds.
    pub fn advance(
        &mut self,
        cursor: &CursorName,
        batch: &Batch,
        kept: Vec<u8>,
    ) -> Result<(), JournalError> {
        for (reason, records) in &batch.lost {
            self.state.count(cursor, *reason, *records);
        }
        let at = self.state.change(cursor);
        at.next = at.next.max(batch.next);
        at.kept = kept;
        self.state.forget_gaps();
        self.state.store(&self.folder)
    }

    /// How many records `cursor` has yet to read; `None` for one that does not exist.
    pub fn depth(&self, cursor: &CursorName) -> Option<u64> {
        let from = self.state.cursors.get(cursor)?.next;
        let gaps: u64 = self
            .state
            .gaps_in(from, self.next)
            .map(|(_, records)| records)
            .sum();
        Some(self.next.saturating_sub(from).saturating_sub(gaps))
    }

    /// When the oldest record that `cursor` has yet to read was appended (Unix ns, as it was appended
    /// with); `None` where there is none, or it cannot be read.
    pub fn waiting_since(&self, cursor: &CursorName) -> Option<i64> {
        let from = self.state.cursors.get(cursor)?.next;
        if from >= self.next {
            return None;
        }
        let batch = self.read(from, 1, 0).ok()?;
        batch.entries.first().map(|entry| entry.at_ns)
    }

    /// What cursors never saw, by cursor and reason, since the journal was made.
    pub fn dropped(&self) -> impl Iterator<Item = (&CursorName, &'static str, u64)> {
        self.state
            .dropped
            .iter()
            .map(|((cursor, reason), records)| (cursor, *reason, *records))
    }

    /// The sequence number before which everything goes at the next [`Journal::enforce`]; a reader
    /// that keeps totals reads and checkpoints up to there first.
    pub fn going(&self, now_ns: i64) -> Option<u64> {
        let (mut size, mut left) = (self.size(), self.segments.len());
        let mut going = None;
        for segment in &self.segments {
            if self.why_over(segment, now_ns, size, left).is_none() {
                return going;
            }
            going = Some(segment.next);
            size -= segment.size;
            left -= 1;
        }
        going
    }

    /// Lets the oldest whole segments go until the bounds hold, and says what no cursor will see.
    ///
    /// # Errors
    /// A file cannot be removed, which is tried again the next time, or a cursor's file not be
    /// written. What went before is in [`Journal::dropped`] all the same.
    pub fn enforce(&mut self, now_ns: i64) -> Result<Vec<Dropped>, JournalError> {
        let mut dropped = Vec::new();
        while let Some((segment, reason)) = self.over(now_ns) {
            let (first, next, path) = (segment.first, segment.next, segment.path(&self.folder));
            // Counted before it goes: a kill in between counts it once and finds a stray file. A
            // second time counts nothing: no cursor stands in it any more.
            dropped.extend(self.let_go(first, next, reason));
            let stored = self.state.store(&self.folder);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(JournalError::Write { path, source });
                }
                Ok(()) | Err(_) => {}
            }
            self.segments.pop_front();
            if self.segments.is_empty() {
                self.active = None;
            }
            // On a full disk the count can only be written once the file is gone.
            stored.or_else(|_| self.state.store(&self.folder))?;
        }
        Ok(dropped)
    }

    /// The oldest segment, if a bound says that it goes.
    fn over(&self, now_ns: i64) -> Option<(&Segment, Reason)> {
        let oldest = self.segments.front()?;
        let why = self.why_over(oldest, now_ns, self.size(), self.segments.len())?;
        Some((oldest, why))
    }

    /// Why `oldest` goes, if it does, where it is the first of `left` segments of `size` bytes.
    fn why_over(&self, oldest: &Segment, now_ns: i64, size: u64, left: usize) -> Option<Reason> {
        let age = i64::try_from(self.bounds.max_age.as_nanos()).unwrap_or(i64::MAX);
        if oldest.newest_ns != i64::MIN && oldest.newest_ns < now_ns.saturating_sub(age) {
            return Some(Reason::Old);
        }
        (left > 1 && size > self.bounds.max_size).then_some(Reason::Full)
    }

    /// Books the oldest segment as gone: cursors that stood in or before it move behind it.
    fn let_go(&mut self, first: u64, next: u64, reason: Reason) -> Vec<Dropped> {
        let behind: Vec<(CursorName, u64)> = self
            .state
            .cursors
            .iter()
            .filter(|(_, cursor)| cursor.next < next)
            .map(|(name, cursor)| (name.clone(), cursor.next))
            .collect();
        let mut dropped = Vec::new();
        for (cursor, from) in behind {
            let mut lost: Vec<(Reason, u64)> = self.state.gaps_in(from, next).collect();
            let known: u64 = lost.iter().map(|(_, records)| records).sum();
            // What stood before the oldest segment and is in no known gap was damaged.
            let before = first.saturating_sub(from);
            let damaged =
                before.saturating_sub(self.state.gaps_in(from, first).map(|(_, n)| n).sum());
            lost.push((Reason::Corrupt, damaged));
            lost.push((reason, (next - from).saturating_sub(known + damaged)));
            for (reason, records) in lost.into_iter().filter(|(_, records)| *records > 0) {
                self.state.count(&cursor, reason, records);
                dropped.push(Dropped {
                    cursor: cursor.clone(),
                    records,
                    reason,
                });
            }
            self.state.change(&cursor).next = next;
        }
        self.state.forget_gaps();
        dropped
    }

    /// Books a record that never reached the disk as gone: cursors that stand at it move on, those
    /// behind it will find a gap.
    fn lose_held(&mut self, sequence: u64) {
        let waiting = self
            .state
            .cursors
            .iter()
            .filter(|(_, cursor)| cursor.next == sequence);
        let waiting: Vec<CursorName> = waiting.map(|(name, _)| name.clone()).collect();
        for name in waiting {
            self.state.count(&name, Reason::DiskRefused, 1);
            self.state.change(&name).next = sequence + 1;
        }
        self.state.add_gap(Gap {
            first: sequence,
            next: sequence + 1,
            reason: Reason::DiskRefused,
        });
        self.state.forget_gaps();
    }

    fn oldest(&self) -> u64 {
        let on_disk = self.segments.front().map(|segment| segment.first);
        on_disk
            .or_else(|| self.held.front().map(|held| held.sequence))
            .unwrap_or(self.next)
    }
}

fn lock(folder: &Path) -> Result<File, JournalError> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|source| JournalError::Open {
        path: folder.to_owned(),
        source,
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked {
            path: folder.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(JournalError::Open {
            path: folder.to_owned(),
            source,
        }),
    }
}
