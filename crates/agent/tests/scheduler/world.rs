//! An agent in simulated time: desk and ledger in the hands of a scheduler as simple as may be, its
//! disk, its clock, and the account that all is held against.

mod check;
mod hands;

use crate::{
    account::{Account, End},
    disk::Disk,
};
use jaunt_agent::{
    Book, Desk, Entry, Guest, JourneyNumber, Jump, Ledger, Moment, Note, Schedule, Slot, Station,
    Stood, config::Limits,
};
use jaunt_record::Verdict;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Of three journeys each.
pub(crate) const CUSTOMERS: [&str; 3] = ["acme", "base", "core"];
const START_S: i64 = 1_790_000_000;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) tolerance_ms: u64,
    pub(crate) runs: usize,
    /// Of each customer.
    pub(crate) may: [May; CUSTOMERS.len()],
}

/// What a customer may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct May {
    pub(crate) runs: usize,
    pub(crate) per_host: usize,
}

/// What the file of a journey says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) every_s: u64,
    /// It names so many hosts, everybody the same.
    pub(crate) hosts: usize,
}

/// When an entry came.
#[derive(Clone, Copy, Debug)]
enum When {
    Turn(Jump),
    Reload,
    Start,
    Drain,
}

pub(crate) struct World {
    settings: Settings,
    now: Moment,
    /// When the desk last looked.
    turned: Moment,
    files: BTreeMap<usize, Wish>,
    desk: Desk,
    /// Where journeys stood that are not loaded.
    ledger: Ledger,
    loaded: BTreeMap<usize, Wish>,
    numbers: BTreeMap<usize, JourneyNumber>,
    free: BTreeSet<u32>,
    inside: BTreeMap<usize, Wish>,
    draining: bool,
    disk: Disk,
    verdicts: usize,
    pub(crate) account: Account,
}

pub(crate) fn customer(n: usize) -> &'static str {
    CUSTOMERS[n / 3]
}

fn station(n: usize) -> Station {
    Station::new(customer(n), &format!("journey-{n}"), "fra")
}

fn schedule(n: usize, every_s: u64) -> Schedule {
    let every = Duration::from_secs(every_s);
    Schedule::new(customer(n), &format!("journey-{n}"), "fra", every).unwrap()
}

fn guest(n: usize, wish: Wish, may: May) -> Arc<Guest> {
    let hosts: Vec<String> = (0..wish.hosts).map(|host| format!("host-{host}")).collect();
    Arc::new(Guest {
        customer: customer(n).into(),
        hosts: hosts.into(),
        limits: Limits {
            runs: may.runs,
            per_host: may.per_host,
            ..Limits::default()
        },
    })
}

fn planned(n: usize, stood: Stood) -> Note {
    Note::Planned {
        station: station(n),
        every_s: stood.schedule.every_s(),
        next: stood.next,
        used: stood.used,
    }
}

fn slots(first: Slot, count: u64, every_s: u32) -> impl Iterator<Item = Slot> {
    let at = move |n| first.unix_s() + i64::try_from(n).unwrap() * i64::from(every_s);
    (0..count).map(move |n| Slot::from_unix_s(at(n)))
}

impl World {
    pub(crate) fn new(settings: Settings) -> Self {
        let now = Moment {
            wall_ns: START_S * 1_000_000_000,
            awake: Duration::from_secs(5),
            boot: Duration::from_secs(9),
        };
        let mut world = Self {
            settings,
            now,
            turned: now,
            files: BTreeMap::new(),
            desk: Desk::new(Duration::ZERO, 0, now),
            ledger: Ledger::default(),
            loaded: BTreeMap::new(),
            numbers: BTreeMap::new(),
            free: (0..100).collect(),
            inside: BTreeMap::new(),
            draining: false,
            disk: Disk::default(),
            verdicts: 0,
            account: Account::default(),
        };
        world.start(None);
        world
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        let by = Duration::from_millis(ms);
        self.now.wall_ns += i64::try_from(by.as_nanos()).unwrap();
        self.now.awake += by;
        self.now.boot += by;
    }

    pub(crate) fn step(&mut self, seconds: i64) {
        self.now.wall_ns += seconds * 1_000_000_000;
    }

    pub(crate) fn suspend(&mut self, seconds: u64) {
        self.step(i64::try_from(seconds).unwrap());
        self.now.boot += Duration::from_secs(seconds);
    }

    pub(crate) fn checkpoint(&mut self) {
        self.disk.checkpoint(self.now.wall_ns);
    }

    pub(crate) fn runs(&self, n: usize) -> bool {
        self.account.running(n).is_some()
    }

    /// The run of a journey ends, if one goes on.
    pub(crate) fn end(&mut self, n: usize) {
        if !self.runs(n) {
            return;
        }
        let all = [Verdict::Pass, Verdict::Slow, Verdict::Fail, Verdict::Void];
        self.verdicts += 1;
        let slot = self
            .account
            .end(n, End::Ran(all[self.verdicts % all.len()]));
        self.booked(n, slot, slot, true);
        self.inside.remove(&n);
        let number = self.numbers[&n];
        self.desk.ended(number);
        if !self.loaded.contains_key(&n) {
            self.forget(n);
        }
    }

    /// The desk looks at the clock: no journey starts twice, none out of its time, and what is due
    /// is booked, begun, or waits.
    pub(crate) fn turn(&mut self) {
        let jump = self.now.jump_since(&self.turned);
        let anew = Book::plans_anew(jump);
        if anew {
            self.account.plan_anew(self.now.wall_ns);
        }
        self.account.due(self.now.wall_ns);
        let mut entries = Vec::new();
        assert_eq!(self.desk.turn(self.now, &mut entries), jump);
        let started = entries.iter().filter_map(|entry| match entry {
            Entry::Due { journey, .. } => Some(journey),
            Entry::Missed { .. } => None,
        });
        let mut once = BTreeSet::new();
        for journey in started {
            assert!(once.insert(*journey), "a burst of {journey:?}");
        }
        self.take(entries, When::Turn(jump));
        self.turned = self.now;
        if anew {
            self.checkpoint();
            for n in self.loaded.keys().copied().collect::<Vec<_>>() {
                self.plan(n);
            }
        }
        assert_eq!(self.desk.runs(), self.inside.len());
        let next = self.desk.next_ns();
        assert!(next.is_none_or(|next| next > self.now.wall_ns), "behind");
        self.account.check_waiting();
        self.check_ledger();
        if self.disk.is_long() {
            self.checkpoint();
        }
    }

    /// A journey's file is written or deleted, and what changed is put in force.
    pub(crate) fn reload(&mut self, n: usize, wish: Option<Wish>) {
        match wish {
            Some(wish) => self.files.insert(n, wish),
            None => self.files.remove(&n),
        };
        self.resize();
        match (wish, self.loaded.contains_key(&n)) {
            (None, true) => self.remove(n),
            (None, false) => {}
            (Some(wish), true) => self.change(n, wish),
            (Some(wish), false) => self.add(n, wish, When::Reload),
        }
        self.check_ledger();
    }

    /// A customer may something else from now on.
    pub(crate) fn limit(&mut self, of: usize, may: May) {
        self.settings.may[of] = may;
        self.resize();
        let its = |n: &usize| customer(*n) == CUSTOMERS[of];
        for n in self.loaded.keys().copied().filter(its).collect::<Vec<_>>() {
            self.change(n, self.loaded[&n]);
        }
    }

    /// Nothing begins any more, for a while; then all runs end, and so does the agent.
    pub(crate) fn drain(&mut self) {
        let mut entries = Vec::new();
        self.desk.drain(&mut entries);
        self.draining = true;
        self.take(entries, When::Drain);
        for n in self.inside.keys().copied().collect::<Vec<_>>() {
            self.pass(2_500);
            self.turn();
            self.end(n);
            self.turn();
        }
        self.checkpoint();
    }

    /// The agent is gone, and time passes.
    pub(crate) fn down(&mut self, ms: u64, stepped_s: i64) {
        self.account.down();
        self.inside.clear();
        self.pass(ms);
        self.step(stepped_s);
    }

    /// A new process finds what the one before left.
    pub(crate) fn start(&mut self, edit: Option<(usize, Option<Wish>)>) {
        self.turned = self.now;
        self.draining = false;
        let tolerance = Duration::from_millis(self.settings.tolerance_ms);
        self.desk = Desk::new(tolerance, self.settings.runs, self.now);
        self.ledger = self.disk.replay();
        self.loaded.clear();
        self.numbers.clear();
        self.free = (0..100).collect();
        self.killed();
        match edit {
            Some((n, Some(wish))) => drop(self.files.insert(n, wish)),
            Some((n, None)) => drop(self.files.remove(&n)),
            None => {}
        }
        self.resize();
        for (n, wish) in self.files.clone() {
            // What was due while the agent was down was planned, as long as the journey was there.
            self.account.due_of(n, self.now.wall_ns);
            self.add(n, wish, When::Start);
        }
        for station in self.ledger.stations().cloned().collect::<Vec<_>>() {
            self.ledger.note(Note::Removed {
                station: station.clone(),
            });
            self.disk.note(Note::Removed { station });
        }
        for n in (0..CUSTOMERS.len() * 3).filter(|n| !self.files.contains_key(n)) {
            self.account.remove(n);
        }
        self.check_ledger();
    }

    /// All is over, and adds up.
    pub(crate) fn close(&self) {
        self.account.check_all();
    }
}
