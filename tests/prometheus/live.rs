//! Debian's Prometheus scrapes an agent that measures, and the dashboard asks for what is there.

use super::Prometheus;
use crate::{
    agent::each_second,
    support::{
        agent::Home,
        http, place,
        place::until,
        scripted::{Scripted, ok},
        skip::or_skip,
    },
};
use jaunt_otlp::names::{attribute, metric};
use serde_json::Value;
use std::collections::BTreeSet;
use url::form_urlencoded::byte_serialize;

/// The value of the one series that `query` gives.
fn value(prometheus: &Prometheus, query: &str) -> Option<f64> {
    let answer = asked(prometheus, query);
    let text = answer["data"]["result"][0]["value"][1].as_str()?;
    text.parse().ok()
}

fn asked(prometheus: &Prometheus, query: &str) -> Value {
    let query: String = byte_serialize(query.as_bytes()).collect();
    prometheus.get(&format!("/api/v1/query?query={query}"))
}

#[test]
fn prometheus_scrapes_a_live_agent_and_counts_what_its_target_and_its_status_say() {
    let target = Scripted::start([ok("", "well")]);
    let home = Home::new("");
    home.journey("home", &each_second("home", &target.url("/")));
    let agent = home.start();
    let health = agent.health();
    let prometheus = or_skip!(Prometheus::start("groups: []", health));
    let ran = "sum(jaunt_slots_total{jaunt_verdict!=\"missed\"})";
    // A scrape is a second old at most: between two slots all three say the same.
    until("a scrape with all that the target saw", || {
        let asked = target.requests().len();
        asked >= 3 && value(&prometheus, ran) == Some(asked as f64)
    });
    until("a scrape with the last slot of the status", || {
        let status: Value = serde_json::from_str(&http::get(health, "/status")).unwrap();
        let journey = &status["journeys"][0];
        assert_eq!(journey["journey"], "home", "{status}");
        let scraped = value(&prometheus, "jaunt_last_slot_timestamp_seconds");
        let told = journey["slot"].as_i64();
        told.is_some() && scraped == told.map(|slot| slot as f64)
    });
    // A rate takes two scrapes.
    let median =
        "histogram_quantile(0.5, sum by (le) (rate(jaunt_journey_duration_seconds_bucket[1m])))";
    until("a median of the durations", || {
        value(&prometheus, median).is_some_and(|median| (0.0..60.0).contains(&median))
    });
    assert_eq!(value(&prometheus, "min_over_time(up[1m])"), Some(1.0));
    let said = prometheus.said();
    let complaint = said
        .lines()
        .find(|line| line.contains("level=warn") || line.contains("level=error"));
    assert_eq!(complaint, None);
    every_panel_can_be_asked(&prometheus);
    assert_eq!(agent.drain(), Some(0));
}

/// Prometheus reads every expression of the dashboard, and those of what this agent does have data.
fn every_panel_can_be_asked(prometheus: &Prometheus) {
    let has_data = |expression: &String| {
        let answer = asked(prometheus, &filled(expression));
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        !answer["data"]["result"].as_array().unwrap().is_empty()
    };
    let all = expressions();
    // A rate takes two scrapes. Without data stay failures, voids, drops, exports and their kin.
    until("data in most panels", || {
        all.iter().filter(|expression| has_data(expression)).count() >= 15
    });
}

/// As Grafana would ask, with its variables at `All` and a range that fits the test.
fn filled(expression: &str) -> String {
    expression
        .replace("$__rate_interval", "1m")
        .replace("$__range", "1h")
        .replace("$customer", ".*")
        .replace("$journey", ".*")
        .replace("$region", ".*")
}

/// Every expression of the dashboard.
fn expressions() -> Vec<String> {
    let file = place::workspace().join("deploy/grafana/jaunt.json");
    let board: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let panels = board["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let mut found: Vec<String> = targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect();
    assert!(found.len() >= 25, "{found:#?}");
    let variables = board["templating"]["list"].as_array().unwrap().iter();
    found.extend(variables.filter_map(|it| it["definition"].as_str().map(str::to_owned)));
    // `label_values` is Grafana's own: what it asks of is a selector.
    for text in &mut found {
        if let Some(inner) = text.strip_prefix("label_values(") {
            *text = inner.rsplit_once(',').unwrap().0.to_owned();
        }
    }
    found
}

#[test]
fn the_dashboard_names_only_metrics_and_labels_that_an_agent_exports() {
    let mut metrics: BTreeSet<String> = BTreeSet::new();
    for metric in metric::ALL {
        let name = metric.prometheus();
        if metric.instrument == metric::Instrument::Histogram {
            metrics.extend(["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")));
        }
        metrics.insert(name);
    }
    let labels: BTreeSet<String> = attribute::ALL
        .iter()
        .map(|attribute| attribute.name.replace('.', "_"))
        .collect();
    for expression in expressions() {
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let ours = |word: &&str| {
            ["jaunt_", "otel_", "process_", "http_", "error_"]
                .iter()
                .any(|start| word.starts_with(start))
        };
        let ours: Vec<&str> = words.filter(ours).collect();
        assert!(
            ours.iter().any(|word| metrics.contains(*word)),
            "{expression}"
        );
        for word in ours {
            assert!(
                metrics.contains(word) || labels.contains(word),
                "`{word}` in {expression}"
            );
        }
    }
}
