//! The hub as its operator and its reader meet it: tokens, runs, a report from it, a backup.

use crate::support::{
    jaunt::{Ran, calmly, jaunt},
    place,
    scripted::{Scripted, ok},
};
use std::{fs, net::SocketAddr, path::Path};

const JOURNEY: &str = r#"
journey = "home"
customer = "acme"
regions = ["local"]
every = "60s"
[[step]]
request = "GET URL"
status = 200
[[slo]]
name = "up"
objective = "99%"
window = "28d"
"#;

fn file(dir: &Path, ingest: SocketAddr, web: SocketAddr) -> String {
    let text = format!(
        "data_dir = \"{}\"\ningest = \"{ingest}\"\nweb = \"{web}\"\n",
        dir.join("data").display()
    );
    let path = dir.join("hub.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn hub(config: &str, args: &[&str]) -> Ran {
    jaunt(["hub", "--config", config].iter().chain(args)).go()
}

#[test]
fn a_run_by_hand_reaches_the_hub_and_its_customers_report() {
    calmly(|| {
        let dir = tempfile::TempDir::new().unwrap();
        let (ingest, web) = (place::address(), place::address());
        let config = file(dir.path(), ingest, web);
        let added = |args: &[&str]| {
            let ran = hub(&config, args);
            assert_eq!(ran.code, 0, "{ran}");
            ran.stdout.trim().to_owned()
        };
        let agent = added(&[
            "token",
            "add",
            "fra",
            "--role",
            "agent",
            "--customer",
            "acme",
        ]);
        let reader = added(&[
            "token",
            "add",
            "acme",
            "--role",
            "reader",
            "--customer",
            "acme",
            "--expires",
            "1d",
        ]);
        assert!(
            !fs::read_to_string(&config).unwrap().contains(&agent),
            "a secret in the file"
        );
        let listed = added(&["token", "list"]);
        assert!(listed.contains("fra  agent  acme  for ever"), "{listed}");

        let running = jaunt(["hub", "--config", &config]).start();
        place::until_accepting(ingest, "the hub");
        place::until_accepting(web, "the hub's pages");
        let server = Scripted::start([ok("", "fine")]);
        let journey = dir.path().join("home.toml");
        fs::write(&journey, JOURNEY.replace("URL", &server.url("/"))).unwrap();
        let journey = journey.to_str().unwrap();
        let ran = jaunt(["run", journey, "--otlp", &format!("http://{ingest}")])
            .env(
                "OTEL_EXPORTER_OTLP_HEADERS",
                format!("authorization=Bearer%20{agent}"),
            )
            .go();
        assert_eq!(ran.code, 0, "{ran}");

        let from = format!("hub:http://{web}");
        let report = || {
            jaunt([
                "report",
                "--from",
                &from,
                "--journeys",
                journey,
                "--manual",
                "--format",
                "json",
            ])
        };
        let ran = report().env("JAUNT_HUB_TOKEN", &reader).go();
        assert_eq!(ran.lines()[0]["sli"]["valid"], 1, "{ran}");
        let ran = report().env("JAUNT_HUB_TOKEN", &agent).go();
        assert!(
            ran.code == 2 && ran.stderr.contains("JAUNT_HUB_TOKEN"),
            "{ran}"
        );

        let copy = dir.path().join("copy.db");
        added(&["backup", copy.to_str().unwrap()]);
        running.signal("TERM");
        let ended = running.end();
        assert_eq!(ended.code, 0, "{ended}");
        for secret in [&agent, &reader] {
            assert!(
                !ended.stderr.contains(secret.as_str()),
                "a secret in the log"
            );
        }
        assert_eq!(
            hub(&config, &["restore", copy.to_str().unwrap()]).code,
            2,
            "there is a store"
        );
        fs::remove_dir_all(dir.path().join("data")).unwrap();
        added(&["restore", copy.to_str().unwrap()]);
        added(&["token", "revoke", "fra"]);
        assert!(!added(&["token", "list"]).contains("fra"));
    });
}

#[test]
fn a_hub_that_others_could_reach_does_not_start_without_tokens() {
    let dir = tempfile::TempDir::new().unwrap();
    let config = file(
        dir.path(),
        "0.0.0.0:4317".parse().unwrap(),
        place::address(),
    );
    hub(&config, &[]).refused("open-port");
    hub(&config, &["--check"]).refused("open-port");
}

#[test]
fn the_schema_of_the_hubs_file_is_printed() {
    let ran = jaunt(["schema", "hub"]).go();
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(schema["properties"]["ingest"]["type"], "string", "{ran}");
}
