//! A record as JSON; its shape is described in `openapi`.

use jaunt_record::{Exchange, Record, Step};
use serde_json::{Value, json};
use std::time::Duration;

/// A run without its steps.
pub(super) fn in_short(run: &Record) -> Value {
    json!({
        "run_id": run.id.to_string(),
        "customer": run.customer,
        "journey": run.journey,
        "region": run.region,
        "agent": run.agent,
        "kind": run.kind,
        "slot": run.slot,
        "start_ns": run.start_ns,
        "end_ns": run.end_ns,
        "duration_ms": millis(run.duration),
        "lateness_ms": millis(run.lateness),
        "verdict": run.verdict,
        "failure": run.failure,
        "void": run.void,
    })
}

/// A run with its steps.
pub(super) fn whole(run: &Record) -> Value {
    let steps: Vec<_> = run.steps.iter().map(step).collect();
    let mut about = in_short(run);
    let warnings = run
        .warnings
        .iter()
        .map(|it| json!({ "step": it.step, "expected": it.expected, "actual": it.actual }));
    if let Some(about) = about.as_object_mut() {
        about.insert("warnings".into(), warnings.collect());
        about.insert("steps".into(), steps.into());
    }
    about
}

fn step(step: &Step) -> Value {
    let expectations = step.expectations.iter().map(|it| {
        json!({
            "subject": it.subject, "expected": it.expected, "actual": it.actual,
            "holds": it.holds, "else": it.otherwise,
        })
    });
    json!({
        "id": step.id,
        "verb": step.verb,
        "verdict": step.verdict,
        "offset_ms": millis(step.offset),
        "duration_ms": millis(step.duration),
        "attempts": step.attempts,
        "exchanges": step.exchanges.iter().map(exchange).collect::<Vec<_>>(),
        "expectations": expectations.collect::<Vec<_>>(),
    })
}

fn exchange(exchange: &Exchange) -> Value {
    let phases = exchange.phases.iter();
    let phases = phases.map(|(phase, took)| (phase.to_string(), json!(millis(took))));
    let tls = exchange.tls.as_ref().map(|tls| {
        json!({
            "version": tls.version, "cipher": tls.cipher, "alpn": tls.alpn,
            "resumed": tls.resumed, "expires_at": tls.expires_at,
        })
    });
    json!({
        "attempt": exchange.attempt,
        "hop": exchange.hop,
        "method": exchange.method,
        "url": exchange.url,
        "offset_ms": millis(exchange.offset),
        "duration_ms": millis(exchange.duration),
        "phases_ms": phases.collect::<serde_json::Map<_, _>>(),
        "remote": exchange.remote.map(|remote| remote.to_string()),
        "protocol": exchange.protocol,
        "tls": tls,
        "status": exchange.status,
        "reused": exchange.reused,
        "failed": exchange.failed.map(|(phase, kind)| json!({ "phase": phase, "kind": kind })),
    })
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}
