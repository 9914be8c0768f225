//! Backup and restore, as commands.

use super::{StoreError, lock, schema};
use rusqlite::Connection;
use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// Copies the store in `folder` into the file `to`, which must not exist; the hub may be running.
///
/// The copy is one moment's, compact, and on the platter when this returns.
///
/// # Errors
/// There is no store, the file exists or cannot be written.
pub fn backup(folder: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Exists(to.to_owned()));
    }
    let file = folder.join(schema::FILE);
    let failed = |source: io::Error| StoreError::Folder {
        path: to.to_owned(),
        source,
    };
    File::open(&file).map_err(|source| StoreError::Folder {
        path: file.clone(),
        source,
    })?;
    let db = schema::open_to_read(&file)?;
    let text = to
        .to_str()
        .ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
    db.execute("VACUUM INTO ?1", [text])?;
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(failed)
}

/// Makes the backup `from` the store in `folder`, where there is none and no hub is running.
///
/// # Errors
/// The file is damaged, not ours or a newer version's; there is a store already.
pub fn restore(from: &Path, folder: &Path) -> Result<(), StoreError> {
    let _lock = lock(folder)?;
    let file = folder.join(schema::FILE);
    if file.exists() {
        return Err(StoreError::Exists(folder.to_owned()));
    }
    let failed = |source: io::Error| StoreError::Folder {
        path: folder.to_owned(),
        source,
    };
    File::open(from).map_err(|source| StoreError::Folder {
        path: from.to_owned(),
        source,
    })?;
    sound(&schema::open_to_read(from)?, from)?;
    let beside = folder.join("hub.db.restoring");
    fs::copy(from, &beside).map_err(failed)?;
    File::open(&beside)
        .and_then(|file| file.sync_all())
        .map_err(failed)?;
    fs::rename(&beside, &file).map_err(failed)?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)
}

fn sound(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let answer: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if answer == "ok" {
        Ok(())
    } else {
        Err(StoreError::Foreign(path.to_owned()))
    }
}
