//! The operators' page and what lies in `deploy/` say what is so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agent::{
    Shard,
    config::{Around, parse},
};
use jaunt_journal::Reason;
use jaunt_otlp::names::metric;
use jaunt_record::{Missed, VoidCause};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

const PAGE: &str = include_str!("../OPERATING.md");

/// The lines of the section under `heading`.
fn section(heading: &str) -> Vec<&'static str> {
    let (_, after) = PAGE
        .split_once(&format!("\n## {heading}"))
        .unwrap_or_else(|| panic!("no section `{heading}`"));
    let end = after.find("\n## ").unwrap_or(after.len());
    after[..end].lines().collect()
}

/// That each of `names` has exactly one row in the section.
fn each_has_a_row<'a>(heading: &str, names: impl IntoIterator<Item = &'a str>) {
    let lines = section(heading);
    for name in names {
        let row = format!("| `{name}` | ");
        let rows = lines.iter().filter(|line| line.starts_with(&row)).count();
        assert_eq!(rows, 1, "`{name}` in `{heading}`");
    }
}

#[test]
fn every_cause_and_every_reason_has_its_line() {
    each_has_a_row("Void:", VoidCause::ALL.iter().map(|it| it.as_str()));
    each_has_a_row("Missed:", Missed::ALL.iter().map(|it| it.as_str()));
    each_has_a_row("Dropped:", Reason::ALL.iter().map(|it| it.as_str()));
    // Those of delivery itself, which no list declares.
    each_has_a_row("Dropped:", ["refused", "rejected", "unreadable"]);
}

#[test]
fn every_metric_that_an_agent_exports_about_itself_has_its_line() {
    let own = metric::ALL.iter().map(|metric| metric.name).filter(|name| {
        let prefixes = ["jaunt.agent.", "jaunt.journal.", "otel.", "process."];
        prefixes.iter().any(|prefix| name.starts_with(prefix))
    });
    assert!(own.clone().count() >= 20);
    each_has_a_row("What it says of itself", own);
}

#[test]
fn every_metric_that_the_page_names_exists() {
    let known: Vec<&str> = metric::ALL.iter().map(|metric| metric.name).collect();
    let named = PAGE.split('`').skip(1).step_by(2);
    let named: Vec<&str> = named.filter(|text| text.starts_with("jaunt.")).collect();
    assert!(named.len() > 10);
    for name in named {
        assert!(known.contains(&name), "`{name}`");
    }
}

#[derive(Debug)]
struct Pod;

impl Around for Pod {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn host(&self) -> String {
        "jaunt-agent-2".into()
    }
}

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(name)
}

/// The text of a ConfigMap's key, as YAML's block scalar holds it.
fn block(manifest: &str, key: &str) -> String {
    let (_, after) = manifest.split_once(&format!("\n  {key}: |\n")).unwrap();
    let lines = after
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("    "));
    lines
        .map(|line| format!("{}\n", line.get(4..).unwrap_or_default()))
        .collect()
}

#[test]
fn the_configuration_and_journey_for_kubernetes_are_sound() {
    let manifest = fs::read_to_string(deploy("kubernetes/agent.yaml")).unwrap();
    let parsed = parse(
        &block(&manifest, "agent.toml"),
        Path::new("/etc/jaunt"),
        &Pod,
    );
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let config = parsed.config.unwrap();
    assert_eq!(config.shard, Shard::parse("3/3", "").unwrap());
    let journey = block(&manifest, "home.toml");
    let parsed = jaunt_journey::parse(&journey, &jaunt_journey::Options::default());
    assert_eq!(parsed.journeys.len(), 1, "{:?}", parsed.diagnostics);
}

/// What `program` says against a file, as its exit and words; `None`, aloud, where it is missing,
/// which in the gate is a failure.
fn checked(program: &str, args: &[&str], file: &Path) -> Option<(bool, String)> {
    let Ok(ran) = Command::new(program).args(args).arg(file).output() else {
        let strict = std::env::var_os("JAUNT_TEST_STRICT").is_some();
        assert!(!strict, "{program} is missing: tests/install brings it");
        eprintln!("skipped: {program} is missing: run tests/install");
        return None;
    };
    let words = [ran.stdout, ran.stderr].concat();
    let words = String::from_utf8_lossy(&words).into_owned();
    Some((ran.status.success(), words))
}

#[test]
fn prometheus_takes_its_scrape_configuration() {
    let file = deploy("prometheus/prometheus.yml");
    let Some((sound, words)) = checked("promtool", &["check", "config"], &file) else {
        return;
    };
    assert!(sound, "{words}");
}

#[test]
fn systemd_understands_every_line_of_the_unit() {
    let unit = fs::read_to_string(deploy("systemd/jaunt-agent.service")).unwrap();
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("jaunt-agent.service");
    // What is not installed here cannot be found here.
    fs::write(&file, unit.replace("/usr/bin/jaunt ", "/bin/true ")).unwrap();
    let Some((_, words)) = checked("systemd-analyze", &["verify", "--man=no"], &file) else {
        return;
    };
    // Of this unit alone: the machine's own units may be as they are.
    let own = words.lines().filter(|line| line.contains("jaunt-agent"));
    let own: Vec<&str> = own.collect();
    assert!(own.is_empty(), "{own:#?}");
}
