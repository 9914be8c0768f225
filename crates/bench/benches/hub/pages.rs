//! How long each kind of page takes, over HTTP, from a store of four weeks.
//!
//! *Cold* is the first request to a hub that has just started, its file out of the page cache, a
//! hub for each measurement. *Warm* are those that follow, while the hub catches up with its
//! judging; *settled* are those when it has. Before each of them a slot came in, so that nothing is
//! served because nothing has changed.

use crate::{
    Trouble,
    get::get,
    served::Served,
    site::{self, CUSTOMER, DAYS, JOURNEYS, Jitter, REGIONS},
    spread::Spread,
};
use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    logs::v1::{ResourceLogs, ScopeLogs},
};
use prost::Message;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// What a person is to wait at most.
const BOUND: Duration = Duration::from_millis(300);
/// Hubs that are started for a page.
const COLD: usize = 3;
/// Requests that follow the first one.
const WARM: usize = 10;
/// How long a hub may take to judge all there is.
const SETTLE: Duration = Duration::from_secs(300);

/// A kind of page.
struct Page {
    name: &'static str,
    path: String,
    cold: Spread,
    warm: Spread,
    settled: Spread,
    bytes: usize,
    /// How often it was said that it is being made.
    unmade: usize,
}

/// Measures all, with a store in `kept`, or one that goes with the bench.
pub(crate) fn bench(kept: Option<PathBuf>) -> Result<(), Trouble> {
    let scratch = tempfile::tempdir()?;
    let folder = kept.as_deref().unwrap_or(scratch.path());
    fs::create_dir_all(folder)?;
    prepare(folder)?;
    let mut pages = pages(folder)?;
    let mut started = Spread::default();
    for page in &mut pages {
        for _ in 0..COLD {
            forget(&folder.join("data/hub.db"))?;
            let hub = Served::start(folder)?;
            started.add(hub.started_in);
            let got = get(hub.web, &page.path)?;
            page.bytes = got.body.len();
            page.cold.add(got.took);
            page.unmade += usize::from(!got.is_made);
            page.unmade += measure(&hub, &page.path, &mut page.warm)?;
        }
    }
    let hub = Served::start(folder)?;
    let judged = settle(&hub)?;
    for page in &mut pages {
        page.unmade += measure(&hub, &page.path, &mut page.settled)?;
    }
    table(&pages);
    println!("\nstart until both ports listen {started} ms");
    println!("all journeys judged after {:.1} s", judged.as_secs_f64());
    println!(
        "memory {} MiB, at most {} MiB",
        hub.memory_mib("VmRSS:")?,
        hub.memory_mib("VmHWM:")?
    );
    let slowest = pages
        .iter()
        .flat_map(|page| [&page.cold, &page.warm, &page.settled]);
    let slowest = slowest.map(Spread::most).max().unwrap_or_default();
    match slowest <= BOUND {
        true => println!("no page took longer than {BOUND:?}"),
        false => println!("the slowest took {slowest:.0?}, more than {BOUND:?}"),
    }
    Ok(())
}

fn table(pages: &[Page]) {
    println!("\nms from connection to last byte: least / median / most\n");
    println!("| page | KiB | cold | warm | settled |\n| --- | ---: | ---: | ---: | ---: |");
    for page in pages {
        let kib = page.bytes >> 10;
        let (cold, warm, settled) = (&page.cold, &page.warm, &page.settled);
        println!("| {} | {kib} | {cold} | {warm} | {settled} |", page.name);
        if page.unmade > 0 {
            let of = COLD * (1 + WARM) + WARM;
            println!(
                "| … of {of} answers {} were that it is being made |||||",
                page.unmade
            );
        }
    }
}

/// How often it was said that the page is being made.
fn measure(hub: &Served, path: &str, spread: &mut Spread) -> Result<usize, Trouble> {
    let mut unmade = 0;
    for round in 0..WARM {
        slot_comes_in(hub, round)?;
        let got = get(hub.web, path)?;
        spread.add(got.took);
        unmade += usize::from(!got.is_made);
    }
    Ok(unmade)
}

/// Fills the store, unless it is there.
fn prepare(folder: &Path) -> Result<(), Trouble> {
    let data = folder.join("data");
    site::define(folder)?;
    if data.join("hub.db").is_file() {
        println!("the store that is there is used");
        return Ok(());
    }
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()?;
    let (slots, bytes) = runtime.block_on(site::fill(&data, now_s()?))?;
    #[expect(clippy::cast_precision_loss, reason = "figures that are shown")]
    let each = bytes as f64 / slots as f64;
    println!(
        "{slots} slots ({DAYS} days, {JOURNEYS} journeys, {} regions) in {:.0?}: {each:.2} bytes each on disk",
        REGIONS.len(),
        begun.elapsed()
    );
    Ok(())
}

/// Each kind of page, for the first journey.
fn pages(folder: &Path) -> Result<Vec<Page>, Trouble> {
    let hub = Served::start(folder)?;
    let first = site::journey(0);
    let json = |path: &str| -> Result<serde_json::Value, Trouble> {
        Ok(serde_json::from_str(&get(hub.web, path)?.body)?)
    };
    let slo = format!("/slo/{CUSTOMER}/{first}/works");
    let report = json(&format!("/api/v1/slos/{CUSTOMER}/{first}/works"))?;
    let incident = report
        .pointer("/incidents/0/start_ns")
        .and_then(serde_json::Value::as_i64);
    let incident = incident.ok_or("no incident")?.div_euclid(1_000_000_000);
    let runs = json(&format!(
        "/api/v1/runs?customer={CUSTOMER}&verdict=fail&limit=1"
    ))?;
    let run = runs
        .pointer("/runs/0/run_id")
        .and_then(serde_json::Value::as_str);
    let run = run.ok_or("no run")?;
    let at = jiff::Timestamp::from_second(now_s()?)?.to_zoned(jiff::tz::TimeZone::UTC);
    let months = [at.date(), at.date().first_of_month().yesterday()?];
    let [month, last_month] = months.map(|date| date.strftime("%Y-%m").to_string());
    let page = |name, path: String| Page {
        name,
        path,
        cold: Spread::default(),
        warm: Spread::default(),
        settled: Spread::default(),
        bytes: 0,
        unmade: 0,
    };
    let api = |rest: &str| format!("/api/v1/{rest}");
    Ok(vec![
        page("Overview", "/".to_owned()),
        page("SLO", slo),
        page("Journey", format!("/journey/{CUSTOMER}/{first}")),
        page("Run", format!("/run/{run}")),
        page(
            "Incident",
            format!("/incident/{CUSTOMER}/{first}/works/{incident}"),
        ),
        page("Fleet", "/fleet".to_owned()),
        page("Report", format!("/report/{CUSTOMER}?period={month}")),
        page(
            "Report, last month",
            format!("/report/{CUSTOMER}?period={last_month}"),
        ),
        page("Written", format!("/written/{CUSTOMER}")),
        page("API slos", api("slos")),
        page(
            "API one SLO",
            api(&format!("slos/{CUSTOMER}/{first}/works")),
        ),
        page("API journeys", api("journeys")),
        page("API incidents", api("incidents")),
        page("API runs", api("runs")),
        page("API one run", api(&format!("runs/{run}"))),
        page("API agents", api("agents")),
    ])
}

/// Waits until the overview shows all journeys as judged a minute ago at most.
fn settle(hub: &Served) -> Result<Duration, Trouble> {
    let begun = Instant::now();
    let wanted = JOURNEYS * 2;
    loop {
        let text = get(hub.web, "/")?.body;
        let judged = text.matches(&format!("href=\"/slo/{CUSTOMER}/")).count();
        if judged >= wanted {
            return Ok(begun.elapsed());
        }
        if begun.elapsed() > SETTLE {
            return Err(format!("{judged} of {wanted} SLOs judged after {SETTLE:?}").into());
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Sends one slot of now, by OTLP.
fn slot_comes_in(hub: &Served, round: usize) -> Result<(), Trouble> {
    let region = REGIONS.get(round % REGIONS.len()).ok_or("no region")?;
    // Another slot each time: a twin changes nothing.
    let run = site::fresh(
        round * 7 % JOURNEYS,
        region,
        now_s()?,
        &mut Jitter(now_ns()?),
    );
    let request = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![ScopeLogs {
                log_records: vec![jaunt_otlp::slot_event(&run, &[])],
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    };
    post(hub.ingest, "/v1/logs", &request.encode_to_vec())
}

/// Sends a body of protobuf; anything but 200 is trouble.
fn post(at: std::net::SocketAddr, path: &str, body: &[u8]) -> Result<(), Trouble> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(at)?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {at}\r\ncontent-type: application/x-protobuf\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    match answer.starts_with(b"HTTP/1.1 200 ") {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&answer).into_owned().into()),
    }
}

/// Drops what the kernel holds of a file, so that it is read from the disk again (dd(1), `nocache`).
fn forget(file: &Path) -> Result<(), Trouble> {
    let mut of = std::ffi::OsString::from("if=");
    of.push(file);
    let done = Command::new("dd")
        .arg(of)
        .args(["iflag=nocache", "count=0"])
        .stderr(Stdio::null())
        .status()?;
    match done.success() {
        true => Ok(()),
        false => Err("dd cannot drop the store from the page cache".into()),
    }
}

fn now_ns() -> Result<u64, Trouble> {
    Ok(u64::try_from(jiff::Timestamp::now().as_nanosecond())?)
}

fn now_s() -> Result<i64, Trouble> {
    Ok(i64::try_from(now_ns()? / 1_000_000_000)?)
}
