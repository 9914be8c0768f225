//! What runs look like, for people and for programs.

use super::{
    Depth, Glyphs, Look, Paint, human, json_line, junit_document, sample, summary, tap_document,
};
use insta::assert_snapshot;
use jaunt_record::{Phase, Record, Verdict};
use std::{collections::BTreeSet, time::Duration};

const PLAIN: Look = Look {
    width: 100,
    glyphs: Glyphs::Unicode,
    paint: Paint::Plain,
};

fn plain(record: &Record, look: &Look) -> String {
    let title = Some("A shopper signs in, buys one item and signs out");
    let text = human(record, title, Depth::Usual, look);
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn a_run_that_passed() {
    assert_snapshot!(plain(&sample::pass(), &PLAIN));
}

#[test]
fn a_run_that_passed_in_colour() {
    let look = Look {
        paint: Paint::Colour,
        ..PLAIN
    };
    let text = human(&sample::pass(), None, Depth::Usual, &look);
    assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn a_run_in_ascii_and_sixty_columns() {
    let look = Look {
        width: 60,
        glyphs: Glyphs::Ascii,
        ..PLAIN
    };
    let text = plain(&sample::pass(), &look);
    assert!(text.is_ascii(), "{text}");
    assert!(
        text.lines()
            .all(|line| line.len() <= 60 || line.contains("(5 steps; run")),
        "{text}"
    );
    assert_snapshot!(text);
}

#[test]
fn a_run_that_was_slow() {
    assert_snapshot!(plain(&sample::slow(), &PLAIN));
}

#[test]
fn a_run_whose_expectations_do_not_hold() {
    let text = plain(&sample::fail_expect(), &PLAIN);
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{7}'),
        "{text}"
    );
    assert_snapshot!(text);
}

#[test]
fn a_run_that_met_a_wrong_status() {
    assert_snapshot!(plain(&sample::fail_status(), &PLAIN));
}

#[test]
fn a_run_that_timed_out_in_tls() {
    assert_snapshot!(plain(&sample::fail_timeout(), &PLAIN));
}

#[test]
fn a_run_that_could_not_be_measured() {
    assert_snapshot!(plain(&sample::void(), &PLAIN));
}

#[test]
fn a_run_with_redirects_and_warnings() {
    assert_snapshot!(plain(&sample::warned(), &PLAIN));
}

#[test]
fn a_run_with_tiny_durations_and_odd_names() {
    let text = plain(&sample::odd(), &PLAIN);
    assert!(
        text.contains("35.0 µs") && text.contains("1.00 µs"),
        "{text}"
    );
    assert_snapshot!(text);
}

/// A step whose first request is sent late by our own doing, with a duration that leaves that out.
#[test]
fn what_passes_before_a_request_is_drawn_as_nothing_and_the_axis_reaches_its_end() {
    let exchange = sample::exchange(&[(Phase::Connect, 400)], 200);
    let step = sample::step("one", vec![exchange], Duration::ZERO);
    let mut record = sample::run(Verdict::Fail, vec![step]);
    record.steps[0].offset = Duration::ZERO;
    record.steps[0].exchanges[0].offset = Duration::from_micros(600);
    let text = plain(&record, &PLAIN);
    let bar = text.lines().find(|line| line.contains("✓ one ")).unwrap();
    assert!(text.contains("1.00 ms") && !bar.contains('·'), "{text}");
    let (blank, drawn) = (bar.matches("  ").count(), bar.matches('▒').count());
    assert!(blank > 10 && drawn > 20, "{text}");
}

#[test]
fn a_run_that_polled_long() {
    assert_snapshot!(plain(&sample::long_poll(), &PLAIN));
}

#[test]
fn everything_that_is_known_of_a_run() {
    let text = human(&sample::fail_expect(), None, Depth::Everything, &PLAIN);
    assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
}

#[test]
fn many_runs_are_summed_up() {
    let runs = [
        sample::pass(),
        sample::slow(),
        sample::fail_status(),
        sample::pass(),
    ];
    let text = summary("shop", &runs, &PLAIN);
    assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
}

#[test]
fn a_run_as_json_is_one_line_with_every_digit() {
    let line = json_line(&sample::pass());
    assert_eq!(line.matches('\n').count(), 1);
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn a_failed_run_as_json() {
    let value: serde_json::Value =
        serde_json::from_str(&json_line(&sample::fail_expect())).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&value["failure"]).unwrap());
}

fn all() -> [Record; 5] {
    [
        sample::pass(),
        sample::slow(),
        sample::fail_expect(),
        sample::void(),
        sample::warned(),
    ]
}

#[test]
fn runs_as_junit_hold_no_character_that_xml_does_not_know() {
    let text = junit_document(&all(), &PLAIN).unwrap();
    let known = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..);
    assert!(text.chars().all(known), "{text}");
    assert_snapshot!(text);
}

#[test]
fn runs_as_tap() {
    assert_snapshot!(tap_document(&all()));
}

/// Every key of an object, with those of the objects below it; what a journey names itself
/// (`captures`, `phases_ms`) are no keys of the format.
fn keys(value: &serde_json::Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(entries) => {
            for (key, value) in entries {
                let path = format!("{path}{key}");
                let named_by_others = ["captures", "phases_ms"].contains(&key.as_str());
                if !named_by_others {
                    keys(value, &format!("{path}."), found);
                }
                found.insert(path);
            }
        }
        serde_json::Value::Array(values) => {
            values.iter().for_each(|value| keys(value, path, found))
        }
        _ => {}
    }
}

#[test]
fn the_page_about_json_names_every_key_and_no_other() {
    const PAGE: &str = include_str!("../../JSON.md");
    const EXCHANGE: &str = "steps.exchanges.";
    let mut printed = BTreeSet::new();
    for record in all()
        .iter()
        .chain([&sample::fail_timeout(), &sample::odd()])
    {
        let value: serde_json::Value = serde_json::from_str(&json_line(record)).unwrap();
        keys(&value, "", &mut printed);
    }
    let mut told = BTreeSet::new();
    for section in PAGE.split("\n## ").skip(1) {
        let within = if section.starts_with("An exchange") {
            EXCHANGE
        } else {
            ""
        };
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
        told.extend(rows.map(|row| format!("{within}{}", row.split('`').next().unwrap())));
    }
    assert_eq!(told, printed);
}
