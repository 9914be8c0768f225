//! A run for programs: one JSON object on one line, as `JSON.md` of this crate documents it.

use jaunt_record::{Connect, Dns, Exchange, Expected, Failure, Record, Step, Tls, Void};
use serde_json::{Map, Number, Value, json};
use std::time::Duration;

/// The run as one line, with its line feed.
pub(crate) fn line(record: &Record) -> String {
    format!("{}\n", run(record))
}

/// Milliseconds as an exact decimal: every nanosecond is kept, and no digit is made up.
pub(crate) fn milliseconds(took: Duration) -> Value {
    let ns = took.as_nanos();
    let fraction = format!("{:06}", ns % 1_000_000);
    let text = match fraction.trim_end_matches('0') {
        "" => (ns / 1_000_000).to_string(),
        digits => format!("{}.{digits}", ns / 1_000_000),
    };
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

fn run(record: &Record) -> Value {
    let warnings = record.warnings.iter().map(|warning| {
        json!({ "step": warning.step, "expected": warning.expected, "actual": warning.actual, "cleanup": warning.cleanup })
    });
    json!({
        "run_id": record.id.to_string(),
        "journey": record.journey,
        "customer": record.customer,
        "region": record.region,
        "agent": record.agent,
        "kind": record.kind,
        "slot": record.slot,
        "started_at": started_at(record.start_ns),
        "start_ns": record.start_ns,
        "end_ns": record.end_ns,
        "duration_ms": milliseconds(record.duration),
        "lag_ms": milliseconds(record.lag),
        "verdict": record.verdict,
        "warnings": warnings.collect::<Vec<_>>(),
        "failure": record.failure.as_ref().map(failure),
        "void": record.void.as_ref().map(void),
        "steps": record.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn started_at(ns: i64) -> Value {
    jiff::Timestamp::from_nanosecond(i128::from(ns))
        .map_or(Value::Null, |at| Value::String(format!("{at:.9}")))
}

fn failure(failure: &Failure) -> Value {
    json!({
        "step": failure.step,
        "phase": failure.phase,
        "kind": failure.kind,
        "party": failure.party,
        "message": failure.message,
        "excerpt": failure.excerpt,
    })
}

fn void(void: &Void) -> Value {
    json!({ "cause": void.cause, "message": void.message })
}

fn step(step: &Step) -> Value {
    json!({
        "id": step.id,
        "verb": step.verb,
        "verdict": step.verdict,
        "always": step.always,
        "reason": step.reason,
        "offset_ms": milliseconds(step.offset),
        "duration_ms": milliseconds(step.duration),
        "attempts": step.attempts,
        "exchanges": step.exchanges.iter().map(exchange).collect::<Vec<_>>(),
        "exchanges_left_out": step.exchanges_left_out,
        "expectations": step.expectations.iter().map(expectation).collect::<Vec<_>>(),
        "captures": step.captures.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>(),
    })
}

fn expectation(one: &Expected) -> Value {
    json!({
        "subject": one.subject,
        "expected": one.expected,
        "actual": one.actual,
        "holds": one.holds,
        "else": one.otherwise,
    })
}

fn exchange(exchange: &Exchange) -> Value {
    let phases: Map<_, _> = exchange
        .phases
        .iter()
        .map(|(phase, took)| (phase.to_string(), milliseconds(took)))
        .collect();
    json!({
        "attempt": exchange.attempt,
        "hop": exchange.hop,
        "method": exchange.method,
        "url": exchange.url,
        "offset_ms": milliseconds(exchange.offset),
        "duration_ms": milliseconds(exchange.duration),
        "phases_ms": phases,
        "remote": exchange.remote,
        "protocol": exchange.protocol,
        "tls": exchange.tls.as_ref().map(tls),
        "dns": exchange.dns.as_ref().map(dns),
        "connects": exchange.connects.iter().map(connect).collect::<Vec<_>>(),
        "status": exchange.status,
        "bytes_in": exchange.bytes_in,
        "bytes_out": exchange.bytes_out,
        "reused": exchange.reused,
        "failed": exchange.failed.map(|(phase, kind)| json!({ "phase": phase, "kind": kind })),
    })
}

fn connect(connect: &Connect) -> Value {
    json!({
        "address": connect.address,
        "after_ms": milliseconds(connect.after),
        "took_ms": milliseconds(connect.took),
        "error": connect.error,
    })
}

fn dns(dns: &Dns) -> Value {
    json!({
        "question": dns.question,
        "types": dns.types,
        "server": dns.server,
        "rcode": dns.rcode,
        "answers": dns.answers,
    })
}

fn tls(tls: &Tls) -> Value {
    let expires = tls
        .expires_at
        .and_then(|at| jiff::Timestamp::from_second(at).ok());
    json!({
        "version": tls.version,
        "cipher": tls.cipher,
        "alpn": tls.alpn,
        "expires_at": expires.map(|at| at.to_string()),
        "group": tls.group,
        "resumed": tls.resumed,
        "subject": tls.subject,
        "issuer": tls.issuer,
        "names": tls.names,
        "serial": tls.serial,
        "sha256": tls.sha256,
        "key": tls.key,
        "chain": tls.chain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_keep_every_nanosecond_and_make_none_up() {
        for (ns, text) in [
            (0, "0"),
            (1, "0.000001"),
            (35_000, "0.035"),
            (100_000_000, "100"),
            (1_234_567_891, "1234.567891"),
            (300_000, "0.3"),
        ] {
            assert_eq!(milliseconds(Duration::from_nanos(ns)).to_string(), text);
        }
    }
}
