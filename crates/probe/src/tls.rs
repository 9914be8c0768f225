//! TLS: one prepared setting per distinct configuration, facts of every handshake.

mod facts;
mod fault;
mod hello;
mod judge;
mod settings;
mod setup;
mod witness;

pub(crate) use fault::alert;
pub(crate) use settings::Settings;
pub(crate) use setup::{check_roots, provider, roots_with};

use crate::{Network, Visitor, exchange::Trouble, stream::Stream, track::Track};
use jaunt_record::{FailureKind, Phase};
use rustls::{ClientConfig, ClientConnection, HandshakeKind};
use rustls_pki_types::ServerName;
use setup::{Prepared, Sessions};
use std::{io, sync::Arc};
use tokio_rustls::{TlsConnector, client::TlsStream};
use witness::{Seen, Witness};

/// A TLS setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsConfig {
    /// The client's certificate chain and key, PEM.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// Roots trusted instead of the system's, PEM.
    pub roots: Option<Vec<u8>>,
    /// The least version accepted; `None`: 1.2.
    pub min: Option<TlsVersion>,
    /// Whether the server's certificate must be good.
    pub verify: Verify,
}

/// Whether the server's certificate must be good; its facts are reported either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verify {
    /// It must.
    #[default]
    Full,
    /// Any certificate will do.
    Nothing,
}

/// A TLS version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsVersion {
    /// RFC 5246
    V12,
    /// RFC 8446
    V13,
}

/// A prepared TLS setting: made once at load, cheap to clone, shared by runs. No session outlives a
/// visitor.
#[derive(Clone, Debug)]
pub struct TlsSetup {
    prepared: Arc<Prepared>,
}

/// Why a TLS setting cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The PEM text holds nothing of the kind, or something broken.
    #[error("{what} is not usable: {why}")]
    Pem {
        /// `client certificate`, `key`, `roots`.
        what: &'static str,
        /// What is wrong.
        why: String,
    },
}

impl TlsError {
    fn pem(what: &'static str, why: &dyn std::fmt::Display) -> Self {
        let why = why.to_string();
        Self::Pem { what, why }
    }
}

impl TlsSetup {
    /// Prepares `config`, or shares what `network` has prepared for an equal one that still stands:
    /// ten thousand journeys with one root cost one. The first that trusts the system's roots reads
    /// them.
    ///
    /// # Errors
    /// A certificate, key or root in it is broken, or the key is not the certificate's.
    pub fn new(network: &Network, config: TlsConfig) -> Result<Self, TlsError> {
        let prepared = network.settings().prepared(network, config)?;
        Ok(Self { prepared })
    }

    /// Whether both are the same preparation, so that a connection made under one serves the other.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.prepared, &other.prepared)
    }
}

/// The TLS clients of one visitor, one per setting, each with sessions of its own.
#[derive(Debug, Default)]
pub(crate) struct Clients(Vec<Client>);

#[derive(Clone, Debug)]
struct Client {
    setup: TlsSetup,
    config: Arc<ClientConfig>,
    witness: Arc<Witness>,
}

/// What a handshake is to be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The setting.
    pub(crate) setup: &'a TlsSetup,
    /// The name for SNI and certificate.
    pub(crate) name: &'a str,
    /// Protocols offered, in order.
    pub(crate) alpn: &'a [&'a [u8]],
    /// Whether a session of this visitor may be resumed.
    pub(crate) session: Session,
}

/// Whether a session may be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// One that this visitor has from before, as a browser would.
    Resume,
    /// None: a full handshake.
    Cold,
}

/// Shakes hands over `stream`: phase `tls`, left open for the caller to end. The facts go into
/// `track.facts.tls`, also where it fails.
pub(crate) async fn handshake(
    visitor: &mut Visitor,
    stream: Stream,
    wanted: Wanted<'_>,
    track: &mut Track,
) -> Result<Stream, Trouble> {
    track.begin(Phase::Tls);
    let shaken = shake(visitor, stream, wanted).await;
    track.facts.tls = Some(shaken.facts);
    shaken
        .outcome
        .map_err(|(kind, message)| track.fault(kind, message))
}

/// A handshake that was tried.
#[derive(Debug)]
pub(crate) struct Shaken {
    /// What is known of it.
    pub(crate) facts: jaunt_record::Tls,
    /// What came of it.
    pub(crate) outcome: Result<Stream, (FailureKind, String)>,
}

/// Shakes hands, in no phase.
pub(crate) async fn shake(visitor: &mut Visitor, stream: Stream, wanted: Wanted<'_>) -> Shaken {
    let Some(name) = server_name(wanted.name) else {
        let message = format!("`{}` is no name that a certificate can have", wanted.name);
        return Shaken {
            facts: jaunt_record::Tls::default(),
            outcome: Err((FailureKind::TlsOther, message)),
        };
    };
    let client = visitor.tls.client(wanted.setup, wanted.session);
    client.witness.forget();
    let meter = Arc::clone(stream.meter());
    let bare = matches!(stream, Stream::Bare(_));
    if bare {
        meter.listen();
    }
    let alpn = wanted
        .alpn
        .iter()
        .map(|protocol| protocol.to_vec())
        .collect();
    let connected = TlsConnector::from(Arc::clone(&client.config))
        .with_alpn(alpn)
        .connect(name, stream)
        .await;
    let heard = meter.heard();
    let seen = client.witness.seen();
    match connected {
        Ok(tls) => Shaken {
            facts: facts_of(&tls, &client, wanted.name),
            outcome: Ok(Stream::Tls(Box::new(tls))),
        },
        Err(error) => failed(&error, seen, &heard),
    }
}

fn failed(error: &io::Error, seen: Seen, heard: &[u8]) -> Shaken {
    let hello = hello::ServerHello::parse(heard);
    let mut facts = seen.facts.as_deref().cloned().unwrap_or_default();
    if let Some(hello) = &hello {
        hello.tell(&mut facts);
    }
    let why = match seen.finding {
        Some(finding) => (finding.kind, finding.message),
        None => fault::of(error, seen.asked, hello.as_ref(), heard),
    };
    Shaken {
        facts,
        outcome: Err(why),
    }
}

fn facts_of(tls: &TlsStream<Stream>, client: &Client, name: &str) -> jaunt_record::Tls {
    let (_, connection) = tls.get_ref();
    let seen = client.witness.seen().facts;
    let chain = seen.or_else(|| {
        client
            .witness
            .facts_again(connection.peer_certificates()?, name)
    });
    jaunt_record::Tls {
        version: connection.protocol_version().map(hello::version),
        cipher: connection
            .negotiated_cipher_suite()
            .map(|suite| hello::cipher(suite.suite())),
        alpn: alpn(connection),
        group: connection
            .negotiated_key_exchange_group()
            .map(|group| hello::group(group.name())),
        resumed: connection
            .handshake_kind()
            .map(|kind| kind == HandshakeKind::Resumed),
        ..chain.as_deref().cloned().unwrap_or_default()
    }
}

fn alpn(connection: &ClientConnection) -> Option<String> {
    let protocol = connection.alpn_protocol()?;
    Some(String::from_utf8_lossy(protocol).into_owned())
}

fn server_name(name: &str) -> Option<ServerName<'static>> {
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    ServerName::try_from(bare.trim_end_matches('.').to_owned()).ok()
}

impl Clients {
    fn client(&mut self, setup: &TlsSetup, session: Session) -> Client {
        if session == Session::Cold {
            return Client::new(setup, Sessions::None);
        }
        if let Some(known) = self.0.iter().find(|client| client.setup.is(setup)) {
            return known.clone();
        }
        let client = Client::new(setup, Sessions::OfThisVisitor);
        self.0.push(client.clone());
        client
    }
}

impl Client {
    fn new(setup: &TlsSetup, sessions: Sessions) -> Self {
        let (config, witness) = setup.prepared.client(sessions);
        Self {
            setup: setup.clone(),
            config,
            witness,
        }
    }
}
