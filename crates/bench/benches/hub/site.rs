//! A store as a hub has it after four weeks of a hundred journeys in five regions, each minute:
//! 20 160 000 slots. All of one customer, so that a customer's pages show all of it.
//!
//! A run in a thousand fails, one in five hundred is slow, and once in the four weeks each journey
//! is out for a quarter of an hour. All whole runs of failures are there, and of one journey, whose
//! pages are looked at, those that passed as well, for the week that a hub keeps them by default.

use crate::Trouble;
use jaunt_hub::{
    config::Keep,
    store::{Batch, Store},
};
use jaunt_otlp::Seen;
use jaunt_record::{
    Definition, Exchange, Failure, FailureKind, FailurePhase, Kind, Party, Phase, Phases, Record,
    RunId, Step, StepVerdict, Verdict,
};
use std::{fs, path::Path, time::Duration};

pub(crate) const CUSTOMER: &str = "acme";
pub(crate) const JOURNEYS: usize = 100;
pub(crate) const DAYS: i64 = 28;
pub(crate) const REGIONS: [&str; 5] = ["fra", "gru", "iad", "sin", "syd"];
const EVERY_S: u32 = 60;
const DAY_S: i64 = 86_400;
const SECOND_NS: i64 = 1_000_000_000;
/// A hub keeps whole runs that passed for so long, by default.
const WHOLE_DAYS: i64 = 7;
const STEPS: [&str; 5] = ["login", "browse", "pay", "confirmed", "logout"];

/// The name of a journey by its number.
pub(crate) fn journey(number: usize) -> String {
    format!("journey-{number:02}")
}

/// Writes the journeys' files.
pub(crate) fn define(folder: &Path) -> Result<(), Trouble> {
    let journeys = folder.join("journeys");
    fs::create_dir_all(&journeys)?;
    let regions = REGIONS.map(|region| format!("\"{region}\"")).join(", ");
    for number in 0..JOURNEYS {
        let name = journey(number);
        let steps = STEPS.map(|step| {
            format!("[[step]]\nid = \"{step}\"\nrequest = \"GET https://{CUSTOMER}.example/{step}\"\nstatus = 200\n")
        });
        let text = format!(
            "journey = \"{name}\"\ncustomer = \"{CUSTOMER}\"\nevery = \"{EVERY_S}s\"\n\
             regions = [{regions}]\n{}\
             [[slo]]\nname = \"works\"\nobjective = \"99.9%\"\nwindow = \"28d\"\n\
             [[slo]]\nname = \"quick\"\nobjective = \"99%\"\nwindow = \"28d\"\nunder = \"1200ms\"\n",
            steps.concat()
        );
        fs::write(journeys.join(format!("{name}.toml")), text)?;
    }
    Ok(())
}

/// Fills a new store with the days that end at `now_s`, and packs it as a hub does; how many slots
/// it holds, and the bytes that these take on disk.
pub(crate) async fn fill(data: &Path, now_s: i64) -> Result<(u64, u64), Trouble> {
    let store = Store::open(data)?;
    let empty = store.used_bytes()?;
    let mut jitter = Jitter(0x9e37_79b9);
    let mut slots = 0;
    let whole = Keep {
        slots: Duration::from_secs(400 * 86_400),
        ..Keep::default()
    };
    let first = (now_s - DAYS * DAY_S).div_euclid(60) * 60;
    for day in 0..DAYS {
        let from_s = first + day * DAY_S;
        let to_s = from_s + DAY_S;
        for number in 0..JOURNEYS {
            let runs = of_day(number, from_s, now_s, &mut jitter);
            let batch = Batch {
                slots: runs.iter().map(seen).collect(),
                scope: vec!["*".to_owned()],
                recv_ns: to_s * SECOND_NS,
                ..Batch::default()
            };
            slots += store.write(batch).await?.slots;
        }
        store.maintain(whole, to_s).await?;
    }
    let used = store.used_bytes()?.saturating_sub(empty);
    // Whole runs are for pages to show, and no part of what a slot takes.
    let mut jitter = Jitter(0x9e37_79b9);
    for day in 0..DAYS {
        for number in 0..JOURNEYS {
            let runs = of_day(number, first + day * DAY_S, now_s, &mut jitter);
            let kept = |run: &Record| {
                run.verdict != Verdict::Pass || number == 0 && day >= DAYS - WHOLE_DAYS
            };
            let batch = Batch {
                runs: runs.into_iter().filter(kept).map(with_steps).collect(),
                scope: vec!["*".to_owned()],
                recv_ns: now_s * SECOND_NS,
                ..Batch::default()
            };
            store.write(batch).await?;
        }
    }
    store.maintain(whole, now_s).await?;
    Ok((slots, used))
}

/// The runs of a journey in a day, in all regions; steps are left out.
fn of_day(number: usize, from_s: i64, now_s: i64, jitter: &mut Jitter) -> Vec<Record> {
    let mut runs = Vec::with_capacity(REGIONS.len() * 1_440);
    let out = i64::try_from(number).unwrap_or(0) % (DAYS - 2) + 1;
    let out_s = now_s - out * DAY_S..now_s - out * DAY_S + 900;
    for (place, region) in REGIONS.iter().enumerate() {
        let phase = (number * 7_919 + place * 12_000) as u64 % 60_000 * 1_000_000;
        for minute in 0..DAY_S / i64::from(EVERY_S) {
            let slot = from_s + minute * i64::from(EVERY_S);
            runs.push(record(
                number,
                region,
                slot,
                out_s.contains(&slot),
                phase,
                jitter,
            ));
        }
    }
    runs
}

fn record(
    number: usize,
    region: &str,
    slot: i64,
    is_out: bool,
    phase_ns: u64,
    jitter: &mut Jitter,
) -> Record {
    let verdict = match jitter.below(1_000) {
        _ if is_out => Verdict::Fail,
        0 => Verdict::Fail,
        1 | 2 => Verdict::Slow,
        _ => Verdict::Pass,
    };
    // 5 ms of lateness, 90 ms of spread: what blocks of slots are made for.
    let late = jitter.below(5_000_000);
    let took = Duration::from_nanos(700_000_000 + jitter.below(90_000_000));
    let took = if verdict == Verdict::Slow {
        took * 3
    } else {
        took
    };
    let own = Duration::from_nanos(jitter.below(300_000));
    let start_ns = slot * SECOND_NS + i64::try_from(phase_ns + late).unwrap_or(0);
    let mut id = [0; 16];
    let mark = u128::from(jitter.below(u64::MAX >> 11)) << 64 | u128::from(jitter.0);
    id.copy_from_slice(&mark.to_be_bytes());
    let failure = (verdict == Verdict::Fail).then(|| Failure {
        step: "pay".into(),
        phase: FailurePhase::Wait,
        kind: FailureKind::Http5xx,
        party: Party::new("service"),
        message: "expected status 200, was 503".into(),
        excerpt: None,
    });
    Record {
        id: RunId::from_bytes(id),
        customer: CUSTOMER.to_owned(),
        journey: journey(number),
        region: region.to_owned(),
        agent: format!("agent-{region}"),
        kind: Kind::Scheduled,
        slot: Some(slot),
        count: 1,
        every_s: EVERY_S,
        definition: Definition::default(),
        start_ns,
        end_ns: start_ns + i64::try_from((took + own).as_nanos()).unwrap_or(0),
        duration: took,
        lateness: Duration::from_nanos(late),
        lag: Duration::ZERO,
        verdict,
        failure,
        void: None,
        missed: None,
        warnings: Vec::new(),
        steps: Vec::new(),
        slos: Vec::new(),
    }
}

/// The same run with its steps, an exchange each.
pub(crate) fn with_steps(run: Record) -> Record {
    let each = run.duration / 5;
    let steps = (0_u32..).zip(STEPS).map(|(n, id)| {
        let failure = run.failure.clone().filter(|failure| failure.step == id);
        Step {
            id: id.into(),
            verb: "request".into(),
            verdict: match failure {
                Some(_) => StepVerdict::Fail,
                None => StepVerdict::Pass,
            },
            always: false,
            offset: each * n,
            duration: each,
            attempts: 1,
            reason: None,
            exchanges: vec![exchange(id, each * n, each, failure.as_ref())],
            failure,
            exchanges_left_out: 0,
            expectations: Vec::new(),
            captures: Vec::new(),
        }
    });
    let steps = steps.collect();
    Record { steps, ..run }
}

fn exchange(step: &str, offset: Duration, took: Duration, failure: Option<&Failure>) -> Exchange {
    let mut phases = Phases::NONE;
    for (phase, part) in [
        (Phase::Resolve, 10),
        (Phase::Connect, 15),
        (Phase::Tls, 25),
        (Phase::Send, 2),
        (Phase::Wait, 45),
        (Phase::Receive, 3),
    ] {
        phases.set(phase, took * part / 100);
    }
    Exchange {
        attempt: 1,
        hop: 0,
        method: "GET".into(),
        url: format!("https://{CUSTOMER}.example/{step}"),
        host: format!("{CUSTOMER}.example"),
        port: 443,
        offset,
        duration: took,
        phases,
        remote: Some(([192, 0, 2, 7], 443).into()),
        protocol: Some("h2".into()),
        tls: None,
        dns: None,
        connects: Vec::new(),
        status: Some(if failure.is_some() { 503 } else { 200 }),
        status_expected: failure.is_none(),
        bytes_in: 18_000,
        bytes_out: 700,
        reused: false,
        failed: failure.map(|failure| (failure.phase, failure.kind)),
        traced: true,
    }
}

/// What a hub reads of a run's event.
fn seen(run: &Record) -> Seen {
    let failure = run.failure.as_ref();
    Seen {
        customer: run.customer.clone(),
        journey: run.journey.clone(),
        region: run.region.clone(),
        agent: run.agent.clone(),
        kind: run.kind,
        run: Some(run.id),
        slot: run.slot,
        count: 1,
        every_s: EVERY_S,
        start_ns: run.start_ns,
        end_ns: run.end_ns,
        duration: run.duration,
        verdict: run.verdict,
        step: failure.map(|failure| failure.step.clone()),
        phase: failure.map(|failure| failure.phase.to_string()),
        cause: failure.map(|failure| failure.kind.to_string()),
        party: failure.map(|failure| failure.party.as_str().to_owned()),
        steps: Vec::new(),
    }
}

/// A run of now, such as comes in while pages are looked at.
pub(crate) fn fresh(number: usize, region: &str, now_s: i64, jitter: &mut Jitter) -> Record {
    let slot = now_s.div_euclid(60) * 60 - 60;
    with_steps(record(number, region, slot, false, 0, jitter))
}

/// A fixed xorshift: the same jitter in every run.
pub(crate) struct Jitter(pub(crate) u64);

impl Jitter {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}
