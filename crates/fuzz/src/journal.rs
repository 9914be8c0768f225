//! A journal's folder as a crash, a full disk or a stranger left it: opened, read, written to.
//!
//! The first byte says as which file the others lie there. Damage may cost records, never a panic;
//! and what is appended afterwards is there, whatever lay before it.

use jaunt_journal::{Appended, Bounds, CursorName, Journal, JournalError, Sync};
use std::{fs, path::Path};

/// Any bytes as one file of the folder.
pub(crate) fn feed(bytes: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let (kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let name = match kind {
        b'c' => "otlp.cursor",
        b'g' => "gaps",
        b's' => "00000000000000000007.segment",
        _ => "00000000000000000000.segment",
    };
    if fs::write(folder.path().join(name), bytes).is_err() {
        return;
    }
    match used(folder.path()) {
        // An older jaunt leaves alone what a newer one wrote.
        Ok(()) | Err(JournalError::Newer { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// A life of the journal, and the next one.
fn used(folder: &Path) -> Result<(), JournalError> {
    let payload = b"after the damage";
    let (mut journal, _) = Journal::open(folder, Bounds::default(), Sync::Batched)?;
    let cursor = CursorName::new("otlp")?;
    let from = journal.cursor(&cursor).next;
    all(&journal, from)?;
    let appended = journal.append(1, payload);
    assert_eq!(appended, Appended::Written, "{:?}", journal.trouble());
    journal.sync()?;
    drop(journal);
    let (journal, found) = Journal::open(folder, Bounds::default(), Sync::Batched)?;
    assert_eq!(
        found.torn_bytes, 0,
        "what one life cut, the next finds whole"
    );
    let last = all(&journal, 0)?;
    assert_eq!(
        last.as_deref(),
        Some(&payload[..]),
        "what was appended is read"
    );
    Ok(())
}

/// Reads all from `from` on, a few records at a time; gives back the last payload.
fn all(journal: &Journal, mut from: u64) -> Result<Option<Vec<u8>>, JournalError> {
    let mut last = None;
    loop {
        let batch = journal.read(from, 16, 1 << 16)?;
        let Some(entry) = batch.entries.last() else {
            return Ok(last);
        };
        last = Some(entry.payload.clone());
        assert!(batch.next > from, "a reading goes on");
        from = batch.next;
    }
}
