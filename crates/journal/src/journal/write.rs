//! Writing: into the last segment or a new one, and into memory where the disk refuses.

use super::{Held, Journal, Sync};
use crate::{
    frame::Frame,
    segment::{self, Segment},
};
use std::{fs::File, io, os::unix::fs::FileExt};

impl Journal {
    /// Keeps in memory what the disk refused; the oldest goes when that is full.
    pub(super) fn hold(&mut self, held: Held) {
        self.held_bytes += held.payload.len() + size_of::<Held>();
        self.held.push_back(held);
        while self.held_bytes > self.bounds.max_memory {
            let Some(oldest) = self.held.pop_front() else {
                return;
            };
            self.held_bytes -= oldest.payload.len() + size_of::<Held>();
            self.lose_held(oldest.sequence);
        }
    }

    pub(super) fn flush_held(&mut self) {
        while let Some(held) = self.held.pop_front() {
            let frame = Frame {
                sequence: held.sequence,
                at_ns: held.at_ns,
                payload: &held.payload,
            };
            if let Err(error) = self.write(&frame) {
                self.trouble = Some(error.to_string());
                self.held.push_front(held);
                return;
            }
            self.held_bytes -= held.payload.len() + size_of::<Held>();
        }
        self.trouble = None;
    }

    /// Writes a frame whole, or leaves the segment as it was.
    pub(super) fn write(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(frame.size());
        frame.write(&mut bytes);
        self.roll(frame.sequence, bytes.len() as u64)?;
        let (Some(file), Some(segment)) = (&self.active, self.segments.back_mut()) else {
            return Err(io::Error::other("no segment is open"));
        };
        let written = file.write_all_at(&bytes, segment.size);
        let written_whole = written.is_ok();
        let kept = match self.sync {
            Sync::Always => written.and_then(|()| file.sync_data()),
            Sync::Batched => written,
        };
        if let Err(error) = kept {
            // What was written of it would be damage, or be there twice; cutting works on a full
            // disk too.
            let _ = file.set_len(segment.size);
            if written_whole {
                self.seal();
            }
            return Err(error);
        }
        segment.mark(frame.sequence, segment.size);
        segment.size += bytes.len() as u64;
        segment.next = frame.sequence + 1;
        segment.newest_ns = segment.newest_ns.max(frame.at_ns);
        self.unsynced = self.sync == Sync::Batched;
        Ok(())
    }

    /// Sees to it that a segment with room for `bytes` more is open.
    fn roll(&mut self, sequence: u64, bytes: u64) -> io::Result<()> {
        let room = self.segments.back().is_some_and(|last| {
            let small = last.size + bytes <= self.bounds.segment_size();
            !last.sealed && (small || last.size == segment::HEADER)
        });
        if room {
            if self.active.is_some() || self.reopen()? {
                return Ok(());
            }
            // Removed from outside: readers find its numbers missing and count them.
            let file = segment::create(&self.folder, sequence)?;
            self.segments.pop_back();
            self.begin(file, sequence);
            return Ok(());
        }
        // What failed is counted; the new segment does not depend on it.
        let _ = self.sync_active();
        let file = segment::create(&self.folder, sequence)?;
        // A sealed segment without frames has the same name.
        if self
            .segments
            .back()
            .is_some_and(|last| last.first == sequence)
        {
            self.segments.pop_back();
        }
        self.begin(file, sequence);
        Ok(())
    }

    /// Opens the last segment again; `false` where its file is there no more.
    fn reopen(&mut self) -> io::Result<bool> {
        let Some(last) = self.segments.back() else {
            return Ok(false);
        };
        let opened = File::options()
            .read(true)
            .write(true)
            .open(last.path(&self.folder));
        match opened {
            Ok(file) => self.active = Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    fn begin(&mut self, file: File, sequence: u64) {
        self.active = Some(file);
        self.segments.push_back(Segment::empty(sequence));
    }

    /// Puts the last segment on the platter, or seals it.
    ///
    /// A kernel may call pages clean whose writing failed, so that a second sync of them would
    /// succeed and say nothing: nothing is asked of that file again.
    pub(super) fn sync_active(&mut self) -> io::Result<()> {
        let (true, Some(file)) = (self.unsynced, &self.active) else {
            return Ok(());
        };
        let synced = file.sync_data();
        self.unsynced = false;
        let written = self.segments.back().map_or(0, |segment| segment.next);
        let since = written.saturating_sub(self.synced);
        self.synced = self.synced.max(written);
        if synced.is_err() {
            self.doubtful = self.doubtful.saturating_add(since);
            self.seal();
        }
        synced
    }

    /// Begins a new segment with the next record.
    fn seal(&mut self) {
        self.active = None;
        if let Some(last) = self.segments.back_mut() {
            last.sealed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bounds, Reason, journal::Appended};

    /// `/dev/null` takes every write and refuses every sync.
    fn refuse_syncs(journal: &mut Journal) {
        let null = File::options().write(true).open("/dev/null").unwrap();
        journal.active = Some(null);
    }

    #[test]
    fn after_a_failed_sync_a_new_segment_is_begun_and_the_doubtful_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) =
            Journal::open(folder.path(), Bounds::default(), Sync::Batched).unwrap();
        journal.append(0, b"safe");
        journal.sync().unwrap();
        refuse_syncs(&mut journal);
        journal.append(0, b"in doubt");
        journal.append(0, b"in doubt");
        journal.sync().unwrap_err();
        assert_eq!(journal.doubtful(), 2);
        journal.append(0, b"after");
        journal.sync().unwrap();
        assert_eq!((journal.segments.len(), journal.doubtful()), (2, 2));
        let batch = journal.read(0, 9, usize::MAX).unwrap();
        let read: Vec<_> = batch.entries.iter().map(|e| e.sequence).collect();
        assert_eq!((read, batch.lost), (vec![0, 3], vec![(Reason::Corrupt, 2)]));
    }

    #[test]
    fn a_reading_begins_near_its_record_and_not_at_the_start_of_the_segment() {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            Journal::open(folder.path(), Bounds::default(), Sync::Batched)
                .unwrap()
                .0
        };
        let mut journal = open();
        for n in 0..1000_u16 {
            journal.append(0, &[&n.to_le_bytes()[..], &[7; 998]].concat());
        }
        for reopened in [false, true] {
            if reopened {
                drop(journal);
                journal = open();
            }
            let segment = journal.segments.back().unwrap();
            for from in [0, 1, 63, 64, 65, 500, 999] {
                let at = segment::HEADER + from * 1024;
                assert!(segment.start(from) <= at && at - segment.start(from) <= 65 << 10);
                let batch = journal.read(from, 1, usize::MAX).unwrap();
                assert_eq!((batch.next, batch.lost), (from + 1, Vec::new()));
                let number = u16::try_from(from).unwrap().to_le_bytes();
                assert!(batch.entries[0].payload.starts_with(&number));
            }
        }
    }

    #[test]
    fn a_record_whose_own_sync_failed_is_held_and_written_to_a_new_segment() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) =
            Journal::open(folder.path(), Bounds::default(), Sync::Always).unwrap();
        journal.append(0, b"safe");
        refuse_syncs(&mut journal);
        assert_eq!(journal.append(0, b"held"), Appended::Held);
        assert_eq!(journal.append(0, b"after"), Appended::Written);
        let batch = journal.read(0, 9, usize::MAX).unwrap();
        assert_eq!((batch.entries.len(), batch.lost), (3, Vec::new()));
        assert_eq!((journal.segments.len(), journal.doubtful()), (2, 0));
    }
}
