//! `jaunt report`, as a user runs it.

use serde_json::Value;
use std::{path::PathBuf, process::Command};

fn case(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/slo-examples")
        .join(name)
}

/// Exit code and standard output of a report on a worked case.
fn report(name: &str, format: &str) -> (Option<i32>, String) {
    let case = case(name);
    let args = std::fs::read_to_string(case.join("args")).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_jaunt"))
        .arg("report")
        .arg("--from")
        .arg(format!("events:{}", case.join("events.jsonl").display()))
        .arg("--journeys")
        .arg(case.join("journey.toml"))
        .args(["--format", format])
        .args(args.split_whitespace())
        .output()
        .unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

/// Where `actual` departs from `expected`: ratios within 1e-9, intervals within 1e-7.
fn differences(path: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(_)) => {
            for (key, value) in expected {
                let inner = format!("{path}.{key}");
                differences(&inner, value, &actual[key.as_str()], found);
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                differences(&format!("{path}[{index}]"), expected, actual, found);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let same = match (a.as_i64(), b.as_i64()) {
                (Some(a), Some(b)) => a == b,
                _ => {
                    let bound = if path.starts_with(".intervals") {
                        1e-7
                    } else {
                        1e-9
                    };
                    let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
                    (a - b).abs() <= bound * a.abs().max(1.0)
                }
            };
            if !same {
                found.push(format!("{path}: expected {a}, got {b}"));
            }
        }
        _ if expected == actual => {}
        _ => found.push(format!("{path}: expected {expected}, got {actual}")),
    }
}

#[test]
fn the_worked_cases_agree_in_every_field_and_exit_as_they_judge() {
    for (name, code) in [
        ("boundaries", 2),
        ("experience", 0),
        ("low_traffic", 1),
        ("maintenance", 0),
        ("region_outage", 0),
    ] {
        let (exit, text) = report(name, "json");
        assert_eq!(exit, Some(code), "{name}");
        let expected = std::fs::read_to_string(case(name).join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let actual: Value = serde_json::from_str(&text).unwrap();
        let mut found = Vec::new();
        differences("", &expected, &actual, &mut found);
        assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
    }
}

#[test]
fn a_reader_of_thin_coverage_is_never_told_met() {
    for format in ["human", "html"] {
        let (_, text) = report("boundaries", format);
        assert!(text.contains("cannot be said"), "{format}: {text}");
        assert!(text.contains("insufficient"), "{format}: {text}");
    }
}

#[test]
fn a_page_loads_nothing_from_elsewhere() {
    let (_, page) = report("maintenance", "html");
    for outside in ["http:", "https:", "<script", "<link", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.matches("<svg").count() >= 3);
}
