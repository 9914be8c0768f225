//! A record's lasting form, as it lies in a journal or comes in a bundle of runs.

use jaunt_record::wire::{decode, encode};

/// Any bytes as a record: refused, or the same record once it was written again.
pub(crate) fn feed(bytes: &[u8]) {
    let Ok(record) = decode(bytes) else {
        return;
    };
    let again = decode(&encode(&record));
    assert_eq!(
        again.ok().as_ref(),
        Some(&record),
        "a record is read as it was written"
    );
}
