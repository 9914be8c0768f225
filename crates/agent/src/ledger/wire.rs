//! Notes and the ledger as bytes that last: protobuf by field numbers, kinds by their names.
//!
//! What this version cannot read it passes over: a ledger is bookkeeping, and a journey that it does
//! not know is planned anew.

use super::{Ledger, Note, Open, Stands};
use crate::{Slot, Station};
use prost::Message;

#[derive(Clone, PartialEq, Message)]
struct StoredNote {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(string, tag = "2")]
    customer: String,
    #[prost(string, tag = "3")]
    journey: String,
    #[prost(string, tag = "4")]
    region: String,
    #[prost(uint32, tag = "5")]
    every_s: u32,
    #[prost(int64, tag = "6")]
    slot: i64,
    /// Absent where it is the slot before.
    #[prost(int64, optional, tag = "7")]
    used: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredLedger {
    /// `planned` for each journey that is, `removed` for each whose names are still remembered,
    /// `begun` for each run without a record.
    #[prost(message, repeated, tag = "1")]
    notes: Vec<StoredNote>,
    /// The sequence number of the first record that is not in it.
    #[prost(uint64, tag = "2")]
    records: u64,
}

const PLANNED: &str = "planned";
const BEGUN: &str = "begun";
const REMOVED: &str = "removed";

impl Note {
    /// The note as bytes.
    pub fn encode(&self) -> Vec<u8> {
        StoredNote::from(self).encode_to_vec()
    }

    /// The note that these bytes hold; `None` where they hold none that this version knows.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        StoredNote::decode(bytes).ok()?.into_note()
    }
}

impl Ledger {
    /// The ledger as bytes, as of the record with the sequence number `records`, which is not in it.
    pub fn encode(&self, records: u64) -> Vec<u8> {
        let stands = self.stands.iter().map(|(station, stands)| {
            let kind = if stands.planned { PLANNED } else { REMOVED };
            StoredNote::new(kind, station, stands.every_s, stands.next).with_used(stands.used)
        });
        let begun = self
            .open
            .iter()
            .map(|open| StoredNote::new(BEGUN, &open.station, open.every_s, open.slot));
        StoredLedger {
            notes: stands.chain(begun).collect(),
            records,
        }
        .encode_to_vec()
    }

    /// The ledger that these bytes hold, and the first record that is not in it; an empty one where
    /// they are damaged.
    pub fn decode(bytes: &[u8]) -> (Self, u64) {
        let stored = StoredLedger::decode(bytes).unwrap_or_default();
        let mut ledger = Self::default();
        for stored in stored.notes {
            let (every_s, next) = (stored.every_s, Slot::from_unix_s(stored.slot));
            let used = stored.last_used();
            let Some(note) = stored.into_note() else {
                continue;
            };
            match note {
                Note::Removed { station } => {
                    let planned = false;
                    let stands = Stands {
                        every_s,
                        next,
                        used,
                        planned,
                    };
                    ledger.stands.insert(station, stands);
                }
                // Taken as they stand: a run that began under an older schedule moves nothing.
                Note::Begun {
                    station,
                    every_s,
                    slot,
                } => {
                    ledger.open.insert(Open {
                        station,
                        slot,
                        every_s,
                    });
                }
                Note::Planned { .. } => ledger.note(note),
            }
        }
        (ledger, stored.records)
    }
}

impl StoredNote {
    fn new(kind: &str, station: &Station, every_s: u32, slot: Slot) -> Self {
        Self {
            kind: kind.to_owned(),
            customer: station.customer().to_owned(),
            journey: station.journey().to_owned(),
            region: station.region().to_owned(),
            every_s,
            slot: slot.unix_s(),
            used: None,
        }
    }

    fn with_used(self, used: Slot) -> Self {
        let usual = self.last_used() == used;
        Self {
            used: (!usual).then_some(used.unix_s()),
            ..self
        }
    }

    fn last_used(&self) -> Slot {
        let before = self.slot.saturating_sub(self.every_s.into());
        Slot::from_unix_s(self.used.unwrap_or(before))
    }

    fn into_note(self) -> Option<Note> {
        let station = Station::new(&self.customer, &self.journey, &self.region);
        let (every_s, slot) = (self.every_s, Slot::from_unix_s(self.slot));
        let used = self.last_used();
        match self.kind.as_str() {
            PLANNED => Some(Note::Planned {
                station,
                every_s,
                next: slot,
                used,
            }),
            BEGUN => Some(Note::Begun {
                station,
                every_s,
                slot,
            }),
            REMOVED => Some(Note::Removed { station }),
            _ => None,
        }
    }
}

impl From<&Note> for StoredNote {
    fn from(note: &Note) -> Self {
        match note {
            Note::Planned {
                station,
                every_s,
                next,
                used,
            } => Self::new(PLANNED, station, *every_s, *next).with_used(*used),
            Note::Begun {
                station,
                every_s,
                slot,
            } => Self::new(BEGUN, station, *every_s, *slot),
            Note::Removed { station } => Self::new(REMOVED, station, 0, Slot::from_unix_s(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn notes() -> impl Strategy<Value = Vec<Note>> {
        let note = ("[a-c]", 0..3_u8, 1..4_u32, 0..100_i64, 0..50_i64).prop_map(
            |(name, kind, every, n, used)| {
                let station = Station::new("acme", &name, "fra");
                let (every_s, slot) = (every * 10, Slot::from_unix_s(n * i64::from(every) * 10));
                match kind {
                    0 => Note::Planned {
                        station,
                        every_s,
                        next: slot,
                        used: Slot::from_unix_s(slot.unix_s() - used),
                    },
                    1 => Note::Begun {
                        station,
                        every_s,
                        slot,
                    },
                    _ => Note::Removed { station },
                }
            },
        );
        prop::collection::vec(note, 0..20)
    }

    proptest! {
        #[test]
        fn a_ledger_comes_back_as_it_was_and_goes_on_as_it_would_have(before in notes(), after in notes()) {
            let mut ledger = Ledger::default();
            for note in before {
                prop_assert_eq!(Note::decode(&note.encode()), Some(note.clone()));
                ledger.note(note);
            }
            let (mut again, records) = Ledger::decode(&ledger.encode(7));
            prop_assert_eq!((&again, records), (&ledger, 7));
            for note in after {
                ledger.note(note.clone());
                again.note(note);
            }
            prop_assert_eq!(again, ledger);
        }

        #[test]
        fn damaged_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            Ledger::decode(&bytes);
            Note::decode(&bytes);
        }
    }
}
