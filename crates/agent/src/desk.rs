//! The desk: what starts now, what waits for room, and what became of each slot that nothing ran in.
//!
//! The [`Book`] says which slots are due, the [`Gate`] who is let in. Whoever is not waits here, in
//! the order of arrival, at most until the tolerance of its slot is over, and is then `missed:
//! saturated`. Pure: it is told what time it is.
//!
//! Every slot of a journey leaves the desk exactly once: [`Entry::Due`], then a run that
//! [ends](Desk::ended), or [`Entry::Missed`].

use crate::{
    Book, Entry, Full, Gate, JourneyNumber, Jump, Moment, Schedule, Slot, Span, Stood, Visit,
    config::Limits,
};
use jaunt_record::Missed;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

/// Who asks to be let in, for all runs of a journey.
#[derive(Debug)]
pub struct Guest {
    /// Whose journey it is.
    pub customer: Arc<str>,
    /// The hosts that it names, none of them twice.
    pub hosts: Arc<[String]>,
    /// What its customer may.
    pub limits: Limits,
}

/// The desk. See the module's documentation.
#[derive(Debug)]
pub struct Desk {
    book: Book,
    gate: Gate,
    tolerance_ns: i64,
    guests: HashMap<JourneyNumber, Arc<Guest>>,
    /// Those who were let in, as they were then.
    inside: HashMap<JourneyNumber, Arc<Guest>>,
    waiting: VecDeque<Waiting>,
    /// What the book says, before the gate was asked.
    due: Vec<Entry>,
}

#[derive(Debug)]
struct Waiting {
    journey: JourneyNumber,
    guest: Arc<Guest>,
    slot: Slot,
    due_ns: i64,
    every_s: u32,
}

impl Desk {
    /// An empty desk, for `runs` runs at once.
    pub fn new(tolerance: Duration, runs: usize, now: Moment) -> Self {
        Self {
            book: Book::new(tolerance, now),
            gate: Gate::new(runs),
            tolerance_ns: i64::try_from(tolerance.as_nanos()).unwrap_or(i64::MAX),
            guests: HashMap::new(),
            inside: HashMap::new(),
            waiting: VecDeque::new(),
            due: Vec::new(),
        }
    }

    /// How many customers share the agent now, and how many runs it may have.
    pub fn resize(&mut self, customers: usize, runs: usize) {
        self.gate.resize(customers, runs);
    }

    /// Adds a journey; see [`Book::add`].
    pub fn add(
        &mut self,
        journey: JourneyNumber,
        guest: Arc<Guest>,
        schedule: Schedule,
        span: Span,
        stood: Option<Stood>,
    ) -> Option<Entry> {
        self.guests.insert(journey, guest);
        self.book.add(journey, schedule, span, stood)
    }

    /// The same journey, asking for something else from its next run on.
    pub fn replace(&mut self, journey: JourneyNumber, guest: Arc<Guest>) {
        self.guests.insert(journey, guest);
    }

    /// Gives a journey another schedule or span; see [`Book::change`].
    pub fn change(&mut self, journey: JourneyNumber, schedule: Schedule, span: Span) {
        self.book.change(journey, schedule, span);
    }

    /// Removes a journey: none of its later slots is planned. A run of it goes on; one that waits
    /// for room does not begin.
    pub fn remove(&mut self, journey: JourneyNumber, entries: &mut Vec<Entry>) {
        self.guests.remove(&journey);
        self.book.remove(journey);
        self.give_up(
            |waiting| waiting.journey == journey,
            Missed::Saturated,
            entries,
        );
    }

    /// Where a journey stands.
    pub fn stands(&self, journey: JourneyNumber) -> Option<Stood> {
        self.book.stands(journey)
    }

    /// How many runs go on.
    pub const fn runs(&self) -> usize {
        self.gate.runs()
    }

    /// When something is to be done next, Unix ns; `None` where nothing is.
    pub fn next_ns(&self) -> Option<i64> {
        let waited = self
            .waiting
            .iter()
            .map(|waiting| self.patience(waiting))
            .min();
        [self.book.next_due_ns(), waited]
            .into_iter()
            .flatten()
            .min()
    }

    /// Moves on to `now`: pushes what starts and what was missed, and says how the clock moved.
    pub fn turn(&mut self, now: Moment, entries: &mut Vec<Entry>) -> Jump {
        let mut due = std::mem::take(&mut self.due);
        let jump = self.book.turn(now, &mut due);
        for entry in due.drain(..) {
            match entry {
                Entry::Due {
                    journey,
                    slot,
                    due_ns,
                } => self.ask(journey, slot, due_ns, entries),
                Entry::Missed { .. } => entries.push(entry),
            }
        }
        self.due = due;
        let (wall, tolerance) = (now.wall_ns, self.tolerance_ns);
        let over = |waiting: &Waiting| waiting.due_ns.saturating_add(tolerance) < wall;
        self.give_up(over, Missed::Saturated, entries);
        jump
    }

    /// The run of a journey has ended: whoever waits and now fits is let in.
    pub fn ended(&mut self, journey: JourneyNumber, entries: &mut Vec<Entry>) {
        if let Some(guest) = self.inside.remove(&journey) {
            self.gate.leave(&guest.customer, &guest.hosts);
        }
        self.book.ended(journey);
        // One whose customer is full keeps nobody of another from trying.
        let mut full: HashSet<Arc<str>> = HashSet::new();
        let mut left = VecDeque::with_capacity(self.waiting.len());
        while let Some(waiting) = self.waiting.pop_front() {
            if full.contains(&waiting.guest.customer) {
                left.push_back(waiting);
                continue;
            }
            match self.enter(waiting.journey, &waiting.guest) {
                Ok(()) => entries.push(Entry::Due {
                    journey: waiting.journey,
                    slot: waiting.slot,
                    due_ns: waiting.due_ns,
                }),
                Err(why) => {
                    if matches!(why, Full::Customer | Full::Agent) {
                        full.insert(Arc::clone(&waiting.guest.customer));
                    }
                    left.push_back(waiting);
                }
            }
        }
        self.waiting = left;
    }

    /// From now on nothing starts: what waits and what comes due is `missed: draining`.
    pub fn drain(&mut self, entries: &mut Vec<Entry>) {
        self.book.drain();
        self.give_up(|_| true, Missed::Draining, entries);
    }

    fn ask(&mut self, journey: JourneyNumber, slot: Slot, due_ns: i64, entries: &mut Vec<Entry>) {
        let Some(guest) = self.guests.get(&journey).cloned() else {
            // The book knows no journey without a guest.
            return self.book.ended(journey);
        };
        if self.enter(journey, &guest).is_ok() {
            entries.push(Entry::Due {
                journey,
                slot,
                due_ns,
            });
            return;
        }
        let every_s = self
            .book
            .stands(journey)
            .map_or(1, |stood| stood.schedule.every_s());
        self.waiting.push_back(Waiting {
            journey,
            guest,
            slot,
            due_ns,
            every_s,
        });
    }

    fn enter(&mut self, journey: JourneyNumber, guest: &Arc<Guest>) -> Result<(), Full> {
        self.gate.enter(Visit {
            customer: &guest.customer,
            hosts: &guest.hosts,
            most_runs: guest.limits.runs,
            most_per_host: guest.limits.per_host,
        })?;
        self.inside.insert(journey, Arc::clone(guest));
        Ok(())
    }

    fn give_up(
        &mut self,
        over: impl Fn(&Waiting) -> bool,
        cause: Missed,
        entries: &mut Vec<Entry>,
    ) {
        let book = &mut self.book;
        self.waiting.retain(|waiting| {
            if !over(waiting) {
                return true;
            }
            book.ended(waiting.journey);
            entries.push(Entry::Missed {
                journey: waiting.journey,
                first: waiting.slot,
                count: 1,
                every_s: waiting.every_s,
                cause,
            });
            false
        });
    }

    /// Until when somebody waits: a nanosecond longer, and it was too long.
    fn patience(&self, waiting: &Waiting) -> i64 {
        waiting
            .due_ns
            .saturating_add(self.tolerance_ns)
            .saturating_add(1)
    }
}
