//! Nothing is lost: the agent is killed, its collector fails in every way, and at the end every slot
//! is accounted for. What happened is read at the target's own log and at an independent receiver.

mod account;
mod disk;
mod stage;

use crate::support::place;
use account::Account;
use disk::Disk;
use serde_json::json;
use stage::{JOURNEYS, Stage};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// How many times larger the long tests are.
fn times(gate: usize, long: usize) -> usize {
    if std::env::var_os("JAUNT_TEST_LONG").is_some() {
        long
    } else {
        gate
    }
}

/// Numbers that look random, from a seed that is told.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let seed = std::env::var("JAUNT_TEST_SEED")
            .ok()
            .and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or_else(|| u64::from(std::process::id()) * 2_654_435_761 + 1);
        eprintln!("JAUNT_TEST_SEED={seed}");
        Self(seed)
    }

    /// Below `below`.
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// Longer than the second between two slots of a journey.
const DOWN: Duration = Duration::from_millis(1_500);

#[test]
fn an_agent_that_is_killed_again_and_again_loses_no_slot_and_counts_none_twice() {
    let Some(mut stage) = Stage::new() else {
        return;
    };
    let mut dice = Dice::new();
    let kills = times(4, 50);
    stage.start();
    for kill in 0..kills {
        stage.measures(JOURNEYS);
        // The moment of the kill is what is random here; nothing is waited for.
        std::thread::sleep(Duration::from_millis(dice.roll(1_500)));
        stage.kill();
        if kill == 0 {
            // Down for so long that a slot of each journey passes.
            std::thread::sleep(DOWN);
        }
        stage.start();
    }
    stage.measures(JOURNEYS);
    let silence = stage.longest_silence();
    assert!(silence > DOWN.as_secs_f64(), "at the target: {silence} s");
    let account = stage.accounts();
    let down: BTreeSet<_> = account
        .slots
        .iter()
        .filter(|(_, slot)| slot.cause.as_deref() == Some("agent-down"))
        .map(|((journey, _), _)| journey)
        .collect();
    assert_eq!(down.len(), JOURNEYS, "each had a slot while it was down");
}

/// Behaviour 40.
#[test]
fn a_collector_that_fails_in_every_way_gets_everything_in_the_end() {
    let Some(mut stage) = Stage::new() else {
        return;
    };
    stage.start();
    let long = times(1, 15);
    stage.measures(JOURNEYS);
    for mood in [
        json!({ "status": 503 }),
        json!({ "status": 429, "retry_after": "1" }),
        json!({ "reset": true }),
        json!({ "slow": 0.5 }),
    ] {
        stage.suffers(&mood, 2 * JOURNEYS * long);
    }
    stage.receiver.mood(&json!({}));
    stage.outage(|stage| stage.measures(4 * JOURNEYS * long));
    stage.measures(JOURNEYS);
    let account = stage.accounts();
    backlog_has_its_own_times(&account);
}

/// What waited out an outage came as one point per interval, with the times at which it happened.
fn backlog_has_its_own_times(account: &Account) {
    for (key, stream) in &account.sums {
        let times: BTreeSet<u64> = stream.points.iter().map(|(at, _)| *at).collect();
        let gaps = times
            .iter()
            .zip(times.iter().skip(1))
            .map(|(at, next)| next - at);
        let widest = Duration::from_nanos(gaps.max().unwrap_or(0));
        // One interval, and what a drain and a start between two may take.
        assert!(
            widest < Duration::from_secs(15),
            "{key:?}: a gap of {widest:?}"
        );
    }
}

/// Behaviour 40: what is refused for good is counted, and holds nothing up.
#[test]
fn one_poisoned_record_blocks_nothing_and_is_set_aside() {
    let Some(mut stage) = Stage::new() else {
        return;
    };
    let poison = json!({ "poison": "j7" });
    stage.receiver.mood(&poison);
    stage.start();
    stage.measures(3 * JOURNEYS);
    let began = Instant::now();
    place::until("the others' slots", || {
        Account::of(&stage.receiver).journeys().len() == JOURNEYS - 1
    });
    eprintln!("the other journeys came after {:?}", began.elapsed());
    assert!(stage.receiver.met(&poison) > 0);
    let aside = stage.home.path().join("state/refused");
    place::until("what was refused, on disk", || {
        std::fs::read_dir(&aside).is_ok_and(|files| files.count() > 0)
    });
    stage.stop();
    assert!(stage.said.contains("refused"), "{}", stage.said);
}

#[test]
fn a_full_disk_stops_no_measuring_and_what_waited_in_memory_is_not_lost() {
    let Some(mut stage) = Stage::new() else {
        return;
    };
    let Some(disk) = Disk::at(stage.home.path().join("state"), "2M") else {
        return;
    };
    stage.start();
    stage.measures(JOURNEYS);
    // With the collector away nothing leaves, so that what is found has nowhere to go but memory.
    stage.outage(|stage| {
        disk.fill();
        stage.measures(4 * JOURNEYS);
        let agent = stage.agent.as_ref().unwrap();
        agent.until_says("the disk refuses records");
        assert!(disk.is_full(), "there was room in between");
        disk.relieve();
    });
    stage.measures(2 * JOURNEYS);
    stage.accounts();
}

#[test]
fn a_torn_tail_of_the_journal_costs_the_run_that_it_held_and_says_so() {
    let Some(mut stage) = Stage::new() else {
        return;
    };
    stage.start();
    stage.measures(JOURNEYS);
    stage.outage(|stage| {
        stage.measures(2 * JOURNEYS);
        stage.kill();
        disk::tear(&stage.home.path().join("state/journal"), 7);
    });
    stage.start();
    stage.measures(JOURNEYS);
    assert!(
        stage
            .agent
            .as_ref()
            .unwrap()
            .said()
            .contains("was not left whole")
    );
    stage.accounts();
}

/// Behaviour 40: what had to be dropped is counted.
#[test]
fn what_a_bound_lets_go_is_counted_and_the_sums_stay_exact() {
    const STEPS: usize = 30;
    let bound = "[journal]\nmax_size = \"1MiB\"\n";
    let Some(mut stage) = Stage::with(bound, STEPS) else {
        return;
    };
    stage.start();
    stage.measures(JOURNEYS * STEPS);
    // What is under way is refused first: kept without an answer, it would be told and dropped.
    stage.suffers(&json!({ "status": 503 }), JOURNEYS);
    stage.outage(|stage| {
        let agent = stage.agent.as_ref().unwrap();
        agent.until_says("records went before they were delivered");
        stage.receiver.mood(&json!({}));
    });
    place::until("the count of what went", || {
        Account::of(&stage.receiver).dropped("logs") > 0
    });
    stage.measures(2 * JOURNEYS * STEPS);
    let account = stage.delivered();
    let dropped = account.dropped("logs");
    let sums = account
        .sums
        .values()
        .filter_map(|stream| stream.points.last());
    let counted: u64 = sums.map(|(_, sum)| sum).sum();
    let told = u64::try_from(account.slots.len()).unwrap();
    assert_eq!(
        counted,
        told + dropped,
        "{told} slots were told, {dropped} dropped"
    );
}
