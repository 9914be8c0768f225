//! Where slow runs were slow: a step and a phase by slot, beside the slots.
//!
//! A slot is kept without its phases: they would take more than the eight bytes it may have. What is
//! asked of them is one word about each of the few runs that were slow, so that is kept: packed by
//! series and day, about two bytes for each of them. What was found first stands, so that a figure
//! does not change as whole runs are dropped.

use super::{
    Shared, StoreError,
    block::{Column, Damaged, Reason},
    memory::SeriesId,
    slot::{DAY_S, Series},
    zipped::{unzip, zip},
};
use jaunt_slo::Cause;
use prost::Message;
use rusqlite::{Connection, OptionalExtension, params};
use std::{collections::BTreeMap, sync::atomic::Ordering};

/// No day of slow runs is larger than this when unpacked.
const LARGEST: usize = 16 << 20;
const MOST: u32 = 100_000;
const LEVEL: i32 = 3;

/// Where a slow run was slow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Whose slot.
    pub series: Series,
    /// Its nominal time, Unix seconds.
    pub slot: i64,
    /// The step, and the phase where it is known.
    pub cause: Cause,
}

#[derive(Clone, PartialEq, Message)]
struct Day {
    #[prost(uint32, tag = "1")]
    count: u32,
    /// Distances of slots, ascending.
    #[prost(message, optional, tag = "2")]
    gaps: Option<Column>,
    /// Places on the list of reasons.
    #[prost(message, optional, tag = "3")]
    places: Option<Column>,
    #[prost(message, repeated, tag = "4")]
    reasons: Vec<Reason>,
}

fn pack(day: &BTreeMap<i64, Cause>) -> Vec<u8> {
    let mut reasons: Vec<Reason> = Vec::new();
    let (mut gaps, mut places, mut before) = (Vec::new(), Vec::new(), 0);
    for (slot, cause) in day {
        gaps.push(slot - before);
        places.push(super::block::place(&mut reasons, cause));
        before = *slot;
    }
    let day = Day {
        count: u32::try_from(day.len()).unwrap_or(u32::MAX),
        gaps: Some(Column::of(&gaps)),
        places: Some(Column::of(&places)),
        reasons,
    };
    zip(&day.encode_to_vec(), LEVEL)
}

fn unpack(bytes: &[u8]) -> Result<BTreeMap<i64, Cause>, Damaged> {
    let plain = unzip(bytes, LARGEST).ok_or(Damaged("not zstd"))?;
    let day = Day::decode(plain.as_slice()).map_err(|_| Damaged("no message"))?;
    if day.count > MOST {
        return Err(Damaged("too many slots"));
    }
    let count = usize::try_from(day.count).unwrap_or(0);
    let gaps = day.gaps.unwrap_or_default().values(count)?;
    let places = day.places.unwrap_or_default().values(count)?;
    let mut found = BTreeMap::new();
    let mut at = 0_i64;
    for (gap, place) in gaps.into_iter().zip(places) {
        at = at.saturating_add(gap);
        let place = usize::try_from(place).ok().and_then(|it| it.checked_sub(1));
        let reason = place.and_then(|place| day.reasons.get(place));
        let reason = reason.ok_or(Damaged("no such reason"))?;
        found.insert(at, Cause::from(reason.clone()));
    }
    Ok(found)
}

/// Where the slow runs of a series were slow, from one day to another, both included.
pub(super) fn read(
    db: &Connection,
    shared: &Shared,
    series: SeriesId,
    (from_day, to_day): (i64, i64),
) -> Result<BTreeMap<i64, Cause>, StoreError> {
    let sql = "SELECT data FROM place WHERE series = ?1 AND day BETWEEN ?2 AND ?3";
    let mut days = db.prepare_cached(sql)?;
    let mut rows = days.query(params![series, from_day, to_day])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        match unpack(row.get_ref(0)?.as_blob().unwrap_or_default()) {
            Ok(day) => found.extend(day),
            Err(_) => shared.note_damage(),
        }
    }
    Ok(found)
}

/// Writes what was found, where nothing was before; how many were new.
pub(super) fn put(
    db: &mut Connection,
    shared: &Shared,
    found: &[Placed],
) -> Result<u64, StoreError> {
    let mut days: BTreeMap<(SeriesId, i64), BTreeMap<i64, Cause>> = BTreeMap::new();
    {
        let memory = shared.memory();
        for placed in found {
            if let Some(id) = memory.series.get(&placed.series) {
                let day = days
                    .entry((*id, placed.slot.div_euclid(DAY_S)))
                    .or_default();
                day.insert(placed.slot, placed.cause.clone());
            }
        }
    }
    let step = db.transaction()?;
    let mut new = 0;
    for ((series, number), day) in days {
        let sql = "SELECT data FROM place WHERE series = ?1 AND day = ?2";
        let there = step
            .prepare_cached(sql)?
            .query_row(params![series, number], |row| row.get::<_, Vec<u8>>(0))
            .optional()?;
        // What is damaged tells nothing that could be lost.
        let mut whole = there.and_then(|it| unpack(&it).ok()).unwrap_or_default();
        for (slot, cause) in day {
            if let std::collections::btree_map::Entry::Vacant(place) = whole.entry(slot) {
                place.insert(cause);
                new += 1;
            }
        }
        let sql = "INSERT OR REPLACE INTO place (series, day, data) VALUES (?1, ?2, ?3)";
        step.prepare_cached(sql)?
            .execute(params![series, number, pack(&whole)])?;
    }
    step.commit()?;
    if new > 0 {
        shared.commits.fetch_add(1, Ordering::Release);
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cause(step: &str, phase: Option<&str>) -> Cause {
        Cause {
            step: Some(step.into()),
            phase: phase.map(Into::into),
            ..Cause::default()
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(
            day in proptest::collection::btree_map(
                0..4_000_000_000_i64, ("[a-c]{1,3}", proptest::option::of("[a-c]{1,3}")), 0..60,
            ),
        ) {
            let day = day.into_iter();
            let day = day.map(|(slot, (step, phase))| (slot, cause(&step, phase.as_deref())));
            let day: BTreeMap<i64, Cause> = day.collect();
            prop_assert_eq!(unpack(&pack(&day)), Ok(day));
        }

        #[test]
        fn any_bytes_are_a_day_or_damaged(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
            let _ = unpack(&zip(&bytes, LEVEL));
        }
    }

    #[test]
    fn a_day_of_slow_runs_only_takes_less_than_a_byte_for_each() {
        let places = [
            ("pay", Some("wait")),
            ("login", Some("connect")),
            ("pay", None),
        ];
        let mut state = 0x9e37_79b9_u64;
        let day: BTreeMap<i64, Cause> = (0..1_440)
            .map(|n| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let (step, phase) = places[usize::try_from(state >> 33).unwrap() % 3];
                (n * 60, cause(step, phase))
            })
            .collect();
        let bytes = pack(&day).len();
        assert!(bytes < 1_440, "{bytes}");
    }
}
