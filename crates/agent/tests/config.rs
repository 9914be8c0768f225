//! The agent's file: what it says, and everything that is wrong with it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agent::config::{self, Around, CODES, Endpoint, Origin, Parsed, Protocol};
use jaunt_text::{Colour, Source, render};
use proptest::prelude::*;
use std::{collections::BTreeMap, io, path::Path, time::Duration};

#[derive(Debug, Default)]
struct Desk {
    variables: BTreeMap<&'static str, &'static str>,
    files: BTreeMap<&'static str, &'static str>,
}

impl Around for Desk {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|text| (*text).to_owned())
    }
    fn file(&self, path: &Path) -> io::Result<String> {
        let found = self.files.get(path.to_str().unwrap());
        found
            .map(|text| (*text).to_owned())
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
    fn host(&self) -> String {
        "jaunt-2".to_owned()
    }
}

fn desk() -> Desk {
    Desk {
        variables: BTreeMap::from([
            ("JAUNT_REGION", "fra"),
            ("HOME", "/home/jo"),
            ("DRAIN", "90s"),
        ]),
        files: BTreeMap::from([
            (
                "/etc/jaunt/acme.pub",
                "jaunt-public-key:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            ),
            ("/etc/jaunt/otlp-token", "Bearer hunter2hunter2\n"),
            ("/etc/jaunt/ca.pem", "x"),
            ("/etc/jaunt/agent.pem", "x"),
            ("/etc/jaunt/agent.key", "x"),
        ]),
    }
}

fn parse(text: &str) -> Parsed {
    config::parse(text, Path::new("/etc/jaunt"), &desk())
}

const EVERYTHING: &str = r#"
region    = "env:JAUNT_REGION"
data_dir  = "/var/lib/jaunt"
instance  = "fra-1"
listen    = "127.0.0.1:9464"
shard     = "ordinal/3"
shard_from = 2026-12-01T00:00:00Z
shard_before = "1/1"
drain     = "env:DRAIN"
tolerance = "1s"

[[source]]
dir      = "journeys"
customer = "acme"

[[source]]
bundle   = "https://config.example.net/acme.jaunt"
keys     = ["file:acme.pub"]
customer = "acme"
every    = "60s"

[customers.acme]
secrets  = { env = "ACME__", dir = "/run/secrets/acme" }
egress   = ["10.20.0.0/16:443"]
limits   = { journeys = 500, every = "10s", steps = 50, runs = 100, per_host = 20, body = "8MiB", series = 50000 }

[customers.default]
secrets  = { env = "C_{customer}__", dir = "/run/other/{customer}" }

[resolver]
servers  = ["10.0.0.53", "tls://dns.example.net@9.9.9.9"]
hosts    = false

[reference]
targets  = ["203.0.113.10:443", "198.51.100.7:53"]
names    = ["example.com", "example.org"]

[[export]]
name      = "backend"
endpoint  = "http://127.0.0.1:4318"
protocol  = "grpc"
headers   = { authorization = "file:otlp-token" }
tls       = { ca = "ca.pem", cert = "agent.pem", key = "agent.key" }
customers = ["*"]
signals   = ["metrics", "traces", "logs"]
slots     = false
interval  = "60s"
temporality = "cumulative"
histograms = ["journey", "step"]
pass_ratio = 1.0

[journal]
max_size = "1GiB"
max_age  = "72h"
sync     = "always"

[limits]
journeys = 20000
runs     = 2000
series   = 2000000
"#;

#[test]
fn every_key_is_read() {
    let Parsed {
        config,
        diagnostics,
    } = parse(EVERYTHING);
    let config = config.unwrap_or_else(|| panic!("{diagnostics:#?}"));
    assert_eq!(
        (config.region.as_str(), config.drain),
        ("fra", Duration::from_secs(90))
    );
    assert_eq!(config.instance.as_deref(), Some("fra-1"));
    assert_eq!(config.reshard.unwrap().0, 1_796_083_200);
    let Origin::Dir(dir) = &config.sources[0].origin else {
        panic!()
    };
    assert_eq!(dir, Path::new("/etc/jaunt/journeys"));
    assert!(matches!(&config.sources[1].origin, Origin::Bundle { keys, .. } if keys.len() == 1));
    assert_eq!(
        config.customers.of("acme").secrets.env.as_deref(),
        Some("ACME__")
    );
    assert_eq!(config.references.len(), 2);
    assert_eq!(config.journal.sync, None);
    let Endpoint::Here {
        protocol, headers, ..
    } = &config.exports[0].endpoint
    else {
        panic!()
    };
    assert_eq!(
        (*protocol, headers[0].1.expose(&desk()).unwrap()),
        (Protocol::Grpc, "Bearer hunter2hunter2".into())
    );
}

#[test]
fn a_region_and_a_source_are_enough() {
    let Parsed {
        config,
        diagnostics,
    } = parse("region = \"fra\"\n[[source]]\ndir = \"journeys\"\n");
    let config = config.unwrap_or_else(|| panic!("{diagnostics:#?}"));
    assert_eq!(config.data_dir, Path::new("/home/jo/.local/state/jaunt"));
    assert_eq!(
        (config.tolerance, config.drain),
        (Duration::from_secs(1), Duration::from_secs(30))
    );
    assert!(matches!(config.exports[..], [ref one] if one.endpoint == Endpoint::Environment));
    assert_eq!(config.customers.of("anyone"), config::Allowance::default());
}

#[test]
fn a_pattern_gives_each_customer_its_own_and_nobody_anothers() {
    let text = format!("{EVERYTHING}\n[customers.thief]\nsecrets = {{ env = \"C_OTHER__\" }}\n");
    let config = parse(&text).config.unwrap();
    let secrets = config.customers.of("b-2").secrets;
    assert_eq!(secrets.env.as_deref(), Some("C_B_2__"));
    assert_eq!(secrets.dir.as_deref(), Some(Path::new("/run/other/b-2")));
    assert!(
        config.customers.shares_secrets("other"),
        "the pattern would give it what `thief` has"
    );
    assert!(!config.customers.shares_secrets("b-2"));
}

#[test]
fn no_secret_is_printed() {
    let config = parse(EVERYTHING).config.unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

/// One bad file per code, beside what is said of it.
#[test]
fn every_code_has_a_bad_file_and_says_this_of_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    for code in CODES {
        let path = folder.join(format!("{code}.toml"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("no {}", path.display()));
        let Parsed {
            config,
            diagnostics,
        } = parse(&text);
        assert!(config.is_none(), "{code}.toml is taken");
        assert!(
            diagnostics.iter().any(|one| one.code == *code),
            "{code}: {diagnostics:#?}"
        );
        let source = Source {
            name: &format!("{code}.toml"),
            text: &text,
        };
        insta::assert_snapshot!(*code, render(&source, &diagnostics, Colour::Never));
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "regoin = \"fra\"\ndrain = \"30\"\nlisten = \"nowhere\"\n[[source]]\n[customers.a]\nlimits = { runs = 0 }\n[journal]\nmax_size = \"1\"\n";
    let codes: Vec<_> = parse(text).diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(
        codes,
        [
            "unknown-key",
            "duration-unit",
            "bad-value",
            "keys-together",
            "out-of-range",
            "bad-size"
        ]
    );
}

#[test]
fn the_schema_knows_every_key_of_the_example() {
    fn walk(value: &toml::Value, schema: &serde_json::Value, path: &str) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    let known = &schema["properties"][key];
                    let known = if known.is_null() {
                        &schema["additionalProperties"]
                    } else {
                        known
                    };
                    assert!(known.is_object(), "`{path}.{key}` is not in the schema");
                    walk(value, known, &format!("{path}.{key}"));
                }
            }
            toml::Value::Array(items) => items
                .iter()
                .for_each(|item| walk(item, &schema["items"], path)),
            _ => assert!(schema.get("properties").is_none(), "{path}"),
        }
    }
    walk(
        &EVERYTHING.parse::<toml::Table>().unwrap().into(),
        &config::schema(),
        "",
    );
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "(?s).{0,300}") {
        let parsed = parse(&text);
        prop_assert!(parsed.config.is_none() && !parsed.diagnostics.is_empty());
    }

    #[test]
    fn a_file_with_any_piece_cut_out_is_read_without_a_panic(from: prop::sample::Index, length in 1..200_usize) {
        let from = from.index(EVERYTHING.len());
        let cut = format!("{}{}", &EVERYTHING[..from], EVERYTHING.get(from + length..).unwrap_or(""));
        for one in parse(&cut).diagnostics {
            prop_assert!(one.span.end <= cut.len());
        }
    }
}
