//! The book of slots against a clock that steps, sleeps and stalls.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agent::{Book, Entry, JourneyNumber, Jump, Moment, Schedule, Slot, Span, Stood};
use jaunt_record::Missed;
use proptest::prelude::*;
use std::{collections::BTreeMap, time::Duration};

const START_S: i64 = 1_790_000_000;
const TOLERANCE: Duration = Duration::from_secs(1);

fn start() -> Moment {
    Moment {
        wall_ns: START_S * 1_000_000_000,
        awake: Duration::from_secs(5),
        boot: Duration::from_secs(9),
    }
}

/// Time passes as it should.
fn later(moment: Moment, by: Duration) -> Moment {
    Moment {
        wall_ns: moment.wall_ns + i64::try_from(by.as_nanos()).unwrap(),
        awake: moment.awake + by,
        boot: moment.boot + by,
    }
}

fn stepped(moment: Moment, seconds: i64) -> Moment {
    Moment {
        wall_ns: moment.wall_ns + seconds * 1_000_000_000,
        ..moment
    }
}

fn suspended(moment: Moment, seconds: u64) -> Moment {
    let by = Duration::from_secs(seconds);
    Moment {
        awake: moment.awake,
        ..later(moment, by)
    }
}

fn schedule(n: u32, every_s: u64) -> Schedule {
    Schedule::new(
        "acme",
        &format!("journey-{n}"),
        "fra",
        Duration::from_secs(every_s),
    )
    .unwrap()
}

/// One journey of 60 s, its first slot, and the moment it is due.
fn one() -> (Book, Schedule, Slot, Moment) {
    let mut book = Book::new(TOLERANCE, start());
    let schedule = schedule(1, 60);
    assert_eq!(book.add(J, schedule, Span::default(), None), None);
    let slot = schedule.next(start().wall_ns);
    let wait = u64::try_from(schedule.due_ns(slot) - start().wall_ns).unwrap();
    (
        book,
        schedule,
        slot,
        later(start(), Duration::from_nanos(wait)),
    )
}

const J: JourneyNumber = JourneyNumber(0);

fn turn(book: &mut Book, now: Moment) -> Vec<Entry> {
    let mut entries = Vec::new();
    book.turn(now, &mut entries);
    entries
}

fn missed(first: Slot, count: u64, cause: Missed) -> Entry {
    Entry::Missed {
        journey: J,
        first,
        count,
        every_s: 60,
        cause,
    }
}

#[test]
fn a_slot_is_due_at_its_moment_and_not_a_nanosecond_before() {
    let (mut book, schedule, slot, due) = one();
    let before = Moment {
        wall_ns: due.wall_ns - 1,
        ..due
    };
    assert_eq!(turn(&mut book, before), []);
    assert_eq!(
        turn(&mut book, due),
        [Entry::Due {
            journey: J,
            slot,
            due_ns: due.wall_ns
        }]
    );
    assert_eq!(
        book.next_due_ns(),
        Some(schedule.due_ns(schedule.after(slot)))
    );
}

#[test]
fn a_slot_may_start_late_within_the_tolerance_and_no_later() {
    let (mut book, _, slot, due) = one();
    let entry = Entry::Due {
        journey: J,
        slot,
        due_ns: due.wall_ns,
    };
    assert_eq!(turn(&mut book, later(due, TOLERANCE)), [entry]);
    let (mut book, _, slot, due) = one();
    let now = later(due, TOLERANCE + Duration::from_nanos(1));
    assert_eq!(turn(&mut book, now), [missed(slot, 1, Missed::Late)]);
}

/// Behaviour 33.
#[test]
fn a_run_longer_than_its_interval_never_overlaps_itself() {
    let (mut book, schedule, slot, due) = one();
    turn(&mut book, due);
    let minute = Duration::from_secs(60);
    let next = schedule.after(slot);
    assert_eq!(
        turn(&mut book, later(due, minute)),
        [missed(next, 1, Missed::Overlap)]
    );
    book.ended(J);
    let third = schedule.after(next);
    let entries = turn(&mut book, later(due, 2 * minute));
    assert_eq!(
        entries,
        [Entry::Due {
            journey: J,
            slot: third,
            due_ns: due.wall_ns + 120_000_000_000
        }]
    );
}

#[test]
fn a_removed_journey_that_comes_back_still_does_not_overlap_its_run() {
    let (mut book, schedule, slot, due) = one();
    turn(&mut book, due);
    book.remove(J);
    assert_eq!(turn(&mut book, later(due, Duration::from_secs(30))), []);
    book.add(J, schedule, Span::default(), None);
    let next = schedule.after(slot);
    let entries = turn(&mut book, later(due, Duration::from_secs(60)));
    assert_eq!(entries, [missed(next, 1, Missed::Overlap)]);
}

/// Behaviour 36.
#[test]
fn a_suspend_and_a_step_give_missed_slots_and_no_burst() {
    for (asleep, cause) in [(true, Missed::Suspended), (false, Missed::ClockStep)] {
        let (mut book, schedule, slot, due) = one();
        turn(&mut book, due);
        book.ended(J);
        let now = later(due, Duration::from_secs(20));
        assert_eq!(turn(&mut book, now), []);
        let now = if asleep {
            suspended(now, 600)
        } else {
            stepped(now, 600)
        };
        let first = schedule.after(slot);
        assert_eq!(turn(&mut book, now), [missed(first, 10, cause)]);
        let entries = turn(&mut book, later(now, Duration::from_secs(40)));
        assert!(matches!(entries[..], [Entry::Due { .. }]), "{entries:?}");
    }
}

#[test]
fn a_clock_set_back_a_little_runs_no_slot_twice() {
    let (mut book, _, _, due) = one();
    turn(&mut book, due);
    book.ended(J);
    let mut now = stepped(due, -200);
    for _ in 0..25 {
        assert_eq!(turn(&mut book, now), [], "{now:?}");
        now = later(now, Duration::from_secs(10));
    }
    assert_eq!(
        turn(&mut book, later(now, Duration::from_secs(10))).len(),
        1
    );
}

#[test]
fn a_clock_that_was_a_year_ahead_does_not_silence_the_agent_for_a_year() {
    let (mut book, ..) = one();
    let now = stepped(start(), -365 * 86_400);
    let mut entries = Vec::new();
    assert!(matches!(book.turn(now, &mut entries), Jump::Back(_)));
    assert_eq!(
        turn(&mut book, later(now, Duration::from_secs(60))).len(),
        1
    );
}

#[test]
fn a_stalled_loop_misses_all_but_what_can_still_start() {
    let mut book = Book::new(TOLERANCE, start());
    let schedule = schedule(1, 1);
    book.add(J, schedule, Span::default(), None);
    let entries = turn(&mut book, later(start(), Duration::from_secs(10)));
    let first = schedule.next(start().wall_ns + 1);
    let newest = Slot::from_unix_s(first.unix_s() + 9);
    let missed = Entry::Missed {
        journey: J,
        first,
        count: 9,
        every_s: 1,
        cause: Missed::Late,
    };
    let due = Entry::Due {
        journey: J,
        slot: newest,
        due_ns: schedule.due_ns(newest),
    };
    assert_eq!(entries, [missed, due]);
}

#[test]
fn draining_starts_nothing_and_hides_nothing() {
    let (mut book, _, slot, due) = one();
    book.drain();
    assert_eq!(turn(&mut book, due), [missed(slot, 1, Missed::Draining)]);
}

#[test]
fn slots_without_an_agent_are_one_range_of_at_most_seven_days() {
    let (_, schedule, ..) = one();
    let now = start().wall_ns;
    let newest = schedule.before(schedule.next(now + 1));
    for (down_slots, expected) in [
        (1, 1),
        (30, 30),
        (7 * 1_440, 7 * 1_440),
        (9 * 1_440, 7 * 1_440),
    ] {
        let mut book = Book::new(TOLERANCE, start());
        let next = Slot::from_unix_s(newest.unix_s() - 60 * (down_slots - 1));
        let entry = book.add(
            J,
            schedule,
            Span::default(),
            Some(Stood {
                schedule,
                next,
                used: schedule.before(next),
                planned: true,
            }),
        );
        let first = Slot::from_unix_s(newest.unix_s() - 60 * (expected - 1));
        let count = u64::try_from(expected).unwrap();
        assert_eq!(entry, Some(missed(first, count, Missed::AgentDown)));
        assert_eq!(book.stands(J).unwrap().next, schedule.after(newest));
    }
}

#[test]
fn a_restart_between_two_slots_misses_none() {
    let (mut book, schedule, slot, _) = one();
    let entry = book.add(
        J,
        schedule,
        Span::default(),
        Some(Stood {
            schedule,
            next: slot,
            used: schedule.before(slot),
            planned: true,
        }),
    );
    assert_eq!(entry, None);
    assert_eq!(book.stands(J).unwrap().next, slot);
}

#[test]
fn another_interval_begins_with_a_name_that_no_slot_had() {
    let (mut book, _, slot, due) = one();
    turn(&mut book, due);
    for every_s in [1, 30, 90, 3_600, 86_400] {
        let (mut book, new) = (Book::new(TOLERANCE, due), schedule(1, every_s));
        let stood = Stood {
            schedule: schedule(1, 60),
            next: Slot::from_unix_s(slot.unix_s() + 60),
            used: slot,
            planned: true,
        };
        book.add(J, stood.schedule, Span::default(), Some(stood));
        book.change(J, new, Span::default());
        let next = book.stands(J).unwrap().next;
        assert!(
            next > slot && new.due_ns(next) > due.wall_ns,
            "every {every_s}s: {next:?}"
        );
    }
}

#[test]
fn a_resize_hands_over_at_one_slot() {
    let at = Slot::from_unix_s(START_S + 600);
    let schedule = schedule(1, 60);
    let names = |span| {
        let mut book = Book::new(TOLERANCE, start());
        book.add(J, schedule, span, None);
        let mut names = Vec::new();
        for second in 1..1_200 {
            for entry in turn(&mut book, later(start(), Duration::from_secs(second))) {
                let Entry::Due { slot, .. } = entry else {
                    panic!("{entry:?}")
                };
                names.push(slot);
                book.ended(J);
            }
        }
        names
    };
    let whole = names(Span::default());
    let left = names(Span {
        until: Some(at),
        ..Span::default()
    });
    let right = names(Span {
        from: Some(at),
        ..Span::default()
    });
    assert!(!left.is_empty() && !right.is_empty());
    assert_eq!([left, right].concat(), whole);
}

/// What may happen to an agent.
#[derive(Clone, Debug)]
enum Event {
    Pass(u64),
    Step(i64),
    Suspend(u64),
    End(u32),
    Change(u32, u64),
    Remove(u32),
    Add(u32, u64),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let every = prop::sample::select(vec![1_u64, 7, 60, 90, 3_600]);
    prop_oneof![
        8 => (1..30_000_u64).prop_map(Event::Pass),
        1 => (-290..4_000_i64).prop_map(Event::Step),
        1 => (2..4_000_u64).prop_map(Event::Suspend),
        6 => (0..4_u32).prop_map(Event::End),
        1 => (0..4_u32, every.clone()).prop_map(|(n, every)| Event::Change(n, every)),
        1 => (0..4_u32).prop_map(Event::Remove),
        1 => (0..4_u32, every).prop_map(|(n, every)| Event::Add(n, every)),
        1 => Just(Event::Restart),
    ]
}

/// Every slot of every journey, planned by the definition, and what the book said of it.
#[derive(Default)]
struct Account {
    /// Per journey: the schedule and the next slot that must be booked.
    planned: BTreeMap<u32, Stood>,
    running: BTreeMap<u32, bool>,
    booked: u64,
}

impl Account {
    fn take(&mut self, entry: Entry) {
        let (journey, first, count) = match entry {
            Entry::Due { journey, slot, .. } => {
                let ran = self.running.insert(journey.0, true);
                assert_ne!(ran, Some(true), "{journey:?} overlaps itself at {slot:?}");
                (journey, slot, 1)
            }
            Entry::Missed {
                journey,
                first,
                count,
                ..
            } => (journey, first, count),
        };
        let stood = self
            .planned
            .get_mut(&journey.0)
            .expect("a journey that is loaded");
        assert_eq!(
            first, stood.next,
            "the next slot of {journey:?}, no gap and no twin: {entry:?}"
        );
        for _ in 0..count {
            stood.used = stood.next;
            stood.next = stood.schedule.after(stood.next);
        }
        self.booked += count;
    }
}

/// Whether a restart finds what was booked further ahead than a clock's correction explains: several
/// steps back, each waited out, may come to that. Then it plans anew, by the clock as it is.
fn implausible(stood: Stood, now: Moment) -> bool {
    let ahead_ns = stood.schedule.due_ns(stood.next) - now.wall_ns;
    let most = stood.schedule.every() * 2 + Duration::from_secs(300);
    i128::from(ahead_ns) > i128::try_from(most.as_nanos()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    /// Planned = pass + slow + fail + void + missed begins here: whatever befalls the clock and the
    /// files, the slots of a journey leave the book one after the other, each once.
    #[test]
    fn every_planned_slot_is_booked_once_whatever_happens(events in prop::collection::vec(event(), 1..120)) {
        let mut now = start();
        let mut book = Book::new(TOLERANCE, now);
        let mut account = Account::default();
        for event in events {
            let mut started = BTreeMap::new();
            match event {
                Event::Pass(ms) => now = later(now, Duration::from_millis(ms)),
                Event::Step(seconds) => now = stepped(now, seconds),
                Event::Suspend(seconds) => now = suspended(now, seconds),
                Event::End(n) => {
                    book.ended(JourneyNumber(n));
                    account.running.insert(n, false);
                }
                Event::Change(n, every) if account.planned.contains_key(&n) => {
                    book.change(JourneyNumber(n), schedule(n, every), Span::default());
                    let stood = book.stands(JourneyNumber(n)).unwrap();
                    let last = account.planned.insert(n, stood).unwrap();
                    prop_assert!(stood.next > last.used && stood.used >= last.used, "a name twice");
                }
                Event::Remove(n) => {
                    book.remove(JourneyNumber(n));
                    account.planned.remove(&n);
                }
                Event::Add(n, every) if !account.planned.contains_key(&n) => {
                    prop_assert_eq!(book.add(JourneyNumber(n), schedule(n, every), Span::default(), None), None);
                    account.planned.insert(n, book.stands(JourneyNumber(n)).unwrap());
                }
                Event::Change(..) | Event::Add(..) => {}
                Event::Restart => {
                    book = Book::new(TOLERANCE, now);
                    account.running.clear();
                    for (n, stood) in account.planned.clone() {
                        if let Some(entry) = book.add(JourneyNumber(n), stood.schedule, Span::default(), Some(stood)) {
                            account.take(entry);
                        }
                        if implausible(stood, now) {
                            account.planned.insert(n, book.stands(JourneyNumber(n)).unwrap());
                        }
                    }
                }
            }
            let mut entries = Vec::new();
            book.turn(now, &mut entries);
            for entry in entries {
                if let Entry::Due { journey, due_ns, .. } = entry {
                    prop_assert!(started.insert(journey, ()).is_none(), "a burst of {:?}", journey);
                    prop_assert!(now.wall_ns - due_ns <= 1_000_000_000, "late beyond the tolerance");
                }
                account.take(entry);
            }
            // What is due has been booked: nothing is behind, nothing is ahead by more than it may.
            for (n, stood) in &account.planned {
                prop_assert_eq!(Some(*stood), book.stands(JourneyNumber(*n)));
                prop_assert!(stood.schedule.due_ns(stood.next) > now.wall_ns, "behind");
            }
        }
    }
}

#[test]
fn ten_thousand_waiting_journeys_are_turned_over_in_a_blink() {
    let mut book = Book::new(TOLERANCE, start());
    for n in 0..10_000 {
        book.add(JourneyNumber(n), schedule(n, 60), Span::default(), None);
    }
    let mut due = 0;
    for second in 1..=60 {
        for entry in turn(&mut book, later(start(), Duration::from_secs(second))) {
            let Entry::Due { journey, .. } = entry else {
                panic!("{entry:?}")
            };
            due += 1;
            book.ended(journey);
        }
    }
    assert_eq!(due, 10_000);
    assert_eq!(book.len(), 10_000);
}
