//! `jaunt demo` as someone sees it who has just cloned it.

use crate::support::jaunt::jaunt;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// What the hub answers for `path`.
fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    body.to_owned()
}

/// The incident of `can-buy` in which Singapore was cut off, once the hub shows it.
fn cut_off(address: &str) -> Option<Value> {
    let slos: Value = serde_json::from_str(&ask(address, "/api/v1/slos")).unwrap();
    let slos = slos["slos"].as_array().or(slos.as_array()).unwrap().clone();
    let can_buy = slos.into_iter().find(|slo| slo["slo"] == "can-buy")?;
    let incidents = can_buy["incidents"].as_array()?.clone();
    incidents
        .into_iter()
        .find(|incident| incident["regions"] == serde_json::json!(["sin"]))
}

#[test]
fn the_demo_shows_a_region_that_is_cut_off_and_whose_it_is() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_jaunt"))
        .args(["demo", "--no-past", "--port", "0", "--for", "170s"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut address = String::new();
    let mut shut = None;
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some((_, link)) = line.split_once("http://") {
            address = link.trim_end_matches('/').to_owned();
        }
        if line.contains("sin is cut off") {
            shut = Some(Instant::now());
            break;
        }
    }
    let shut = shut.expect("the script reaches that scene");
    let incident = loop {
        if let Some(incident) = cut_off(&address) {
            break incident;
        }
        // Two slots of ten seconds, what delivery gathers, what the hub keeps a report for; and
        // room for a machine that does ten other things.
        assert!(
            shut.elapsed() < Duration::from_secs(75),
            "no incident was shown"
        );
        std::thread::sleep(Duration::from_millis(500));
    };
    eprintln!("shown after {:?}", shut.elapsed());
    assert_eq!(incident["step"], "login");
    assert_eq!(incident["phase"], "connect");
    assert_eq!(incident["party"], "network");
    agrees_with_report(&address, &incident);
    let stopped = Command::new("kill")
        .args(["-INT", &demo.id().to_string()])
        .status();
    assert!(stopped.unwrap().success());
    assert_eq!(demo.wait().unwrap().code(), Some(0));
}

/// `jaunt report` of the hub's events, judged at the same instant, spends the same share on it.
fn agrees_with_report(address: &str, incident: &Value) {
    let slo = ask(address, "/api/v1/slos/acme/checkout/can-buy");
    let slo: Value = serde_json::from_str(&slo).unwrap();
    let at = i128::from(slo["evaluate_at_ns"].as_i64().unwrap());
    let at = jiff::Timestamp::from_nanosecond(at).unwrap().to_string();
    let ran = jaunt(["report", "--format", "json", "--at", &at, "--journeys"])
        .arg(crate::support::place::workspace().join("probes/demo"))
        .arg("--from")
        .arg(format!("hub:http://{address}"))
        .args(["--customer", "acme"])
        .go();
    let told = ran.lines().into_iter().find(|slo| slo["slo"] == "can-buy");
    let told = told.unwrap_or_else(|| panic!("{ran}"));
    let of = |report: &Value| {
        let incidents = report["incidents"].as_array().unwrap().clone();
        let same = |one: &Value| one["start_ns"] == incident["start_ns"];
        let found = incidents.into_iter().find(same);
        found.unwrap_or_else(|| panic!("{ran}"))["budget_burnt"]
            .as_f64()
            .unwrap()
    };
    let (hub, report) = (of(&slo), of(&told));
    assert!(
        (hub - report).abs() < 1e-9,
        "{hub} by the hub, {report} by the report"
    );
}
