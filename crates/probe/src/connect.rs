//! `connect`: a TCP connection, and what is said on it.

use crate::{Exchange, Target, TlsSetup, Visitor};
use std::time::Instant;

/// A TCP connection, and what is said on it in turn.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Where to.
    pub target: Target,
    /// TLS from the start, with this name for SNI and certificate.
    pub tls: Option<(TlsSetup, String)>,
    /// What is said.
    pub turns: Vec<Turn>,
    /// When the attempt's time is up.
    pub deadline: Instant,
}

/// A turn of a conversation.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Wait until this was received since the last match.
    Expect(Vec<u8>),
    /// Wait until what was received since the last match matches.
    ExpectRegex(regex::Regex),
    /// Go on in TLS, with this name for SNI and certificate.
    Starttls(TlsSetup, String),
}

/// What was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// All bytes, bounded to 1 MiB.
    pub bytes: Vec<u8>,
}

/// Connects and converses. What did not come is a fault of kind `expect.received`.
pub async fn connect(_visitor: &mut Visitor, _conversation: &Conversation) -> Exchange<Received> {
    crate::exchange::unbuilt()
}
