//! The scheduler as simple as may be: it does what the agent's own does, without runs and files.

use super::{
    CUSTOMERS, May, When, Wish, World, customer, guest, planned, schedule, slots, station,
};
use crate::account::End;
use jaunt_agent::{Booked, Entry, JourneyNumber, Note, Slot, Span};
use jaunt_record::Missed;
use std::collections::BTreeSet;

impl World {
    pub(super) fn may(&self, n: usize) -> May {
        self.settings.may[n / 3]
    }

    pub(super) fn resize(&mut self) {
        let customers: BTreeSet<_> = self.files.keys().map(|n| customer(*n)).collect();
        self.desk.resize(customers.len(), self.settings.runs);
    }

    pub(super) fn add(&mut self, n: usize, wish: Wish, when: When) {
        let at = station(n);
        let stood = self.ledger.stood(&at);
        self.ledger.note(Note::Removed { station: at });
        let fresh = || JourneyNumber(self.free.pop_first().unwrap());
        let number = *self.numbers.entry(n).or_insert_with(fresh);
        self.loaded.insert(n, wish);
        let new = schedule(n, wish.every_s);
        let entry = self.desk.add(
            number,
            guest(n, wish, self.may(n)),
            new,
            Span::default(),
            stood,
        );
        self.take(entry.into_iter().collect(), when);
        let next = self.account.add(n, new, self.turned.wall_ns);
        if stood.is_some_and(|stood| next < stood.next) {
            self.checkpoint();
        }
        self.plan(n);
    }

    pub(super) fn change(&mut self, n: usize, wish: Wish) {
        let number = self.numbers[&n];
        self.desk.replace(number, guest(n, wish, self.may(n)));
        let old = self.loaded[&n];
        if old.every_s != wish.every_s {
            let new = schedule(n, wish.every_s);
            let mut entries = Vec::new();
            self.desk.change(number, new, Span::default(), &mut entries);
            self.take(entries, When::Reload);
            self.account.change(n, new, self.turned.wall_ns);
            self.plan(n);
        }
        self.loaded.insert(n, wish);
    }

    pub(super) fn remove(&mut self, n: usize) {
        let number = self.numbers[&n];
        let stood = self.desk.stands(number).unwrap();
        self.ledger.note(planned(n, stood));
        let mut entries = Vec::new();
        self.desk.remove(number, &mut entries);
        self.take(entries, When::Reload);
        self.account.remove(n);
        self.loaded.remove(&n);
        if !self.runs(n) {
            self.forget(n);
        }
        let station = station(n);
        self.ledger.note(Note::Removed {
            station: station.clone(),
        });
        self.disk.note(Note::Removed { station });
    }

    pub(super) fn forget(&mut self, n: usize) {
        let number = self.numbers.remove(&n).unwrap();
        self.free.insert(number.0);
    }

    pub(super) fn plan(&mut self, n: usize) {
        let stood = self.desk.stands(self.numbers[&n]).unwrap();
        self.disk.note(planned(n, stood));
    }

    pub(super) fn booked(&mut self, n: usize, first: Slot, last: Slot, ran: bool) {
        let station = station(n);
        self.disk.book(Booked {
            station,
            first,
            last,
            ran,
        });
    }

    /// Books the runs that an earlier process was killed in.
    pub(super) fn killed(&mut self) {
        let open: Vec<_> = self.ledger.open().cloned().collect();
        for n in 0..CUSTOMERS.len() * 3 {
            let its: Vec<Slot> = open
                .iter()
                .filter(|open| open.station == station(n))
                .map(|open| open.slot)
                .collect();
            assert_eq!(its, Vec::from_iter(self.account.running(n)), "{n}");
            if let Some(slot) = its.first() {
                self.account.end(n, End::Missed(Missed::Killed));
                self.booked(n, *slot, *slot, true);
            }
        }
    }

    /// Carries out what the desk said.
    pub(super) fn take(&mut self, entries: Vec<Entry>, when: When) {
        for entry in entries {
            let n = self.of(entry);
            match entry {
                Entry::Due { slot, due_ns, .. } => {
                    let late = self.now.wall_ns - due_ns;
                    let most = i64::try_from(self.settings.tolerance_ms).unwrap() * 1_000_000;
                    assert!((0..=most).contains(&late), "{n} begins {late} ns late");
                    assert!(!self.draining, "{n} begins while draining");
                    self.account.begin(n, slot);
                    let wish = self.loaded[&n];
                    assert!(self.own(n) < self.may(n).runs, "{n} is one too many");
                    self.inside.insert(n, wish);
                    self.disk.note(Note::Begun {
                        station: station(n),
                        every_s: u32::try_from(wish.every_s).unwrap(),
                        slot,
                    });
                }
                Entry::Missed {
                    first,
                    count,
                    every_s,
                    cause,
                    ..
                } => {
                    assert!(count > 0);
                    let of = schedule(n, every_s.into());
                    let late = self.now.wall_ns - of.due_ns(first);
                    self.justify(n, cause, when, (late, of));
                    self.account.miss(n, slots(first, count, every_s), cause);
                    let last = slots(first, count, every_s).last().unwrap();
                    self.booked(n, first, last, false);
                }
            }
        }
    }

    pub(super) fn of(&self, entry: Entry) -> usize {
        let (Entry::Due { journey, .. } | Entry::Missed { journey, .. }) = entry;
        let mut known = self.numbers.iter();
        let (n, _) = known.find(|(_, number)| **number == journey).unwrap();
        assert!(self.loaded.contains_key(n), "{n} is not loaded: {entry:?}");
        *n
    }
}
