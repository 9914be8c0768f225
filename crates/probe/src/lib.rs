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
//! | paced https | 500 | 495 | 1609 | 0.33 (0.23–0.36) | 1.09 (0.93–1.33) |
//! | paced http | 252 | 135 | 995 | 0.27 (0.20–0.33) | 1.89 (1.45–2.21) |
//! | paced tcp | 165 | 91 | 550 | 0.29 (0.23–0.30) | 1.68 (1.33–2.10) |
//! | paced dns | 133 | 81 | 693 | 0.19 (0.15–0.31) | 1.68 (1.63–1.80) |
//! | closed https | 354 | 320 | 1390 | 0.26 (0.25–0.27) | 1.12 (1.00–1.20) |
//! | closed http | 92 | 50 | 614 | 0.15 (0.12–0.19) | 1.76 (1.27–2.40) |
//! | closed tcp | 44 | 27 | 335 | 0.13 (0.11–0.16) | 1.60 (1.13–1.73) |
//! | closed dns | 30 | 15 | 388 | 0.08 (0.06–0.08) | 2.02 (1.93–2.06) |
//!
//! The floor itself is dearer here than where the targets were set (for paced HTTPS 0.31 of the peer,
//! there 0.20): the ratios to the peer are missed in the paced rows, and the one to the floor is
//! met for HTTPS.
//!
//! Five steps over HTTPS cost 0.54 (0.54–0.61) of what hurl 8.0.1 spends where one process does 200
//! journeys, and 0.48 (0.47–0.48) where each has a process: 5.5 ms, of 27 ms while AWS-LC gathered
//! entropy from the CPU's jitter at each start (`.cargo/config.toml`).

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
