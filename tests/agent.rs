//! The agent as its operator meets it: so far its configuration.

use crate::support::{jaunt::jaunt, place};
use std::fs;

#[test]
fn the_configuration_that_init_writes_passes_check() {
    let path = place::workspace().join("crates/jaunt/src/init/agent.toml");
    let ran = jaunt(["agent", "--check", "--config"])
        .arg(path)
        .env("HOME", "/tmp")
        .go();
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn a_bad_configuration_is_refused_with_all_that_is_wrong() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("agent.toml");
    fs::write(&path, "regoin = \"fra\"\ndrain = \"30\"\n").unwrap();
    let ran = jaunt(["agent", "--check", "--config"])
        .arg(&path)
        .env("HOME", "/tmp")
        .go();
    for code in ["unknown-key", "duration-unit", "missing-key"] {
        ran.refused(code);
    }
    let json = jaunt(["agent", "--check", "--format", "json", "--config"])
        .arg(&path)
        .env("HOME", "/tmp")
        .go();
    let told: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &told["ok"]), (2, &false.into()), "{json}");
}

#[test]
fn the_schema_of_the_configuration_is_printed() {
    let ran = jaunt(["schema", "agent"]).go();
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(schema["properties"]["region"]["type"], "string", "{ran}");
}
