//! Hostile neighbours: what one customer's servers do to the agent does not move another's figures.
//!
//! Two agents measure at the same time, each for a calm customer of its own: one alone, the other
//! beside a customer whose servers do all that servers can do. What else the machine is busy with, the
//! hostile servers among it, slows both down; what differs is what the neighbour did. The figures are
//! read at an independent OTLP receiver and at the targets themselves.

mod figures;
mod hostile;

use crate::support::{
    agent::{Agent, Home},
    otlp::Receiver,
    place::until,
    scripted::{Scripted, now_ns, ok},
    skip::or_skip,
};
use figures::{Figures, arrivals, slots};
use std::{fmt::Write as _, ops::Range, time::Duration};

/// The calm customer, whom loopback is open to.
const CUSTOMER: &str = "acme";
/// How many journeys of a calm customer, one run a second each.
const CALM: usize = 24;
/// How many journeys at each hostile server, one run a second each.
const HOSTILE: usize = 3;
/// How many of a hostile customer's runs go on at once, and the largest body that they read.
const RUNS: u64 = 40;
const BODY: u64 = 8 << 20;

/// How long the figures are held against each other, seconds, and how often: what the machine does to
/// one process alone does not last, what a neighbour does is there each time.
const WINDOW: i64 = 4;
const WINDOWS: usize = 4;

/// Between two looks at what was told, which costs this process more than the agents' work.
const LOOK: Duration = Duration::from_millis(300);

/// What a neighbour may cost in memory, bytes: for each of its runs a body, as its limits say.
const MEMORY: u64 = RUNS * BODY;

/// A calm customer, its server, and an agent that measures it.
struct Calm {
    home: Home,
    target: Scripted,
    receiver: Receiver,
}

impl Calm {
    fn new(more: &str) -> Option<Self> {
        let receiver = Receiver::start()?;
        let target = Scripted::start([ok("", "calm")]);
        let export = format!(
            "\n[[export]]\nendpoint = \"{}\"\nslots = true\ninterval = \"1s\"\n",
            receiver.http()
        );
        let home = Home::new(&format!("{export}{more}"));
        for n in 0..CALM {
            let name = format!("calm-{n}");
            let step = format!("request = \"GET {}\"\n", target.url(&format!("/{name}")));
            home.journey(&name, &journey(&name, CUSTOMER, "", &step));
        }
        Some(Self {
            home,
            target,
            receiver,
        })
    }

    fn start(&self) -> Agent {
        let agent = self.home.start();
        until("a calm run", || !self.target.requests().is_empty());
        agent
    }

    /// What its slots in `window` came to, once all of them were told.
    fn figures(&self, window: &Range<i64>) -> Figures {
        until("the last slots of a window", || {
            std::thread::sleep(LOOK);
            let told = slots(&self.receiver, CUSTOMER);
            let last = told.keys().filter(|(_, slot)| *slot == window.end);
            last.count() == CALM
        });
        let arrivals = arrivals(&self.target, CUSTOMER);
        Figures::of(&slots(&self.receiver, CUSTOMER), &arrivals, window)
    }

    /// That each slot of each journey was told of until the last one that was, and that no request
    /// came for one that was missed.
    fn no_slot_is_lost(&self) {
        let slots = slots(&self.receiver, CUSTOMER);
        for pair in slots.keys().collect::<Vec<_>>().windows(2) {
            let [(journey, slot), (same, next)] = pair else {
                unreachable!()
            };
            assert!(
                journey != same || *next == slot + 1,
                "{journey}: {slot}, then {next}"
            );
        }
        for (journey, slot) in arrivals(&self.target, CUSTOMER).into_keys() {
            let later = slots.range((journey.clone(), slot)..=(journey.clone(), i64::MAX));
            if let Some(((_, told), what)) = later.into_iter().next() {
                assert_eq!(
                    *told, slot,
                    "{journey}: asked in a slot that was not told of"
                );
                assert_ne!(what.verdict, "missed", "{journey} asked in {slot}");
            }
        }
    }
}

fn journey(name: &str, customer: &str, matrix: &str, step: &str) -> String {
    format!(
        "journey = \"{name}\"\ncustomer = \"{customer}\"\nevery = \"1s\"\ndeadline = \"900ms\"\n\
         {matrix}[[step]]\nid = \"get\"\n{step}status = 200\n"
    )
}

fn hostile_customer() -> String {
    format!(
        "\n[customers.hostile]\negress = [\"127.0.0.0/8\"]\n\
         limits = {{ every = \"1s\", runs = {RUNS}, per_host = {RUNS}, body = \"{}MiB\" }}\n",
        BODY >> 20
    )
}

#[test]
fn what_one_customers_servers_do_does_not_move_anothers_figures() {
    let alone = or_skip!(Calm::new(""));
    let beside = or_skip!(Calm::new(&hostile_customer()));
    let hostile = hostile::all();
    let numbers: Vec<String> = (0..HOSTILE).map(|n| format!("\"{n}\"")).collect();
    let matrix = format!("[matrix]\nn = [{}]\n", numbers.join(", "));
    for one in &hostile {
        let text = journey(one.kind, "hostile", &matrix, &one.step);
        beside.home.journey(one.kind, &text);
    }
    let both = [&alone, &beside];
    let agents = both.map(Calm::start);
    until("each kind of hostility", || {
        std::thread::sleep(LOOK);
        hostile.iter().all(|one| one.is_deaf() || one.served() > 0)
    });
    let mut seen = String::new();
    let unmoved = (0..WINDOWS).any(|_| {
        let from = now_ns() / 1_000_000_000 + 1;
        let window = from..from + WINDOW;
        let [alone, beside] = both.map(|one| one.figures(&window));
        writeln!(seen, "{window:?}\n  alone  {alone:?}\n  beside {beside:?}").unwrap();
        beside.are_those_of(&alone)
    });
    for one in &hostile {
        let served = one.served();
        writeln!(seen, "{}: {served}", one.kind).unwrap();
        assert!(served > 0, "{} was not served", one.kind);
    }
    let peaks = agents.each_ref().map(Agent::peak);
    assert!(unmoved, "{seen}");
    assert!(peaks[1] <= peaks[0] + MEMORY, "{peaks:?} bytes at most");
    assert_eq!(agents.map(Agent::drain), [Some(0), Some(0)]);
    for one in both {
        one.no_slot_is_lost();
    }
}
