//! The clock is set, the machine sleeps, the agent is stopped: slots are missed and say why, and
//! none is caught up with.
//!
//! Behaviour 36.

use crate::{
    agent::{each_second, none_is_lost_or_booked_twice, slots},
    support::{
        agent::{Agent, Home},
        clock::Clock,
        place::until,
        scripted::{Act, Scripted, ok},
    },
};
use jaunt_record::{Missed, Record, Verdict, VoidCause};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3_600);

/// An agent that asks a shop each second, by a clock that the test sets.
struct Stage {
    clock: Clock,
    home: Home,
    target: Scripted,
    agent: Agent,
}

impl Stage {
    fn new() -> Self {
        let (clock, target) = (Clock::new(), Scripted::start([ok("", "well")]));
        let home = clock.rules(Home::new(""));
        home.journey("home", &each_second("home", &target.url("/")));
        let agent = home.start();
        let stage = Self {
            clock,
            home,
            target,
            agent,
        };
        stage.asks(2);
        stage
    }

    /// Waits for so many requests more.
    fn asks(&self, count: usize) {
        let before = self.target.requests().len();
        until("requests", || {
            self.target.requests().len() >= before + count
        });
    }

    /// Drains; every slot is there once, and each that ran asked once: nothing came in a burst.
    fn ends(self) -> Vec<Record> {
        assert_eq!(self.agent.drain(), Some(0));
        let records = self.home.records();
        let slots = slots(&records, "home");
        let ran = slots.iter().filter(|(_, _, missed)| missed.is_none());
        assert_eq!(ran.count(), self.target.requests().len(), "{records:#?}");
        none_is_lost_or_booked_twice(&slots, 1);
        records
    }
}

/// How many slots were missed for this cause, and in how many records.
fn missed(records: &[Record], cause: Missed) -> (u64, usize) {
    let of = records.iter().filter(|record| record.missed == Some(cause));
    (of.clone().map(|record| record.count).sum(), of.count())
}

#[test]
fn a_clock_set_forward_by_an_hour_is_an_hour_of_missed_slots_in_one_record() {
    let stage = Stage::new();
    stage.clock.forward(HOUR);
    stage.asks(3);
    assert!(stage.agent.said().contains("Forward"), "it is told");
    let (slots, records) = missed(&stage.ends(), Missed::ClockStep);
    assert!((3_599..=3_602).contains(&slots), "{slots}");
    assert_eq!(records, 1);
}

#[test]
fn a_machine_that_slept_has_missed_slots_of_that_name() {
    let stage = Stage::new();
    stage.clock.slept(HOUR);
    stage.asks(3);
    let records = stage.ends();
    let (slots, ranges) = missed(&records, Missed::Suspended);
    assert!((3_599..=3_602).contains(&slots), "{slots}");
    assert_eq!((ranges, missed(&records, Missed::ClockStep).0), (1, 0));
}

#[test]
fn a_clock_set_back_a_little_is_waited_out_and_no_slot_runs_twice() {
    let stage = Stage::new();
    stage.clock.back(Duration::from_secs(4));
    stage.asks(2);
    assert!(stage.agent.said().contains("Back"), "it is told");
    stage.ends();
}

#[test]
fn a_run_in_which_the_clock_was_set_is_void_and_says_so() {
    let clock = Clock::new();
    let target = Scripted::start([vec![Act::Read, Act::Hold]]);
    let home = clock.rules(Home::new(""));
    let text = each_second("home", &target.url("/")).replace("\"1s\"", "\"10s\"");
    home.journey("home", &text.replace("900ms", "3s"));
    let agent = home.start();
    until("the request", || target.requests().len() == 1);
    clock.forward(HOUR);
    agent.until_says("run void");
    assert_eq!(agent.drain(), Some(0));
    let records = home.records();
    let void = |record: &&Record| record.verdict == Verdict::Void;
    let void: Vec<_> = records.iter().filter(void).collect();
    let cause = void[0].void.as_ref().map(|void| void.cause);
    assert_eq!(
        (void.len(), cause),
        (1, Some(VoidCause::ClockStep)),
        "{records:#?}"
    );
    none_is_lost_or_booked_twice(&slots(&records, "home"), 10);
}

/// Nobody set a clock, and no machine slept: the slots are late, or covered by a run that was stopped
/// on its way, which is all that can be known.
#[test]
fn an_agent_that_was_stopped_for_a_while_catches_up_with_nothing() {
    let stage = Stage::new();
    stage.agent.signal("STOP");
    let stopped = Instant::now();
    until("five slots that came due meanwhile", || {
        stopped.elapsed() >= Duration::from_secs(5)
    });
    stage.agent.signal("CONT");
    stage.asks(2);
    let records = stage.ends();
    let slots = missed(&records, Missed::Late).0 + missed(&records, Missed::Overlap).0;
    assert!((2..=6).contains(&slots), "{slots}");
}
