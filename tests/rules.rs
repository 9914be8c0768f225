//! `jaunt slo rules`: Prometheus takes them, and decides as a report does.

mod fleet;

use super::support::{
    jaunt::jaunt,
    skip::{self, or_skip},
};
use fleet::{Fleet, Meanwhile, REGIONS};
use std::{path::Path, process::Command};
use tempfile::TempDir;

/// A journey with these SLOs, three regions, once a minute.
pub(crate) fn journey(more: &str) -> String {
    format!(
        r#"
journey  = "checkout"
customer = "acme"
every    = "1m"
deadline = "30s"
regions  = ["fra", "iad", "sin"]
{more}
"#
    )
}

pub(crate) const STEP: &str = r#"
[[step]]
id      = "login"
request = "GET https://shop.example.net/"
status  = 200
"#;

pub(crate) const CAN_BUY: &str = r#"
[[slo]]
name      = "can-buy"
objective = "99.9%"
window    = "28d"
since     = 1970-01-01T00:00:00Z
"#;

/// The rules of a journey, and what was said about them.
pub(crate) fn rules(journey: &str, args: &[&str]) -> (String, String) {
    let mut call = jaunt(["slo", "rules"]);
    for arg in args {
        call = call.arg(*arg);
    }
    let ran = call.journey(journey).go();
    assert_eq!(ran.code, 0, "{ran}");
    (ran.stdout, ran.stderr)
}

fn promtool(promtool: &Path, args: &[&str], dir: &Path) {
    let done = Command::new(promtool)
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

#[test]
fn promtool_finds_nothing_wrong_with_rules_of_every_kind_of_slo() {
    let tool = or_skip!(skip::program("promtool"));
    let weights = r#"weights = { fra = "0.7", iad = "0.2", sin = "0.1" }"#;
    let slow = journey("").replace("1m", "1h");
    for (name, text) in [
        ("availability", journey("") + STEP + CAN_BUY),
        (
            "weighted",
            journey(weights) + STEP + &CAN_BUY.replace("since ", "weighting = \"regions\"\nsince "),
        ),
        (
            "calendar, latency",
            journey("quorum = 2")
                + STEP
                + &CAN_BUY
                    .replace("28d", "month Europe/Madrid")
                    .replace("since ", "of = \"passed\"\nunder = \"2s\"\nsince "),
        ),
        (
            "a step, seldom",
            slow + STEP + &CAN_BUY.replace("since ", "step = \"login\"\nsince "),
        ),
        (
            "hardly an objective",
            journey("") + STEP + &CAN_BUY.replace("99.9%", "10%"),
        ),
    ] {
        let dir = TempDir::new().unwrap();
        let args = [
            "--hub",
            "https://hub.example.net",
            "--runbook",
            "https://wiki.example.net/{{x",
        ];
        let (text, _) = rules(&text, &args);
        std::fs::write(dir.path().join("rules.yml"), &text).unwrap();
        eprintln!("{name}");
        promtool(&tool, &["check", "rules", "rules.yml"], dir.path());
    }
}

#[test]
fn the_rules_of_an_slo_are_these() {
    let args = [
        "--hub",
        "https://hub.example.net/",
        "--runbook",
        "https://wiki.example.net/jaunt",
    ];
    let text = journey("") + STEP + CAN_BUY;
    insta::assert_snapshot!(rules(&text, &args).0);
}

#[test]
fn with_dots_the_rules_are_the_same_but_for_names_in_quotes() {
    let text = journey("") + STEP + CAN_BUY;
    let (plain, _) = rules(&text, &[]);
    let (dotted, _) = rules(&text, &["--names", "utf8"]);
    for name in [
        "{\"jaunt.sli.events\",\"jaunt.customer\"=\"acme\"",
        "\"jaunt.region\"",
    ] {
        assert!(dotted.contains(name), "{name}");
    }
    assert!(!dotted.contains("jaunt_sli_events_total"));
    // What is recorded and alerted on has the same names in both.
    let named = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim_start);
        let names = lines.filter(|l| l.starts_with("- record:") || l.starts_with("- alert:"));
        names.map(ToOwned::to_owned).collect()
    };
    assert_eq!(named(&plain), named(&dotted));
}

#[test]
fn a_row_that_no_outage_reaches_is_left_out_and_said_so() {
    let text = journey("") + STEP + &CAN_BUY.replace("99.9%", "90%");
    let (text, said) = rules(&text, &[]);
    assert!(said.contains("page-fast is left out"), "{said}");
    assert!(text.contains("# - acme/checkout can-buy: page-fast is left out"));
    assert_eq!(text.matches("alert: JauntBudgetBurn").count(), 3);
}

/// What fires as Prometheus evaluates the rules over what the fleet counted is what a report says
/// fired, at each minute that is not next to a change.
fn as_a_report_says(tool: &Path, slo: &str, fleet: &Fleet) -> Vec<String> {
    let dir = TempDir::new().unwrap();
    let text = slo.to_owned();
    std::fs::write(dir.path().join("rules.yml"), rules(&text, &[]).0).unwrap();
    std::fs::write(dir.path().join("events.jsonl"), fleet.events()).unwrap();
    std::fs::write(dir.path().join("journey.toml"), &text).unwrap();
    let alerts = fleet.alerts_of_a_report(dir.path());
    let test = fleet.promtool_test(&alerts);
    std::fs::write(dir.path().join("test.yml"), test).unwrap();
    promtool(tool, &["test", "rules", "test.yml"], dir.path());
    let fired = alerts.into_iter().filter(|alert| !alert.firing.is_empty());
    fired.map(|alert| alert.rule).collect()
}

#[test]
fn prometheus_fires_what_a_report_says_fired() {
    let tool = or_skip!(skip::program("promtool"));
    let can_buy = journey("") + STEP + CAN_BUY;
    let weighted = journey(r#"weights = { fra = "0.998", iad = "0.001", sin = "0.001" }"#)
        + STEP
        + &CAN_BUY.replace("since ", "weighting = \"regions\"\nsince ");
    let outage = |from: u64, to: u64| {
        move |minute: u64, _| {
            if (from..to).contains(&minute) {
                Meanwhile::Fails
            } else {
                Meanwhile::Passes
            }
        }
    };
    for (name, slo, fleet, fired) in [
        (
            "healthy",
            &can_buy,
            Fleet::new(240, |_, _| Meanwhile::Passes),
            vec![],
        ),
        (
            "a single failure",
            &can_buy,
            Fleet::new(240, |minute, region| {
                if minute == 120 && region == 1 {
                    Meanwhile::Fails
                } else {
                    Meanwhile::Passes
                }
            }),
            vec![],
        ),
        (
            "fast burn",
            &can_buy,
            Fleet::new(480, outage(120, 135)),
            vec!["page-fast", "page-slow", "ticket-fast", "ticket-slow"],
        ),
        (
            "slow burn",
            &can_buy,
            Fleet::new(720, |minute, region| {
                if (3 * minute + region) % 110 == 0 {
                    Meanwhile::Fails
                } else {
                    Meanwhile::Passes
                }
            }),
            vec!["page-slow", "ticket-fast", "ticket-slow"],
        ),
        (
            "a region is out",
            &can_buy,
            Fleet::new(300, |minute, region| {
                if (120..160).contains(&minute) && region == 2 {
                    Meanwhile::Fails
                } else {
                    Meanwhile::Passes
                }
            }),
            vec!["page-fast", "page-slow", "ticket-fast", "ticket-slow"],
        ),
        (
            "no data",
            &can_buy,
            Fleet::new(240, |minute, _| {
                if minute < 120 {
                    Meanwhile::Passes
                } else {
                    Meanwhile::Silent
                }
            }),
            vec![],
        ),
        (
            "held while nobody looks",
            &can_buy,
            Fleet::new(300, |minute, _| match minute {
                120..135 => Meanwhile::Fails,
                135..200 => Meanwhile::Silent,
                _ => Meanwhile::Passes,
            }),
            vec!["page-fast", "page-slow", "ticket-fast", "ticket-slow"],
        ),
        (
            "an outage where hardly anybody is",
            &weighted,
            Fleet::new(240, |minute, region| {
                if (120..160).contains(&minute) && region == 2 {
                    Meanwhile::Fails
                } else {
                    Meanwhile::Passes
                }
            }),
            vec![],
        ),
    ] {
        eprintln!("{name}");
        assert_eq!(REGIONS.len(), 3);
        assert_eq!(as_a_report_says(&tool, slo, &fleet), fired, "{name}");
    }
}

/// How many alerts of a name are firing (of a burn alert, that page), at each of these minutes.
fn firing(fleet: &Fleet, alert: &str, expected: impl IntoIterator<Item = (u64, u64)>) {
    let tool = or_skip!(skip::program("promtool"));
    let dir = TempDir::new().unwrap();
    let text = journey("") + STEP + CAN_BUY;
    std::fs::write(dir.path().join("rules.yml"), rules(&text, &[]).0).unwrap();
    let expected = expected.into_iter().map(|(minute, count)| {
        serde_json::json!({
            "expr": format!("count(ALERTS{{alertname=\"{alert}\",alertstate=\"firing\",burn_rule!~\"ticket.*\"}}) or vector(0)"),
            "eval_time": format!("{minute}m"),
            "exp_samples": [{ "labels": "{}", "value": count }],
        })
    });
    let test = fleet.test_file(expected.collect());
    std::fs::write(dir.path().join("test.yml"), test).unwrap();
    promtool(&tool, &["test", "rules", "test.yml"], dir.path());
}

#[test]
fn a_backlog_that_is_caught_up_late_does_not_page_for_the_past() {
    let backlog = |late: u64| {
        Fleet::new(300, move |minute, region| match minute {
            _ if region > late => Meanwhile::Passes,
            120..130 | 150..180 => Meanwhile::PassesUnheard,
            130..150 => Meanwhile::FailsUnheard,
            _ => Meanwhile::Passes,
        })
    };
    // Once nobody is heard of for an hour, once a single region.
    firing(
        &backlog(2),
        "JauntBudgetBurn",
        (1..300).map(|minute| (minute, 0)),
    );
    firing(
        &backlog(0),
        "JauntBudgetBurn",
        (1..300).map(|minute| (minute, 0)),
    );
    // The same outage, heard of at once, pages.
    let heard = Fleet::new(300, |minute, _| match minute {
        130..150 => Meanwhile::Fails,
        _ => Meanwhile::Passes,
    });
    firing(&heard, "JauntBudgetBurn", [(100, 0), (140, 2)]);
}

#[test]
fn a_region_without_a_good_run_and_a_fleet_without_data_have_alerts_of_their_own() {
    let fleet = Fleet::new(240, |minute, region| match minute {
        60..90 if region == 1 => Meanwhile::Fails,
        150.. => Meanwhile::Silent,
        _ => Meanwhile::Passes,
    });
    firing(
        &fleet,
        "JauntRegionOutage",
        [(58, 0), (70, 1), (88, 1), (100, 0)],
    );
    // Half of the runs of 15 minutes are missing after 7.5, and it waits for ten more.
    firing(
        &fleet,
        "JauntSliNoData",
        [(100, 0), (155, 0), (175, 1), (239, 1)],
    );
}

#[test]
fn what_is_written_as_openslo_is_read_back_into_the_same_journey() {
    let text = journey("") + STEP + CAN_BUY;
    let exported = |text: &str| {
        let ran = jaunt(["slo", "rules", "--format", "openslo"])
            .journey(text)
            .go();
        assert_eq!(ran.code, 0, "{ran}");
        ran.stdout
    };
    let slos = exported(&text);
    let imported = jaunt(["slo", "import", "slos.yml"])
        .file("slos.yml", &slos)
        .go();
    assert_eq!(
        (imported.code, imported.stderr.as_str()),
        (0, ""),
        "{imported}"
    );
    let again = imported.stdout + STEP;
    assert_eq!(exported(&again), slos, "{again}");
    let foreign = slos.replace("op: gt", "op: lt");
    let refused = jaunt(["slo", "import", "slos.yml"])
        .file("slos.yml", &foreign)
        .go();
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("slos.yml:"), "{refused}");
    assert!(refused.stderr.contains("never too low"), "{refused}");
}
