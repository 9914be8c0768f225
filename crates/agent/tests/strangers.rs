//! What a stranger's journey must not read: every way to a file or a variable that is not its
//! customer's, through every key that takes one, each refused with a sentence, and none of what lies
//! there in the sentence.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agent::{
    bundle::{Bundle, Refused},
    config::{self, Around},
};
use jaunt_journey::{Journey, Options};
use jaunt_probe::{Network, NetworkConfig};
use jaunt_runner::{Beside, Plan, SecretAccess, Secrets};
use std::{
    collections::BTreeMap,
    error::Error,
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

/// What must be seen nowhere.
const PREY: &str = "not-for-acme-at-all";

/// A machine with the files of two customers: the secrets of each, and the journeys of `acme`.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            dir: TempDir::new().unwrap(),
        };
        for folder in [
            "secrets/acme/sub",
            "secrets/other",
            "secrets/acme-2",
            "journeys/sub",
        ] {
            fs::create_dir_all(place.at(folder)).unwrap();
        }
        fs::write(place.at("secrets/acme/token"), "acmes-own-token").unwrap();
        for prey in [
            "secrets/other/token",
            "secrets/acme-2/token",
            "secrets/acme/sub/token",
            "token",
        ] {
            fs::write(place.at(prey), PREY).unwrap();
        }
        for (from, to) in [
            ("secrets/acme/link", place.at("secrets/other/token")),
            ("secrets/acme/folder", place.at("secrets/other")),
            ("secrets/acme/environ", "/proc/self/environ".into()),
            ("secrets/acme/chain", "link".into()),
            ("secrets/acme/up", "../other/token".into()),
            ("journeys/link", place.at("secrets/other/token")),
            ("journeys/folder", place.at("secrets/other")),
            ("journeys/root", "/".into()),
            ("journeys/environ", "/proc/self/environ".into()),
            ("journeys/chain", "link".into()),
            ("journeys/up", "../secrets/acme/token".into()),
        ] {
            symlink(to, place.at(from)).unwrap();
        }
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// What the agent's file gives `customer`, as this machine has it.
    fn access(&self, customer: &str) -> SecretAccess {
        let text = format!(
            "region = \"fra\"\ndata_dir = \"data\"\n[[source]]\ndir = \"journeys\"\n\
             [customers.acme]\nsecrets = {{ env = \"ACME__\", dir = \"{0}/secrets/acme\" }}\n\
             [customers.none]\n\
             [customers.default]\nsecrets = {{ env = \"{{customer}}__\", dir = \"{0}/secrets/{{customer}}\" }}\n",
            self.dir.path().display()
        );
        let parsed = config::parse(&text, self.dir.path(), &Bare);
        let config = parsed
            .config
            .unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics));
        let secrets = config.customers.of(customer).secrets;
        SecretAccess::Customer {
            env: secrets.env,
            dir: secrets.dir,
        }
    }
}

/// A machine that has nothing around an agent's file.
#[derive(Debug)]
struct Bare;

impl Around for Bare {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }
    fn file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn host(&self) -> String {
        "a-host".into()
    }
}

fn journey(text: &str) -> Journey {
    let parsed = jaunt_journey::parse(&format!("journey = \"t\"\n{text}"), &Options::default());
    let [journey] = &parsed.journeys[..] else {
        panic!("{text}: {:#?}", parsed.diagnostics);
    };
    journey.clone()
}

/// Why a secret from there is missing; `None` if it is not.
fn missing(from: &str, access: &SecretAccess) -> Option<String> {
    let text = format!(
        "[secrets]\nprey = {{ from = '{from}' }}\n[[step]]\nrequest = \"GET http://127.0.0.1/\"\n\
         status = 200\nheader.x = \"{{{{secrets.prey}}}}\"\n"
    );
    let secrets = Secrets::read(&journey(&text), access);
    let told: Vec<String> = secrets.missing().map(|(_, why)| why.to_owned()).collect();
    told.first().cloned()
}

/// A sentence for people, with nothing in it of what it keeps from them.
fn is_a_sentence(told: &str, of: &str) {
    assert!(told.split(' ').count() > 3, "{of}: {told}");
    assert!(
        !told.contains(PREY) && !told.contains("PATH="),
        "{of}: {told}"
    );
}

#[test]
fn a_secret_is_read_in_the_customers_own_folder_and_behind_its_own_prefix_or_not_at_all() {
    let place = Place::new();
    let acme = place.access("acme");
    assert_eq!(missing("file:token", &acme), None);
    let absolute = format!("file:{}", place.at("secrets/acme/token").display());
    let others = format!("file:{}", place.at("secrets/other/token").display());
    for from in [
        "env:PATH",
        "env:HOME",
        "env:_PATH",
        "env:=PATH",
        "env:",
        "file:/proc/self/environ",
        "file:/proc/self/cmdline",
        "file:/etc/passwd",
        "file:../other/token",
        "file:..",
        "file:.",
        "file:",
        "file:./token",
        "file:sub/token",
        "file:sub/../token",
        "file:token/",
        "file:..\\other\\token",
        "file:link",
        "file:folder",
        "file:folder/token",
        "file:environ",
        "file:chain",
        "file:up",
        &absolute,
        &others,
    ] {
        let text = format!("[secrets]\nprey = {{ from = '{from}' }}\n[[step]]\nwait = \"1s\"\n");
        let parsed = jaunt_journey::parse(&format!("journey = \"t\"\n{text}"), &Options::default());
        // Some of it is refused before there is a journey.
        let told = match parsed.journeys.is_empty() {
            true => parsed.diagnostics[0].message.clone(),
            false => missing(from, &acme).unwrap_or_else(|| panic!("{from} was read")),
        };
        is_a_sentence(&told, from);
    }
}

#[test]
fn who_was_given_nothing_reads_nothing() {
    let place = Place::new();
    let none = place.access("none");
    for from in ["env:PATH", "env:TOKEN", "file:token", "file:/etc/passwd"] {
        let told = missing(from, &none).unwrap_or_else(|| panic!("{from} was read"));
        is_a_sentence(&told, from);
    }
}

/// The names of customers may begin one another; what they read may not.
#[test]
fn customers_of_the_pattern_cannot_reach_each_others_variables() {
    let place = Place::new();
    let prefix = |customer: &str| match place.access(customer) {
        SecretAccess::Customer { env, .. } => env,
        SecretAccess::Own(_) => unreachable!("an agent's customer"),
    };
    let names = ["a", "a-", "a--b", "a-b", "ab", "a-b-c", "-a", "b"];
    let given: Vec<String> = names.into_iter().filter_map(prefix).collect();
    assert!(given.len() >= 5, "{given:?}");
    for (at, one) in given.iter().enumerate() {
        for other in &given[at + 1..] {
            assert!(
                !one.starts_with(other) && !other.starts_with(one),
                "{one} {other}"
            );
        }
    }
}

/// A key of a journey with this path in it.
type Line = fn(&str) -> String;

#[test]
fn a_file_beside_the_journey_is_beside_it_whatever_key_names_it() {
    let place = Place::new();
    let network = Network::new(NetworkConfig::default()).unwrap();
    let beside = Beside::Confined(place.at("journeys"));
    let absolute = place.at("journeys/body.json").display().to_string();
    fs::write(&absolute, "{}").unwrap();
    let keys: [(&str, Line); 6] = [
        ("body.file", |path| format!("body.file = '{path}'")),
        ("multipart", |path| {
            format!("body.multipart = [{{ name = \"a\", file = '{path}' }}]")
        }),
        ("tls.cert", |path| {
            format!("tls = {{ cert = '{path}', key = \"body.json\" }}")
        }),
        ("tls.key", |path| {
            format!("tls = {{ cert = \"body.json\", key = '{path}' }}")
        }),
        ("tls.ca", |path| format!("tls.ca = '{path}'")),
        ("defaults", |path| format!("tls.ca = '{path}'")),
    ];
    let made = |key: &str, line: &str| {
        let step = "[[step]]\nrequest = \"POST https://127.0.0.1/\"\nstatus = 200\n";
        let text = match key {
            "defaults" => format!("[defaults]\n{line}\n{step}"),
            _ => format!("{step}{line}\n"),
        };
        Plan::new(Arc::new(journey(&text)), &beside, &network)
    };
    let good = made("body.file", "body.file = \"body.json\"");
    assert!(good.is_ok(), "{good:?}");
    for (key, line) in keys {
        for path in [
            "/etc/passwd",
            "/proc/self/environ",
            "../token",
            "../secrets/acme/token",
            "sub/../../token",
            "./../token",
            "link",
            "folder/token",
            "root/etc/passwd",
            "environ",
            "chain",
            "up",
            ".",
            "sub",
            &absolute,
        ] {
            let of = format!("{key} {path}");
            let Err(errors) = made(key, &line(path)) else {
                panic!("{of} was read");
            };
            for error in &errors {
                let mut told = error.to_string();
                let mut cause = error.source();
                while let Some(inner) = cause {
                    told = format!("{told}: {inner}");
                    cause = inner.source();
                }
                is_a_sentence(&told, &of);
                assert!(told.contains(&format!("`{path}`")), "{of}: {told}");
            }
        }
    }
}

#[test]
fn a_bundle_cannot_carry_its_way_out() {
    for path in [
        "../token",
        "/etc/passwd",
        "a/../../token",
        "./a",
        "a//b",
        "..",
        "a\\..\\b",
        "nul\0",
        "",
    ] {
        let files = BTreeMap::from([(path.to_owned(), PREY.as_bytes().to_vec())]);
        let refused = Bundle::new("acme", 1, 0, 1, files).unwrap_err();
        assert_eq!(refused, Refused::Path(path.into()));
        is_a_sentence(&refused.to_string(), path);
    }
}
