//! The clock is set, the machine sleeps, the agent is stopped: slots are missed and say why, and
//! none is caught up with.
//!
//! Behaviour 36.

use crate::{
    agent::{each_second, none_is_lost_or_booked_twice, slots},
    support::{
        agent::{Agent, Home},
        clock::Clock,
        otlp::Receiver,
        place::until,
        scripted::{Act, Scripted, ok},
        skip::or_skip,
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

/// What an agent says of its clock; `None` where it says nothing.
fn offset(agent: &Agent) -> Option<f64> {
    let metrics = agent.ask("/metrics");
    let mut lines = metrics.lines();
    let told = lines.find_map(|line| {
        line.strip_prefix("jaunt_agent_clock_offset_seconds{jaunt_region=\"fra\"} ")
    });
    told.map(|told| told.parse().unwrap())
}

/// The `Date` is written by Python's own HTTP server, whose clock is right.
#[test]
fn a_clock_that_is_wrong_is_told_against_the_collectors_and_one_that_is_right_is_not() {
    let receiver = or_skip!(Receiver::start());
    let (target, clock) = (Scripted::start([ok("", "well")]), Clock::new());
    let export = format!(
        "\n[[export]]\nendpoint = \"{}\"\ninterval = \"1s\"\n",
        receiver.http()
    );
    let home = clock.rules(Home::new(&export));
    home.journey("home", &each_second("home", &target.url("/")));
    let agent = home.start();
    until("a clock that may be right", || offset(&agent) == Some(0.0));
    clock.forward(Duration::from_secs(90));
    // At least what it is less a second and the time of a visit, and never more.
    let is_told = |offset: f64| (85.0..=90.0).contains(&offset);
    until("90 s ahead", || offset(&agent).is_some_and(is_told));
    let exported = |metric: &serde_json::Value| {
        let point = &metric["gauge"]["dataPoints"][0];
        metric["name"] == "jaunt.agent.clock.offset"
            && point["asDouble"].as_f64().is_some_and(is_told)
    };
    until("the same over OTLP", || {
        let metrics = receiver.of("metrics");
        let all = metrics.iter().flat_map(|it| metrics_of(&it["message"]));
        all.filter(|metric| exported(metric)).count() > 0
    });
    assert_eq!(agent.drain(), Some(0));
    clock.back(Duration::from_secs(180));
    let agent = home.start();
    until("90 s behind", || {
        offset(&agent).is_some_and(|offset| (-90.0..=-85.0).contains(&offset))
    });
    assert_eq!(agent.drain(), Some(0));
}

/// Every metric of a request.
fn metrics_of(message: &serde_json::Value) -> impl Iterator<Item = &serde_json::Value> {
    let resources = message["resourceMetrics"].as_array().into_iter().flatten();
    let scopes = resources.flat_map(|it| it["scopeMetrics"].as_array().into_iter().flatten());
    scopes.flat_map(|it| it["metrics"].as_array().into_iter().flatten())
}
