//! Measuring: how long each phase took, and what came back.
//!
//! One `async fn` per verb: [`request`], [`resolve`], [`connect`], [`handshake`]. Each takes a
//! [`Visitor`] (a user's first visit: cold resolver, no kept connection, no TLS session) and always
//! comes back with an [`Exchange`]: having failed is one of the things it can show. The path is
//! ours from resolver to last byte; before each connect, on every hop and for every verb, the
//! address is held against the egress [`Policy`].
//!
//! It knows neither journeys nor OTLP.

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
