//! `handshake`: TLS, and nothing after it.

use crate::{
    Exchange, Target, TlsSetup, Visitor,
    dial::dial,
    exchange::Trouble,
    greeting,
    stream::Stream,
    tls::{self, Session, Wanted},
    track::Track,
    watch,
};
use jaunt_record::Phase;
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

/// Shakes hands, always in full: nothing is resumed. What is said before (STARTTLS) is part of the
/// way to TLS, and of phase `tls`.
pub async fn handshake(visitor: &mut Visitor, handshake: &Handshake) -> Exchange<Secured> {
    let target = &handshake.target;
    let mut track = Track::new("TLS handshake", &target.host, target.port);
    track.facts.protocol = Some("tls".into());
    let work = secure(visitor, handshake, &mut track);
    let watched = watch::until(handshake.deadline, work).await;
    track.finish(watched)
}

async fn secure(
    visitor: &mut Visitor,
    handshake: &Handshake,
    track: &mut Track,
) -> Result<Secured, Trouble> {
    let mut stream = Stream::from(dial(visitor, &handshake.target, track).await?);
    if let Some(greeting) = handshake.greeting {
        track.begin(Phase::Tls);
        greeting::say(greeting, &mut stream, track).await?;
    }
    let alpn: Vec<&[u8]> = handshake.alpn.iter().map(String::as_bytes).collect();
    let wanted = Wanted {
        setup: &handshake.tls,
        name: handshake
            .server_name
            .as_deref()
            .unwrap_or(&handshake.target.host),
        alpn: &alpn,
        session: Session::Cold,
    };
    tls::handshake(visitor, stream, wanted, track).await?;
    Ok(Secured)
}
