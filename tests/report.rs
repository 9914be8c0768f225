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

/// A page of a report on `events` about the journey of a worked case, with more in it.
fn restated(more: &str, extra: &[&str]) -> String {
    let desk = tempfile::TempDir::new().unwrap();
    let journey = std::fs::read_to_string(case("region_outage").join("journey.toml")).unwrap();
    std::fs::write(
        desk.path().join("journey.toml"),
        format!("{journey}\n{more}"),
    )
    .unwrap();
    let mut events = std::fs::read_to_string(case("region_outage").join("events.jsonl")).unwrap();
    // 2026-01-05T07:30:00.5Z, received two hours later.
    events.push_str("{\"journey\":\"checkout\",\"region\":\"us-east\",\"agent\":\"late-1\",\"start_ns\":1767598200500000000,\"duration_ms\":900,\"verdict\":\"fail\",\"recv_ns\":1767605400000000000}\n");
    std::fs::write(desk.path().join("events.jsonl"), events).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_jaunt"))
        .current_dir(desk.path())
        .args([
            "report",
            "--from",
            "events:events.jsonl",
            "--journeys",
            "journey.toml",
        ])
        .args(["--at", "2026-01-05T08:00:00Z"])
        .args(extra)
        .output()
        .unwrap();
    String::from_utf8(done.stdout).unwrap()
}

const CORRECTION: &str = r#"[[correction]]
from        = 2026-01-05T03:00:00Z
to          = 2026-01-05T03:40:00Z
at          = 2026-01-07T09:00:00Z
party       = "carrier"
author      = "provider"
approved_by = "customer"
reason      = "a cut fibre"
"#;

#[test]
fn what_came_later_is_restated_with_the_lines_behind_it() {
    let text = restated("", &["--restates", "2026-01-05T08:30:00Z"]);
    assert!(
        text.contains("restated since 2026-01-05 08:30 UTC: bad runs 40 → 41, SLI"),
        "{text}"
    );
    assert!(
        text.contains("behind it: 1 line that came later (us-east 2026-01-05 07:30 UTC fail, received 2026-01-05 09:30 UTC)"),
        "{text}"
    );
    // A day after the judgement all that had come was known.
    assert!(!restated("", &[]).contains("restated"));
    // As of then, it was not known at all.
    let then = [
        "--as-of",
        "2026-01-05T08:30:00Z",
        "--restates",
        "2026-01-05T08:30:00Z",
    ];
    let then = restated("", &then);
    assert!(
        then.contains("40 bad") && !then.contains("restated"),
        "{then}"
    );
}

#[test]
fn a_correction_prints_both_parties_and_is_not_known_before_it_was_made() {
    let text = restated(CORRECTION, &[]);
    assert!(
        text.contains("carrier (before the correction: network)"),
        "{text}"
    );
    assert!(
        text.contains("by provider with the consent of customer: a cut fibre"),
        "{text}"
    );
    assert!(
        text.contains("restated since 2026-01-06 08:00 UTC: only whose the bad runs are"),
        "{text}"
    );
    let before = restated(CORRECTION, &["--as-of", "2026-01-06T00:00:00Z"]);
    assert!(!before.contains("carrier"), "{before}");
}

#[test]
fn a_reader_of_thin_coverage_is_never_told_met() {
    for format in ["human", "html"] {
        let (_, text) = report("boundaries", format);
        assert!(text.contains("cannot be said"), "{format}: {text}");
        assert!(text.contains("insufficient"), "{format}: {text}");
    }
}

/// A journey of one region, each minute for four hours: 240 runs, of which 2 may be bad.
const FOUR_HOURS: &str = r#"
journey  = "checkout"
customer = "acme"
every    = "1m"
regions  = ["us-east"]

[[step]]
request = "GET https://shop.example.net/"
status  = 200

[[slo]]
name      = "can-buy"
objective = "99%"
window    = "4h"
"#;

/// Exit code and text of a report on four hours of passes, of which the first minutes were not seen.
fn unseen(minutes: i64, format: &str) -> (Option<i32>, String) {
    let desk = tempfile::TempDir::new().unwrap();
    std::fs::write(desk.path().join("journey.toml"), FOUR_HOURS).unwrap();
    let events: String = (minutes..240)
        .map(|minute| {
            let start = 1_767_585_600_i64 + minute * 60; // 04:00 on the day
            event(&format!(
                r#","start_ns":{start}000000000,"duration_ms":900,"verdict":"pass""#
            ))
        })
        .collect();
    std::fs::write(desk.path().join("events.jsonl"), events).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_jaunt"))
        .current_dir(desk.path())
        .args(["report", "--from", "events:events.jsonl", "--at", AT])
        .args(["--journeys", "journey.toml", "--format", format])
        .output()
        .unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

/// Whether a reader finds the word in it.
fn says(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_')
        .any(|found| found == word)
}

#[test]
fn a_reader_is_not_told_met_where_missing_runs_could_have_spent_the_budget() {
    for format in ["human", "html", "json"] {
        // Two missing runs fit the budget, three do not; coverage is 0.99 either way.
        let (exit, text) = unseen(2, format);
        assert_eq!(exit, Some(0), "{format}: {text}");
        assert!(says(&text, "met"), "{format}: {text}");
        let (exit, text) = unseen(3, format);
        assert_eq!(exit, Some(2), "{format}: {text}");
        assert!(
            text.contains(
                "3 runs that are missing could have spent the budget: if all were bad, 125 % of it"
            ),
            "{format}: {text}"
        );
        match format {
            "json" => {
                let report: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(report["said"], "cannot_be_said");
                assert_eq!(report["coverage"]["sufficient"], true);
                assert_eq!(report["budget"]["consumed_at_most"], 1.25);
            }
            _ => {
                assert!(text.contains("cannot be said"), "{format}: {text}");
                // The style of a page has a class for it.
                let body = text.split("</style>").last().unwrap();
                assert!(!says(body, "met"), "{format}: {body}");
            }
        }
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

/// An event of the worked case's journey, with something else in it.
fn event(more: &str) -> String {
    format!(r#"{{"journey":"checkout","region":"us-east","agent":"a"{more}}}"#) + "\n"
}

/// What a report on these lines says.
fn said(events: &str, more: &str, at: &str) -> String {
    let desk = tempfile::TempDir::new().unwrap();
    let journey = std::fs::read_to_string(case("region_outage").join("journey.toml")).unwrap();
    std::fs::write(desk.path().join("journey.toml"), journey + more).unwrap();
    std::fs::write(desk.path().join("events.jsonl"), events).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_jaunt"))
        .current_dir(desk.path())
        .args(["report", "--from", "events:events.jsonl"])
        .args(["--journeys", "journey.toml", "--at", at])
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(done.stdout), text(done.stderr));
    let text = format!("exit {}\n{err}{out}", done.status.code().unwrap());
    assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
    text
}

const AT: &str = "2026-01-05T08:00:00Z";

#[test]
fn wrong_input_gets_a_sentence() {
    let run = |start: &str, duration: &str| {
        event(&format!(
            r#","start_ns":{start},"duration_ms":{duration},"verdict":"pass""#
        ))
    };
    let good = "1767598200500000000"; // 07:30:00.5 on the day
    let one = run(good, "900");
    let overlapping = r#"
[[maintenance]]
from        = 2026-01-05T07:00:00Z
to          = 2026-01-05T07:40:00Z
announced   = 2026-01-01T00:00:00Z
by          = "provider"
approved_by = "customer"

[[maintenance]]
from        = 2026-01-05T07:20:00Z
to          = 2026-01-05T07:50:00Z
announced   = 2026-01-01T00:00:00Z
by          = "provider"
approved_by = "customer"
"#;
    let clock = event(&format!(
        r#","start_ns":{good},"duration_ms":900,"verdict":"pass","sent_ns":1767598201500000000,"recv_ns":1777598201500000000"#
    ));
    let cases = [
        ("no slot", said("", "", AT)),
        ("one slot", said(&one, "", AT)),
        (
            "before the window",
            said(&run("1567598200500000000", "900"), "", AT),
        ),
        (
            "after the instant",
            said(&run("1967598200500000000", "900"), "", AT),
        ),
        ("an instant to come", said(&one, "", "2200-01-01T00:00:00Z")),
        (
            "an instant before the SLO",
            said(&one, "", "2000-01-01T00:00:00Z"),
        ),
        ("overlapping maintenance", said(&one, overlapping, AT)),
        ("a negative duration", said(&run(good, "-1"), "", AT)),
        ("an endless duration", said(&run(good, "1e300"), "", AT)),
        ("a negative start", said(&run("-5", "900"), "", AT)),
        (
            "a start at the end of time",
            said(&run("9223372036854775807", "900"), "", AT),
        ),
        (
            "a start beyond it",
            said(&run("9223372036854775808", "900"), "", AT),
        ),
        ("a clock months off", said(&clock, "", AT)),
        (
            "a region that there is not",
            said(&one.replace("us-east", "moon"), "", AT),
        ),
        (
            "by hand",
            said(&one.replace("}", ",\"kind\":\"manual\"}"), "", AT),
        ),
        ("no JSON", said("{\n", "", AT)),
    ];
    let text = cases
        .map(|(name, said)| format!("== {name}\n{said}"))
        .join("\n");
    insta::assert_snapshot!(text);
    // Lines in whatever order: one report.
    let events = std::fs::read_to_string(case("region_outage").join("events.jsonl")).unwrap();
    let backwards: String = events
        .lines()
        .rev()
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(said(&backwards, "", AT), said(&events, "", AT));
}
