//! What can go wrong with the journal itself.

use std::{io, path::PathBuf};

/// The journal cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The directory cannot be made, listed or opened.
    #[error("cannot open the journal in `{}`", path.display())]
    Open {
        /// The journal's directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process holds the directory.
    #[error("the journal in `{}` is in use by another process; give each its own `data_dir`", path.display())]
    Locked {
        /// The journal's directory.
        path: PathBuf,
    },
    /// A file of a newer jaunt: it is left alone.
    #[error("`{}` was written in format {found} by a newer jaunt (this one reads up to {known}); it is left as it is", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it states.
        found: u32,
        /// The newest format that this version reads.
        known: u32,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A cursor's name is not `[a-z0-9._-]{1,64}`.
    #[error("`{name}` is no name for a cursor: 1 to 64 of a-z 0-9 . _ - are")]
    CursorName {
        /// What was given.
        name: String,
    },
}
