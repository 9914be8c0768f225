//! A fleet that is only simulated: what it counts as Prometheus would scrape it, and the events
//! behind the counts.

use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write, path::Path};

/// Where it measures.
pub(crate) const REGIONS: [&str; 3] = ["fra", "iad", "sin"];

/// What a region does in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// Its run passes.
    Passes,
    /// Its run fails.
    Fails,
    /// It runs nothing, and nobody hears of it.
    Silent,
    /// Its run fails, but nobody hears of it before the region passes again.
    FailsUnheard,
    /// Its run passes, but nobody hears of it yet.
    PassesUnheard,
}

/// A fleet over so many minutes from the epoch on.
pub(crate) struct Fleet {
    /// By region, then minute.
    regions: Vec<Vec<Meanwhile>>,
}

/// When a rule fired, by a report: minutes, to the end where it lasts.
pub(crate) struct Fired {
    pub(crate) rule: String,
    pub(crate) firing: Vec<(f64, f64)>,
}

impl Fleet {
    /// What each region does in each minute.
    pub(crate) fn new(minutes: u64, what: impl Fn(u64, u64) -> Meanwhile) -> Self {
        let regions = (0..REGIONS.len() as u64)
            .map(|region| (0..minutes).map(|minute| what(minute, region)).collect())
            .collect();
        Self { regions }
    }

    fn minutes(&self) -> usize {
        self.regions[0].len()
    }

    /// The runs as events, one a line; a region's slots lie 20 s apart from the next one's.
    pub(crate) fn events(&self) -> String {
        let mut text = String::new();
        for (region, minutes) in self.regions.iter().enumerate() {
            for (minute, what) in minutes.iter().enumerate() {
                let verdict = match what {
                    Meanwhile::Passes | Meanwhile::PassesUnheard => "pass",
                    Meanwhile::Fails | Meanwhile::FailsUnheard => "fail",
                    Meanwhile::Silent => continue,
                };
                let start = (minute as u64 * 60 + region as u64 * 20 + 1) * 1_000_000_000;
                let line = json!({
                    "customer": "acme", "journey": "checkout", "region": REGIONS[region],
                    "agent": REGIONS[region], "slot": minute * 60, "start_ns": start,
                    "duration_ms": 500, "verdict": verdict, "step": "login", "phase": "wait",
                    "kind": "scheduled",
                });
                writeln!(text, "{line}").unwrap();
            }
        }
        text
    }

    /// When each rule fired, by `jaunt report` on the events in `dir`.
    pub(crate) fn alerts_of_a_report(&self, dir: &Path) -> Vec<Fired> {
        let seconds = self.minutes() as i64 * 60;
        let at = jiff::Timestamp::from_second(seconds).unwrap().to_string();
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_jaunt"))
            .args([
                "report",
                "--from",
                "events:events.jsonl",
                "--journeys",
                "journey.toml",
            ])
            .args(["--format", "json", "--at", &at])
            .current_dir(dir)
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&done.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&done.stderr)));
        let minute = |ns: &Value| ns.as_i64().map(|ns| ns as f64 / 60e9);
        let fired = |alert: &Value| Fired {
            rule: alert["rule"].as_str().unwrap().to_owned(),
            firing: alert["firing"]
                .as_array()
                .unwrap()
                .iter()
                .map(|span| (minute(&span[0]).unwrap(), minute(&span[1]).unwrap_or(1e9)))
                .collect(),
        };
        report["alerts"]
            .as_array()
            .unwrap()
            .iter()
            .map(fired)
            .collect()
    }

    /// A test file for promtool: the counts of each minute, and which burn alerts fire at every
    /// third minute that is not next to a change.
    pub(crate) fn promtool_test(&self, alerts: &[Fired]) -> String {
        let mut expected = Vec::new();
        for minute in (1..self.minutes()).step_by(3) {
            let minute = minute as f64;
            let edges = alerts
                .iter()
                .flat_map(|a| &a.firing)
                .flat_map(|(from, to)| [from, to]);
            if edges.clone().any(|edge| (minute - edge).abs() <= 3.0) {
                continue;
            }
            let fires = |alert: &&Fired| {
                alert
                    .firing
                    .iter()
                    .any(|(a, b)| *a <= minute && minute < *b)
            };
            let firing: Vec<Value> = alerts
                .iter()
                .filter(fires)
                .map(|alert| json!({ "labels": format!("{{burn_rule=\"{}\"}}", alert.rule), "value": 1 }))
                .collect();
            expected.push(json!({
                "expr": "count by (burn_rule) (ALERTS{alertname=\"JauntBudgetBurn\",alertstate=\"firing\"})",
                "eval_time": format!("{minute}m"),
                "exp_samples": firing,
            }));
        }
        self.test_file(expected)
    }

    /// A test file for promtool with these expectations.
    pub(crate) fn test_file(&self, expected: Vec<Value>) -> String {
        let series: Vec<Value> = self
            .series()
            .into_iter()
            .map(|(series, values)| json!({ "series": series, "values": values.join(" ") }))
            .collect();
        // JSON is YAML.
        json!({
            "rule_files": ["rules.yml"],
            "evaluation_interval": "1m",
            "tests": [{ "interval": "1m", "input_series": series, "promql_expr_test": expected }],
        })
        .to_string()
    }

    /// What is scraped at each minute: nothing of a region that is not heard of.
    fn series(&self) -> BTreeMap<String, Vec<String>> {
        let mut series: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (region, minutes) in self.regions.iter().enumerate() {
            let own = format!(
                "jaunt_customer=\"acme\",jaunt_journey=\"checkout\",jaunt_region=\"{}\"",
                REGIONS[region]
            );
            let (mut good, mut bad, mut newest) = (0, 0, 0);
            for scrape in 0..=minutes.len() {
                // What ended before the scrape: the minute before it.
                let before = scrape.checked_sub(1).map(|minute| minutes[minute]);
                match before {
                    Some(Meanwhile::Passes | Meanwhile::PassesUnheard) => good += 1,
                    Some(Meanwhile::Fails | Meanwhile::FailsUnheard) => bad += 1,
                    Some(Meanwhile::Silent) | None => {}
                }
                if let Some(minute) = scrape.checked_sub(1)
                    && minutes[minute] != Meanwhile::Silent
                {
                    newest = minute * 60;
                }
                let heard = !matches!(
                    before,
                    Some(Meanwhile::Silent | Meanwhile::FailsUnheard | Meanwhile::PassesUnheard)
                );
                let mut add = |name: &str, label: &str, value: usize| {
                    let value = if heard {
                        value.to_string()
                    } else {
                        "_".to_owned()
                    };
                    series
                        .entry(format!("{name}{{{own}{label}}}"))
                        .or_default()
                        .push(value);
                };
                for (outcome, count) in [
                    ("good", good),
                    ("bad", bad),
                    ("excluded", 0),
                    ("invalid", 0),
                    ("ineligible", 0),
                ] {
                    add(
                        "jaunt_sli_events_total",
                        &format!(",jaunt_slo=\"can-buy\",jaunt_outcome=\"{outcome}\""),
                        count,
                    );
                }
                for (verdict, count) in [
                    ("pass", good),
                    ("slow", 0),
                    ("fail", bad),
                    ("void", 0),
                    ("missed", 0),
                ] {
                    add(
                        "jaunt_slots_total",
                        &format!(",jaunt_verdict=\"{verdict}\""),
                        count,
                    );
                }
                add(
                    "jaunt_failures_total",
                    ",jaunt_step=\"login\",jaunt_phase=\"wait\",error_type=\"http.5xx\",jaunt_party=\"service\"",
                    bad,
                );
                add("jaunt_last_slot_timestamp_seconds", "", newest);
            }
        }
        series
    }
}
