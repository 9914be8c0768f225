//! The book: which journey is due when, and what became of each slot that nothing ran in.
//!
//! Pure: it is told what time it is, and says what is to start now and what was missed, and why.
//! Every slot of a journey leaves the book exactly once, in order: [`Entry::Due`] or
//! [`Entry::Missed`]. That is where "planned = pass + slow + fail + void + missed" begins.
//!
//! A slot that is past is never caught up with: however long the machine slept or the clock jumped,
//! at most the one slot that can still start within the tolerance does. So nothing ever bursts.
//!
//! A waiting journey costs 80 bytes here (a binary heap was weighed against the ordered set: no
//! faster at 10,000, and a removed journey would stay in it until due).

use crate::{Jump, Moment, Schedule, Slot};
use jaunt_record::Missed;
use std::{collections::BTreeSet, time::Duration};

/// A journey's number in the book; whoever adds it chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JourneyNumber(pub u32);

/// What became of a slot, or of a range of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Start it now. The book takes the journey for running until [`Book::ended`].
    Due {
        /// Whose.
        journey: JourneyNumber,
        /// Which.
        slot: Slot,
        /// When it was due, Unix ns.
        due_ns: i64,
    },
    /// Nothing ran, and nothing will.
    Missed {
        /// Whose.
        journey: JourneyNumber,
        /// The first of the range.
        first: Slot,
        /// How many slots; at least 1.
        count: u64,
        /// Distance between them, seconds.
        every_s: u32,
        /// Why.
        cause: Missed,
    },
}

/// Where a journey stood when it was last written down: by an earlier process, or at its removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stood {
    /// The schedule it had.
    pub schedule: Schedule,
    /// The first slot that has not been booked.
    pub next: Slot,
    /// No slot up to this one may be planned again: its name was used, by whichever schedule.
    pub used: Slot,
    /// Whether its slots were planned from there on. Those of a journey that had been removed were
    /// not: nothing was missed, and yet no name that was booked comes again.
    pub planned: bool,
}

/// Which slots of a journey are this agent's: all, unless the number of shards changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// None before this one.
    pub from: Option<Slot>,
    /// None at or after this one.
    pub until: Option<Slot>,
}

/// The journeys that wait for their slots. See the module's documentation.
#[derive(Debug)]
pub struct Book {
    tolerance: Duration,
    pages: Vec<Page>,
    /// (due, journey number) of every journey that waits.
    waiting: BTreeSet<(i64, u32)>,
    last: Moment,
    draining: bool,
}

/// What the book knows of one number.
#[derive(Clone, Debug, Default)]
struct Page {
    waits: Option<Waits>,
    /// A run of it is going on, or waits for room; outlives the journey's removal.
    running: bool,
}

#[derive(Clone, Copy, Debug)]
struct Waits {
    schedule: Schedule,
    next: Slot,
    /// No name up to this one comes again: that of the slot before `next`, or a later one that an
    /// older schedule used.
    used: Slot,
    until: Option<Slot>,
}

/// How far back the book looks for slots in which no agent was up.
const LONGEST_DOWN: Duration = Duration::from_secs(7 * 86_400);
/// A clock set back by less than this is waited out, so that no slot runs twice. One set back
/// further was wrong for long: then measuring goes on at once, by the clock as it is now.
const WAITED_OUT: Duration = Duration::from_secs(300);

impl Book {
    /// An empty book. A run that cannot start within `tolerance` of its slot is missed.
    pub const fn new(tolerance: Duration, now: Moment) -> Self {
        Self {
            tolerance,
            pages: Vec::new(),
            waiting: BTreeSet::new(),
            last: now,
            draining: false,
        }
    }

    /// Adds a journey: its first slot is the first one due after now that bears no name of a slot
    /// booked before, as `stood` tells.
    ///
    /// Gives back the slots that passed while no agent was up, at most seven days of them.
    pub fn add(
        &mut self,
        journey: JourneyNumber,
        schedule: Schedule,
        span: Span,
        stood: Option<Stood>,
    ) -> Option<Entry> {
        self.remove(journey);
        let (missed, booked) = match stood {
            Some(stood) => self.down(journey, stood),
            None => (None, None),
        };
        self.plan(journey, schedule, span, booked);
        missed
    }

    /// What passed since the journey stood there, and the last slot that is booked by it.
    fn down(&self, journey: JourneyNumber, stood: Stood) -> (Option<Entry>, Option<Slot>) {
        let now = self.last.wall_ns;
        let Stood {
            schedule,
            next,
            used,
            planned,
        } = stood;
        let back = i64::try_from(LONGEST_DOWN.as_nanos()).unwrap_or(i64::MAX);
        let first = next.max(schedule.next(now.saturating_sub(back)));
        let end = schedule.next(now.saturating_add(1));
        let count = schedule.count(first, end);
        if count == 0 || !planned {
            // A slot is planned up to two intervals ahead (see `plan`). One that is further ahead,
            // by more than a clock's correction, was booked by a clock that was wrong.
            let ahead = schedule.due_ns(next).saturating_sub(now);
            let bound = (schedule.every() * 2).saturating_add(WAITED_OUT).as_nanos();
            let plausible = i128::from(ahead) <= i128::try_from(bound).unwrap_or(i128::MAX);
            return (None, plausible.then_some(used));
        }
        let missed = Entry::Missed {
            journey,
            first,
            count,
            every_s: schedule.every_s(),
            cause: Missed::AgentDown,
        };
        (Some(missed), Some(schedule.before(end)))
    }

    /// Gives a journey another schedule or span: its next slot is the first one due after now that
    /// bears no name of a slot already booked.
    pub fn change(&mut self, journey: JourneyNumber, schedule: Schedule, span: Span) {
        let waits = self.page(journey).and_then(|page| page.waits);
        self.remove(journey);
        let booked = waits.map(|waits| waits.used);
        self.plan(journey, schedule, span, booked);
    }

    /// Lets a journey wait for the first slot of its span that is due after now and bears no name up
    /// to `booked`: a name is never used twice.
    fn plan(
        &mut self,
        journey: JourneyNumber,
        schedule: Schedule,
        span: Span,
        booked: Option<Slot>,
    ) {
        let mut next = schedule.next(self.last.wall_ns.saturating_add(1));
        if let Some(booked) = booked {
            next = next.max(schedule.at_or_after(Slot::from_unix_s(booked.unix_s() + 1)));
        }
        if let Some(from) = span.from {
            next = next.max(schedule.at_or_after(from));
        }
        let until = span.until;
        let before = schedule.before(next);
        if until.is_none_or(|until| next < until) {
            self.wait(
                journey,
                Waits {
                    schedule,
                    next,
                    used: booked.map_or(before, |booked| booked.max(before)),
                    until,
                },
            );
        }
    }

    /// Removes a journey: none of its later slots is planned. A run of it goes on.
    pub fn remove(&mut self, journey: JourneyNumber) {
        let Some(page) = self.page_mut(journey) else {
            return;
        };
        if let Some(waits) = page.waits.take() {
            let due = waits.schedule.due_ns(waits.next);
            self.waiting.remove(&(due, journey.0));
        }
    }

    /// The run of a journey that was due has ended, or did not begin.
    pub fn ended(&mut self, journey: JourneyNumber) {
        if let Some(page) = self.page_mut(journey) {
            page.running = false;
        }
    }

    /// From now on nothing starts: slots that come due are `missed: draining`.
    pub const fn drain(&mut self) {
        self.draining = true;
    }

    /// When the next slot is due, Unix ns; `None` where no journey waits.
    pub fn next_due_ns(&self) -> Option<i64> {
        self.waiting.first().map(|(due, _)| *due)
    }

    /// Where a journey stands: its schedule and the first slot that is not booked.
    pub fn stands(&self, journey: JourneyNumber) -> Option<Stood> {
        let Waits {
            schedule,
            next,
            used,
            ..
        } = self.page(journey)?.waits?;
        Some(Stood {
            schedule,
            next,
            used,
            planned: true,
        })
    }

    /// How many journeys wait for a slot.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no journey waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a turn that says so has planned all journeys anew: what was booked further ahead was
    /// booked by a clock that was wrong, and its names come again.
    pub fn plans_anew(jump: Jump) -> bool {
        matches!(jump, Jump::Back(length) if length > WAITED_OUT)
    }

    /// Moves on to `now`: pushes what is to start and what was missed, and says how the clock moved.
    pub fn turn(&mut self, now: Moment, entries: &mut Vec<Entry>) -> Jump {
        let jump = now.jump_since(&self.last);
        self.last = now;
        if Self::plans_anew(jump) {
            self.replan(now.wall_ns);
        }
        while let Some((due, number)) = self.waiting.first().copied() {
            if due > now.wall_ns {
                break;
            }
            self.waiting.pop_first();
            self.book(JourneyNumber(number), now.wall_ns, jump, entries);
        }
        jump
    }

    /// Books all of a journey's slots that are due by now, and lets it wait for the next one.
    fn book(&mut self, journey: JourneyNumber, now_ns: i64, jump: Jump, entries: &mut Vec<Entry>) {
        let (draining, tolerance) = (self.draining, self.tolerance);
        let Some(page) = self.page_mut(journey) else {
            return;
        };
        let Some(Waits {
            schedule,
            next: first,
            until,
            ..
        }) = page.waits.take()
        else {
            return;
        };
        let due_by_now = schedule.next(now_ns.saturating_add(1));
        let end = until.map_or(due_by_now, |until| {
            due_by_now.min(schedule.at_or_after(until))
        });
        let newest = schedule.before(end);
        let late = now_ns.saturating_sub(schedule.due_ns(newest));
        let in_time = i128::from(late) <= i128::try_from(tolerance.as_nanos()).unwrap_or(i128::MAX);
        let stepped = match jump {
            Jump::Suspended(_) => Some(Missed::Suspended),
            Jump::Forward(_) => Some(Missed::ClockStep),
            Jump::Back(_) | Jump::None => None,
        };
        let starts = in_time && stepped.is_none() && !draining && !page.running && newest >= first;
        let missed_until = if starts { newest } else { end };
        let count = schedule.count(first, missed_until);
        if count > 0 {
            let otherwise = if page.running {
                Missed::Overlap
            } else {
                Missed::Late
            };
            let draining = draining.then_some(Missed::Draining);
            entries.push(Entry::Missed {
                journey,
                first,
                count,
                every_s: schedule.every_s(),
                cause: stepped.or(draining).unwrap_or(otherwise),
            });
        }
        if starts {
            page.running = true;
            entries.push(Entry::Due {
                journey,
                slot: newest,
                due_ns: schedule.due_ns(newest),
            });
        }
        if until.is_none_or(|until| due_by_now < until) {
            self.wait(
                journey,
                Waits {
                    schedule,
                    next: due_by_now,
                    used: schedule.before(due_by_now),
                    until,
                },
            );
        }
    }

    /// Plans anew from `now`, whatever was booked: the clock that it was booked by was wrong.
    fn replan(&mut self, now_ns: i64) {
        let numbers: Vec<u32> = self.waiting.iter().map(|(_, number)| *number).collect();
        for number in numbers {
            let journey = JourneyNumber(number);
            if let Some(waits) = self.page(journey).and_then(|page| page.waits) {
                self.remove(journey);
                let next = waits
                    .next
                    .min(waits.schedule.next(now_ns.saturating_add(1)));
                let used = waits.schedule.before(next);
                let anew = Waits {
                    next,
                    used,
                    ..waits
                };
                self.wait(journey, anew);
            }
        }
    }

    fn wait(&mut self, journey: JourneyNumber, waits: Waits) {
        let at = usize::try_from(journey.0).unwrap_or(usize::MAX);
        if self.pages.len() <= at {
            self.pages.resize(at + 1, Page::default());
        }
        if let Some(page) = self.pages.get_mut(at) {
            page.waits = Some(waits);
            let due = waits.schedule.due_ns(waits.next);
            self.waiting.insert((due, journey.0));
        }
    }

    fn page(&self, journey: JourneyNumber) -> Option<&Page> {
        self.pages.get(usize::try_from(journey.0).ok()?)
    }

    fn page_mut(&mut self, journey: JourneyNumber) -> Option<&mut Page> {
        self.pages.get_mut(usize::try_from(journey.0).ok()?)
    }
}
