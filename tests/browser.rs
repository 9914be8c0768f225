//! The hub's pages in a real browser: they complain of nothing, ask nobody else, read the same
//! without script, can be used by keyboard, and show the figures that the events give.

use crate::support::{
    browser::Browser,
    http,
    jaunt::{Running, jaunt},
    place,
    skip::or_skip,
};
use jaunt_demo::{Became, Past, past};
use jaunt_hub::store::{Batch, Store};
use jaunt_otlp::{read_slot, slot_event};
use jaunt_record::{
    Definition, Failure, FailureKind, FailurePhase, Kind, Missed, Party, Record, RunId, Step,
    StepVerdict, Verdict, Void, VoidCause,
};
use serde_json::Value;
use std::{fs, net::SocketAddr, path::Path, time::Duration};

/// Slots of each journey are so far apart.
const EVERY_S: u32 = 600;
const DAY_S: i64 = 86_400;
const NS: i64 = 1_000_000_000;
const REGIONS: [(&str, u64); 3] = [("fra", 4), ("iad", 90), ("sin", 160)];
/// Customer, journey, objective of `works` and of `quick`.
const JOURNEYS: [(&str, &str, &str, &str); 3] = [
    ("acme", "checkout", "99.5%", "99%"),
    ("acme", "search", "99.99%", "95%"),
    ("globex", "sign-in", "99%", "90%"),
];

/// A hub with four weeks of three journeys of two customers.
struct Site {
    web: SocketAddr,
    dir: tempfile::TempDir,
    _hub: Hub,
}

/// The hub's process; it ends with the test.
struct Hub(Option<Running>);

impl Drop for Hub {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            running.signal("TERM");
            running.end();
        }
    }
}

impl Site {
    fn open() -> Self {
        let dir = tempfile::TempDir::new().unwrap();
        let (ingest, web) = (place::address(), place::address());
        let folder = dir.path().join("journeys");
        fs::create_dir_all(&folder).unwrap();
        for (customer, journey, works, quick) in JOURNEYS {
            let text = format!(
                "journey = \"{journey}\"\ncustomer = \"{customer}\"\nevery = \"{EVERY_S}s\"\n\
                 regions = [\"fra\", \"iad\", \"sin\"]\n[[step]]\nid = \"login\"\n\
                 request = \"GET https://{customer}.example/\"\nstatus = 200\n\
                 [[slo]]\nname = \"works\"\nobjective = \"{works}\"\nwindow = \"28d\"\n\
                 [[slo]]\nname = \"quick\"\nobjective = \"{quick}\"\nwindow = \"28d\"\nunder = \"1200ms\"\n"
            );
            fs::write(folder.join(format!("{journey}.toml")), text).unwrap();
        }
        let config = dir.path().join("hub.toml");
        let text = format!(
            "data_dir = \"{}\"\ningest = \"{ingest}\"\nweb = \"{web}\"\n[[source]]\ndir = \"journeys\"\n",
            dir.path().join("data").display()
        );
        fs::write(&config, text).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(fill(&dir.path().join("data")));
        let running = jaunt(["hub", "--config", config.to_str().unwrap()]).start();
        let hub = Hub(Some(running));
        place::until_accepting(ingest, "the hub");
        place::until_accepting(web, "the hub's pages");
        Self {
            web,
            dir,
            _hub: hub,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.web)
    }

    fn text(&self, path: &str) -> String {
        http::get(self.web, path)
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).unwrap()
    }

    /// Every page, by name.
    fn pages(&self) -> Vec<(&'static str, String)> {
        let runs = self.json("/api/v1/runs?customer=acme&verdict=fail");
        let run = runs["runs"][0]["run_id"]
            .as_str()
            .unwrap_or_else(|| panic!("{runs}"));
        let slo = self.json("/api/v1/slos/acme/checkout/works");
        let begun = slo["incidents"][0]["start_ns"].as_i64();
        let begun = begun.unwrap_or_else(|| panic!("{slo}")) / NS;
        let month = jiff::Timestamp::now().strftime("%Y-%m");
        [
            ("overview", "/".to_owned()),
            ("slo", "/slo/acme/checkout/works".to_owned()),
            ("slo-globex", "/slo/globex/sign-in/quick".to_owned()),
            ("journey", "/journey/acme/checkout".to_owned()),
            ("run", format!("/run/{run}")),
            ("incident", format!("/incident/acme/checkout/works/{begun}")),
            ("fleet", "/fleet".to_owned()),
            ("month", format!("/report/acme?period={month}")),
        ]
        .map(|(name, path)| (name, self.url(&path)))
        .into()
    }
}

/// Puts all that came to pass into a store, a day at a time, each received in time.
async fn fill(data: &Path) {
    let store = Store::open(data).unwrap();
    let now_s = jiff::Timestamp::now().as_second();
    for day in (0..28).rev() {
        let to_s = now_s - day * DAY_S;
        let mut batch = Batch {
            scope: vec!["*".to_owned()],
            recv_ns: to_s * NS,
            ..Batch::default()
        };
        for (customer, journey, ..) in JOURNEYS {
            for (region, ms) in REGIONS {
                let distance = Duration::from_millis(ms);
                let past = past(region, distance, (to_s - DAY_S, to_s), (EVERY_S, now_s));
                let records = past.map(|slot| record(customer, journey, region, slot));
                for record in records {
                    let event = slot_event(&record, &[]);
                    batch.slots.push(read_slot(&event).unwrap().unwrap());
                    if record.verdict == Verdict::Fail {
                        batch.runs.push(record);
                    }
                }
            }
        }
        store.write(batch).await.unwrap();
    }
}

fn record(customer: &str, journey: &str, region: &str, past: Past) -> Record {
    let start_ns = past.slot_s * NS + NS;
    let mut id = [0; 16];
    let mark = format!("{}{region}{journey}", past.slot_s);
    id.iter_mut()
        .zip(mark.bytes())
        .for_each(|(to, from)| *to = from);
    let failure = match past.became {
        Became::Failed(step, phase, kind, party) => Some(Failure {
            step: step.into(),
            phase: FailurePhase::from_name(phase).unwrap(),
            kind: FailureKind::from_name(kind).unwrap(),
            party: Party::new(party),
            message: format!("{kind} at {customer}"),
            excerpt: None,
        }),
        _ => None,
    };
    Record {
        id: RunId::from_bytes(id),
        customer: customer.into(),
        journey: journey.into(),
        region: region.into(),
        agent: format!("simulated-{region}"),
        kind: Kind::Scheduled,
        slot: Some(past.slot_s),
        count: 1,
        every_s: EVERY_S,
        definition: Definition::default(),
        start_ns,
        end_ns: start_ns + i64::try_from(past.took.as_nanos()).unwrap(),
        duration: past.took,
        lateness: Duration::ZERO,
        lag: Duration::ZERO,
        verdict: match past.became {
            Became::Passed => Verdict::Pass,
            Became::Slow => Verdict::Slow,
            Became::Failed(..) => Verdict::Fail,
            Became::Void => Verdict::Void,
            Became::Missed => Verdict::Missed,
        },
        steps: failure.as_ref().map(step).into_iter().collect(),
        failure,
        void: (past.became == Became::Void).then(|| Void {
            cause: VoidCause::Overloaded,
            message: "the machine was busy".into(),
        }),
        missed: (past.became == Became::Missed).then_some(Missed::AgentDown),
        warnings: Vec::new(),
        slos: Vec::new(),
    }
}

/// The step that failed.
fn step(failure: &Failure) -> Step {
    Step {
        id: failure.step.clone(),
        verb: "request".into(),
        verdict: StepVerdict::Fail,
        always: false,
        offset: Duration::ZERO,
        duration: Duration::from_millis(120),
        attempts: 1,
        reason: None,
        failure: Some(failure.clone()),
        exchanges: Vec::new(),
        exchanges_left_out: 0,
        expectations: Vec::new(),
        captures: Vec::new(),
    }
}

fn list(of: &Value) -> Vec<&str> {
    of.as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn every_page_is_sound_in_a_browser_and_shows_what_the_events_give() {
    let browser = or_skip!(Browser::find());
    let site = Site::open();
    let pages = site.pages();
    let seen = settled(&site, || browser.look(&pages));
    assert_eq!(seen.len(), pages.len());
    for page in &seen {
        let name = page["name"].as_str().unwrap();
        assert_eq!(list(&page["complaints"]), [""; 0], "{name}");
        for asked in list(&page["asked"]) {
            assert!(asked.starts_with(&site.url("/")), "{name} asks {asked}");
        }
        for scheme in ["light", "dark"] {
            assert_eq!(list(&page[scheme]), [""; 0], "{name} in {scheme}");
        }
        assert_eq!(page["plain"], page["text"], "{name} without script");
        let keyboard = &page["keyboard"];
        assert!(keyboard["controls"].as_u64().unwrap() > 3, "{keyboard}");
        for wanting in ["missed", "unmarked"] {
            assert_eq!(list(&keyboard[wanting]), [""; 0], "{name}: {wanting}");
        }
        assert_eq!(page["phone_px"], 390, "{name} is wider than a phone");
        eprintln!(
            "{name} was there after {:.0} ms",
            page["load_ms"].as_f64().unwrap()
        );
    }
    figures(&site, &seen);
}

/// What was seen while no slot came due and none left a window.
fn settled(site: &Site, look: impl Fn() -> Vec<Value>) -> Vec<Value> {
    let counts = || {
        let slos = site.json("/api/v1/slos");
        let of = |slo: &Value| (slo["sli"]["valid"].clone(), slo["coverage"]["due"].clone());
        slos["slos"]
            .as_array()
            .unwrap()
            .iter()
            .map(of)
            .collect::<Vec<_>>()
    };
    for _ in 0..3 {
        let before = counts();
        let seen = look();
        if before == counts() {
            return seen;
        }
    }
    panic!("slots come due more often than every {EVERY_S} s");
}

/// Overview and SLO show what the API says, and both what `jaunt report` makes of the events.
fn figures(site: &Site, seen: &[Value]) {
    let events = site.dir.path().join("events.jsonl");
    fs::write(&events, site.text("/api/v1/events")).unwrap();
    let slos = site.json("/api/v1/slos");
    let slos = slos["slos"].as_array().unwrap();
    assert_eq!(slos.len(), 2 * JOURNEYS.len());
    let text = |name: &str| {
        let page = seen.iter().find(|page| page["name"] == name).unwrap();
        page["text"].as_str().unwrap().replace('\u{202f}', "")
    };
    for slo in slos {
        let told = report(site, &events, slo);
        for figure in [
            "/sli/good",
            "/sli/bad",
            "/sli/valid",
            "/coverage/due",
            "/incidents",
        ] {
            assert_eq!(
                slo.pointer(figure),
                told.pointer(figure),
                "{figure} of {}",
                slo["slo"]
            );
        }
        for ratio in [
            "/sli/ratio",
            "/budget/consumed",
            "/budget/remaining",
            "/intervals/wilson/0",
        ] {
            let of = |report: &Value| report.pointer(ratio).and_then(Value::as_f64).unwrap();
            assert!(
                (of(slo) - of(&told)).abs() < 1e-9,
                "{ratio} of {}",
                slo["slo"]
            );
        }
        let measured = format!("{:.3} %", 100.0 * told["sli"]["ratio"].as_f64().unwrap());
        assert!(text("overview").contains(&measured), "{measured}");
    }
    for (page, journey, name) in [
        ("slo", "checkout", "works"),
        ("slo-globex", "sign-in", "quick"),
    ] {
        let slo = slos
            .iter()
            .find(|slo| slo["journey"] == journey && slo["slo"] == name);
        let told = report(site, &events, slo.unwrap());
        let shown = text(page);
        for figure in [
            format!("{:.3} %", 100.0 * told["sli"]["ratio"].as_f64().unwrap()),
            format!("{}\n{} bad", told["sli"]["valid"], told["sli"]["bad"]),
            format!(
                "{} of {} planned",
                told["coverage"]["observed"], told["coverage"]["due"]
            ),
        ] {
            assert!(shown.contains(&figure), "{page} has no {figure:?}: {shown}");
        }
    }
}

/// What `jaunt report` makes of the exported events at the instant of the hub's own judgement.
fn report(site: &Site, events: &Path, slo: &Value) -> Value {
    let at = i128::from(slo["evaluate_at_ns"].as_i64().unwrap());
    let at = jiff::Timestamp::from_nanosecond(at).unwrap().to_string();
    let journey = format!("journeys/{}.toml", slo["journey"].as_str().unwrap());
    let ran = jaunt(["report", "--format", "json", "--at", &at, "--journeys"])
        .arg(site.dir.path().join(journey))
        .arg("--from")
        .arg(format!("events:{}", events.display()))
        .go();
    let told = ran
        .lines()
        .into_iter()
        .find(|told| told["slo"] == slo["slo"]);
    told.unwrap_or_else(|| panic!("{ran}"))
}
