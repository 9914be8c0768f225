//! Backends that nobody here wrote take what an agent sends without a complaint, and answer with its
//! exact sums.
//!
//! Metrics go to VictoriaMetrics over HTTP, every signal to rotel, over gRPC and HTTP. The OpenTelemetry
//! Collector is not among them: no registry that `tests/install` asks has it as a program, and
//! building it from Debian's sources takes Go, 3 GB and minutes of each gate.

use crate::agent::each_second;
use crate::support::{
    agent::Home,
    nginx::{Nginx, Site},
    place::until,
    rotel::Rotel,
    skip::or_skip,
    victoria::Victoria,
};
use jaunt_record::Record;
use std::collections::BTreeMap;

const JOURNEYS: [(&str, &str); 3] = [
    ("home", "/?home"),
    ("basket", "/?basket"),
    ("gone", "/gone"),
];

#[test]
fn a_store_and_a_collector_take_all_without_complaint_and_the_store_has_the_exact_sums() {
    let target = or_skip!(Nginx::start(Site::default()));
    let (store, collector) = (or_skip!(Victoria::start()), or_skip!(Rotel::start()));
    let home = Home::new(&format!(
        "\n[[export]]\nname = \"store\"\nendpoint = \"{}\"\nsignals = [\"metrics\"]\n\
         interval = \"1s\"\nhistograms = [\"journey\", \"step\", \"phase\"]\n\
         \n[[export]]\nname = \"by-grpc\"\nendpoint = \"{}\"\nprotocol = \"grpc\"\n\
         signals = [\"metrics\", \"traces\"]\ninterval = \"1s\"\n\
         \n[[export]]\nname = \"by-http\"\nendpoint = \"{}\"\nsignals = [\"logs\"]\nslots = true\n",
        store.otlp(),
        collector.grpc().replace("grpc://", "http://"),
        collector.http(),
    ));
    for (name, path) in JOURNEYS {
        home.journey(name, &each_second(name, &target.url(path)));
    }
    let agent = home.start();
    target.log(5 * JOURNEYS.len());
    agent.signal("TERM");
    until("a drained agent", || agent.said().contains("drained"));
    let said = agent.said();
    assert_eq!(agent.ended(), Some(0));

    let slots = store.last("jaunt_slots_total", ["jaunt_journey", "jaunt_verdict"]);
    let records = home.records();
    assert_eq!(
        with_zeros_gone(&slots),
        counted(&records),
        "slots by verdict"
    );
    for (name, path) in JOURNEYS {
        let asked = target.log(0);
        let asked = asked.iter().filter(|line| line["uri"] == path).count();
        let ran = |(key, _): &(&[String; 2], &f64)| key[0] == name && key[1] != "missed";
        let ran: f64 = slots.iter().filter(ran).map(|(_, sum)| sum).sum();
        assert_eq!(
            ran, asked as f64,
            "{name}: runs that were counted, and requests"
        );
    }
    let lasted = store.last(
        "jaunt_journey_duration_seconds_count",
        ["jaunt_journey", "jaunt_verdict"],
    );
    let timed = counted(&records)
        .into_iter()
        .filter(|(key, _)| key[1] != "missed");
    assert_eq!(
        with_zeros_gone(&lasted),
        timed.collect(),
        "durations by verdict"
    );
    let failed = store.last(
        "jaunt_failures_total",
        ["jaunt_journey", "error_type", "http_response_status_code"],
    );
    assert!(
        failed
            .keys()
            .any(|key| key == &["gone", "http.4xx", "404"].map(str::to_owned)),
        "{failed:?}"
    );
    assert!(store.took() > 0);
    assert_eq!(store.complaints(), Vec::<String>::new());
    assert_eq!(collector.complaints(), Vec::<String>::new());
    for signal in ["metrics", "traces", "logs"] {
        until(signal, || !collector.behind.of(signal).is_empty());
    }
    assert!(!said.contains("partial"), "{said}");
}

/// Slots by journey and verdict, from the journal.
fn counted(records: &[Record]) -> BTreeMap<[String; 2], f64> {
    let mut counts = BTreeMap::new();
    for record in records {
        let key = [record.journey.clone(), record.verdict.to_string()];
        *counts.entry(key).or_default() += record.count as f64;
    }
    counts
}

/// Without the series that are there so that nothing is missing.
fn with_zeros_gone(sums: &BTreeMap<[String; 2], f64>) -> BTreeMap<[String; 2], f64> {
    let counted = sums.iter().filter(|(_, sum)| **sum > 0.0);
    counted.map(|(key, sum)| (key.clone(), *sum)).collect()
}

/// Behaviour 35, at a store: the last value does not go on under new times.
#[test]
fn a_removed_journey_stops_reporting_and_its_neighbour_goes_on() {
    let target = or_skip!(Nginx::start(Site::default()));
    let store = or_skip!(Victoria::start());
    let home = Home::new(&format!(
        "\n[[export]]\nname = \"store\"\nendpoint = \"{}\"\nsignals = [\"metrics\"]\ninterval = \"1s\"\n",
        store.otlp(),
    ));
    for name in ["stays", "goes"] {
        home.journey(name, &each_second(name, &target.url(&format!("/?{name}"))));
    }
    let agent = home.start();
    target.log(4);
    home.remove("goes");
    agent.until_says("\"removed\":1");
    // One interval in which its series end, and some more of the one that stays.
    target.log(target.log(0).len() + 5);
    assert_eq!(agent.drain(), Some(0));
    let last = |name: &str| {
        let selector = format!("jaunt_slots_total{{jaunt_journey=\"{name}\"}}");
        store.newest(&selector)
    };
    let (stays, goes) = (last("stays"), last("goes"));
    assert!(
        stays - goes >= 1_900,
        "the last points, ms: {stays} and {goes}"
    );
    let slots = store.last("jaunt_slots_total", ["jaunt_journey", "jaunt_verdict"]);
    assert_eq!(with_zeros_gone(&slots), counted(&home.records()));
    assert_eq!(store.complaints(), Vec::<String>::new());
}
