//! What the store could not do.

use std::path::PathBuf;

/// What the store could not do. What was acknowledged before stays.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be used.
    #[error("cannot use `{}` for the hub's store", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another hub has it.
    #[error("another hub has the store in `{}`", .0.display())]
    Taken(PathBuf),
    /// A newer jaunt wrote it.
    #[error("the store in `{}` was written in version {found} by a newer jaunt (this one reads up to {known}); it was left alone", path.display())]
    Newer {
        /// Where it lies.
        path: PathBuf,
        /// The version that it states.
        found: i64,
        /// The newest that this one reads.
        known: i64,
    },
    /// The file is another program's.
    #[error("`{}` is no store of jaunt's", .0.display())]
    Foreign(PathBuf),
    /// A line of what both sides wrote cannot be read. Without it figures would differ, so the
    /// store is not opened.
    #[error("line {0} of what both sides wrote cannot be read; a backup has it")]
    Line(i64),
    /// A store lies there already.
    #[error("there is a store in `{}`", .0.display())]
    Exists(PathBuf),
    /// The disk is full: try again later.
    #[error("the disk is full")]
    Full,
    /// More waits to be written than may: try again later.
    #[error("the store is busy")]
    Busy,
    /// The store is closing.
    #[error("the hub is shutting down")]
    Closed,
    /// The store of counters that is read instead is away, or does not answer this.
    #[error("the store of counters does not answer")]
    Counters(#[source] std::sync::Arc<crate::prometheus::PrometheusError>),
    /// The database refused.
    #[error("the store's database refused")]
    Database(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            _ => Self::Database(error),
        }
    }
}
