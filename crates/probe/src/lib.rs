//! Measuring: how long each phase took, and what came back.
//!
//! One `async fn` per verb: [`request`], [`resolve`], [`connect`], [`handshake`]. Each takes a
//! [`Visitor`] (a user's first visit: cold resolver, no kept connection, no TLS session) and always
//! comes back with an [`Exchange`]: having failed is one of the things it can show. The path is
//! ours from resolver to last byte; before each connect, on every hop and for every verb, the
//! address is held against the egress [`Policy`].
//!
//! It knows neither journeys nor OTLP.
//!
//! # What a probe costs
//!
//! `tests/bench` measures it, or `cargo bench -p jaunt-bench -- --rounds 5`: CPU, user and system,
//! in µs per cold probe, of a one-step journey with its SLIs and OTLP, beside blackbox_exporter 0.23
//! and a bare loop of the same libraries. On 2026-11-25, on two quiet cores of an AMD EPYC, the
//! median of five rounds; in brackets the least and the greatest ratio of a round.
//!
//! | probe | jaunt | floor | peer | jaunt/peer | jaunt/floor |
//! | --- | ---: | ---: | ---: | ---: | ---: |
//! | paced https | 616 | 556 | 1762 | 0.38 (0.29–0.41) | 1.06 (0.92–1.27) |
//! | paced http | 302 | 181 | 1110 | 0.29 (0.22–0.30) | 1.67 (1.45–1.70) |
//! | paced tcp | 223 | 142 | 654 | 0.33 (0.24–0.36) | 1.56 (1.14–2.47) |
//! | paced dns | 210 | 105 | 686 | 0.28 (0.24–0.31) | 1.86 (1.71–2.09) |
//! | closed https | 337 | 301 | 1219 | 0.28 (0.26–0.30) | 1.10 (1.07–1.32) |
//! | closed http | 76 | 52 | 593 | 0.13 (0.10–0.13) | 1.51 (1.01–2.14) |
//! | closed tcp | 44 | 31 | 331 | 0.13 (0.12–0.14) | 1.41 (1.33–1.55) |
//! | closed dns | 30 | 15 | 400 | 0.08 (0.06–0.08) | 1.97 (1.94–2.01) |
//!
//! The floor itself is dearer here than where the targets were set (for paced HTTPS 0.32 of the peer,
//! there 0.20): the ratios to the peer are missed in the paced rows, and the one to the floor is
//! met for HTTPS.
//!
//! Five steps over HTTPS cost 0.60 of what hurl 8.0.1 spends where one process does 200 journeys,
//! and 2.7 times as much where each has a process: 27 ms, most of it AWS-LC gathering entropy from
//! the CPU's jitter, once per process and before anything is timed.

mod connect;
mod dial;
mod dns;
mod egress;
mod exchange;
mod greeting;
mod handshake;
mod http;
mod join;
mod lookup;
mod network;
mod proof;
mod request;
mod resolve;
mod stream;
mod target;
mod tls;
mod track;
mod watch;
mod wire;

pub use connect::{Conversation, Received, Turn, connect};
pub use egress::{Exception, ExceptionError, Policy, Rule};
pub use exchange::{Exchange, Fault, Outcome};
pub use handshake::{Greeting, Handshake, Secured, handshake};
pub use network::{Network, NetworkConfig, NetworkError, ResolverConfig, Visitor};
pub use request::{Connection, Proxy, Request, Response, Version, request};
pub use resolve::{Answer, Answers, NameServer, Question, RecordType, resolve};
pub use target::{Family, Named, Target};
pub use tls::{TlsConfig, TlsError, TlsSetup, TlsVersion, Verify};
