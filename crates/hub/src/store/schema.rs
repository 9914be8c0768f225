//! The tables, and how an older file becomes a newer one.
//!
//! `PRAGMA user_version` is the number of migrations that a file has seen. A migration is never
//! changed once it was released; a new one is added at the end.

use super::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// The database's file, below the hub's folder.
pub(super) const FILE: &str = "hub.db";
/// `JNTH`: so that `file` and we know whose it is.
const APPLICATION: i64 = 0x4a4e_5448;

const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        customer TEXT NOT NULL, journey TEXT NOT NULL, region TEXT NOT NULL, agent TEXT NOT NULL,
        UNIQUE (customer, journey, region, agent)
    ) STRICT;
    -- What was acknowledged and is not in a segment yet, a row per commit.
    CREATE TABLE log (seq INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
    -- Slots of a series and day (days since the epoch), packed.
    CREATE TABLE segment (
        series INTEGER NOT NULL, day INTEGER NOT NULL, seq INTEGER NOT NULL,
        last INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (series, day, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX segment_day ON segment (day);
    -- Whole runs: a record in its lasting encoding, compressed.
    CREATE TABLE run (
        id BLOB PRIMARY KEY, customer TEXT NOT NULL, journey TEXT NOT NULL, region TEXT NOT NULL,
        start_ns INTEGER NOT NULL, verdict TEXT NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX run_of_journey ON run (customer, journey, start_ns);
    CREATE INDEX run_in_time ON run (start_ns);
    -- Spans whose root has not come yet, with whose they may be.
    CREATE TABLE loose (
        run BLOB NOT NULL, scope TEXT NOT NULL, recv_s INTEGER NOT NULL, data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX loose_run ON loose (run);
    -- The latest that agents said of themselves, as JSON, with whom the sender may write.
    CREATE TABLE agent (
        instance TEXT NOT NULL, scope TEXT NOT NULL, seen_ns INTEGER NOT NULL, about TEXT NOT NULL,
        PRIMARY KEY (instance, scope)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- What both sides wrote, a line each; `act` is JSON of the encoding `format`.
    CREATE TABLE written (
        seq INTEGER PRIMARY KEY, format INTEGER NOT NULL, at_ns INTEGER NOT NULL,
        customer TEXT NOT NULL, author TEXT NOT NULL, side TEXT NOT NULL, act TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER written_is_not_edited BEFORE UPDATE ON written
        BEGIN SELECT RAISE(ABORT, 'what was written stays'); END;
    CREATE TRIGGER written_is_not_replaced BEFORE INSERT ON written
        WHEN EXISTS (SELECT 1 FROM written WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'what was written stays'); END;
    CREATE TRIGGER written_is_not_erased BEFORE DELETE ON written
        BEGIN SELECT RAISE(ABORT, 'what was written stays'); END;
",
    "
    -- Where slow runs of a series and day were slow, packed.
    CREATE TABLE place (
        series INTEGER NOT NULL, day INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (series, day)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- The latest runs of a customer, and those of a journey with one verdict, are read from their end:
    -- without these all runs of the customer were sorted, and all of the journey looked at.
    CREATE INDEX IF NOT EXISTS run_of_customer ON run (customer, start_ns);
    CREATE INDEX IF NOT EXISTS run_by_verdict ON run (customer, journey, verdict, start_ns);
",
];

/// The newest version that this program reads.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Opens the database for its one writer, made or brought up to date where need be.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut db = Connection::open(path)?;
    // Ours before anything is written: a file of someone else's or of a newer version is left alone.
    let found = version(&db, path)?;
    db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // A commit is acknowledged, so it must be on the platter.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    db.pragma_update(None, "cache_size", -16_384)?;
    if found < VERSION {
        migrate(&mut db, found)?;
    }
    Ok(db)
}

/// Opens it for reading, beside the writer.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    version(&db, path)?;
    Ok(db)
}

fn version(db: &Connection, path: &Path) -> Result<i64, StoreError> {
    let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, found) = (number("application_id")?, number("user_version")?);
    let tables = "SELECT count(*) FROM sqlite_schema";
    let empty = db.query_row(tables, [], |row| row.get::<_, i64>(0))? == 0;
    if application != APPLICATION && !(empty && application == 0) {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    if found > VERSION {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: VERSION,
        });
    }
    Ok(found)
}

/// All that is missing in one transaction: a crash leaves the old version, whole.
fn migrate(db: &mut Connection, from: i64) -> Result<(), StoreError> {
    let step = db.transaction()?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(from).unwrap_or(0)) {
        step.execute_batch(migration)?;
    }
    step.pragma_update(None, "application_id", APPLICATION)?;
    step.pragma_update(None, "user_version", VERSION)?;
    step.commit()?;
    Ok(())
}
