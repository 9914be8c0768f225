//! A real Prometheus: its alerts fire and end with an outage, and `jaunt report` reads from it what
//! it reads from the events.

mod exporter;
mod hub;
mod live;
mod switch;

use super::{
    rules::{CAN_BUY, STEP, journey, rules},
    support::{
        agent::Home,
        http,
        jaunt::jaunt,
        place::{self, until},
        process::Process,
        scripted::{Scripted, answer, ok},
        skip::{self, or_skip},
    },
};
use exporter::Exporter;
use jaunt_record::Verdict;
use serde_json::Value;
use std::net::SocketAddr;
use switch::Switch;
use tempfile::TempDir;

/// A running Prometheus that scrapes one target each second.
struct Prometheus {
    addr: SocketAddr,
    _dir: TempDir,
    process: Process,
}

impl Prometheus {
    fn start(rules: &str, target: SocketAddr) -> Option<Self> {
        let program = skip::program("prometheus")?;
        let (dir, addr) = (TempDir::new().unwrap(), place::address());
        let config = format!(
            "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\n\
             rule_files: [ rules.yml ]\n\
             scrape_configs: [ {{ job_name: agents, static_configs: [ {{ targets: [ \"{target}\" ] }} ] }} ]\n"
        );
        std::fs::write(dir.path().join("prometheus.yml"), config).unwrap();
        std::fs::write(dir.path().join("rules.yml"), rules).unwrap();
        let listen = format!("--web.listen-address={addr}");
        let args = [
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            &listen,
        ];
        let process = Process::start(&program, &args, dir.path());
        process.until_says("Server is ready to receive web requests");
        Some(Self {
            addr,
            _dir: dir,
            process,
        })
    }

    fn get(&self, path: &str) -> Value {
        let answer = http::send(self.addr, &format!("GET {path}"), "", "");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// What it has logged so far.
    fn said(&self) -> String {
        self.process.said()
    }

    /// The alert of the fastest burn, where it fires.
    fn page(&self) -> Option<Value> {
        let alerts = self.get("/api/v1/alerts");
        let firing = |alert: &&Value| {
            alert["labels"]["burn_rule"] == "page-fast" && alert["state"] == "firing"
        };
        let alerts = alerts["data"]["alerts"].as_array().unwrap();
        alerts.iter().find(firing).cloned()
    }

    /// What the counters of runs add up to.
    fn counted(&self) -> u64 {
        let query = "sum(jaunt_sli_events_total%7Bjaunt_customer=%22acme%22%7D)";
        let answer = self.get(&format!("/api/v1/query?query={query}"));
        let value = answer["data"]["result"][0]["value"][1]
            .as_str()
            .unwrap_or("0");
        value.parse().unwrap()
    }
}

/// The rules with each minute as a second, for an agent that runs once a second: windows, waits and
/// ages, but no ratio or count, since a window holds as many runs as before.
fn sped_up(rules: &str) -> String {
    let mut text = String::new();
    for line in rules.lines() {
        let mut rest = line;
        while let Some(at) = rest.find(['[', '"', ' ']) {
            let (before, after) = rest.split_at(at + 1);
            text.push_str(before);
            let end = after
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(after.len());
            let (word, left) = after.split_at(end);
            let is_time = before.ends_with('[')
                || before.ends_with("offset ")
                || (line.trim_start().starts_with("interval:")
                    || line.trim_start().starts_with("for:"));
            let is_age = line.contains("slot_age:seconds{")
                && !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_digit());
            match seconds(word) {
                Some(seconds) if is_time => text.push_str(&format!("{}ms", seconds * 1000 / 60)),
                _ if is_age => text.push_str(&(word.parse::<u64>().unwrap() / 60).to_string()),
                _ => text.push_str(word),
            }
            rest = left;
        }
        text.push_str(rest);
        text.push('\n');
    }
    text
}

fn seconds(word: &str) -> Option<u64> {
    let (count, unit) = word.split_at_checked(word.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    Some(count.parse::<u64>().ok()? * unit)
}

#[test]
fn an_outage_pages_until_it_is_over_and_a_report_says_the_same_of_counters_as_of_events() {
    let exporter = Exporter::start();
    let minutely = journey("") + STEP + CAN_BUY;
    let rules = sped_up(&rules(&minutely, &[]).0);
    let prometheus = or_skip!(Prometheus::start(&rules, exporter.addr));
    until("some healthy seconds", || prometheus.counted() >= 30);
    assert!(prometheus.page().is_none());
    exporter.break_down();
    until("a page", || prometheus.page().is_some());
    let page = prometheus.page().unwrap();
    // Three regions that fail once each are enough for a page; an incident takes two runs in a row,
    // and counters show one only where a scrape lies between them.
    until("an outage of some seconds", || exporter.failed() >= 12);
    exporter.recover();
    let text = page["annotations"]["description"].as_str().unwrap();
    for told in [
        "Most often it was step `login` in `wait` (http.5xx)",
        "points at service",
        "fra ",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("error"), "{text}");
    until("the end of the page", || prometheus.page().is_none());
    let events = exporter.stop();
    let runs = events.lines().count() as u64;
    until("the last scrape", || prometheus.counted() == runs);

    let at = jiff::Timestamp::now().to_string();
    let since = exporter.began().to_string();
    let secondly = minutely
        .replace("\"1m\"", "\"1s\"")
        .replace("\"30s\"", "\"900ms\"")
        .replace("1970-01-01T00:00:00Z", &since);
    let report = |from: String, file: &str| {
        jaunt([
            "report",
            "--format",
            "json",
            "--at",
            at.as_str(),
            "--from",
            from.as_str(),
            "--journeys",
        ])
        .journey(&secondly)
        .file("events.jsonl", file)
        .go()
        .record()
    };
    let of_events = report("events:events.jsonl".into(), &events);
    let of_counters = report(format!("prometheus:http://{}", prometheus.addr), "");
    agree(&of_events, &of_counters);
}

#[test]
fn a_real_agent_that_is_scraped_pages_while_its_target_is_down_and_its_counters_are_its_records() {
    let target = Switch::start();
    let text = |every: &str, deadline: &str| {
        let step = STEP.replace(
            "https://shop.example.net/",
            &format!("http://{}/", target.addr),
        );
        (journey("") + &step + CAN_BUY)
            .replace("\"1m\"", every)
            .replace("\"30s\"", deadline)
            .replace(r#"["fra", "iad", "sin"]"#, r#"["fra"]"#)
    };
    let home = Home::new("");
    let secondly = text("\"1s\"", "\"900ms\"");
    home.journey("checkout", &secondly);
    let agent = home.start();
    let rules = sped_up(&rules(&text("\"1m\"", "\"30s\""), &[]).0);
    let prometheus = or_skip!(Prometheus::start(&rules, agent.health()));
    until("some healthy seconds", || prometheus.counted() >= 20);
    assert!(prometheus.page().is_none());
    target.break_down();
    until("a page", || prometheus.page().is_some());
    target.recover();
    until("the end of the page", || prometheus.page().is_none());
    let ran = jaunt([
        "report",
        "--format",
        "json",
        "--from",
        &format!("prometheus:http://{}", prometheus.addr),
        "--journeys",
    ])
    .journey(&secondly)
    .go();
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"));
    assert_eq!(agent.drain(), Some(0));
    let records = home.records();
    let count = |of: &[Verdict]| {
        let alike = records.iter().filter(|record| of.contains(&record.verdict));
        i64::try_from(alike.count()).unwrap()
    };
    let bad = report["sli"]["bad"].as_i64().unwrap();
    let good = report["sli"]["good"].as_i64().unwrap();
    // Counters begin at 0 before the first run; what ran since the last scrape is not in them yet.
    assert_eq!(bad, count(&[Verdict::Fail]), "{report}");
    let since = count(&[Verdict::Pass, Verdict::Slow]) - good;
    assert!((0..10).contains(&since), "{since} more: {report}");
    assert_eq!(report["not_known"].as_array().unwrap().len(), 5);
}

/// What counters keep is the same; what they lose is within a scrape, and said.
fn agree(events: &Value, counters: &Value) {
    for key in ["good", "bad", "valid", "ratio", "by_region"] {
        assert_eq!(events["sli"][key], counters["sli"][key], "{key}");
    }
    for part in ["budget", "coverage"] {
        assert_eq!(events[part], counters[part], "{part}");
    }
    for key in ["by_party", "by_step", "by_phase", "budget_by_party"] {
        assert_eq!(
            events["attribution"][key], counters["attribution"][key],
            "{key}"
        );
    }
    for key in ["n", "wilson", "clopper_pearson"] {
        assert_eq!(
            events["intervals"][key], counters["intervals"][key],
            "{key}"
        );
    }
    assert_eq!(events["statement"], counters["statement"]);
    let incidents = |report: &Value| report["incidents"].as_array().unwrap().clone();
    let (theirs, ours) = (incidents(events), incidents(counters));
    assert_eq!((theirs.len(), ours.len()), (1, 1), "{theirs:?} {ours:?}");
    for edge in ["start_ns", "end_ns"] {
        let at = |incident: &Value| incident[edge].as_i64().unwrap();
        let apart = (at(&theirs[0]) - at(&ours[0])).abs();
        // A scrape is due each second; a busy machine may miss some.
        assert!(apart < 5_000_000_000, "{edge}: {apart} ns apart");
    }
    assert_eq!(theirs[0]["step"], ours[0]["step"]);
    assert!(events["not_known"].as_array().unwrap().is_empty());
    assert_eq!(counters["not_known"].as_array().unwrap().len(), 5);
}

#[test]
fn a_store_that_is_no_prometheus_and_a_question_about_single_runs_get_a_sentence() {
    let journey = journey("") + STEP + CAN_BUY;
    let report = |from: &str, more: &[&str]| {
        let mut call = jaunt(["report", "--from", from]);
        for arg in more {
            call = call.arg(*arg);
        }
        call.arg("--journeys").journey(&journey).go()
    };
    let nobody = format!("prometheus:http://{}", place::address());
    for (from, more, said) in [
        (nobody.as_str(), [].as_slice(), "cannot ask `http://"),
        ("prometheus:store", &[], "is no URL, such as `http://prom"),
        (nobody.as_str(), &["--manual"], "asks about single runs"),
        (
            nobody.as_str(),
            &["--as-of", "2026-01-01T00:00:00Z"],
            "asks about single runs",
        ),
        (
            nobody.as_str(),
            &["--restates", "2026-01-01T00:00:00Z"],
            "asks about single runs",
        ),
    ] {
        let ran = report(from, more);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains(said), "{said}: {ran}");
    }
}

#[test]
fn a_token_and_a_tenant_come_from_the_environment_and_go_into_no_message() {
    let journey = journey("") + STEP + CAN_BUY;
    let report = |store: &Scripted| {
        jaunt([
            "report",
            "--from",
            &format!("prometheus:{}", store.url("/tsdb")),
        ])
        .env("JAUNT_PROMETHEUS_TOKEN", "hush")
        .env("JAUNT_PROMETHEUS_TENANT", "acme")
        .arg("--journeys")
        .journey(&journey)
        .go()
    };
    let empty = Scripted::start([ok("", r#"{"status":"success","data":{"result":[]}}"#)]);
    let ran = report(&empty);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stdout.contains("no data"), "{ran}");
    for request in empty.requests() {
        assert!(request.target.starts_with("/tsdb/api/v1/query?query="));
        assert_eq!(request.header("authorization"), Some("Bearer hush"));
        assert_eq!(request.header("x-scope-orgid"), Some("acme"));
    }
    let refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let ran = report(&Scripted::start([answer(refusal)]));
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("wants a token that holds"), "{ran}");
    assert!(!ran.stderr.contains("hush"), "{ran}");
}
