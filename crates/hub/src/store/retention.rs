//! What is dropped: what is older than is kept, then what is more than the disk may hold.

use super::{StoreError, run::LOOSE_FOR_S, slot::DAY_S};
use crate::config::Keep;
use rusqlite::{Connection, params};

/// Rows that go in one transaction, so that writers never wait long.
const ROWS: i64 = 20_000;
/// Rounds of one pass; what is left goes in the next.
const ROUNDS: u32 = 50;
/// Pages that are given back to the disk in one pass.
const PAGES: i64 = 16_384;

/// What one pass dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Whole runs beyond their time.
    pub runs_aged: u64,
    /// Whole runs for want of room.
    pub runs_for_room: u64,
    /// Packed days of a series beyond their time.
    pub days_aged: u64,
    /// Packed days of a series for want of room.
    pub days_for_room: u64,
}

/// Drops what is too old, then what is too much.
pub(super) fn apply(db: &Connection, keep: Keep, now_s: i64) -> Result<Dropped, StoreError> {
    let before = |age: std::time::Duration| {
        now_s.saturating_sub(i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
    };
    let ns = |at_s: i64| at_s.saturating_mul(1_000_000_000);
    let runs = "DELETE FROM run WHERE id IN (SELECT id FROM run
        WHERE start_ns < ?1 AND (verdict = 'pass' OR start_ns < ?2) LIMIT ?3)";
    let days = "DELETE FROM segment WHERE (series, day, seq) IN
        (SELECT series, day, seq FROM segment WHERE day < ?1 LIMIT ?2)";
    let (passed, failed) = (ns(before(keep.runs)), ns(before(keep.failures)));
    let first_day = before(keep.slots).div_euclid(DAY_S);
    let mut dropped = Dropped {
        runs_aged: rounds(|| db.execute(runs, params![passed, failed, ROWS]))?,
        days_aged: rounds(|| db.execute(days, params![first_day, ROWS]))?,
        ..Dropped::default()
    };
    let places = "DELETE FROM place WHERE day < ?1";
    db.execute(places, [first_day])?;
    let loose = "DELETE FROM loose WHERE recv_s < ?1";
    db.execute(loose, [now_s.saturating_sub(LOOSE_FOR_S)])?;
    make_room(db, keep.max_size, &mut dropped)?;
    db.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    Ok(dropped)
}

fn rounds(mut delete: impl FnMut() -> Result<usize, rusqlite::Error>) -> Result<u64, StoreError> {
    let mut all = 0;
    for _ in 0..ROUNDS {
        let gone = delete()?;
        all += gone as u64;
        if gone == 0 {
            break;
        }
    }
    Ok(all)
}

/// Whole runs go first, those that passed before the others; then the oldest days of slots.
fn make_room(db: &Connection, most: u64, dropped: &mut Dropped) -> Result<(), StoreError> {
    let runs = |passed: &str| {
        format!(
            "DELETE FROM run WHERE id IN
                (SELECT id FROM run WHERE verdict {passed} 'pass' ORDER BY start_ns LIMIT 2000)"
        )
    };
    let days = "DELETE FROM segment WHERE (series, day, seq) IN (SELECT series, day, seq
        FROM segment ORDER BY day LIMIT 500)";
    let steps = [
        (runs("="), true),
        (runs("<>"), true),
        (days.to_owned(), false),
    ];
    for (sql, is_runs) in steps {
        for _ in 0..ROUNDS {
            if used(db)? <= most {
                return Ok(());
            }
            let gone = db.execute(&sql, [])? as u64;
            if gone == 0 {
                break;
            }
            if is_runs {
                dropped.runs_for_room += gone;
            } else {
                dropped.days_for_room += gone;
            }
        }
    }
    Ok(())
}

/// Bytes of the database that hold something.
pub(super) fn used(db: &Connection) -> Result<u64, StoreError> {
    let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = number("page_count")? - number("freelist_count")?;
    Ok(pages.saturating_mul(number("page_size")?).unsigned_abs())
}
