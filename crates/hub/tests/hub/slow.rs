//! Slow runs are put down to where they were slow, and stay so when their whole runs are gone.

use crate::support::{Running, record, slot, until};
use jaunt_hub::config::Keep;
use jaunt_record::{Exchange, Phase, Phases, Record, Verdict};
use serde_json::{Value, json};
use std::{fs, time::Duration};

const MS: u64 = 1_000_000;

/// A run of so many milliseconds to connect and to wait.
fn run(ago: i64, verdict: Verdict, connect: u64, wait: u64) -> Record {
    let mut run = record("acme", slot(ago), verdict);
    let ms = Duration::from_millis;
    let mut phases = Phases::NONE;
    phases.set(Phase::Connect, ms(connect));
    phases.set(Phase::Wait, ms(wait));
    let took = ms(connect + wait);
    let step = &mut run.steps[0];
    step.duration = took;
    step.exchanges.push(Exchange {
        attempt: 1,
        method: "GET".into(),
        url: "https://acme.example/".into(),
        duration: took,
        phases,
        status: Some(200),
        ..Exchange::default()
    });
    run.duration = took;
    run.end_ns = run.start_ns + i64::try_from((connect + wait) * MS).unwrap();
    run
}

#[tokio::test]
async fn a_slow_run_is_put_down_to_its_phase_also_when_it_is_no_longer_kept() {
    let running = Running::start().await;
    let journey = running.folder.path().join("journeys/acme/checkout.toml");
    let text = fs::read_to_string(&journey).unwrap();
    let text = text.replace("name = \"up\"", "name = \"fast\"\nunder = \"500ms\"");
    fs::write(&journey, text).unwrap();
    until("the hub follows the journey", async || {
        let journeys = running
            .json("operator", "/api/v1/journeys?customer=acme")
            .await;
        journeys["journeys"][0]["slos"] == json!(["fast"])
    })
    .await;
    // To wait takes 300 ms as a rule, and longest also of slow runs; what they exceeded is connecting.
    let mut runs: Vec<Record> = (10..40)
        .map(|ago| run(ago, Verdict::Pass, 15, 300))
        .collect();
    // One says itself that it was slow; two passed, and took longer than the objective allows.
    runs.push(run(5, Verdict::Slow, 290, 310));
    runs.push(run(4, Verdict::Pass, 285, 305));
    runs.push(run(3, Verdict::Pass, 280, 300));
    running
        .send("agent-acme", "http/protobuf", &runs)
        .await
        .unwrap();
    let slo = "/api/v1/slos/acme/checkout/fast";
    let placed = |report: &Value| report["attribution"]["by_phase"] == json!({ "connect": 3 });
    until("slow runs have their place", async || {
        placed(&running.json("reader-acme", slo).await)
    })
    .await;
    let report = running.json("reader-acme", slo).await;
    let incident = &report["incidents"][0];
    assert_eq!(
        (&incident["step"], &incident["phase"], &incident["party"]),
        (&json!("home"), &json!("connect"), &json!("network")),
        "{report}"
    );

    // The whole runs go, and with them what was usual.
    let keep = Keep {
        runs: Duration::ZERO,
        failures: Duration::ZERO,
        ..Keep::default()
    };
    let dropped = running.hub.store().maintain(keep, slot(0)).await.unwrap();
    assert_eq!(dropped.runs_aged, 33);
    // Another run is news, so that all is judged again.
    running
        .send(
            "agent-acme",
            "http/protobuf",
            &[run(2, Verdict::Pass, 15, 300)],
        )
        .await
        .unwrap();
    until("it is judged again", async || {
        running.json("reader-acme", slo).await["sli"]["valid"] == 34
    })
    .await;
    let report = running.json("reader-acme", slo).await;
    assert!(placed(&report), "{report}");
    // And whoever recomputes it finds the same.
    let events = running.get(Some("reader-acme"), "/api/v1/events").await.1;
    let named = events
        .lines()
        .filter(|line| line.contains(r#""phase":"connect""#));
    assert_eq!(named.count(), 3, "{events}");
}
