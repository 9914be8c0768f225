//! The hub's file: what it says, and everything that is wrong with it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agreement::Side;
use jaunt_hub::config::{self, Around, CODES, Origin, Parsed, Role};
use jaunt_otlp::names::Spelling;
use proptest::prelude::*;
use std::{collections::BTreeSet, io, path::Path, time::Duration};

#[derive(Debug)]
struct Desk;

impl Around for Desk {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/jo".to_owned())
    }
    fn file(&self, path: &Path) -> io::Result<String> {
        match path.extension().is_some_and(|ending| ending == "pem") {
            true => Ok(String::new()),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }
    fn host(&self) -> String {
        String::new()
    }
}

fn parse(text: &str) -> Parsed {
    config::parse(text, Path::new("/etc/jaunt"), &Desk)
}

fn codes(text: &str) -> Vec<&'static str> {
    parse(text)
        .diagnostics
        .iter()
        .map(|found| found.code)
        .collect()
}

const EVERYTHING: &str = r#"
data_dir = "/var/lib/jaunt-hub"
ingest   = "0.0.0.0:4317"
web      = "0.0.0.0:8417"
url      = "https://slo.example.net/"
tls      = { cert = "hub.pem", key = "key.pem", client_ca = "agents-ca.pem" }

[[source]]
dir      = "journeys"
customer = "acme"

[[token]]
name  = "agents in fra"
hash  = "sha256:0707070707070707070707070707070707070707070707070707070707070707"
role  = "agent"
customers = ["acme"]
expires = 2027-02-01T00:00:00Z

[[token]]
name = "collector"
cert = "collector.example.net"
role = "agent"
customers = ["*"]

[[token]]
name = "us"
hash = "sha256:0808080808080808080808080808080808080808080808080808080808080808"
role = "operator"
side = "provider"

[keep]
slots    = "100d"
runs     = "3d"
failures = "30d"
max_size = "5GiB"

[[alertmanager]]
url = "http://alertmanager:9093/prefix"

[store]
prometheus = "https://mimir.example.net/prometheus"
names      = "utf8"
"#;

#[test]
fn every_key_is_read() {
    let parsed = parse(EVERYTHING);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let config = parsed.config.unwrap();
    assert_eq!(config.url, "https://slo.example.net");
    assert_eq!(
        config.sources[0].origin,
        Origin::Dir("/etc/jaunt/journeys".into())
    );
    assert_eq!(
        config.tls.unwrap().client_ca.unwrap(),
        Path::new("/etc/jaunt/agents-ca.pem")
    );
    let roles: Vec<_> = config.tokens.iter().map(|token| token.role).collect();
    assert_eq!(roles, [Role::Agent, Role::Agent, Role::Operator]);
    assert!(config.tokens[0].covers("acme") && !config.tokens[0].covers("globex"));
    assert_eq!(config.tokens[2].side, Some(Side::Provider));
    assert_eq!(config.tokens[0].side, None);
    assert_eq!(config.tokens[0].expires_s, Some(1_801_440_000));
    assert_eq!(config.alertmanagers[0].path(), "/prefix");
    let store = config.prometheus.unwrap();
    assert_eq!(store.url.as_str(), "https://mimir.example.net/prometheus");
    assert_eq!(store.names, Spelling::Utf8);
    assert_eq!(config.keep.failures, Duration::from_secs(30 * 86_400));
}

#[test]
fn an_empty_file_is_a_hub_for_this_machine() {
    let config = parse("").config.unwrap();
    assert_eq!(
        config.data_dir,
        Path::new("/home/jo/.local/state/jaunt-hub")
    );
    assert!(config.ingest.ip().is_loopback() && config.web.ip().is_loopback());
    assert_eq!(config.url, "http://127.0.0.1:8417");
}

#[test]
fn each_fault_has_its_code_and_all_are_told_at_once() {
    let cases = [
        ("ingest = \"0.0.0.0:4317\"", "open-port"),
        ("web = \"[::]:8417\"", "open-port"),
        ("web = \"here\"", "bad-value"),
        ("url = \"slo\"", "bad-value"),
        ("[keep]\nruns = \"9d\"\nfailures = \"2d\"", "bad-value"),
        ("[keep]\nslots = \"3\"", "duration-unit"),
        ("[keep]\nmax_size = \"1KiB\"", "out-of-range"),
        (
            "tls = { cert = \"absent\", key = \"key.pem\" }",
            "unreadable",
        ),
        ("tls = { cert = \"hub.pem\" }", "missing-key"),
        (
            "[[token]]\nname = \"a\"\nrole = \"boss\"\nhash = \"sha256:\"",
            "unknown-name",
        ),
        (
            "[[token]]\nname = \"a\"\nrole = \"operator\"\nhash = \"hunter2\"",
            "bad-token",
        ),
        (
            "[[token]]\nname = \"a\"\nrole = \"operator\"",
            "keys-together",
        ),
        (
            "[[token]]\nname = \"a\"\nrole = \"reader\"\ncert = \"x\"",
            "missing-key",
        ),
        (
            "[[token]]\nname = \"a\"\nrole = \"reader\"\ncert = \"x\"\ncustomers = [\"A!\"]",
            "bad-name",
        ),
        (
            "[[token]]\nname = \"a\"\nrole = \"agent\"\ncert = \"x\"\ncustomers = [\"a\"]\nside = \"customer\"",
            "keys-together",
        ),
        ("[store]\nprometheus = \"p\"", "bad-value"),
        ("[store]\nnames = \"utf8\"", "missing-key"),
        (
            "[store]\nprometheus = \"http://p\"\nnames = \"dots\"",
            "unknown-name",
        ),
        ("[[alertmanager]]\nurl = \"a\"", "bad-value"),
        ("ingset = \"127.0.0.1:1\"", "unknown-key"),
    ];
    let mut met = BTreeSet::new();
    for (text, code) in cases {
        let found = codes(text);
        assert!(found.contains(&code), "{text}: {found:?}");
        met.insert(code);
    }
    assert!(
        CODES.iter().all(|code| met.contains(code)),
        "a code without a case"
    );
    let all = codes("ingest = \"0.0.0.0:1\"\nurl = \"slo\"\n[keep]\nslots = \"3\"");
    assert_eq!(all, ["open-port", "bad-value", "duration-unit"]);
}

#[test]
fn what_stands_for_a_hash_is_not_repeated() {
    let text = "[[token]]\nname = \"a\"\nrole = \"operator\"\nhash = \"hunter2\"";
    let found = parse(text).diagnostics;
    assert!(!format!("{found:?}").contains("hunter2"));
}

#[test]
fn the_schema_knows_every_key_of_the_example() {
    let schema = config::schema();
    let document: toml::Table = EVERYTHING.parse().unwrap();
    for key in document.keys() {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}

proptest! {
    #[test]
    fn a_file_with_any_piece_cut_out_is_read_without_a_panic(from in 0..1_200_usize, length in 0..60_usize) {
        let text: String = EVERYTHING.chars().enumerate()
            .filter(|(at, _)| !(from..from + length).contains(at))
            .map(|(_, character)| character)
            .collect();
        let parsed = parse(&text);
        prop_assert!(parsed.config.is_some() || !parsed.diagnostics.is_empty());
    }
}
