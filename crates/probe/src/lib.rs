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
//! and a bare loop of the same libraries. On 2026-11-25, on two shared cores of an AMD EPYC that
//! were busy with other work (load 5 to 6), in two rounds only, of which the dearer is shown; trust
//! the ratios, and those of the paced rows (100 probes a second) to about a third.
//!
//! | probe | jaunt | floor | peer | jaunt/peer | jaunt/floor |
//! | --- | ---: | ---: | ---: | ---: | ---: |
//! | paced https | 755 | 674 | 1926 | 0.41 (0.29–0.41) | 1.12 (0.90–1.12) |
//! | paced http | 376 | 233 | 1257 | 0.33 (0.30–0.33) | 1.71 (1.61–1.71) |
//! | paced tcp | 262 | 149 | 838 | 0.32 (0.31–0.32) | 1.76 (1.56–1.76) |
//! | paced dns | 237 | 136 | 863 | 0.27 (0.21–0.27) | 1.75 (1.74–1.75) |
//! | closed https | 317 | 292 | 1319 | 0.25 (0.24–0.25) | 1.10 (1.08–1.10) |
//! | closed http | 103 | 70 | 559 | 0.18 (0.12–0.18) | 1.46 (0.84–1.46) |
//! | closed tcp | 45 | 34 | 357 | 0.13 (0.13–0.13) | 1.51 (1.33–1.51) |
//! | closed dns | 30 | 16 | 335 | 0.10 (0.09–0.10) | 1.90 (1.85–1.90) |
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
