//! Nothing is lost: the agent is killed, its collector fails in every way, and at the end every slot
//! is accounted for. What happened is read at the target's own log and at an independent receiver.

mod account;

use crate::support::{
    agent::{Agent, Home},
    nginx::{Nginx, Site},
    otlp::Receiver,
    place, skip,
};
use account::Account;
use serde_json::json;
use std::{
    collections::BTreeSet,
    process::Command,
    time::{Duration, Instant},
};

const JOURNEYS: usize = 10;

/// An agent, what it measures, and where it sends what it found.
struct Stage {
    home: Home,
    agent: Option<Agent>,
    said: String,
    target: Nginx,
    receiver: Receiver,
}

impl Stage {
    /// Ten journeys a second against one nginx; every slot is sent, metrics each second.
    fn new() -> Option<Self> {
        Self::with("", 1)
    }

    /// The same, with `more` at the end of its configuration and so many steps in each journey.
    fn with(more: &str, steps: usize) -> Option<Self> {
        let target = Nginx::start(Site::default())?;
        let receiver = Receiver::start()?;
        let export = format!(
            "\n[[export]]\nname = \"backend\"\nendpoint = \"{}\"\nslots = true\ninterval = \"1s\"\n",
            receiver.http()
        );
        let home = Home::new(&format!("{export}{more}"));
        for n in 0..JOURNEYS {
            let url = target.url(&format!("/?j{n}"));
            let steps = (0..steps).map(|step| {
                format!("[[step]]\nid = \"s{step}\"\nrequest = \"GET {url}\"\nstatus = 200\n")
            });
            let text = format!(
                "journey = \"j{n}\"\ncustomer = \"acme\"\nevery = \"1s\"\ndeadline = \"900ms\"\n{}",
                steps.collect::<String>()
            );
            home.journey(&format!("j{n}"), &text);
        }
        Some(Self {
            home,
            agent: None,
            said: String::new(),
            target,
            receiver,
        })
    }

    fn start(&mut self) {
        let agent = self.home.start();
        agent.until_says("journeys loaded");
        self.agent = Some(agent);
    }

    /// kill -9.
    fn kill(&mut self) {
        self.agent.take().unwrap().kill();
    }

    /// SIGTERM; comes back once it has drained.
    fn stop(&mut self) {
        let agent = self.agent.take().unwrap();
        agent.signal("TERM");
        place::until("a drained agent", || agent.said().contains("drained"));
        self.said.push_str(&agent.said());
        assert_eq!(agent.ended(), Some(0));
    }

    /// Waits until `count` requests more have reached the target.
    fn measures(&self, count: usize) {
        let before = self.target.log(0).len();
        self.target.log(before + count);
    }

    /// Drains, waits until all that is in the journal came, and holds it against the target's log.
    fn accounts(mut self) -> Account {
        self.receiver.mood(&json!({}));
        let account = self.delivered();
        account.adds_up(1);
        assert_eq!(account.journeys().len(), JOURNEYS);
        self.target_agrees(&account);
        account
    }

    /// Drains twice, and adds up what came: what the first final export did not bring in its time
    /// stays in the journal for the next start.
    fn delivered(&mut self) -> Account {
        self.stop();
        self.start();
        self.measures(JOURNEYS);
        self.stop();
        Account::of(&self.receiver)
    }

    /// Each request in the target's log is a run that came, but those that were cut off by a kill.
    fn target_agrees(&self, account: &Account) {
        let requests = self.target.log(1);
        let run = |request: &serde_json::Value| {
            let trace = request["trace"].as_str().unwrap();
            trace.split('-').nth(1).unwrap().to_owned()
        };
        let asked: BTreeSet<String> = requests.iter().map(run).collect();
        assert_eq!(asked.len(), requests.len(), "each run asked once");
        let told: BTreeSet<String> = account
            .slots
            .values()
            .filter_map(|slot| slot.run.clone())
            .collect();
        let unasked: Vec<_> = told.difference(&asked).collect();
        assert!(
            unasked.is_empty(),
            "runs that never reached the target: {unasked:?}"
        );
        let cut_off = asked.difference(&told).count();
        let killed = account
            .slots
            .values()
            .filter(|slot| slot.cause.as_deref() == Some("killed"));
        let killed = killed.count();
        assert!(
            cut_off <= killed,
            "{cut_off} runs are nowhere, {killed} were cut off"
        );
    }
}

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

#[test]
fn an_agent_that_is_killed_again_and_again_loses_no_slot_and_counts_none_twice() {
    let Some(mut stage) = Stage::new() else {
        return;
    };
    let mut dice = Dice::new();
    let kills = times(4, 50);
    stage.start();
    for _ in 0..kills {
        stage.measures(JOURNEYS);
        // The moment of the kill is what is random here; nothing is waited for.
        std::thread::sleep(Duration::from_millis(dice.roll(1_500)));
        stage.kill();
        stage.start();
    }
    stage.measures(JOURNEYS);
    let account = stage.accounts();
    let down = account
        .slots
        .values()
        .filter(|slot| slot.cause.as_deref() == Some("agent-down"));
    eprintln!(
        "{} slots, {} while it was down",
        account.slots.len(),
        down.count()
    );
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
        let refused = stage.receiver.refused();
        stage.receiver.mood(&mood);
        stage.measures(2 * JOURNEYS * long);
        if mood.get("slow").is_none() {
            place::until(&format!("a request that met {mood}"), || {
                stage.receiver.refused() > refused
            });
        }
    }
    stage.receiver.mood(&json!({}));
    stage.receiver.stop();
    stage.measures(4 * JOURNEYS * long);
    stage.receiver.resume();
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
    stage.receiver.mood(&json!({ "poison": "j7" }));
    stage.start();
    stage.measures(3 * JOURNEYS);
    let began = Instant::now();
    place::until("the others' slots", || {
        Account::of(&stage.receiver).journeys().len() == JOURNEYS - 1
    });
    eprintln!("the other journeys came after {:?}", began.elapsed());
    assert!(stage.receiver.refused() > 0);
    let aside = stage.home.path().join("state/refused");
    place::until("what was refused, on disk", || {
        std::fs::read_dir(&aside).is_ok_and(|files| files.count() > 0)
    });
    stage.stop();
    assert!(stage.said.contains("refused"), "{}", stage.said);
}

/// A small disk of its own for the agent's data, gone with the test.
struct Disk(std::path::PathBuf);

impl Disk {
    /// `None`, said aloud, where this machine grants no mounts.
    fn at(path: std::path::PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(&path)
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(path));
        }
        skip::aloud("a tmpfs cannot be mounted here");
        None
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        use std::io::Write;
        let mut ballast = std::fs::File::create(self.0.join("ballast")).unwrap();
        while ballast.write_all(&[0; 4096]).is_ok() {}
    }

    fn relieve(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
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
    stage.receiver.stop();
    disk.fill();
    stage.measures(4 * JOURNEYS);
    let agent = stage.agent.as_ref().unwrap();
    agent.until_says("the disk refuses records");
    disk.relieve();
    stage.receiver.resume();
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
    stage.receiver.stop();
    stage.measures(2 * JOURNEYS);
    stage.kill();
    let journal = stage.home.path().join("state/journal");
    let newest = segments(&journal).pop().unwrap();
    let file = std::fs::File::options().write(true).open(newest).unwrap();
    file.set_len(file.metadata().unwrap().len() - 7).unwrap();
    stage.receiver.resume();
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
    stage.receiver.stop();
    let agent = stage.agent.as_ref().unwrap();
    agent.until_says("records went before they were delivered");
    stage.receiver.resume();
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

/// The journal's segments, the oldest first.
fn segments(journal: &std::path::Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(journal)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut segments: Vec<_> = files
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "segment")
        })
        .collect();
    segments.sort();
    segments
}
