//! The ledger: where each journey stands, and which runs have begun without an end, over restarts.
//!
//! A fold over two logs. [`Note`]s are written before something happens: a journey is planned from a
//! slot on, a run begins, a journey is removed. Records, which lie in the journal, are what became of
//! slots. What a killed process leaves is told by the two together: a run that began and has no
//! record was cut off (`missed: killed`), and what passed since the first slot that is not booked is
//! time in which no agent was up (`missed: agent-down`).
//!
//! A note and a record are never written together, so which came first is not known after a kill,
//! and must not matter: all notes are taken first, then all records.
//!
//! Weighed and left: notes among the records, for then every cursor would read, and a bound that is
//! exceeded would count as dropped, what nobody delivers; a file of all journeys, for it would be
//! written anew at each run's start.

mod wire;

use crate::{Schedule, Slot, Station, Stood};
use jaunt_record::{Kind, Missed, Record};
use std::collections::{BTreeMap, BTreeSet};

/// Something that is written down before it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// From this slot on, a journey's slots are planned.
    Planned {
        /// Whose.
        station: Station,
        /// Distance between slots, seconds.
        every_s: u32,
        /// The first.
        next: Slot,
        /// No slot up to this one may be planned again.
        used: Slot,
    },
    /// A journey's run begins.
    Begun {
        /// Whose.
        station: Station,
        /// Distance between slots, seconds.
        every_s: u32,
        /// For which slot.
        slot: Slot,
    },
    /// No further slot of a journey is planned.
    Removed {
        /// Whose.
        station: Station,
    },
}

/// Slots of which a record says what became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// Whose.
    pub station: Station,
    /// The first.
    pub first: Slot,
    /// The last.
    pub last: Slot,
    /// Whether it is the record of a run that began, be it that it was killed.
    pub ran: bool,
}

/// A run that began and has no record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// Whose.
    pub station: Station,
    /// For which slot.
    pub slot: Slot,
    /// Distance between slots, seconds.
    pub every_s: u32,
}

/// Where each journey stands, and what has begun. See the module's documentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    stands: BTreeMap<Station, Stands>,
    open: BTreeSet<Open>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stands {
    every_s: u32,
    next: Slot,
    used: Slot,
    /// Not so after its removal: then only the names that it used are remembered.
    planned: bool,
}

/// For so long after a removed journey's last slot may one of another interval bear its name: the
/// longest phase, and what a clock may be set back by.
const NAME_S: i64 = 86_400 + 300;

impl Booked {
    /// What a record books; `None` for a run by hand.
    pub fn of(record: &Record) -> Option<Self> {
        let first = record.slot.filter(|_| record.kind == Kind::Scheduled)?;
        let more = i64::try_from(record.count.saturating_sub(1)).unwrap_or(i64::MAX);
        let last = first.saturating_add(more.saturating_mul(record.every_s.into()));
        Some(Self {
            station: Station::new(&record.customer, &record.journey, &record.region),
            first: Slot::from_unix_s(first),
            last: Slot::from_unix_s(last),
            ran: record.missed.is_none_or(|cause| cause == Missed::Killed),
        })
    }
}

impl Ledger {
    /// Takes a note.
    pub fn note(&mut self, note: Note) {
        match note {
            Note::Planned {
                station,
                every_s,
                next,
                used,
            } => {
                let planned = true;
                self.stands.insert(
                    station,
                    Stands {
                        every_s,
                        next,
                        used,
                        planned,
                    },
                );
            }
            Note::Begun {
                station,
                every_s,
                slot,
            } => {
                if let Some(stands) = self.stands.get_mut(&station) {
                    stands.next = Slot::from_unix_s(slot.unix_s() + i64::from(stands.every_s));
                    stands.used = slot;
                }
                self.open.insert(Open {
                    station,
                    slot,
                    every_s,
                });
            }
            Note::Removed { station } => {
                if let Some(stands) = self.stands.get_mut(&station) {
                    stands.planned = false;
                }
            }
        }
    }

    /// Takes what a record says.
    pub fn book(&mut self, booked: &Booked) {
        let Booked {
            station,
            first,
            last,
            ran,
        } = booked;
        let bound = |slot: &Slot, every_s| Open {
            station: station.clone(),
            slot: *slot,
            every_s,
        };
        if *ran {
            let ended = self.open.range(bound(first, 0)..=bound(last, u32::MAX));
            let ended: Vec<_> = ended.cloned().collect();
            for open in &ended {
                self.open.remove(open);
            }
            if !ended.is_empty() {
                // Where its journey stands was told when it began; by now it may be planned anew.
                return;
            }
        }
        if let Some(stands) = self.stands.get_mut(station) {
            let every = i64::from(stands.every_s.max(1));
            let after = (last.unix_s().div_euclid(every) + 1) * every;
            stands.next = stands.next.max(Slot::from_unix_s(after));
            stands.used = stands.used.max(*last);
        }
    }

    /// Where a journey stands or stood at its removal; `None` for one that is not known.
    pub fn stood(&self, station: &Station) -> Option<Stood> {
        let Stands {
            every_s,
            next,
            used,
            planned,
        } = *self.stands.get(station)?;
        let every = std::time::Duration::from_secs(every_s.into());
        let (customer, journey, region) = (station.customer(), station.journey(), station.region());
        let schedule = Schedule::new(customer, journey, region, every).ok()?;
        Some(Stood {
            schedule,
            next,
            used,
            planned,
        })
    }

    /// The journeys that are planned.
    pub fn stations(&self) -> impl Iterator<Item = &Station> {
        let planned = self.stands.iter().filter(|(_, stands)| stands.planned);
        planned.map(|(station, _)| station)
    }

    /// Forgets removed journeys whose names cannot come again after `now_ns` (Unix ns).
    pub fn forget(&mut self, now_ns: i64) {
        let now_s = now_ns.div_euclid(1_000_000_000);
        self.stands.retain(|_, stands| {
            stands.planned || stands.next.unix_s().saturating_add(NAME_S) > now_s
        });
    }

    /// The runs that have begun and have no record.
    pub fn open(&self) -> impl Iterator<Item = &Open> {
        self.open.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(name: &str) -> Station {
        Station::new("acme", name, "fra")
    }

    fn planned(next: i64) -> Note {
        Note::Planned {
            station: station("home"),
            every_s: 60,
            next: Slot::from_unix_s(next),
            used: Slot::from_unix_s(next - 60),
        }
    }

    fn begun(slot: i64) -> Note {
        Note::Begun {
            station: station("home"),
            every_s: 60,
            slot: Slot::from_unix_s(slot),
        }
    }

    fn booked(first: i64, last: i64) -> Booked {
        Booked {
            station: station("home"),
            first: Slot::from_unix_s(first),
            last: Slot::from_unix_s(last),
            ran: first == last,
        }
    }

    fn next(ledger: &Ledger) -> Option<i64> {
        let stood = ledger.stood(&station("home"));
        let stood = stood.filter(|stood| stood.planned);
        stood.map(|stood| stood.next.unix_s())
    }

    #[test]
    fn a_run_that_began_and_has_no_record_is_open_and_its_slot_is_not_planned_again() {
        let mut ledger = Ledger::default();
        for note in [planned(60), begun(60), begun(120), begun(180)] {
            ledger.note(note);
        }
        ledger.book(&booked(60, 60));
        ledger.book(&booked(120, 120));
        let open: Vec<_> = ledger.open().map(|open| open.slot.unix_s()).collect();
        assert_eq!((open, next(&ledger)), (vec![180], Some(240)));
    }

    #[test]
    fn a_range_books_all_of_its_slots() {
        let mut ledger = Ledger::default();
        ledger.note(planned(60));
        ledger.book(&booked(60, 600));
        assert_eq!(next(&ledger), Some(660));
    }

    #[test]
    fn the_record_of_an_older_schedule_moves_a_journey_past_its_own_slot_only() {
        let mut ledger = Ledger::default();
        ledger.note(planned(7_200));
        ledger.book(&booked(3_600, 3_600));
        assert_eq!(next(&ledger), Some(7_200));
        ledger.book(&booked(7_210, 7_210));
        assert_eq!(next(&ledger), Some(7_260));
    }

    #[test]
    fn a_journey_that_was_removed_stays_so_when_its_last_run_ends() {
        let mut ledger = Ledger::default();
        for note in [
            planned(60),
            begun(60),
            Note::Removed {
                station: station("home"),
            },
        ] {
            ledger.note(note);
        }
        assert_eq!((ledger.open().count(), next(&ledger)), (1, None));
        assert_eq!(ledger.stations().count(), 0);
        ledger.book(&booked(60, 60));
        assert_eq!((ledger.open().count(), next(&ledger)), (0, None));
        // The names that it used are known for as long as one of them may come again.
        let day_s = 86_400 + 300;
        for (now_s, known) in [(120 + day_s - 1, true), (120 + day_s, false)] {
            ledger.forget(now_s * 1_000_000_000);
            let stood = ledger.stood(&station("home"));
            let expected = known.then_some((Slot::from_unix_s(120), false));
            assert_eq!(stood.map(|stood| (stood.next, stood.planned)), expected);
        }
        assert_eq!(ledger, Ledger::default());
    }

    #[test]
    fn a_station_gives_its_names_back() {
        let station = Station::new("acme", "checkout[host=a.example]", "fra");
        assert_eq!(
            (station.customer(), station.journey(), station.region()),
            ("acme", "checkout[host=a.example]", "fra")
        );
    }
}
