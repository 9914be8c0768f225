//! The journal: a finished run is not lost.
//!
//! An append-only log of records on disk, in whole segments, read by named cursors. A record is
//! handed to the kernel before [`Journal::append`] returns, so a killed process loses none; it is on
//! the platter at the next [`Journal::sync`], or at once with [`Sync::Always`]. What the disk refuses
//! is kept in memory, bounded, and written as soon as the disk takes it again.
//!
//! The journal knows neither clock nor tasks: instants are arguments, and its owner (one task or
//! thread) calls it. It does not know what its payloads say either: records come encoded.
//!
//! Weighed and left: an embedded database (redb, fjall, SQLite), for a log needs no index, and
//! every one of them cost three to ten times the bytes and a commit of its own for each batch; one
//! log per cursor, for then a slow backend doubles what is written.

mod bounds;
mod cursor;
mod error;
mod frame;
mod journal;
mod read;
mod recover;
mod segment;

pub use bounds::{Bounds, Dropped, Reason};
pub use cursor::{Checkpoint, CursorName};
pub use error::JournalError;
pub use journal::{Appended, Journal, Sync};
pub use read::{Batch, Entry};
pub use recover::Recovered;
