//! What the journal promises, against real files and real faults.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use jaunt_journal::{Appended, Bounds, CursorName, Journal, JournalError, Reason, Sync};
use proptest::prelude::*;
use std::{fs, path::Path, time::Duration};

fn open(folder: &Path) -> Journal {
    Journal::open(folder, Bounds::default(), Sync::Batched)
        .unwrap()
        .0
}

fn name(text: &str) -> CursorName {
    CursorName::new(text).unwrap()
}

fn payloads(journal: &Journal, from: u64) -> Vec<Vec<u8>> {
    let batch = journal.read(from, usize::MAX, usize::MAX).unwrap();
    batch
        .entries
        .into_iter()
        .map(|entry| entry.payload)
        .collect()
}

fn segments(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    all.retain(|path| path.extension().is_some_and(|e| e == "segment"));
    all.sort();
    all
}

#[test]
fn what_is_told_to_go_is_all_that_goes() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds {
        max_size: 64 << 10,
        ..Bounds::default()
    };
    let (mut journal, _) = Journal::open(folder.path(), bounds, Sync::Batched).unwrap();
    let reader = name("reader");
    journal.cursor(&reader);
    for _ in 0..200 {
        journal.append(0, &[7; 1000]);
    }
    let goes = journal.going(0).unwrap();
    let dropped = journal.enforce(0).unwrap();
    assert!(dropped.len() > 1, "several segments at once");
    assert_eq!(dropped.iter().map(|it| it.records).sum::<u64>(), goes);
    assert_eq!(journal.going(0), None);
}

#[test]
fn what_was_appended_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    for n in 0..1000_u32 {
        assert_eq!(
            journal.append(i64::from(n), &n.to_le_bytes()),
            Appended::Written
        );
    }
    // A kill runs no destructor and syncs nothing: what the kernel has is all there is.
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let after = open(copy.path());
    let expected: Vec<_> = (0..1000_u32).map(|n| n.to_le_bytes().to_vec()).collect();
    assert_eq!(payloads(&after, 0), expected);
    assert_eq!(after.next(), 1000);
}

#[test]
fn a_second_process_is_refused_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let second = Journal::open(folder.path(), Bounds::default(), Sync::Batched);
    assert!(
        matches!(second, Err(JournalError::Locked { .. })),
        "{second:?}"
    );
    drop(first);
    open(folder.path());
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_at_the_last_good_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    for n in 0..3_u8 {
        journal.append(0, &[n; 20]);
    }
    drop(journal);
    let path = segments(folder.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let frame = (whole.len() - 12) / 3;
    for cut in 12..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let (mut journal, found) =
            Journal::open(folder.path(), Bounds::default(), Sync::Batched).unwrap();
        let kept = (cut - 12) / frame;
        assert_eq!(payloads(&journal, 0).len(), kept, "cut at {cut}");
        assert_eq!(
            found.torn_bytes,
            ((cut - 12) % frame) as u64,
            "cut at {cut}"
        );
        journal.append(0, b"after");
        assert_eq!(
            payloads(&journal, 0).pop().unwrap(),
            b"after",
            "cut at {cut}"
        );
    }
}

#[test]
fn damage_inside_costs_the_damaged_records_and_counts_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    let metrics = name("metrics");
    journal.cursor(&metrics);
    for n in 0..10_u8 {
        journal.append(0, &[n; 20]);
    }
    let path = segments(folder.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    let frame = (bytes.len() - 12) / 10;
    bytes[12 + 4 * frame + 30] ^= 0xff;
    bytes[12 + 5 * frame] ^= 0xff;
    fs::write(&path, &bytes).unwrap();
    let batch = journal.read(0, 100, 1 << 20).unwrap();
    assert_eq!(
        batch.entries.iter().map(|e| e.sequence).collect::<Vec<_>>(),
        [0, 1, 2, 3, 6, 7, 8, 9]
    );
    assert_eq!(batch.lost, [(Reason::Corrupt, 2)]);
    journal.advance(&metrics, &batch, Vec::new()).unwrap();
    assert_eq!(
        journal.dropped().collect::<Vec<_>>(),
        [(&metrics, "journal-corrupt", 2)]
    );
}

#[test]
fn a_cursor_and_what_it_keeps_change_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    let (metrics, traces) = (name("metrics"), name("traces"));
    journal.cursor(&metrics);
    journal.cursor(&traces);
    for n in 0..5_u8 {
        journal.append(i64::from(n), &[n]);
    }
    let batch = journal.read(0, 3, usize::MAX).unwrap();
    journal
        .advance(&metrics, &batch, b"totals of three".to_vec())
        .unwrap();
    assert_eq!(journal.waiting_since(&metrics), Some(3));
    assert_eq!(journal.waiting_since(&traces), Some(0));
    assert_eq!(
        (journal.depth(&metrics), journal.depth(&traces)),
        (Some(2), Some(5))
    );
    drop(journal);
    let mut journal = open(folder.path());
    let at = journal.cursor(&metrics).clone();
    assert_eq!((at.next, at.kept.as_slice()), (3, &b"totals of three"[..]));
    assert_eq!(payloads(&journal, at.next), [[3], [4]]);
}

#[test]
fn a_step_of_one_cursor_leaves_the_files_of_others_alone() {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    let (metrics, traces) = (name("metrics"), name("traces"));
    journal.append(0, b"one");
    let batch = journal.read(0, 1, usize::MAX).unwrap();
    journal.advance(&metrics, &batch, vec![7; 1 << 20]).unwrap();
    // A file that is replaced is another file.
    let file = |journal: &Journal| {
        assert_eq!(journal.cursors().len(), 2);
        let about = fs::metadata(folder.path().join("metrics.cursor")).unwrap();
        (about.ino(), about.mtime(), about.mtime_nsec())
    };
    journal.cursor(&traces);
    let before = file(&journal);
    journal.advance(&traces, &batch, b"few".to_vec()).unwrap();
    assert_eq!(file(&journal), before);
    journal.forget(&traces).unwrap();
    drop(journal);
    let journal = open(folder.path());
    let left: Vec<_> = journal.cursors().iter().collect();
    assert_eq!(left.len(), 1, "what is forgotten stays so");
    assert_eq!((left[0].0, left[0].1.kept.len()), (&metrics, 1 << 20));
}

#[test]
fn numbers_are_never_used_twice_when_a_cursor_outlives_the_tail() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    let metrics = name("metrics");
    for n in 0..4_u8 {
        journal.append(0, &[n]);
    }
    let batch = journal.read(0, 4, usize::MAX).unwrap();
    journal.advance(&metrics, &batch, Vec::new()).unwrap();
    drop(journal);
    // The power goes: the cursor was on the platter, the segment's tail was not.
    let path = segments(folder.path()).remove(0);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..40]).unwrap();
    let mut journal = open(folder.path());
    journal.append(0, b"new");
    let from = journal.cursor(&metrics).next;
    assert_eq!((from, payloads(&journal, from)), (4, vec![b"new".to_vec()]));
}

#[test]
fn when_full_the_oldest_whole_segment_goes_and_each_cursor_counts_what_it_missed() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds {
        max_size: 64 << 10,
        ..Bounds::default()
    };
    let (mut journal, _) = Journal::open(folder.path(), bounds, Sync::Batched).unwrap();
    let (quick, slow) = (name("quick"), name("slow"));
    journal.cursor(&quick);
    journal.cursor(&slow);
    let mut appended = 0;
    while journal.going(0).is_none() {
        journal.append(0, &[7; 1000]);
        appended += 1;
    }
    let batch = journal.read(0, usize::MAX, usize::MAX).unwrap();
    journal.advance(&quick, &batch, Vec::new()).unwrap();
    let goes = journal.going(0).unwrap();
    let dropped = journal.enforce(0).unwrap();
    assert_eq!(
        dropped
            .iter()
            .map(|d| (&d.cursor, d.records, d.reason))
            .collect::<Vec<_>>(),
        [(&slow, goes, Reason::Full)]
    );
    assert!(journal.size() <= 64 << 10);
    assert_eq!(
        journal.depth(&slow),
        Some(appended - goes),
        "dropped and left are all there were"
    );
    let from = journal.cursor(&slow).next;
    let left = journal.read(from, usize::MAX, usize::MAX).unwrap();
    assert_eq!(
        (left.entries.len() as u64, left.lost.len()),
        (appended - goes, 0)
    );
    drop(journal);
    let (journal, _) = Journal::open(folder.path(), bounds, Sync::Batched).unwrap();
    assert_eq!(
        journal.dropped().collect::<Vec<_>>(),
        [(&slow, "journal-full", goes)],
        "counted for good"
    );
}

#[test]
fn what_is_older_than_the_bound_goes() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds {
        max_age: Duration::from_secs(60),
        ..Bounds::default()
    };
    let (mut journal, _) = Journal::open(folder.path(), bounds, Sync::Batched).unwrap();
    let cursor = name("logs");
    journal.cursor(&cursor);
    journal.append(1_000_000_000, b"old");
    assert_eq!(journal.going(60_000_000_000), None);
    let dropped = journal.enforce(62_000_000_000).unwrap();
    assert_eq!(
        dropped
            .iter()
            .map(|d| (d.records, d.reason))
            .collect::<Vec<_>>(),
        [(1, Reason::Old)]
    );
    journal.append(62_000_000_000, b"new");
    let from = journal.cursor(&cursor).next;
    assert_eq!(payloads(&journal, from), [b"new"]);
}

#[test]
fn a_removed_segment_costs_its_records_and_the_next_begins_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = name("metrics");
    let mut journal = open(folder.path());
    journal.cursor(&metrics);
    journal.append(0, b"lost");
    drop(journal);
    let mut journal = open(folder.path());
    journal.cursor(&metrics);
    fs::remove_file(segments(folder.path()).remove(0)).unwrap();
    assert_eq!(
        journal.append(0, b"after the start"),
        Appended::Written,
        "{:?}",
        journal.trouble()
    );
    fs::remove_file(segments(folder.path()).remove(0)).unwrap();
    journal.sync().unwrap();
    assert_eq!(journal.append(0, b"under way"), Appended::Written);
    let batch = journal.read(0, 9, usize::MAX).unwrap();
    let read: Vec<_> = batch.entries.iter().map(|e| e.sequence).collect();
    assert_eq!((read, &batch.lost), (vec![2], &vec![(Reason::Corrupt, 2)]));
    journal.advance(&metrics, &batch, Vec::new()).unwrap();
    assert_eq!(
        journal.dropped().collect::<Vec<_>>(),
        [(&metrics, "journal-corrupt", 2)]
    );
    assert_eq!(segments(folder.path()).len(), 1);
}

#[test]
fn a_segment_that_cannot_be_removed_is_tried_again_and_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds {
        max_size: 64 << 10,
        ..Bounds::default()
    };
    let (mut journal, _) = Journal::open(folder.path(), bounds, Sync::Batched).unwrap();
    let slow = name("slow");
    journal.cursor(&slow);
    while journal.going(0).is_none() {
        journal.append(0, &[7; 1000]);
    }
    let goes = journal.going(0).unwrap();
    let path = segments(folder.path()).remove(0);
    // A folder in its place cannot be removed as a file, not even by root.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    journal.enforce(0).unwrap_err();
    assert_eq!(journal.going(0), Some(goes), "it is still to go");
    fs::remove_dir(&path).unwrap();
    fs::write(&path, b"").unwrap();
    journal.enforce(0).unwrap();
    assert!(!path.exists() && journal.size() <= 64 << 10);
    assert_eq!(
        journal.dropped().collect::<Vec<_>>(),
        [(&slow, "journal-full", goes)]
    );
}

#[test]
fn the_number_of_a_last_record_that_is_damaged_is_not_used_again() {
    for damaged_at in [2, 5, 30] {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path());
        let metrics = name("metrics");
        for n in 0..3_u8 {
            journal.append(0, &[n; 20]);
        }
        let batch = journal.read(0, 1, usize::MAX).unwrap();
        journal.advance(&metrics, &batch, Vec::new()).unwrap();
        drop(journal);
        let path = segments(folder.path()).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        let frame = (bytes.len() - 12) / 3;
        bytes[12 + 2 * frame + damaged_at] ^= 0xff;
        fs::write(&path, &bytes).unwrap();
        // Twice, for what the first start finds must not be forgotten by the second.
        drop(open(folder.path()));
        let (mut journal, found) =
            Journal::open(folder.path(), Bounds::default(), Sync::Batched).unwrap();
        assert_eq!((found.torn_bytes, found.damaged_bytes), (0, frame as u64));
        journal.append(0, b"after");
        let batch = journal.read(1, 9, usize::MAX).unwrap();
        let read: Vec<_> = batch.entries.iter().map(|e| e.sequence).collect();
        assert_eq!(
            (read, batch.lost),
            (vec![1, 3], vec![(Reason::Corrupt, 1)]),
            "damaged at {damaged_at}"
        );
    }
}

#[test]
fn a_newer_format_is_refused_with_a_sentence_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("00000000000000000000.segment");
    let bytes = [
        &b"jaunt-jn"[..],
        &9_u32.to_le_bytes(),
        b"what a later version wrote",
    ]
    .concat();
    fs::write(&path, &bytes).unwrap();
    let error = Journal::open(folder.path(), Bounds::default(), Sync::Batched).unwrap_err();
    assert!(
        error.to_string().contains("format 9 by a newer jaunt"),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_damaged_cursor_begins_anew_aloud() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    journal.append(0, b"one");
    let batch = journal.read(0, 9, 9).unwrap();
    journal
        .advance(&name("metrics"), &batch, Vec::new())
        .unwrap();
    journal
        .advance(&name("traces"), &batch, Vec::new())
        .unwrap();
    drop(journal);
    let path = folder.path().join("metrics.cursor");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let (mut journal, found) =
        Journal::open(folder.path(), Bounds::default(), Sync::Batched).unwrap();
    assert!(found.cursors_lost);
    assert_eq!(journal.cursor(&name("metrics")).next, 0);
    assert_eq!(journal.cursor(&name("traces")).next, 1, "only that one");
}

#[test]
fn one_batch_keeps_to_its_bounds_but_always_moves() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    for _ in 0..10 {
        journal.append(0, &[1; 1000]);
    }
    assert_eq!(journal.read(0, 3, usize::MAX).unwrap().entries.len(), 3);
    assert_eq!(journal.read(0, 99, 2500).unwrap().entries.len(), 3);
    assert_eq!(journal.read(0, 99, 1).unwrap().entries.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_in_a_segment_open_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        let folder = tempfile::tempdir().unwrap();
        let framed = [&b"jaunt-jn"[..], &1_u32.to_le_bytes(), &bytes].concat();
        fs::write(folder.path().join("00000000000000000000.segment"), framed).unwrap();
        fs::write(folder.path().join("00000000000000000007.segment"), &bytes).unwrap();
        fs::write(folder.path().join("metrics.cursor"), &bytes).unwrap();
        fs::write(folder.path().join("gaps"), &bytes).unwrap();
        if let Ok((mut journal, _)) = Journal::open(folder.path(), Bounds::default(), Sync::Batched) {
            journal.append(0, b"still works");
            let last = payloads(&journal, 0).pop();
            prop_assert_eq!(last.as_deref(), Some(&b"still works"[..]));
        }
    }

    #[test]
    fn every_record_is_read_or_counted(sizes in prop::collection::vec(1..3000_usize, 1..200), every in 1..40_usize) {
        let folder = tempfile::tempdir().unwrap();
        let bounds = Bounds { max_size: 40 << 10, ..Bounds::default() };
        let (mut journal, _) = Journal::open(folder.path(), bounds, Sync::Batched).unwrap();
        let cursor = name("metrics");
        journal.cursor(&cursor);
        let mut read = 0;
        for (n, size) in sizes.iter().enumerate() {
            journal.append(0, &vec![0; *size]);
            if n % every == 0 {
                let from = journal.cursor(&cursor).next;
                let batch = journal.read(from, 5, usize::MAX).unwrap();
                read += batch.entries.len() as u64;
                journal.advance(&cursor, &batch, Vec::new()).unwrap();
            }
            journal.enforce(0).unwrap();
        }
        let dropped: u64 = journal.dropped().map(|(_, _, records)| records).sum();
        prop_assert_eq!(read + dropped + journal.depth(&cursor).unwrap(), sizes.len() as u64);
    }
}

#[test]
fn what_is_appended_behind_damage_completes_no_frame_of_it() {
    // Damaged bytes that end in the middle of a frame whose checksum holds once the length of a
    // record of 16 bytes follows.
    const DAMAGE: &[u8] = include_bytes!("../../../tests/corpus/journal/completed-by-what-follows");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("00000000000000000007.segment");
    fs::write(&path, &DAMAGE[1..]).unwrap();
    let mut journal = open(folder.path());
    journal.append(0, b"after the damage");
    drop(journal);
    let journal = open(folder.path());
    let batch = journal.read(0, 9, usize::MAX).unwrap();
    let read: Vec<&[u8]> = batch.entries.iter().map(|e| &e.payload[..]).collect();
    assert_eq!(read, [b"after the damage"]);
}
