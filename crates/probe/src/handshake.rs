//! `handshake`: TLS, and nothing after it.

use crate::{Exchange, Target, TlsSetup, Visitor};
use std::time::Instant;

/// A TLS handshake.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// Where to.
    pub target: Target,
    /// The setting.
    pub tls: TlsSetup,
    /// The name for SNI and certificate instead of the target's.
    pub server_name: Option<String>,
    /// Protocols offered.
    pub alpn: Vec<String>,
    /// What is said before the handshake.
    pub greeting: Option<Greeting>,
    /// When the attempt's time is up.
    pub deadline: Instant,
}

/// A protocol that turns to TLS on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// RFC 3207
    Smtp,
    /// RFC 3501 §6.2.1
    Imap,
    /// RFC 2595 §4
    Pop3,
    /// RFC 4511 §4.14
    Ldap,
    /// The SSLRequest message of PostgreSQL's protocol.
    Postgres,
}

/// The handshake was done; its facts are in the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secured;

/// Shakes hands.
pub async fn handshake(_visitor: &mut Visitor, _handshake: &Handshake) -> Exchange<Secured> {
    crate::exchange::unbuilt()
}
