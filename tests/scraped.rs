//! What a scrape of `/metrics` shows, held against what goes out over OTLP.

use crate::{
    agent::each_second,
    support::{
        agent::Home,
        otlp::Receiver,
        pki::Authority,
        place::until,
        scripted::{Act, Scripted, answer, ok},
        skip::or_skip,
    },
    telemetry::{attributes, data, metrics},
};
use std::collections::{BTreeMap, BTreeSet};

/// A series: its name, and its labels in order.
type Series = (String, BTreeMap<String, String>);

/// What an exposition says; no label of these tests holds a comma or a quote.
fn scraped(text: &str) -> BTreeMap<Series, f64> {
    let lines = text.lines().filter(|line| line.starts_with("jaunt_"));
    let read = lines.map(|line| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.trim_end_matches('}').split(',');
        let labels = labels.filter_map(|label| {
            let (name, value) = label.split_once("=\"")?;
            Some((name.to_owned(), value.trim_end_matches('"').to_owned()))
        });
        ((name.to_owned(), labels.collect()), value.parse().unwrap())
    });
    read.collect()
}

/// What `/metrics` adds up to under these labels.
fn sum(scraped: &BTreeMap<Series, f64>, name: &str, labels: &[(&str, &str)]) -> f64 {
    let bears = |of: &BTreeMap<String, String>| {
        let mut labels = labels.iter();
        labels.all(|(name, value)| of.get(*name).is_some_and(|it| it == value))
    };
    let found = scraped
        .iter()
        .filter(|((it, of), _)| it == name && bears(of));
    found.map(|(_, value)| value).sum()
}

/// The series of counters and gauges that the receiver has, as Prometheus names them.
fn sent(receiver: &Receiver) -> BTreeSet<Series> {
    let mut found = BTreeSet::new();
    for metric in metrics(receiver) {
        let name = metric["name"].as_str().unwrap().replace('.', "_");
        let counts = metric["sum"]["isMonotonic"] == true;
        let seconds = metric["unit"] == "s" || metric["unit"] == "By";
        if !name.starts_with("jaunt_") || metric["exponentialHistogram"].is_object() {
            continue;
        }
        let unit = match metric["unit"].as_str() {
            Some("By") => "_bytes",
            _ if seconds => "_seconds",
            _ => "",
        };
        let name = format!("{name}{unit}{}", if counts { "_total" } else { "" });
        for point in data(&metric) {
            let labels = attributes(&point);
            let labels = labels.map(|(name, value)| (name.replace('.', "_"), value));
            found.insert((name.clone(), labels.collect()));
        }
    }
    found
}

/// A journey that warns each time, and whose clean-up fails each time.
fn warns(url: &str) -> String {
    let tls = "tls = { server_name = \"shop.test\" }\n";
    let expect = "expect = [{ cert = \"expires_in\", ge = \"9000d\", else = \"warn\" }]\n";
    let leave = format!(
        "[[step]]\nid = \"leave\"\nalways = true\nrequest = \"GET {url}\"\nstatus = 204\n{tls}"
    );
    each_second("warns", url).replace("[[slo]]", &format!("{expect}{tls}{leave}[[slo]]"))
}

/// A journey whose clean-up goes on for longer than a second, so that slots of it are missed.
fn dawdles(url: &str, held: &str) -> String {
    let leave = format!(
        "[[step]]\nid = \"leave\"\nalways = true\ntimeout = \"2s\"\nrequest = \"GET {held}\"\nstatus = 200\n"
    );
    each_second("dawdles", url).replace("[[slo]]", &format!("{leave}[[slo]]"))
}

#[test]
fn every_counter_and_gauge_that_goes_out_is_shown_and_they_add_up() {
    let receiver = or_skip!(Receiver::start());
    let authority = Authority::new();
    let secure = Scripted::start_tls(
        &authority.sound(&["shop.test"]),
        &[],
        vec![ok("", "well"); 200],
    );
    let broken = Scripted::start(vec![
        answer(
            "HTTP/1.1 500 Broken\r\ncontent-length: 0\r\n\r\n"
        );
        100
    ]);
    let well = Scripted::start(vec![ok("", "well"); 100]);
    let held = Scripted::start(vec![vec![Act::Read, Act::Hold]; 100]);
    let endpoint = receiver.http();
    let home = Home::new(&format!(
        "\n[[export]]\nendpoint = \"{endpoint}\"\ninterval = \"1s\"\n"
    ));
    let config = home.path().join("agent.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("ca = \"house.pem\"\n{text}")).unwrap();
    std::fs::write(home.path().join("house.pem"), authority.pem()).unwrap();
    home.journey("warns", &warns(&secure.tls_url("/")));
    home.journey("broken", &each_second("broken", &broken.url("/")));
    home.journey("shut", &each_second("shut", "http://[::1]:1/"));
    home.journey("dawdles", &dawdles(&well.url("/"), &held.url("/")));
    let agent = home.start();
    let rare = [
        "jaunt_failures_total",
        "jaunt_voids_total",
        "jaunt_missed_total",
        "jaunt_warnings_total",
        "jaunt_cleanup_failures_total",
        "jaunt_attempts_total",
        "jaunt_certificate_expiry_timestamp_seconds",
        "jaunt_last_slot_timestamp_seconds",
        "jaunt_slots_total",
        "jaunt_sli_events_total",
    ];
    until("every kind of series at the receiver", || {
        let sent = sent(&receiver);
        rare.iter()
            .all(|name| sent.iter().any(|(it, _)| it == name))
    });
    let sent = sent(&receiver);
    let text = agent.ask("/metrics");
    let shown = scraped(text.split_once("\r\n\r\n").unwrap().1);
    for series in &sent {
        // A step that cannot warn, and is no clean-up, has no zeros here.
        let step = ["jaunt_warnings_total", "jaunt_cleanup_failures_total"];
        let zero = step.contains(&series.0.as_str());
        let there = shown.contains_key(series) || zero;
        assert!(there, "{series:?} is not in\n{text}");
    }
    for (series, verdict) in [
        ("jaunt_failures_total", "fail"),
        ("jaunt_voids_total", "void"),
        ("jaunt_missed_total", "missed"),
    ] {
        let slots = sum(&shown, "jaunt_slots_total", &[("jaunt_verdict", verdict)]);
        assert!(slots >= 1.0, "{verdict} in\n{text}");
        assert_eq!(sum(&shown, series, &[]), slots, "{series} in\n{text}");
    }
    let of_warns = |name| sum(&shown, name, &[("jaunt_journey", "warns")]);
    let runs = of_warns("jaunt_slots_total");
    assert!(runs >= 1.0, "{text}");
    assert_eq!(of_warns("jaunt_warnings_total"), runs, "{text}");
    assert_eq!(of_warns("jaunt_cleanup_failures_total"), runs, "{text}");
    assert_eq!(of_warns("jaunt_attempts_total"), 2.0 * runs, "{text}");
    let status = [
        ("http_response_status_code", "500"),
        ("jaunt_party", "service"),
    ];
    assert!(
        sum(&shown, "jaunt_failures_total", &status) >= 1.0,
        "{text}"
    );
    assert_eq!(agent.drain(), Some(0));
}
