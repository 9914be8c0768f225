//! A hub that reads a real Prometheus instead of its own store: its figures are those of
//! `jaunt report`, each reader sees its own, and what counters cannot tell is said.

use super::{Exporter, Prometheus};
use crate::{
    rules::{CAN_BUY, STEP, journey},
    support::{
        http,
        jaunt::{Running, jaunt},
        place::{self, until},
        skip::or_skip,
    },
};
use serde_json::Value;
use std::{fs, net::SocketAddr, path::PathBuf};
use tempfile::TempDir;

/// A hub's files, its port, and the tokens of its readers.
struct Hub {
    dir: TempDir,
    web: SocketAddr,
    ingest: SocketAddr,
    /// Of acme, of globex, of the operator.
    tokens: [String; 3],
}

impl Hub {
    /// On the store at `prometheus`; both customers' SLO counts from `since` on.
    fn new(prometheus: SocketAddr, since: &str) -> Self {
        let (dir, web, ingest) = (TempDir::new().unwrap(), place::address(), place::address());
        let at = |name: &str| dir.path().join(name);
        let secondly = (journey("") + STEP + CAN_BUY)
            .replace("\"1m\"", "\"1s\"")
            .replace("\"30s\"", "\"900ms\"")
            .replace("1970-01-01T00:00:00Z", since);
        fs::create_dir(at("journeys")).unwrap();
        for customer in ["acme", "globex"] {
            let text = secondly.replace("\"acme\"", &format!("\"{customer}\""));
            fs::write(at("journeys").join(format!("{customer}.toml")), text).unwrap();
        }
        let text = format!(
            "data_dir = \"data\"\nweb = \"{web}\"\ningest = \"{ingest}\"\n\
             [[source]]\ndir = \"journeys\"\n[store]\nprometheus = \"http://{prometheus}\"\n"
        );
        fs::write(at("hub.toml"), text).unwrap();
        let file = at("hub.toml").to_str().unwrap().to_owned();
        let token = |args: &[&str]| {
            let add = ["hub", "--config", &file, "token", "add"];
            let ran = jaunt(add.iter().chain(args)).go();
            assert_eq!(ran.code, 0, "{ran}");
            ran.stdout.trim().to_owned()
        };
        let reader = |of: &str| token(&[of, "--role", "reader", "--customer", of]);
        let tokens = [
            reader("acme"),
            reader("globex"),
            token(&["us", "--role", "operator"]),
        ];
        Self {
            dir,
            web,
            ingest,
            tokens,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn start(&self) -> Running {
        let file = self.path("hub.toml");
        let running = jaunt(["hub", "--config", file.to_str().unwrap()]).start();
        place::until_accepting(self.web, "the hub's pages");
        running
    }

    /// Status and body of what a reader gets.
    fn get(&self, token: &str, path: &str) -> (u16, String) {
        let head = format!("authorization: Bearer {token}\r\n");
        let answer = http::send(self.web, &format!("GET {path}"), &head, "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    fn json(&self, token: &str, path: &str) -> Value {
        let (status, body) = self.get(token, path);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// What `jaunt report` says of a customer's SLO at the instant of another report.
    fn reported(&self, prometheus: SocketAddr, customer: &str, at_ns: i64) -> Value {
        let at = jiff::Timestamp::from_nanosecond(at_ns.into()).unwrap();
        let file = self.path("journeys").join(format!("{customer}.toml"));
        let from = format!("prometheus:http://{prometheus}");
        let ran = jaunt(["report", "--format", "json", "--from", &from])
            .args(["--at", &at.to_string(), "--journeys"])
            .arg(file)
            .go();
        ran.record()
    }
}

/// Everything that the hub says of an SLO is what the report says of it, to the last digit.
fn same(hub: &Value, report: &Value) {
    for (key, said) in hub.as_object().unwrap() {
        assert_eq!(said, &report[key], "{key}");
    }
    assert_eq!(hub["not_known"].as_array().unwrap().len(), 5);
}

#[test]
fn a_hub_on_prometheus_says_what_a_report_says_to_each_reader_of_its_own_and_fakes_no_run() {
    let exporter = Exporter::of(&["acme", "globex"]);
    let prometheus = or_skip!(Prometheus::start("groups: []", exporter.addr));
    until("some healthy seconds", || prometheus.counted() >= 15);
    exporter.break_down();
    until("an outage of some seconds", || exporter.failed() >= 12);
    exporter.recover();
    let seen = prometheus.counted();
    until("some seconds more", || prometheus.counted() >= seen + 9);
    let runs = exporter.stop().lines().count() as u64;
    until("the last scrape", || prometheus.counted() == runs);

    let hub = Hub::new(prometheus.addr, &exporter.began().to_string());
    let running = hub.start();
    let [acme, globex, operator] = &hub.tokens;
    let reports = hub.json(operator, "/api/v1/slos");
    let reports = reports["slos"].as_array().unwrap();
    assert_eq!(reports.len(), 2, "{reports:?}");
    for report in reports {
        let at_ns = report["evaluate_at_ns"].as_i64().unwrap();
        let customer = report["customer"].as_str().unwrap();
        same(report, &hub.reported(prometheus.addr, customer, at_ns));
    }
    let report = hub.json(acme, "/api/v1/slos/acme/checkout/can-buy");
    assert_eq!(report["sli"]["valid"].as_u64(), Some(runs), "{report}");
    assert_eq!(report["incidents"].as_array().unwrap().len(), 1, "{report}");

    pages_show_it(&hub, &report);
    each_sees_its_own(&hub);
    for path in [
        "runs",
        "agents",
        "events",
        &format!("runs/{}", "0".repeat(32)),
    ] {
        let (status, body) = hub.get(acme, &format!("/api/v1/{path}"));
        assert_eq!(status, 501, "{path}: {body}");
        assert!(body.contains("this hub reads counters"), "{path}: {body}");
    }
    let described = hub.json(acme, "/api/v1/openapi.json");
    assert!(described["paths"]["/api/v1/runs"]["get"]["responses"]["501"].is_object());
    let from = format!("hub:http://{}", hub.web);
    let asked = jaunt(["report", "--from", &from, "--journeys"])
        .arg(hub.path("journeys"))
        .env("JAUNT_HUB_TOKEN", operator)
        .go();
    assert_eq!(asked.code, 2, "{asked}");
    assert!(asked.stderr.contains("--from prometheus:URL"), "{asked}");
    let sent = http::send(hub.ingest, "POST /v1/metrics", "", "");
    assert!(
        sent.contains(" 404 ") && sent.contains("takes no telemetry"),
        "{sent}"
    );

    // The store goes away while the hub runs, and is away when another one starts.
    let addr = prometheus.addr;
    drop(prometheus);
    until("an answer that there is none", || {
        hub.get(globex, "/api/v1/slos").0 == 503
    });
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.code, 0, "{ended}");
    assert!(
        ended.stderr.contains("the store of counters is away"),
        "{ended}"
    );
    assert!(ended.stderr.contains(&addr.to_string()), "{ended}");
    let running = hub.start();
    for path in [
        "/",
        "/slo/acme/checkout/can-buy",
        "/report/acme",
        "/badge/acme/checkout/can-buy.svg",
    ] {
        let (status, body) = hub.get(acme, path);
        assert_eq!(status, 503, "{path}: {body}");
        assert!(!body.contains(&addr.to_string()), "{path}: {body}");
        assert!(
            path.ends_with("svg") || body.contains("The store of counters does not answer"),
            "{path}: {body}"
        );
    }
    let (status, body) = hub.get(acme, "/api/v1/slos");
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("does not answer"), "{body}");
    running.signal("TERM");
    assert_eq!(running.end().code, 0);
}

/// The pages tell the same figures, and say what they cannot tell instead of showing nothing.
fn pages_show_it(hub: &Hub, report: &Value) {
    let page = |path: &str| {
        let (status, body) = hub.get(&hub.tokens[0], path);
        assert_eq!(status, 200, "{path}: {body}");
        assert!(
            body.contains(
                "These figures come from counters, which cannot tell: when a run started"
            ),
            "{path}"
        );
        body
    };
    let objective = page("/slo/acme/checkout/can-buy");
    let (valid, bad) = (&report["sli"]["valid"], &report["sli"]["bad"]);
    let runs = format!("<dt>runs</dt><dd>{valid}<small>{bad} bad</small></dd>");
    assert!(objective.contains(&runs), "{runs}: {objective}");
    assert!(page("/").contains("can-buy"));
    assert!(page("/report/acme").contains(&runs));
    let start_s = report["incidents"][0]["start_ns"].as_i64().unwrap() / 1_000_000_000;
    let incident = page(&format!("/incident/acme/checkout/can-buy/{start_s}"));
    assert!(incident.contains("step login, phase wait"), "{incident}");
    let journey = page("/journey/acme/checkout");
    for without_runs in [incident, journey] {
        assert!(
            without_runs.contains("Single runs are not known here"),
            "{without_runs}"
        );
        for empty in ["None is kept", "No slot is known", "Every slot"] {
            assert!(!without_runs.contains(empty), "{empty}: {without_runs}");
        }
    }
    assert!(page("/fleet").contains("Agents are not known here"));
    let (status, run) = hub.get(&hub.tokens[0], &format!("/run/{}", "0".repeat(32)));
    assert_eq!(status, 501, "{run}");
    assert!(run.contains("a run's id is its trace id"), "{run}");
}

/// A customer's token opens its own, and nothing says that there is another.
fn each_sees_its_own(hub: &Hub) {
    let [_, globex, _] = &hub.tokens;
    let own = hub.json(globex, "/api/v1/slos");
    let own = own["slos"].as_array().unwrap();
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(own[0]["customer"], "globex");
    assert_eq!(own[0]["sli"]["good"], 0, "{own:?}");
    for path in [
        "/api/v1/slos/acme/checkout/can-buy",
        "/slo/acme/checkout/can-buy",
        "/journey/acme/checkout",
        "/report/acme",
        "/badge/acme/checkout/can-buy.svg",
    ] {
        let (status, body) = hub.get(globex, path);
        assert_eq!(status, 404, "{path}: {body}");
    }
    let overview = hub.get(globex, "/").1;
    assert!(
        overview.contains("globex") && !overview.contains("acme"),
        "{overview}"
    );
    assert_eq!(hub.get("jaunt_unknown", "/api/v1/slos").0, 401);
}
