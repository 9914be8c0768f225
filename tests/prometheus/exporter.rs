//! An agent fleet that only counts: three regions, a run a second, scraped like a real one.

use crate::support::place;
use std::{
    fmt::Write as _,
    io::{Read, Write as _},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};

const REGIONS: [&str; 3] = ["fra", "iad", "sin"];

/// The exporter; it ends with the tests.
pub(crate) struct Exporter {
    pub(crate) addr: SocketAddr,
    fleet: Arc<Mutex<Fleet>>,
}

#[derive(Default)]
struct Fleet {
    /// Good and bad runs, by region.
    counts: [(u64, u64); 3],
    /// The newest slot, Unix seconds.
    newest: i64,
    /// The first slot, Unix seconds.
    began: Option<i64>,
    broken: bool,
    stopped: bool,
    events: String,
}

impl Exporter {
    pub(crate) fn start() -> Self {
        Self::of(&["acme"])
    }

    /// One that counts for these customers: the first as its events tell, the others nothing but bad
    /// runs.
    pub(crate) fn of(customers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind(place::address()).unwrap();
        let addr = listener.local_addr().unwrap();
        let fleet = Arc::new(Mutex::new(Fleet::default()));
        let served = Arc::clone(&fleet);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut stream = stream;
                let _ = stream.read(&mut [0; 4096]);
                let page = served.lock().unwrap().page(customers);
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                    page.len()
                );
                // Counters go out as 0 before the first run, as an agent's do.
                if served.lock().unwrap().began.is_none() {
                    let fleet = Arc::clone(&served);
                    fleet.lock().unwrap().began = Some(jiff::Timestamp::now().as_second() + 1);
                    std::thread::spawn(move || run(&fleet));
                }
            }
        });
        Self { addr, fleet }
    }

    pub(crate) fn break_down(&self) {
        self.fleet.lock().unwrap().broken = true;
    }

    pub(crate) fn recover(&self) {
        self.fleet.lock().unwrap().broken = false;
    }

    /// Runs nothing more, and gives the events of all that ran.
    pub(crate) fn stop(&self) -> String {
        let mut fleet = self.fleet.lock().unwrap();
        fleet.stopped = true;
        fleet.events.clone()
    }

    /// How many runs have failed.
    pub(crate) fn failed(&self) -> u64 {
        self.fleet
            .lock()
            .unwrap()
            .counts
            .iter()
            .map(|(_, bad)| bad)
            .sum()
    }

    /// When its first slot was due.
    pub(crate) fn began(&self) -> jiff::Timestamp {
        let began = self.fleet.lock().unwrap().began.unwrap();
        jiff::Timestamp::from_second(began).unwrap()
    }
}

/// A run a second in each region, on the second.
fn run(fleet: &Mutex<Fleet>) {
    let mut slot = fleet.lock().unwrap().began.unwrap();
    while !fleet.lock().unwrap().stopped {
        let due = jiff::Timestamp::from_second(slot).unwrap();
        let wait = due.duration_since(jiff::Timestamp::now());
        std::thread::sleep(
            Duration::try_from(wait).unwrap_or_default() + Duration::from_millis(20),
        );
        fleet.lock().unwrap().slot(slot);
        slot += 1;
    }
}

impl Fleet {
    fn slot(&mut self, slot: i64) {
        if self.stopped {
            return;
        }
        self.newest = slot;
        for (region, (good, bad)) in REGIONS.iter().zip(&mut self.counts) {
            let failed = self.broken;
            *(if failed { bad } else { good }) += 1;
            let verdict = if failed { "fail" } else { "pass" };
            writeln!(
                self.events,
                r#"{{"customer":"acme","journey":"checkout","region":"{region}","agent":"a","slot":{slot},"start_ns":{slot}000000000,"duration_ms":10,"verdict":"{verdict}","step":"login","phase":"wait"}}"#
            )
            .unwrap();
        }
    }

    fn page(&self, customers: &[&str]) -> String {
        let mut page = String::new();
        let mut line = |text: String| {
            page.push_str(&text);
            page.push('\n');
        };
        let counts = REGIONS.iter().zip(&self.counts);
        let all = counts.flat_map(|of| customers.iter().enumerate().map(move |it| (of, it)));
        for ((region, (good, bad)), (place, customer)) in all {
            let (good, bad) = match place {
                0 => (*good, *bad),
                _ => (0, good + bad),
            };
            let own = format!(
                "jaunt_customer=\"{customer}\",jaunt_journey=\"checkout\",jaunt_region=\"{region}\""
            );
            for (outcome, count) in [
                ("good", good),
                ("bad", bad),
                ("excluded", 0),
                ("invalid", 0),
                ("ineligible", 0),
            ] {
                line(format!(
                    "jaunt_sli_events_total{{{own},jaunt_slo=\"can-buy\",jaunt_outcome=\"{outcome}\"}} {count}"
                ));
            }
            line(format!(
                "jaunt_failures_total{{{own},jaunt_step=\"login\",jaunt_phase=\"wait\",error_type=\"http.5xx\",jaunt_party=\"service\"}} {bad}"
            ));
            line(format!(
                "jaunt_last_slot_timestamp_seconds{{{own}}} {}",
                self.newest
            ));
        }
        page
    }
}
