//! From log and memory into segments, and back at the start.

use super::{
    Shared, StoreError, block, log,
    memory::{Known, Memory, SeriesId, last_of},
    slot::{Series, Slot},
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::BTreeMap;

/// A day that is not over is brought together when it is in this many pieces.
const PIECES: i64 = 12;
/// Days that one pass brings together.
const DAYS_A_PASS: i64 = 2_000;

/// Reads the series, how far they reached, and the log.
pub(super) fn recover(db: &Connection, shared: &Shared) -> Result<(), StoreError> {
    let mut memory = shared.memory_mut();
    let mut series = db.prepare("SELECT id, customer, journey, region, agent FROM series")?;
    let mut rows = series.query([])?;
    while let Some(row) = rows.next()? {
        let of = Series {
            customer: row.get(1)?,
            journey: row.get(2)?,
            region: row.get(3)?,
            agent: row.get(4)?,
        };
        memory.add_series(&of, row.get(0)?);
    }
    // The newest segment of each series tells, and the key finds it: nothing else is read.
    let newest = "SELECT last FROM segment WHERE series = ?1 ORDER BY day DESC, last DESC LIMIT 1";
    let mut newest = db.prepare(newest)?;
    let ids: Vec<SeriesId> = memory.series.values().copied().collect();
    for id in ids {
        let last = newest.query_row([id], |row| row.get(0)).optional()?;
        if let Some(last) = last {
            memory.reached(id, last);
        }
    }
    let mut log = db.prepare("SELECT data FROM log ORDER BY seq")?;
    let mut rows = log.query([])?;
    while let Some(row) = rows.next()? {
        let Some(slots) = log::read(row.get_ref(0)?.as_blob().unwrap_or_default()) else {
            shared.note_damage();
            continue;
        };
        for (series, slot) in slots {
            // Twins were dropped before they were logged.
            memory.add(series, slot);
        }
    }
    Ok(())
}

/// Whether a slot is known, looking at the disk where only that can tell.
pub(super) fn is_twin(
    db: &Connection,
    shared: &Shared,
    memory: &mut Memory,
    series: SeriesId,
    slot: &Slot,
) -> Result<bool, StoreError> {
    match memory.knows(series, slot) {
        Known::New => Ok(false),
        Known::Twin => Ok(true),
        Known::LookAtDisk => {
            let found = read(db, shared, series, slot.day(), slot.day())?;
            if !found.whole {
                // Such a day is not loaded, or its damaged piece would be replaced by what is left.
                return Ok(found.slots.iter().any(|other| other.slot == slot.slot));
            }
            memory.load(series, slot.day(), found.slots);
            Ok(memory.knows(series, slot) == Known::Twin)
        }
    }
}

/// Slots that segments hold.
pub(super) struct Found {
    pub(super) slots: Vec<Slot>,
    /// Whether all segments could be read.
    pub(super) whole: bool,
}

/// The slots of a series from one day to another, both included. A segment that cannot be read is
/// passed over, and counted.
pub(super) fn read(
    db: &Connection,
    shared: &Shared,
    series: SeriesId,
    from_day: i64,
    to_day: i64,
) -> Result<Found, StoreError> {
    let sql =
        "SELECT data FROM segment WHERE series = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, seq";
    let mut segments = db.prepare_cached(sql)?;
    let mut rows = segments.query(params![series, from_day, to_day])?;
    let mut found = Found {
        slots: Vec::new(),
        whole: true,
    };
    while let Some(row) = rows.next()? {
        match block::unpack(row.get_ref(0)?.as_blob().unwrap_or_default()) {
            Ok(more) => found.slots.extend(more),
            Err(_) => {
                found.whole = false;
                shared.note_damage();
            }
        }
    }
    Ok(found)
}

/// Puts everything that stands in memory into segments, and empties the log.
pub(super) fn flush(db: &mut Connection, shared: &Shared) -> Result<(), StoreError> {
    {
        let memory = shared.memory();
        if memory.slots == 0 {
            return Ok(());
        }
        let step = db.transaction()?;
        for ((series, number), day) in &memory.days {
            let slots: Vec<Slot> = day.slots.values().cloned().collect();
            if day.whole {
                replace(&step, *series, *number, &slots)?;
            } else {
                append(&step, *series, *number, &slots)?;
            }
        }
        step.execute("DELETE FROM log", [])?;
        step.commit()?;
    }
    // A reader between commit and here sees a slot on both sides, and takes it once.
    shared.memory_mut().clear();
    Ok(())
}

fn replace(
    step: &Transaction<'_>,
    series: SeriesId,
    day: i64,
    slots: &[Slot],
) -> Result<(), StoreError> {
    let old = "DELETE FROM segment WHERE series = ?1 AND day = ?2";
    step.prepare_cached(old)?.execute(params![series, day])?;
    append(step, series, day, slots)
}

fn append(
    step: &Transaction<'_>,
    series: SeriesId,
    day: i64,
    slots: &[Slot],
) -> Result<(), StoreError> {
    let Some(last) = slots.iter().map(last_of).max() else {
        return Ok(());
    };
    let sql = "INSERT INTO segment (series, day, seq, last, data) SELECT ?1, ?2,
        1 + coalesce((SELECT max(seq) FROM segment WHERE series = ?1 AND day = ?2), 0), ?3, ?4";
    let mut insert = step.prepare_cached(sql)?;
    insert.execute(params![series, day, last, block::pack(slots)])?;
    Ok(())
}

/// Brings the pieces of days together: of those that are over, and of today where they are many.
pub(super) fn merge(db: &mut Connection, shared: &Shared, today: i64) -> Result<(), StoreError> {
    let step = db.transaction()?;
    let pieces: Vec<(SeriesId, i64)> = {
        let sql = "SELECT series, day FROM segment WHERE seq > 1 GROUP BY series, day
            HAVING day < ?1 OR count(*) >= ?2 LIMIT ?3";
        let mut found = step.prepare_cached(sql)?;
        let rows = found.query_map(params![today, PIECES, DAYS_A_PASS], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.collect::<Result<_, _>>()?
    };
    for (series, day) in pieces {
        let found = read(&step, shared, series, day, day)?;
        if !found.whole {
            // What cannot be read is left where it is: another jaunt may be able to.
            continue;
        }
        // What came first stands.
        let slots = found.slots.into_iter().rev();
        let by_slot: BTreeMap<i64, Slot> = slots.map(|slot| (slot.slot, slot)).collect();
        let slots: Vec<Slot> = by_slot.into_values().collect();
        replace(&step, series, day, &slots)?;
    }
    step.commit()?;
    Ok(())
}
