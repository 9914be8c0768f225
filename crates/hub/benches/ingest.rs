//! What durable ingest costs, and how many bytes a slot takes: requests of official protobuf, as
//! agents send them, decoded and written by two workers, each answered when it is on the platter.
//!
//! `cargo bench -p jaunt-hub --bench ingest`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench ends where what it needs is not there, and prints what it saw"
)]

use jaunt_hub::{
    config::Keep,
    store::{Batch, Store},
};
use jaunt_otlp::{Seen, read_slot};
use jaunt_record::{Definition, Kind, Record, RunId, Verdict};
use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    logs::v1::{ResourceLogs, ScopeLogs},
};
use prost::Message;
use std::time::{Duration, Instant};

/// Series, each with a slot a minute: 2,000 journeys in 5 regions.
const SERIES: u64 = 10_000;
/// Slots of each: so many minutes.
const MINUTES: u64 = 60;
/// Slots of one request.
const REQUEST: usize = 1_000;
/// Requests that are on their way at once.
const AT_ONCE: usize = 16;
const START_S: i64 = 1_767_571_200;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut jitter = Jitter(0x9e37_79b9);
    let mut took = Duration::ZERO;
    let mut slots = 0_u64;
    for minute in 0..MINUTES {
        let requests = requests(minute, &mut jitter);
        let began = Instant::now();
        let mut writing = tokio::task::JoinSet::new();
        for request in requests {
            if writing.len() >= AT_ONCE {
                slots += writing.join_next().await.unwrap().unwrap();
            }
            let store = store.clone();
            writing.spawn(async move { store.write(batch(&request)).await.unwrap().slots });
        }
        while let Some(written) = writing.join_next().await {
            slots += written.unwrap();
        }
        took += began.elapsed();
    }
    assert_eq!(slots, SERIES * MINUTES);
    let now_s = START_S + 3 * 86_400;
    let began = Instant::now();
    store.maintain(Keep::default(), now_s).await.unwrap();
    let packing = began.elapsed();
    println!(
        "durable ingest   {:>10.0} slots/s",
        slots as f64 / took.as_secs_f64()
    );
    println!("packing          {packing:>10.1?} for {slots} slots");
    day(&folder.path().join("day")).await;
}

/// One series over 90 days, packed by days as they end.
async fn day(folder: &std::path::Path) {
    let store = Store::open(folder).unwrap();
    let empty = store.used_bytes().unwrap();
    let mut jitter = Jitter(7);
    let mut slots = 0;
    for day in 0..90 {
        let slots_of_day: Vec<Seen> = (0..1_440)
            .map(|minute| seen(&record(0, day * 1_440 + minute, &mut jitter)))
            .collect();
        let last = slots_of_day.last().unwrap().end_ns;
        let batch = Batch {
            slots: slots_of_day,
            recv_ns: last + 2_000_000_000,
            ..Batch::default()
        };
        slots += store.write(batch).await.unwrap().slots;
        let now_s = START_S + i64::try_from(day + 1).unwrap() * 86_400;
        store.maintain(Keep::default(), now_s).await.unwrap();
    }
    let used = store.used_bytes().unwrap() - empty;
    println!(
        "kept 90 days     {:>10.2} bytes/slot",
        used as f64 / slots as f64
    );
}

fn requests(minute: u64, jitter: &mut Jitter) -> Vec<Vec<u8>> {
    let records: Vec<_> = (0..SERIES)
        .map(|series| record(series, minute, jitter))
        .collect();
    let request = |records: &[Record]| {
        let events = records
            .iter()
            .map(|record| jaunt_otlp::slot_event(record, &[]));
        ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs {
                scope_logs: vec![ScopeLogs {
                    log_records: events.collect(),
                    ..ScopeLogs::default()
                }],
                ..ResourceLogs::default()
            }],
        }
        .encode_to_vec()
    };
    records.chunks(REQUEST).map(request).collect()
}

fn batch(request: &[u8]) -> Batch {
    let request = ExportLogsServiceRequest::decode(request).unwrap();
    let scopes = request
        .resource_logs
        .iter()
        .flat_map(|resource| &resource.scope_logs);
    let logs = scopes.flat_map(|scope| &scope.log_records);
    let slots: Vec<Seen> = logs.map(|log| read_slot(log).unwrap().unwrap()).collect();
    let last = slots.iter().map(|seen| seen.end_ns).max().unwrap();
    Batch {
        slots,
        recv_ns: last + 2_000_000_000,
        ..Batch::default()
    }
}

fn seen(record: &Record) -> Seen {
    read_slot(&jaunt_otlp::slot_event(record, &[]))
        .unwrap()
        .unwrap()
}

/// A pass: 5 ms of lateness, 90 ms of spread.
fn record(series: u64, minute: u64, jitter: &mut Jitter) -> Record {
    let slot = START_S + i64::try_from(minute * 60).unwrap();
    let phase = series * 7_919 % 60_000 * 1_000_000;
    let start_ns = slot * 1_000_000_000 + i64::try_from(phase + jitter.below(5_000_000)).unwrap();
    let duration = Duration::from_nanos(700_000_000 + jitter.below(90_000_000));
    let own = Duration::from_nanos(jitter.below(300_000));
    let mut id = [0; 16];
    id.iter_mut()
        .for_each(|byte| *byte = u8::try_from(jitter.below(256)).unwrap());
    Record {
        id: RunId::from_bytes(id),
        customer: format!("customer-{}", series % 20),
        journey: format!("journey-{}", series / 5),
        region: format!("region-{}", series % 5),
        agent: format!("agent-{}", series % 5),
        kind: Kind::Scheduled,
        slot: Some(slot),
        count: 1,
        every_s: 60,
        definition: Definition::default(),
        start_ns,
        end_ns: start_ns + i64::try_from((duration + own).as_nanos()).unwrap(),
        duration,
        lateness: Duration::ZERO,
        lag: Duration::ZERO,
        verdict: Verdict::Pass,
        failure: None,
        void: None,
        missed: None,
        warnings: Vec::new(),
        steps: Vec::new(),
        slos: Vec::new(),
    }
}

/// A fixed xorshift: the same jitter in every run.
struct Jitter(u64);

impl Jitter {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}
