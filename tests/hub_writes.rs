//! Both sides write on a hub, as two people meet it: by the built binary, which is killed in between.

use crate::{
    agent::each_second,
    support::{
        http,
        jaunt::jaunt,
        place,
        scripted::{Scripted, answer, ok},
    },
};
use serde_json::{Value, json};
use std::{
    fs,
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

const AGREEMENT: &str = r#"
agreement = "acme-2026"
customer = "acme"
provider = "example cloud"
in_force = 2026-01-01T00:00:00Z
[[slo]]
journey = "home"
name = "up"
objective = "99%"
window = "28d"
[parties]
"http.5xx" = "backend"
[maintenance]
notice = "0s"
cap = "8h"
"#;

/// A process that is killed, whenever and however it is left.
struct Killed(Child);

impl Killed {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jaunt"));
        let command = command.args(args).stdin(Stdio::null());
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        // `Child::kill` is SIGKILL: nothing is drained, nothing is closed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One hub's files and ports.
struct Place {
    dir: tempfile::TempDir,
    ingest: SocketAddr,
    web: SocketAddr,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            dir: tempfile::TempDir::new().unwrap(),
            ingest: place::address(),
            web: place::address(),
        };
        let journeys = place.path("journeys");
        fs::create_dir(&journeys).unwrap();
        let text = format!(
            "data_dir = \"{}\"\ningest = \"{}\"\nweb = \"{}\"\n[[source]]\ndir = \"{journeys}\"\n",
            place.path("data"),
            place.ingest,
            place.web
        );
        fs::write(place.path("hub.toml"), text).unwrap();
        place
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    fn hub(&self, args: &[&str]) -> String {
        let config = self.path("hub.toml");
        let ran = jaunt(["hub", "--config", &config].iter().chain(args)).go();
        assert_eq!(ran.code, 0, "{ran}");
        ran.stdout.trim().to_owned()
    }

    fn token(&self, name: &str, args: &[&str]) -> String {
        let add = ["token", "add", name, "--customer", "acme"];
        self.hub(&[&add, args].concat())
    }

    fn start(&self) -> Killed {
        let hub = Killed::start(&["hub", "--config", &self.path("hub.toml")]);
        place::until_accepting(self.ingest, "the hub");
        place::until_accepting(self.web, "the hub's pages");
        hub
    }

    /// What the hub answers: status and body.
    fn ask(&self, token: &str, path: &str, body: Option<Value>) -> (u16, String) {
        let method = if body.is_some() { "POST" } else { "GET" };
        let body = body.map_or_else(String::new, |body| body.to_string());
        let token = format!("authorization: Bearer {token}\r\n");
        let answer = http::send(self.web, &format!("{method} {path}"), &token, &body);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    fn json(&self, token: &str, path: &str) -> Value {
        let (status, body) = self.ask(token, path, None);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    fn report(&self, token: &str) -> Value {
        self.json(token, "/api/v1/slos/acme/home/up")
    }
}

/// Measures where nobody listens, until the hub knows of some bad runs.
fn measured(place: &Place, agent: &str, reader: &str) {
    let url = format!("http://{}/", place::address());
    measured_until(place, agent, reader, &url, "some bad runs", |report| {
        report["sli"]["bad"].as_u64() >= Some(2)
    });
}

/// Measures at `url`, until what the hub reports is enough.
fn measured_until(
    place: &Place,
    agent: &str,
    reader: &str,
    url: &str,
    what: &str,
    enough: impl Fn(&Value) -> bool,
) {
    let journey = format!("regions = [\"local\"]\n{}", each_second("home", url));
    let journeys = place.dir.path().join("journeys");
    fs::write(journeys.join("home.toml"), journey).unwrap();
    fs::write(journeys.join("agreement.toml"), AGREEMENT).unwrap();
    fs::write(place.path("bearer"), format!("Bearer {agent}")).unwrap();
    let text = format!(
        "region = \"local\"\ndata_dir = \"{}\"\nlisten = \"{}\"\n[[source]]\ndir = \"{}\"\n\
         [customers.acme]\negress = [\"127.0.0.0/8\"]\nlimits = {{ every = \"1s\" }}\n\
         [[export]]\nname = \"hub\"\nendpoint = \"http://{}\"\nslots = true\ninterval = \"1s\"\n\
         headers = {{ authorization = \"file:bearer\" }}\n",
        place.path("agent"),
        place::address(),
        journeys.display(),
        place.ingest
    );
    fs::write(place.path("agent.toml"), text).unwrap();
    let _agent = Killed::start(&["agent", "--config", &place.path("agent.toml")]);
    place::until(&format!("the hub knows of {what}"), || {
        let (status, body) = place.ask(reader, "/api/v1/slos/acme/home/up", None);
        let report: Value = serde_json::from_str(&body).unwrap_or_default();
        status == 200 && enough(&report)
    });
}

/// So many hours from now.
fn around_now(hours: i64) -> String {
    let at = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(hours));
    at.unwrap().to_string()
}

#[test]
fn maintenance_waits_for_the_other_side_survives_a_kill_and_then_counts() {
    let place = Place::new();
    let agent = place.token("fra", &["--role", "agent"]);
    let reader = place.token("board", &["--role", "reader"]);
    let shop = place.token("shop", &["--role", "reader", "--side", "customer"]);
    let cloud = place.token("cloud", &["--role", "operator", "--side", "provider"]);
    let listed = place.hub(&["token", "list"]);
    assert!(
        listed.contains("shop  reader  acme  for ever  writes for the customer"),
        "{listed}"
    );
    let hub = place.start();
    measured(&place, &agent, &reader);
    let bad = place.report(&reader)["sli"]["bad"].as_u64().unwrap();
    let proposed = json!({
        "what": "maintenance", "customer": "acme", "journey": "home", "reason": "new disks",
        "from": around_now(-3), "to": around_now(3),
    });
    let (status, _) = place.ask(&reader, "/api/v1/entries", Some(proposed.clone()));
    assert_eq!(status, 403, "a reader only reads");
    let (status, entry) = place.ask(&shop, "/api/v1/entries", Some(proposed));
    assert_eq!(status, 201, "{entry}");
    let entry: Value = serde_json::from_str(&entry).unwrap();
    drop(hub);

    let hub = place.start();
    let pending = place.json(&cloud, &format!("/api/v1/entries/{}", entry["id"]));
    assert_eq!(pending, entry, "what was acknowledged is what is there");
    for token in [&shop, &cloud, &reader] {
        let (_, page) = place.ask(token, "/written/acme", None);
        assert!(
            page.contains("Waits for the other side.") && page.contains("customer (shop)"),
            "{page}"
        );
        let (_, page) = place.ask(token, "/slo/acme/home/up", None);
        assert!(
            page.contains("1 entry about acme waits for consent"),
            "{page}"
        );
    }
    assert!(
        place.report(&reader)["sli"]["bad"].as_u64() >= Some(bad),
        "it does not count yet"
    );
    let consent = format!("/api/v1/entries/{}/consent", entry["id"]);
    let (status, said) = place.ask(&shop, &consent, Some(json!({})));
    assert_eq!(status, 409, "one's own proposal: {said}");
    let (status, said) = place.ask(&cloud, &consent, Some(json!({ "reason": "go on" })));
    assert_eq!(status, 200, "{said}");
    drop(hub);

    let copy = place.path("copy.db");
    place.hub(&["backup", &copy]);
    fs::remove_dir_all(place.path("data")).unwrap();
    place.hub(&["restore", &copy]);
    let _hub = place.start();
    let report = place.report(&reader);
    assert_eq!(report["sli"]["bad"], 0, "{report}");
    assert!(
        report["ingest"]["excluded_maintenance"].as_u64() >= Some(bad),
        "{report}"
    );
    let (_, page) = place.ask(&reader, "/written/acme", None);
    for said in [
        "customer (shop): maintenance of home",
        "Agreed by provider (cloud)",
        "UTC",
        "go on",
    ] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
}

/// An instant of the API, as people write it.
fn rfc3339(ns: i64) -> String {
    let at = jiff::Timestamp::from_nanosecond(i128::from(ns));
    at.unwrap().to_string()
}

#[test]
fn a_report_from_the_hub_has_the_figures_of_its_pages() {
    let place = Place::new();
    let agent = place.token("fra", &["--role", "agent"]);
    let reader = place.token("board", &["--role", "reader"]);
    let shop = place.token("shop", &["--role", "reader", "--side", "customer"]);
    let cloud = place.token("cloud", &["--role", "operator", "--side", "provider"]);
    let _hub = place.start();
    // Four bad runs, then good ones.
    let bad = || answer("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let server = Scripted::start([bad(), bad(), bad(), bad(), ok("", "fine")]);
    let url = server.url("/");
    measured_until(&place, &agent, &reader, &url, "an incident", |report| {
        report["incidents"][0]["end_ns"].is_i64() && report["sli"]["good"].as_u64() >= Some(6)
    });

    let write = |token: &str, entry: Value| {
        let (status, entry) = place.ask(token, "/api/v1/entries", Some(entry));
        assert_eq!(status, 201, "{entry}");
        serde_json::from_str::<Value>(&entry).unwrap()["id"].clone()
    };
    let agree = |id: &Value| {
        let path = format!("/api/v1/entries/{id}/consent");
        let (status, said) = place.ask(&cloud, &path, Some(json!({})));
        assert_eq!(status, 200, "{said}");
    };
    let incident = place.report(&reader)["incidents"][0].clone();
    let at = |key: &str, after_s: i64| {
        rfc3339(incident[key].as_i64().unwrap() + after_s * 1_000_000_000)
    };
    let before = place.report(&reader);
    agree(&write(
        &shop,
        json!({
            "what": "maintenance", "customer": "acme", "journey": null, "reason": "new disks",
            "from": at("end_ns", 1), "to": at("end_ns", 4),
        }),
    ));
    agree(&write(
        &shop,
        json!({
            "what": "party", "customer": "acme", "journey": "home", "slo": "up", "party": "bank",
            "incident": incident["start_ns"].as_i64().unwrap() / 1_000_000_000,
            "reason": "the bank was out",
        }),
    ));
    for (from, to, reason) in [
        (at("start_ns", 0), at("end_ns", 0), "nobody could pay"),
        (
            at("start_ns", -600),
            at("start_ns", -300),
            "the lift stood still",
        ),
    ] {
        let felt = json!({
            "what": "felt", "customer": "acme", "journey": "home", "reason": reason,
            "from": from, "to": to, "tickets": 7,
        });
        write(&shop, felt);
    }
    // What is only proposed counts on neither side.
    write(
        &shop,
        json!({
            "what": "maintenance", "customer": "acme", "journey": "home", "reason": "to be seen",
            "from": at("start_ns", -60), "to": at("end_ns", 60),
        }),
    );

    let on_page = place.report(&reader);
    assert!(
        on_page["sli"]["good"].as_u64() < before["sli"]["good"].as_u64(),
        "{on_page}"
    );
    assert_eq!(on_page["incidents"][0]["party"], "bank");
    assert_eq!(on_page["incidents"][0]["party_before"], "backend");
    let judged_at = on_page["evaluate_at_ns"].as_i64().unwrap();
    let from = format!("hub:http://{}", place.web);
    let journey = place.path("journeys/home.toml");
    let report = |more: &[&str]| {
        let asked = ["report", "--from", &from, "--journeys", &journey];
        let at = rfc3339(judged_at);
        let asked = [&asked[..], &["--at", &at], more].concat();
        jaunt(&asked).env("JAUNT_HUB_TOKEN", &reader).go()
    };
    let ran = report(&["--format", "json"]);
    let told = &ran.lines()[0];
    for (key, value) in on_page.as_object().unwrap() {
        assert_eq!(&told[key], value, "{key} of {ran}");
    }
    assert_eq!(told["agreement"]["name"], "acme-2026");
    assert_eq!(told["felt"].as_array().unwrap().len(), 2, "{ran}");

    let ran = report(&[]);
    let (_, page) = place.ask(&reader, "/slo/acme/home/up", None);
    for (in_report, on_page) in [
        (
            "agreement `acme-2026`, proposed",
            "Agreement acme-2026, proposed",
        ),
        (
            "7 tickets, written by the customer (shop)): nobody could pay\n",
            "runs were bad then too",
        ),
        (
            "the lift stood still; users felt this and no journey did: add one",
            "a journey that does what they did is missing",
        ),
        (
            "are put down to bank, by customer (shop) with the consent of provider (cloud)",
            "are put down to bank, by customer (shop) with the consent of provider (cloud)",
        ),
    ] {
        assert!(ran.stdout.contains(in_report), "{in_report}: {ran}");
        assert!(page.contains(on_page), "{on_page}: {page}");
    }
    // Before it was written, nobody knew.
    let then = rfc3339(before["evaluate_at_ns"].as_i64().unwrap());
    let ran = report(&["--as-of", &then, "--format", "json"]);
    assert_eq!(ran.lines()[0]["felt"], json!([]), "{ran}");
    assert_eq!(ran.lines()[0]["corrections"], json!([]), "{ran}");
    assert_eq!(ran.lines()[0]["incidents"][0]["party"], "backend");
    // And what was agreed since is a restatement of what was said then.
    let ran = report(&["--restates", &then]);
    assert!(
        ran.stdout
            .contains("1 correction, maintenance that was agreed later"),
        "{ran}"
    );
}
