//! Slots that are acknowledged and not in a segment yet, by series and day.
//!
//! The `log` table holds the same durably; this is what readers see. A day that a late slot belongs
//! to is loaded whole, so that twins are known; one that arrives in order needs no look at the disk,
//! since it lies beyond the last of its series.

use super::slot::{Series, Slot};
use std::collections::{BTreeMap, HashMap};

/// A series' number in the database.
pub(super) type SeriesId = i64;

/// What stands in memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) series: HashMap<Series, SeriesId>,
    by_journey: BTreeMap<(String, String), Vec<(SeriesId, Series)>>,
    /// The last slot of each series that was ever seen.
    last: HashMap<SeriesId, i64>,
    pub(super) days: BTreeMap<(SeriesId, i64), Day>,
    /// How many slots stand in `days`.
    pub(super) slots: usize,
}

/// Slots of one series and day.
#[derive(Debug, Default)]
pub(super) struct Day {
    pub(super) slots: BTreeMap<i64, Slot>,
    /// Whether what segments hold of this day is in `slots` too.
    pub(super) whole: bool,
}

/// Whether a slot is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It is not.
    New,
    /// It is.
    Twin,
    /// Only the segments of its day can tell.
    LookAtDisk,
}

impl Memory {
    /// Books a series under its number.
    pub(super) fn add_series(&mut self, series: &Series, id: SeriesId) {
        if self.series.insert(series.clone(), id).is_none() {
            let journey = (series.customer.clone(), series.journey.clone());
            let of = self.by_journey.entry(journey).or_default();
            of.push((id, series.clone()));
        }
    }

    /// Whether this slot is known.
    pub(super) fn knows(&self, series: SeriesId, slot: &Slot) -> Known {
        if self.last.get(&series).is_none_or(|last| slot.slot > *last) {
            return Known::New;
        }
        match self.days.get(&(series, slot.day())) {
            Some(day) if day.slots.contains_key(&slot.slot) => Known::Twin,
            Some(day) if day.whole => Known::New,
            Some(_) | None => Known::LookAtDisk,
        }
    }

    /// Adds a slot that is known to be new.
    pub(super) fn add(&mut self, series: SeriesId, slot: Slot) {
        self.reached(series, last_of(&slot));
        let day = self.days.entry((series, slot.day())).or_default();
        if day.slots.insert(slot.slot, slot).is_none() {
            self.slots += 1;
        }
    }

    /// Adds what the segments of a day hold.
    pub(super) fn load(&mut self, series: SeriesId, number: i64, slots: Vec<Slot>) {
        let day = self.days.entry((series, number)).or_default();
        for slot in slots {
            // What came first stands.
            if day.slots.insert(slot.slot, slot).is_none() {
                self.slots += 1;
            }
        }
        day.whole = true;
    }

    /// Notes that a series reached this slot.
    pub(super) fn reached(&mut self, series: SeriesId, slot: i64) {
        let last = self.last.entry(series).or_insert(slot);
        *last = (*last).max(slot);
    }

    /// Forgets all slots: they are in segments now.
    pub(super) fn clear(&mut self) {
        self.days.clear();
        self.slots = 0;
    }

    /// The series of a journey.
    pub(super) fn of_journey(&self, customer: &str, journey: &str) -> &[(SeriesId, Series)] {
        let key = (customer.to_owned(), journey.to_owned());
        self.by_journey.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Customers with their journeys, in order.
    pub(super) fn journeys(&self) -> impl Iterator<Item = &(String, String)> {
        self.by_journey.keys()
    }

    /// Each series with the last slot that it reached.
    pub(super) fn reach(&self) -> impl Iterator<Item = (&Series, Option<i64>)> {
        let last = |id| self.last.get(id).copied();
        self.series
            .iter()
            .map(move |(series, id)| (series, last(id)))
    }
}

/// The last slot that this one stands for.
pub(super) fn last_of(slot: &Slot) -> i64 {
    let more = slot.more.as_deref();
    more.map_or(slot.slot, |more| {
        let steps = i64::try_from(more.count.saturating_sub(1)).unwrap_or(i64::MAX);
        slot.slot
            .saturating_add(steps.saturating_mul(i64::from(more.every_s)))
    })
}
