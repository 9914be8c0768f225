//! Exchanges, with what is known of their connection.

use super::{
    DecodeError,
    address::{StoredAddress, port},
    member, nanos,
};
use crate::{Connect, Dns, Exchange, FailureKind, FailurePhase, Phase, Phases, Tls};
use std::{net::SocketAddr, time::Duration};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredExchange {
    #[prost(uint32, tag = "1")]
    attempt: u32,
    #[prost(uint32, tag = "2")]
    hop: u32,
    #[prost(string, tag = "3")]
    method: String,
    #[prost(string, tag = "4")]
    url: String,
    #[prost(string, tag = "5")]
    host: String,
    #[prost(uint32, tag = "6")]
    port: u32,
    #[prost(uint64, tag = "7")]
    offset_ns: u64,
    #[prost(uint64, tag = "8")]
    duration_ns: u64,
    #[prost(message, optional, tag = "9")]
    phases: Option<StoredPhases>,
    #[prost(message, optional, tag = "10")]
    remote: Option<StoredAddress>,
    #[prost(string, optional, tag = "11")]
    protocol: Option<String>,
    #[prost(message, optional, tag = "12")]
    tls: Option<StoredTls>,
    #[prost(message, optional, tag = "13")]
    dns: Option<StoredDns>,
    #[prost(message, repeated, tag = "14")]
    connects: Vec<StoredConnect>,
    #[prost(uint32, optional, tag = "15")]
    status: Option<u32>,
    #[prost(bool, tag = "16")]
    status_expected: bool,
    #[prost(uint64, tag = "17")]
    bytes_in: u64,
    #[prost(uint64, tag = "18")]
    bytes_out: u64,
    #[prost(bool, tag = "19")]
    reused: bool,
    #[prost(message, optional, tag = "20")]
    failed: Option<StoredFailed>,
    #[prost(bool, tag = "21")]
    traced: bool,
}

/// One field per phase, in ns: absent is not zero.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct StoredPhases {
    #[prost(uint64, optional, tag = "1")]
    resolve: Option<u64>,
    #[prost(uint64, optional, tag = "2")]
    connect: Option<u64>,
    #[prost(uint64, optional, tag = "3")]
    tls: Option<u64>,
    #[prost(uint64, optional, tag = "4")]
    send: Option<u64>,
    #[prost(uint64, optional, tag = "5")]
    wait: Option<u64>,
    #[prost(uint64, optional, tag = "6")]
    receive: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredFailed {
    #[prost(string, tag = "1")]
    phase: String,
    #[prost(string, tag = "2")]
    kind: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredConnect {
    #[prost(message, optional, tag = "1")]
    address: Option<StoredAddress>,
    #[prost(uint64, tag = "2")]
    after_ns: u64,
    #[prost(uint64, tag = "3")]
    took_ns: u64,
    #[prost(string, optional, tag = "4")]
    error: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredDns {
    #[prost(string, tag = "1")]
    question: String,
    #[prost(string, repeated, tag = "2")]
    types: Vec<String>,
    #[prost(string, optional, tag = "3")]
    server: Option<String>,
    #[prost(string, optional, tag = "4")]
    rcode: Option<String>,
    #[prost(string, repeated, tag = "5")]
    answers: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredTls {
    #[prost(string, optional, tag = "1")]
    version: Option<String>,
    #[prost(string, optional, tag = "2")]
    cipher: Option<String>,
    #[prost(string, optional, tag = "3")]
    alpn: Option<String>,
    #[prost(string, optional, tag = "4")]
    group: Option<String>,
    #[prost(bool, optional, tag = "5")]
    resumed: Option<bool>,
    #[prost(string, optional, tag = "6")]
    subject: Option<String>,
    #[prost(string, optional, tag = "7")]
    issuer: Option<String>,
    #[prost(string, repeated, tag = "8")]
    names: Vec<String>,
    #[prost(string, optional, tag = "9")]
    serial: Option<String>,
    #[prost(string, optional, tag = "10")]
    sha256: Option<String>,
    #[prost(string, optional, tag = "11")]
    key: Option<String>,
    #[prost(uint32, tag = "12")]
    chain: u32,
    #[prost(int64, optional, tag = "13")]
    expires_at: Option<i64>,
}

impl From<&Exchange> for StoredExchange {
    fn from(exchange: &Exchange) -> Self {
        Self {
            attempt: exchange.attempt,
            hop: exchange.hop,
            method: exchange.method.clone(),
            url: exchange.url.clone(),
            host: exchange.host.clone(),
            port: exchange.port.into(),
            offset_ns: nanos(exchange.offset),
            duration_ns: nanos(exchange.duration),
            phases: Some(StoredPhases::from(&exchange.phases)),
            remote: exchange.remote.as_ref().map(StoredAddress::from),
            protocol: exchange.protocol.clone(),
            tls: exchange.tls.as_ref().map(StoredTls::from),
            dns: exchange.dns.as_ref().map(StoredDns::from),
            connects: exchange.connects.iter().map(StoredConnect::from).collect(),
            status: exchange.status.map(u32::from),
            status_expected: exchange.status_expected,
            bytes_in: exchange.bytes_in,
            bytes_out: exchange.bytes_out,
            reused: exchange.reused,
            failed: exchange.failed.map(|(phase, kind)| StoredFailed {
                phase: phase.to_string(),
                kind: kind.to_string(),
            }),
            traced: exchange.traced,
        }
    }
}

impl TryFrom<StoredExchange> for Exchange {
    type Error = DecodeError;

    fn try_from(stored: StoredExchange) -> Result<Self, DecodeError> {
        Ok(Self {
            attempt: stored.attempt,
            hop: stored.hop,
            method: stored.method,
            url: stored.url,
            host: stored.host,
            port: port(stored.port)?,
            offset: Duration::from_nanos(stored.offset_ns),
            duration: Duration::from_nanos(stored.duration_ns),
            phases: stored.phases.unwrap_or_default().into(),
            remote: stored.remote.map(SocketAddr::try_from).transpose()?,
            protocol: stored.protocol,
            tls: stored.tls.map(Tls::from),
            dns: stored.dns.map(Dns::from),
            connects: (stored.connects.into_iter().map(Connect::try_from))
                .collect::<Result<_, _>>()?,
            status: stored.status.map(status).transpose()?,
            status_expected: stored.status_expected,
            bytes_in: stored.bytes_in,
            bytes_out: stored.bytes_out,
            reused: stored.reused,
            failed: stored.failed.map(StoredFailed::members).transpose()?,
            traced: stored.traced,
        })
    }
}

fn status(status: u32) -> Result<u16, DecodeError> {
    status.try_into().map_err(|_| DecodeError::Field {
        field: "status",
        value: status.to_string(),
    })
}

impl StoredFailed {
    fn members(self) -> Result<(FailurePhase, FailureKind), DecodeError> {
        Ok((
            member("phase", &self.phase, FailurePhase::from_name)?,
            member("kind", &self.kind, FailureKind::from_name)?,
        ))
    }
}

impl From<&Phases> for StoredPhases {
    fn from(phases: &Phases) -> Self {
        let took = |phase| phases.took(phase).map(nanos);
        Self {
            resolve: took(Phase::Resolve),
            connect: took(Phase::Connect),
            tls: took(Phase::Tls),
            send: took(Phase::Send),
            wait: took(Phase::Wait),
            receive: took(Phase::Receive),
        }
    }
}

impl From<StoredPhases> for Phases {
    fn from(stored: StoredPhases) -> Self {
        let mut phases = Self::NONE;
        for phase in Phase::ALL {
            let took = match phase {
                Phase::Resolve => stored.resolve,
                Phase::Connect => stored.connect,
                Phase::Tls => stored.tls,
                Phase::Send => stored.send,
                Phase::Wait => stored.wait,
                Phase::Receive => stored.receive,
            };
            if let Some(took) = took {
                phases.set(*phase, Duration::from_nanos(took));
            }
        }
        phases
    }
}

impl From<&Connect> for StoredConnect {
    fn from(connect: &Connect) -> Self {
        Self {
            address: Some((&connect.address).into()),
            after_ns: nanos(connect.after),
            took_ns: nanos(connect.took),
            error: connect.error.clone(),
        }
    }
}

impl TryFrom<StoredConnect> for Connect {
    type Error = DecodeError;

    fn try_from(stored: StoredConnect) -> Result<Self, DecodeError> {
        Ok(Self {
            address: stored.address.unwrap_or_default().try_into()?,
            after: Duration::from_nanos(stored.after_ns),
            took: Duration::from_nanos(stored.took_ns),
            error: stored.error,
        })
    }
}

impl From<&Dns> for StoredDns {
    fn from(dns: &Dns) -> Self {
        Self {
            question: dns.question.clone(),
            types: dns.types.clone(),
            server: dns.server.clone(),
            rcode: dns.rcode.clone(),
            answers: dns.answers.clone(),
        }
    }
}

impl From<StoredDns> for Dns {
    fn from(stored: StoredDns) -> Self {
        Self {
            question: stored.question,
            types: stored.types,
            server: stored.server,
            rcode: stored.rcode,
            answers: stored.answers,
        }
    }
}

impl From<&Tls> for StoredTls {
    fn from(tls: &Tls) -> Self {
        Self {
            version: tls.version.clone(),
            cipher: tls.cipher.clone(),
            alpn: tls.alpn.clone(),
            group: tls.group.clone(),
            resumed: tls.resumed,
            subject: tls.subject.clone(),
            issuer: tls.issuer.clone(),
            names: tls.names.clone(),
            serial: tls.serial.clone(),
            sha256: tls.sha256.clone(),
            key: tls.key.clone(),
            chain: tls.chain,
            expires_at: tls.expires_at,
        }
    }
}

impl From<StoredTls> for Tls {
    fn from(stored: StoredTls) -> Self {
        Self {
            version: stored.version,
            cipher: stored.cipher,
            alpn: stored.alpn,
            group: stored.group,
            resumed: stored.resumed,
            subject: stored.subject,
            issuer: stored.issuer,
            names: stored.names,
            serial: stored.serial,
            sha256: stored.sha256,
            key: stored.key,
            chain: stored.chain,
            expires_at: stored.expires_at,
        }
    }
}
