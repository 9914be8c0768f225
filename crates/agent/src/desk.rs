//! The desk: what starts now, what waits for room, and what became of each slot that nothing ran in.
//!
//! The [`Book`] says which slots are due, the [`Gate`] who is let in. Whoever is not waits here, in
//! the order of arrival, at most until the tolerance of its slot is over or the next slot of its
//! journey is due, and is then `missed: saturated`. Pure: it is told what time it is.
//!
//! Every slot of a journey leaves the desk exactly once, and in order: [`Entry::Due`], then a run
//! that [ends](Desk::ended), or [`Entry::Missed`]. The order is what the [`Ledger`](crate::Ledger)
//! relies on: what it holds for booked is all up to some slot.

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
    /// Whether there may be room since those who wait last asked.
    room: bool,
    /// What the book says, before the gate was asked.
    due: Vec<Entry>,
}

#[derive(Debug)]
struct Waiting {
    journey: JourneyNumber,
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
            room: false,
            due: Vec::new(),
        }
    }

    /// How many customers share the agent now, and how many runs it may have.
    pub fn resize(&mut self, customers: usize, runs: usize) {
        self.gate.resize(customers, runs);
        self.room = true;
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
        self.room = true;
    }

    /// Gives a journey another schedule or span; see [`Book::change`]. A slot of the old one that
    /// waits for room does not begin.
    pub fn change(
        &mut self,
        journey: JourneyNumber,
        schedule: Schedule,
        span: Span,
        entries: &mut Vec<Entry>,
    ) {
        self.give_up_of(journey, entries);
        self.book.change(journey, schedule, span);
    }

    /// Removes a journey: none of its later slots is planned. A run of it goes on; one that waits
    /// for room does not begin.
    pub fn remove(&mut self, journey: JourneyNumber, entries: &mut Vec<Entry>) {
        self.guests.remove(&journey);
        self.book.remove(journey);
        self.give_up_of(journey, entries);
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
        self.give_up_late(now.wall_ns, entries);
        if std::mem::take(&mut self.room) {
            self.let_in(entries);
        }
        self.give_up_passed(now.wall_ns, entries);
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
        jump
    }

    /// The run of a journey has ended: whoever waits and now fits is let in at the next
    /// [turn](Self::turn), which knows whether it is still in time.
    pub fn ended(&mut self, journey: JourneyNumber) {
        if let Some(guest) = self.inside.remove(&journey) {
            self.gate.leave(&guest.customer, &guest.hosts);
        }
        self.book.ended(journey);
        self.room = true;
    }

    /// Lets in who waits and fits, in the order of arrival.
    fn let_in(&mut self, entries: &mut Vec<Entry>) {
        // One whose customer is full keeps nobody of another from trying.
        let mut full: HashSet<Arc<str>> = HashSet::new();
        let mut left = VecDeque::with_capacity(self.waiting.len());
        while let Some(waiting) = self.waiting.pop_front() {
            // Whoever waits is a guest; a removed journey waits no more.
            let Some(guest) = self.guests.get(&waiting.journey).cloned() else {
                continue;
            };
            if full.contains(&guest.customer) {
                left.push_back(waiting);
                continue;
            }
            match self.enter(waiting.journey, &guest) {
                Ok(()) => entries.push(Entry::Due {
                    journey: waiting.journey,
                    slot: waiting.slot,
                    due_ns: waiting.due_ns,
                }),
                Err(why) => {
                    if matches!(why, Full::Customer | Full::Agent) {
                        full.insert(Arc::clone(&guest.customer));
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
        self.give_up(|_, _| Some(Missed::Draining), entries);
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

    /// Gives up what waited beyond its tolerance, and what a clock that was set back would let wait
    /// for longer than that.
    fn give_up_late(&mut self, wall_ns: i64, entries: &mut Vec<Entry>) {
        let tolerance = self.tolerance_ns;
        let late = |_: &Book, waiting: &Waiting| {
            if waiting.due_ns > wall_ns {
                Some(Missed::ClockStep)
            } else if waiting.due_ns.saturating_add(tolerance) < wall_ns {
                Some(Missed::Saturated)
            } else {
                None
            }
        };
        self.give_up(late, entries);
    }

    /// Gives up what waits while the next slot of the same journey is due: that one waits from now
    /// on, so that slots leave in order.
    fn give_up_passed(&mut self, wall_ns: i64, entries: &mut Vec<Entry>) {
        let passed = |book: &Book, waiting: &Waiting| {
            let Stood { schedule, next, .. } = book.stands(waiting.journey)?;
            (schedule.due_ns(next) <= wall_ns).then_some(Missed::Saturated)
        };
        self.give_up(passed, entries);
    }

    fn give_up_of(&mut self, journey: JourneyNumber, entries: &mut Vec<Entry>) {
        let its =
            |_: &Book, waiting: &Waiting| (waiting.journey == journey).then_some(Missed::Saturated);
        self.give_up(its, entries);
    }

    fn give_up(
        &mut self,
        cause: impl Fn(&Book, &Waiting) -> Option<Missed>,
        entries: &mut Vec<Entry>,
    ) {
        let book = &mut self.book;
        self.waiting.retain(|waiting| {
            let Some(cause) = cause(book, waiting) else {
                return true;
            };
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
