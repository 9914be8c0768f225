//! The span of one exchange, by the conventions for HTTP, DNS, TLS and network attributes.

use super::{error, span_event};
use crate::{
    names::{Attribute, Event, attribute as a, event},
    value::{instant_after, seconds, text, truth, whole},
};
use jaunt_record::{Exchange, Phase, Record, Step, Tls};
use opentelemetry_proto::tonic::{
    common::v1::KeyValue,
    trace::v1::{Span, Status, span as proto},
};
use std::net::SocketAddr;

/// What the probe calls itself.
const USER_AGENT: &str = concat!("jaunt/", env!("CARGO_PKG_VERSION"), " (+synthetic)");

/// What an exchange was, as far as attributes differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    Http,
    Dns,
    Connection,
}

impl Nature {
    fn of(exchange: &Exchange) -> Self {
        match exchange.method.as_str() {
            "DNS lookup" => Self::Dns,
            "TCP connect" | "TLS handshake" => Self::Connection,
            _ => Self::Http,
        }
    }
}

pub(super) fn span(record: &Record, step: &Step, exchange: &Exchange) -> Span {
    let path = format!("{}/{}.{}", step.id, exchange.attempt, exchange.hop);
    let start = instant_after(record.start_ns, exchange.offset);
    let took = u64::try_from(exchange.duration.as_nanos()).unwrap_or(0);
    Span {
        name: exchange.method.clone(),
        start_time_unix_nano: start,
        end_time_unix_nano: start.saturating_add(took),
        attributes: attributes(step, exchange),
        events: phase_ends(exchange, start),
        status: status(exchange),
        ..super::span(record, &path, Some(&step.id), proto::SpanKind::Client)
    }
}

fn attributes(step: &Step, exchange: &Exchange) -> Vec<KeyValue> {
    let nature = Nature::of(exchange);
    let mut found = vec![text(a::USER_AGENT_TYPE, "test")];
    if nature == Nature::Http {
        found.push(text(a::USER_AGENT, USER_AGENT));
        found.push(text(a::HTTP_METHOD, exchange.method.clone()));
        found.push(text(a::URL, exchange.url.clone()));
        found.push(truth(a::REUSED, exchange.reused));
    }
    if exchange.hop > 0 {
        found.push(whole(a::HTTP_RESEND, exchange.hop));
    }
    if step.attempts > 1 {
        found.push(whole(a::ATTEMPT, exchange.attempt));
    }
    if !exchange.host.is_empty() {
        found.push(text(a::SERVER_ADDRESS, exchange.host.clone()));
    }
    if exchange.port > 0 {
        found.push(whole(a::SERVER_PORT, exchange.port));
    }
    if let Some(status) = exchange.status {
        found.push(whole(a::HTTP_STATUS, status));
    }
    network(nature, exchange, &mut found);
    if let Some(tls) = &exchange.tls {
        secured(tls, &mut found);
    }
    if let (Nature::Dns, Some(dns)) = (nature, &exchange.dns) {
        found.push(text(a::DNS_QUESTION, dns.question.clone()));
    }
    if let Some(kind) = error_type(exchange) {
        found.push(text(a::ERROR_TYPE, kind));
    }
    let phases = exchange.phases.iter();
    found.extend(phases.map(|(phase, took)| seconds(took_attribute(phase), took)));
    found
}

/// `network.*`: the peer, what was spoken, and over what.
fn network(nature: Nature, exchange: &Exchange, found: &mut Vec<KeyValue>) {
    let spoken = exchange.protocol.as_deref();
    let (name, version) = match (nature, spoken) {
        (Nature::Dns, _) => (Some("dns"), None),
        (Nature::Http, Some("h2")) => (Some("http"), Some("2")),
        (Nature::Http, Some("h3")) => (Some("http"), Some("3")),
        (Nature::Http, Some(other)) => (Some("http"), other.strip_prefix("http/")),
        (Nature::Http, None) | (Nature::Connection, _) => (None, None),
    };
    found.extend(name.map(|name| text(a::PROTOCOL_NAME, name)));
    found.extend(version.map(|version| text(a::PROTOCOL_VERSION, version)));
    let transport = match spoken {
        Some("udp" | "h3" | "quic") => "udp",
        Some(_) => "tcp",
        None if nature == Nature::Dns => return,
        None => "tcp",
    };
    found.push(text(a::TRANSPORT, transport));
    if let Some(peer) = exchange.remote {
        found.push(text(a::PEER_ADDRESS, peer.ip().to_string()));
        found.push(whole(a::PEER_PORT, peer.port()));
        let family = match peer {
            SocketAddr::V4(_) => "ipv4",
            SocketAddr::V6(_) => "ipv6",
        };
        found.push(text(a::NETWORK_TYPE, family));
    }
}

fn secured(tls: &Tls, found: &mut Vec<KeyValue>) {
    let mut add = |attribute, value: &Option<String>| {
        found.extend(value.clone().map(|value| text(attribute, value)));
    };
    add(a::TLS_NAME, &tls.version.as_ref().map(|_| "tls".to_owned()));
    add(a::TLS_VERSION, &tls.version);
    add(a::TLS_NEXT, &tls.alpn);
    add(a::TLS_CIPHER, &tls.cipher);
    let expires = tls
        .expires_at
        .and_then(|at| jiff::Timestamp::from_second(at).ok());
    add(a::TLS_NOT_AFTER, &expires.map(|at| at.to_string()));
    found.extend(tls.resumed.map(|resumed| truth(a::TLS_RESUMED, resumed)));
}

/// How it failed, or the status that a journey did not expect (conventions for HTTP clients).
fn error_type(exchange: &Exchange) -> Option<String> {
    if let Some((_, kind)) = exchange.failed {
        return Some(kind.to_string());
    }
    let status = exchange.status.filter(|status| *status >= 400)?;
    (!exchange.status_expected).then(|| status.to_string())
}

fn status(exchange: &Exchange) -> Option<Status> {
    error_type(exchange).map(|_| error(""))
}

pub(crate) fn took_attribute(phase: Phase) -> Attribute {
    match phase {
        Phase::Resolve => a::TOOK_RESOLVE,
        Phase::Connect => a::TOOK_CONNECT,
        Phase::Tls => a::TOOK_TLS,
        Phase::Send => a::TOOK_SEND,
        Phase::Wait => a::TOOK_WAIT,
        Phase::Receive => a::TOOK_RECEIVE,
    }
}

/// An event at the end of each phase that happened; phases follow each other without a gap.
fn phase_ends(exchange: &Exchange, start: u64) -> Vec<proto::Event> {
    let mut at = start;
    let mut events = Vec::new();
    for (phase, took) in exchange.phases.iter() {
        at = at.saturating_add(u64::try_from(took.as_nanos()).unwrap_or(0));
        events.push(span_event(ended(phase), at, Vec::new()));
    }
    events
}

fn ended(phase: Phase) -> Event {
    match phase {
        Phase::Resolve => event::RESOLVED,
        Phase::Connect => event::CONNECTED,
        Phase::Tls => event::SECURED,
        Phase::Send => event::SENT,
        Phase::Wait => event::ANSWERED,
        Phase::Receive => event::RECEIVED,
    }
}
