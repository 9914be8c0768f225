//! The five worked cases, recomputed: integers, strings, nulls and instants exactly, ratios within
//! 1e-9, intervals within 1e-7.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use jaunt_slo::{
    Ingest, Intake, Maintenance, MaintenancePolicy, Objective, Parties, Question, Slo, Subject,
    When, Window, judge,
};
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

const CASES: [&str; 5] = [
    "boundaries",
    "experience",
    "low_traffic",
    "maintenance",
    "region_outage",
];

fn case(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/slo-examples")
        .join(name)
}

fn seconds(text: &str) -> Duration {
    let (count, unit) = text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap());
    let count: u64 = count.parse().unwrap();
    Duration::from_millis(match unit {
        "ms" => count,
        "s" => count * 1_000,
        "m" => count * 60_000,
        "h" => count * 3_600_000,
        other => panic!("{other}"),
    })
}

fn instant(value: &toml::Value) -> jiff::Timestamp {
    value.as_datetime().unwrap().to_string().parse().unwrap()
}

/// What these cases' journeys say, read by hand: the journey's own parser has its own tests.
fn subject(text: &str) -> Subject {
    let journey: toml::Table = text.parse().unwrap();
    let text = |table: &toml::Table, key: &str| table[key].as_str().unwrap().to_owned();
    let slos = journey["slo"].as_array().unwrap().iter().map(|slo| {
        let slo = slo.as_table().unwrap();
        Slo {
            name: text(slo, "name"),
            objective: Objective::parse(&text(slo, "objective")).unwrap(),
            window: Window::parse(&text(slo, "window")).unwrap(),
            under: slo
                .get("under")
                .map(|under| seconds(under.as_str().unwrap())),
            of: jaunt_slo::Population::Valid,
            good: jaunt_slo::Good::PassOrSlow,
            step: None,
            weighting: jaunt_slo::Weighting::Events,
            slice: slo
                .get("slice")
                .map(|slice| seconds(slice.as_str().unwrap())),
            since: slo.get("since").map(instant),
        }
    });
    let maintenance = journey.get("maintenance").and_then(toml::Value::as_array);
    Subject {
        customer: text(&journey, "customer"),
        journey: text(&journey, "journey"),
        every: seconds(&text(&journey, "every")),
        regions: journey["regions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|region| region.as_str().unwrap().to_owned())
            .collect(),
        weights: BTreeMap::new(),
        quorum: None,
        maintenance: maintenance
            .into_iter()
            .flatten()
            .map(|entry| {
                let entry = entry.as_table().unwrap();
                Maintenance {
                    when: When::Once {
                        from: instant(&entry["from"]),
                        to: instant(&entry["to"]),
                    },
                    announced: entry.get("announced").map(instant),
                    by: entry.get("by").map(|by| by.as_str().unwrap().to_owned()),
                    approved_by: entry
                        .get("approved_by")
                        .map(|by| by.as_str().unwrap().to_owned()),
                    reason: None,
                }
            })
            .collect(),
        policy: MaintenancePolicy::default(),
        parties: BTreeMap::new(),
        corrections: Vec::new(),
        slos: slos.collect(),
    }
}

fn report(name: &str, lines: impl Iterator<Item = String>) -> Value {
    let read = |file: &str| fs::read_to_string(case(name).join(file)).unwrap();
    let subjects = [subject(&read("journey.toml"))];
    let at: jiff::Timestamp = read("args").lines().nth(1).unwrap().parse().unwrap();
    let mut ingest = Ingest::new(&subjects, Intake::default());
    for line in lines {
        ingest.line(line.as_bytes());
    }
    let ingested = ingest.finish();
    let question = Question {
        at_ns: i64::try_from(at.as_nanosecond()).unwrap(),
        known_until_ns: i64::MAX,
        parties: &Parties::default(),
    };
    let report = judge(
        &subjects[0],
        &subjects[0].slos[0],
        &ingested.journeys[0],
        question,
    );
    assert_eq!(report.ingest.sum(), report.ingest.lines);
    serde_json::to_value(report).unwrap()
}

fn lines(name: &str) -> Vec<String> {
    let text = fs::read_to_string(case(name).join("events.jsonl")).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Where `actual` departs from `expected`.
fn differences(path: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, value) in expected {
                let path = format!("{path}.{key}");
                match actual.get(key) {
                    Some(actual) => differences(&path, value, actual, found),
                    None => found.push(format!("{path} is missing")),
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                differences(&format!("{path}[{index}]"), expected, actual, found);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let exact = a.as_i64().is_some() && a.as_i64() == b.as_i64();
            let tolerance = if path.starts_with(".intervals") {
                1e-7
            } else {
                1e-9
            };
            let near = (a.as_f64().unwrap() - b.as_f64().unwrap()).abs()
                <= tolerance * a.as_f64().unwrap().abs().max(1.0);
            let instant = path.ends_with("_ns") || path.contains("firing[");
            if !(exact || near && !instant) {
                found.push(format!("{path}: expected {a}, got {b}"));
            }
        }
        _ if expected == actual => {}
        _ => found.push(format!("{path}: expected {expected}, got {actual}")),
    }
}

#[test]
fn the_worked_cases_agree_in_every_field() {
    for name in CASES {
        let expected = fs::read_to_string(case(name).join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let mut found = Vec::new();
        differences(
            "",
            &expected,
            &report(name, lines(name).into_iter()),
            &mut found,
        );
        assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
    }
}

#[test]
fn the_order_of_lines_changes_nothing_and_copies_change_only_their_counters() {
    for name in CASES {
        let straight = lines(name);
        let plain = report(name, straight.iter().cloned());
        let backwards = report(name, straight.iter().rev().cloned());
        assert_eq!(plain, backwards, "{name}");
        let mut twice = report(name, straight.iter().chain(&straight).cloned());
        let again = |value: &Value| value.as_u64().unwrap();
        // Lines that are taken in once are now duplicates; what is no event is counted anew.
        assert_eq!(
            again(&twice["ingest"]["lines"]),
            2 * again(&plain["ingest"]["lines"]),
        );
        twice["ingest"] = plain["ingest"].clone();
        assert_eq!(plain, twice, "{name}");
    }
}
