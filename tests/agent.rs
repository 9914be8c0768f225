//! The agent as its operator meets it: its configuration, and what it does to real servers.
//!
//! What ran is read at the servers; what became of each slot, in the journal.

use crate::support::{
    agent::Home,
    jaunt::jaunt,
    otlp::Receiver,
    place::{self, until},
    scripted::{Act, Scripted, ok},
};
use jaunt_record::{Missed, Record, Verdict, VoidCause};
use std::{
    fs,
    time::{Duration, Instant},
};

#[test]
fn the_configuration_that_init_writes_passes_check() {
    let path = place::workspace().join("crates/jaunt/src/init/agent.toml");
    let ran = jaunt(["agent", "--check", "--config"])
        .arg(path)
        .env("HOME", "/tmp")
        .go();
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn a_bad_configuration_is_refused_with_all_that_is_wrong() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("agent.toml");
    fs::write(&path, "regoin = \"fra\"\ndrain = \"30\"\n").unwrap();
    let ran = jaunt(["agent", "--check", "--config"])
        .arg(&path)
        .env("HOME", "/tmp")
        .go();
    for code in ["unknown-key", "duration-unit", "missing-key"] {
        ran.refused(code);
    }
    let json = jaunt(["agent", "--check", "--format", "json", "--config"])
        .arg(&path)
        .env("HOME", "/tmp")
        .go();
    let told: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &told["ok"]), (2, &false.into()), "{json}");
}

#[test]
fn the_schema_of_the_configuration_is_printed() {
    let ran = jaunt(["schema", "agent"]).go();
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(schema["properties"]["region"]["type"], "string", "{ran}");
}

/// A journey of `acme` that asks once for `url`, each second.
pub(crate) fn each_second(name: &str, url: &str) -> String {
    format!(
        "journey = \"{name}\"\ncustomer = \"acme\"\nevery = \"1s\"\ndeadline = \"900ms\"\n\
         [[step]]\nid = \"get\"\nrequest = \"GET {url}\"\nstatus = 200\n\
         [[slo]]\nname = \"up\"\nobjective = \"99%\"\nwindow = \"28d\"\n"
    )
}

/// Every slot that a journey's records stand for, and how: ranges are spelled out.
pub(crate) fn slots(records: &[Record], journey: &str) -> Vec<(i64, Verdict, Option<Missed>)> {
    let mut slots = Vec::new();
    for record in records.iter().filter(|record| record.journey == journey) {
        for n in 0..i64::try_from(record.count).unwrap() {
            let slot = record.slot.unwrap() + n * i64::from(record.every_s);
            slots.push((slot, record.verdict, record.missed));
        }
    }
    slots.sort_unstable_by_key(|(slot, ..)| *slot);
    slots
}

/// That from the first to the last, each slot has become exactly one thing.
pub(crate) fn none_is_lost_or_booked_twice(slots: &[(i64, Verdict, Option<Missed>)], every_s: i64) {
    assert!(!slots.is_empty(), "there were slots");
    for pair in slots.windows(2) {
        assert_eq!(pair[1].0 - pair[0].0, every_s, "{slots:#?}");
    }
}

/// A server that answers 200, or holds as many of its first connections as are asked for.
fn shop(holds: usize) -> Scripted {
    let hold = vec![Act::Read, Act::Hold];
    let scripts = std::iter::repeat_n(hold, holds).chain([ok("", "well")]);
    Scripted::start(scripts)
}

#[test]
fn every_slot_is_one_record_also_across_kills_and_every_run_one_request() {
    let target = shop(0);
    let home = Home::new("");
    home.journey("home", &each_second("home", &target.url("/")));
    for kill in 0..4 {
        let (agent, seen) = (home.start(), target.requests().len());
        let wanted = seen + 1 + kill % 2;
        until("requests", || target.requests().len() >= wanted);
        match kill {
            3 => assert_eq!(agent.drain(), Some(0)),
            _ => agent.kill(),
        }
        let (down, most) = (
            Instant::now(),
            Duration::from_secs(2 * u64::from(kill == 0)),
        );
        until("slots in which no agent is up", || down.elapsed() >= most);
    }
    let slots = slots(&home.records(), "home");
    none_is_lost_or_booked_twice(&slots, 1);
    let ran = |slot: &&(i64, Verdict, Option<Missed>)| match slot.2 {
        None => true,
        // Cut off: before or after its request went out.
        Some(missed) => missed == Missed::Killed,
    };
    let (ran, killed) = (
        slots.iter().filter(ran).count(),
        slots.iter().filter(|slot| slot.2 == Some(Missed::Killed)),
    );
    let (killed, asked) = (killed.count(), target.requests().len());
    assert!((ran - killed..=ran).contains(&asked), "{asked} {slots:#?}");
    let down = slots.iter().any(|slot| slot.2 == Some(Missed::AgentDown));
    assert!(down, "no agent was up for two slots: {slots:#?}");
}

#[test]
fn a_run_that_a_kill_cut_off_is_missed_and_not_run_again() {
    let target = shop(1);
    let home = Home::new("");
    let text = each_second("home", &target.url("/"));
    let text = text.replace("\"1s\"", "\"10s\"").replace("900ms", "9s");
    home.journey("home", &text);
    let agent = home.start();
    until("the request", || target.requests().len() == 1);
    agent.kill();
    let agent = home.start();
    agent.until_says("journeys loaded");
    assert_eq!(agent.drain(), Some(0));
    let slots = slots(&home.records(), "home");
    assert_eq!(slots[0].2, Some(Missed::Killed), "{slots:#?}");
    none_is_lost_or_booked_twice(&slots, 10);
}

/// Behaviour 38.
#[test]
fn a_bad_file_leaves_the_last_good_version_running_and_a_removed_one_ends() {
    let target = shop(0);
    let home = Home::new("");
    home.journey("home", &each_second("home", &target.url("/old")));
    let agent = home.start();
    let asked = |path: &str| {
        let requests = target.requests();
        requests.iter().filter(|asked| asked.target == path).count()
    };
    until("the first version", || asked("/old") > 0);
    home.journey("home", "journey = \"home\"\nevery = \"never\"\n");
    agent.until_says("refused; what stood before stands");
    let before = asked("/old");
    until("the last good version", || asked("/old") > before);
    home.journey("home", &each_second("home", &target.url("/new")));
    until("the new version", || asked("/new") > 0);
    home.remove("home");
    agent.until_says("\"removed\":1");
    assert_eq!(agent.drain(), Some(0));
    none_is_lost_or_booked_twice(&slots(&home.records(), "home"), 1);
}

#[test]
fn sigterm_lets_runs_end_stops_those_that_do_not_and_cleans_up() {
    let target = shop(1);
    let home = Home::new("");
    let url = target.url("/clean-up");
    let clean_up = format!(
        "[[step]]\nid = \"bye\"\nalways = true\nrequest = \"POST {url}\"\nstatus = 200\n[[slo]]"
    );
    // One that hangs for longer than the grace, which is two thirds of `drain`.
    let text = each_second("home", &target.url("/"))
        .replace("\"1s\"", "\"10s\"")
        .replace("900ms", "9900ms")
        .replace("id = \"get\"", "id = \"get\"\ntimeout = \"9s\"")
        .replace("[[slo]]", &clean_up);
    home.journey("home", &text);
    let agent = home.start();
    until("the request", || !target.requests().is_empty());
    assert_eq!(agent.drain(), Some(0));
    let paths: Vec<_> = target
        .requests()
        .into_iter()
        .map(|asked| asked.target)
        .collect();
    assert_eq!(paths, ["/", "/clean-up"]);
    let records = home.records();
    let void = records[0].void.as_ref().map(|void| void.cause);
    assert_eq!(void, Some(VoidCause::Shutdown), "{records:#?}");
}

#[test]
fn a_missing_secret_voids_the_slots_of_its_journey_and_of_no_other() {
    let target = shop(0);
    let home = Home::new("secrets = { env = \"ACME__\" }\n").env("ACME__TOKEN", "of-acme-itself");
    for (name, from) in [("sound", "TOKEN"), ("strange", "PATH"), ("missing", "NONE")] {
        let text = each_second(name, &target.url(&format!("/{name}")));
        let secret = format!("[secrets]\ntoken = {{ from = \"env:{from}\" }}\n[[step]]");
        let header = "status = 200\nheader.x-token = \"{{secrets.token}}\"";
        let text = text
            .replace("[[step]]", &secret)
            .replace("status = 200", header);
        home.journey(name, &text);
    }
    let agent = home.start();
    until("requests", || target.requests().len() >= 2);
    assert_eq!(agent.drain(), Some(0));
    let asked = target.requests();
    assert!(
        asked.iter().all(|asked| asked.target == "/sound"),
        "{asked:#?}"
    );
    assert_eq!(asked[0].header("x-token"), Some("of-acme-itself"));
    for record in home
        .records()
        .iter()
        .filter(|record| record.missed.is_none())
    {
        let void = record.void.as_ref().map(|void| void.cause);
        let missing = void == Some(VoidCause::SecretMissing);
        assert_eq!(missing, record.journey != "sound", "{record:#?}");
    }
}

#[test]
fn a_thousand_hanging_journeys_of_one_customer_delay_no_slot_of_another() {
    let (hangs, target) = (Scripted::start([vec![Act::Read, Act::Hold]]), shop(0));
    let home = Home::new(
        "\n[customers.hangs]\negress = [\"127.0.0.0/8\"]\n\
         limits = { every = \"1s\", journeys = 1000, per_host = 1000 }\n",
    );
    let numbers: Vec<String> = (0..1_000).map(|n| format!("\"{n}\"")).collect();
    let matrix = format!("[matrix]\nn = [{}]\n[[step]]", numbers.join(", "));
    let hanging = each_second("hanging", &hangs.url("/{{matrix.n}}"));
    let hanging = hanging
        .replace("\"acme\"", "\"hangs\"")
        .replace("[[step]]", &matrix);
    home.journey(
        "hanging",
        &hanging.replace("\"1s\"", "\"5s\"").replace("900ms", "4s"),
    );
    home.journey("home", &each_second("home", &target.url("/")));
    let agent = home.start();
    until("hanging runs", || hangs.connections().len() >= 100);
    let before = target.requests().len();
    until("five slots beside them", || {
        target.requests().len() >= before + 5
    });
    agent.signal("TERM");
    assert_eq!(agent.ended(), Some(0));
    let records = home.records();
    let saturated = |record: &&Record| record.missed == Some(Missed::Saturated);
    let mut kept_out = records.iter().filter(saturated);
    assert!(
        kept_out.clone().count() > 0,
        "the customer was over its limit"
    );
    assert!(kept_out.all(|record| record.customer == "hangs"));
    none_is_lost_or_booked_twice(&slots(&records, "home"), 1);
}

#[test]
fn what_was_measured_is_delivered_in_every_signal_before_a_drain_ends() {
    let Some(receiver) = Receiver::start() else {
        return;
    };
    let target = shop(0);
    let endpoint = receiver.http();
    let home = Home::new(&format!(
        "\n[[export]]\nendpoint = \"{endpoint}\"\ninterval = \"1s\"\nslots = true\n"
    ));
    home.journey("home", &each_second("home", &target.url("/")));
    let agent = home.start();
    until("requests", || target.requests().len() >= 3);
    assert_eq!(agent.drain(), Some(0));
    for signal in ["metrics", "traces", "logs"] {
        assert!(!receiver.of(signal).is_empty(), "{signal}");
    }
}

#[test]
fn health_is_served_while_a_last_export_is_tried() {
    // A collector that takes connections and says nothing: the export is tried as long as it may be.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = shop(0);
    let endpoint = silent.local_addr().unwrap();
    let home = Home::new(&format!("\n[[export]]\nendpoint = \"http://{endpoint}\"\n"));
    home.journey("home", &each_second("home", &target.url("/")));
    let agent = home.start();
    // The journal is looked at each five seconds: the second look finds what waits.
    until("the age of what waits", || {
        let metrics = agent.ask("/metrics");
        let mut ages = metrics.lines().filter_map(|line| {
            let told = line.strip_prefix("jaunt_journal_age_seconds{")?;
            told.rsplit(' ').next()?.parse::<f64>().ok()
        });
        ages.any(|age| age > 1.0)
    });
    assert!(!target.requests().is_empty());
    agent.signal("TERM");
    until("a drain", || {
        agent.ask("/readyz").starts_with("HTTP/1.0 503")
    });
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        assert!(agent.ask("/livez").starts_with("HTTP/1.0 200"));
    }
    assert_eq!(agent.ended(), Some(0));
}

#[test]
fn a_configuration_that_is_refused_and_a_folder_in_use_have_their_own_exit_codes() {
    let home = Home::new("nonsense = 1\n");
    assert_eq!(home.start().ended(), Some(2));
    let home = Home::new("");
    let agent = home.start();
    agent.until_says("journeys loaded");
    assert_eq!(home.start().ended(), Some(1));
    assert_eq!(agent.drain(), Some(0));
    assert!(home.path().join("state/instance").exists());
}

#[test]
fn its_own_health_is_served_while_it_measures() {
    let shop = shop(0);
    let home = Home::new("");
    home.journey("one", &each_second("one", &shop.url("/one")));
    home.journey("shut", &each_second("shut", "http://[::1]:1/"));
    let agent = home.start();
    let ask = |path: &str| agent.ask(path);
    place::until("readiness", || ask("/readyz").starts_with("HTTP/1.0 200"));
    assert!(ask("/livez").starts_with("HTTP/1.0 200"));
    place::until("a slot in the status", || {
        ask("/status").contains("\"verdict\":\"pass\"")
    });
    place::until("a refusal, counted", || {
        let refused =
            "jaunt_agent_egress_denied_total{jaunt_customer=\"acme\",jaunt_rule=\"loopback\"}";
        ask("/metrics").contains(refused)
    });
    let passed = "jaunt_slots_total{jaunt_customer=\"acme\",jaunt_journey=\"one\",jaunt_region=\"fra\",jaunt_verdict=\"pass\"}";
    let metrics = ask("/metrics");
    let line = metrics.lines().find(|line| line.starts_with(passed));
    let count = line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    assert!(count.is_some_and(|count| count >= 1.0), "{metrics}");
    for name in [
        "process_memory_usage_bytes",
        "jaunt_journal_size_bytes",
        "jaunt_agent_reloads_total",
    ] {
        assert!(metrics.contains(name), "{name} in\n{metrics}");
    }
    promtool_takes(metrics.split_once("\r\n\r\n").unwrap().1);
    agent.signal("TERM");
    assert_eq!(agent.ended(), Some(0));
}

/// The values of the series of `name` in an exposition that bear this label: what stands behind
/// the label in its braces, and the value.
fn series<'m>(metrics: &'m str, name: &str, label: &str) -> Vec<(&'m str, f64)> {
    let of = |line: &'m str| {
        let (labels, value) = line
            .strip_prefix(name)?
            .strip_prefix('{')?
            .split_once("} ")?;
        let (_, behind) = labels.split_once(label)?;
        Some((behind, value.parse().unwrap()))
    };
    metrics.lines().filter_map(of).collect()
}

#[test]
fn the_durations_that_prometheus_scrapes_are_those_of_the_runs() {
    // Every other visit is held a little, so that runs fall into several buckets.
    let held = Act::Pause(Duration::from_millis(120));
    let scripts = (0..40).map(|n| {
        let mut script = ok("", "well");
        if n % 2 == 1 {
            script.insert(1, held.clone());
        }
        script
    });
    let target = Scripted::start(scripts);
    let home = Home::new("");
    home.journey("home", &each_second("home", &target.url("/")));
    let agent = home.start();
    let name = "jaunt_journey_duration_seconds";
    let passed = "jaunt_verdict=\"pass\"";
    let mut metrics = String::new();
    until("four runs", || {
        metrics = agent.ask("/metrics");
        let count = series(&metrics, &format!("{name}_count"), passed);
        count.first().is_some_and(|(_, count)| *count >= 4.0)
    });
    assert_eq!(agent.drain(), Some(0));
    let value = |name: &str| series(&metrics, name, passed)[0].1;
    let count = value(&format!("{name}_count"));
    assert_eq!(count, value("jaunt_slots_total"), "{metrics}");
    // What ran after the page was made is not on it.
    let records = home.records();
    let passes = records.iter().filter(|it| it.verdict == Verdict::Pass);
    let shown = (0..).take_while(|n| f64::from(*n) < count);
    let took = passes.zip(shown).map(|(it, _)| it.duration.as_secs_f64());
    let took: Vec<f64> = took.collect();
    assert_eq!(took.len() as f64, count, "{metrics}");
    let sum = value(&format!("{name}_sum"));
    assert!(
        (took.iter().sum::<f64>() - sum).abs() < 1e-6,
        "{sum}: {took:?}"
    );
    let buckets = series(&metrics, &format!("{name}_bucket"), passed);
    assert_eq!(buckets.len(), 17, "{metrics}");
    for (behind, count) in buckets {
        let le = behind.strip_prefix(",le=\"").unwrap().trim_end_matches('"');
        let border: f64 = le.parse().unwrap();
        let below = took.iter().filter(|took| **took <= border).count();
        assert_eq!(count, below as f64, "{le}: {took:?}");
    }
    assert!(
        took.iter().any(|took| *took > 0.1),
        "some were held: {took:?}"
    );
}

/// Prometheus's own checker has nothing against these metrics.
fn promtool_takes(text: &str) {
    let Some(promtool) = crate::support::skip::program("promtool") else {
        return;
    };
    let mut child = std::process::Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let ran = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{said}\n{text}");
}
