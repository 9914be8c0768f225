//! What the runs of a process share, and what each has of its own.

use crate::{NameServer, Policy, dns::resolver::Resolver, http, lookup::Names, tls};
use hickory_proto::{dnssec::TrustAnchors, serialize::txt::ParseError};
use rustls::{RootCertStore, crypto::CryptoProvider};
use std::sync::{Arc, OnceLock};

/// What all runs of a process share: the resolver's servers, the system's roots, TLS settings.
#[derive(Debug)]
pub struct Network {
    pub(crate) resolver: Resolver,
    pub(crate) anchors: Anchors,
    crypto: Arc<CryptoProvider>,
    own_roots: Option<Vec<u8>>,
    roots: OnceLock<Arc<RootCertStore>>,
    settings: tls::Settings,
}

/// How a [`Network`] is made.
#[derive(Clone, Debug, Default)]
pub struct NetworkConfig {
    /// Who resolves names.
    pub resolver: ResolverConfig,
    /// Certificates trusted beside the system's roots, PEM: by encrypted name servers, and by every
    /// TLS setting that names no roots of its own.
    pub roots: Option<Vec<u8>>,
    /// Where DNSSEC's chains of trust begin, as DNSKEY records (`. IN DNSKEY 257 3 8 AwEAA…`);
    /// `None`: the root's keys of 2017 and 2024.
    pub anchors: Option<String>,
}

impl NetworkConfig {
    /// Whether roots and anchors can be used: what [`Network::new`] finds, without any server.
    ///
    /// # Errors
    /// If roots or trust anchors are broken.
    pub fn trust(&self) -> Result<(), NetworkError> {
        own_roots(self.roots.clone())?;
        Anchors::new(self.anchors.as_deref())?;
        Ok(())
    }
}

/// Who resolves names.
#[derive(Clone, Debug, Default)]
pub struct ResolverConfig {
    /// These servers, in this order; empty: the system's (resolv.conf; search list unused).
    pub servers: Vec<NameServer>,
    /// Whether the hosts file is read before any server is asked.
    pub hosts: bool,
}

/// Why a network could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The system's resolver configuration cannot be read.
    #[error("cannot read the system's resolver configuration")]
    Resolver(#[source] std::io::Error),
    /// A server of the resolver's own is itself to be resolved.
    #[error("nobody is there to resolve the name of `{0}`: give the server's address in its place")]
    Nameless(String),
    /// The roots are no certificates.
    #[error("the roots to trust cannot be used")]
    Roots(#[source] crate::TlsError),
    /// The trust anchors are no DNSKEY records.
    #[error("the trust anchors of DNSSEC are not DNSKEY records: {0}")]
    Anchors(String),
    /// The hosts file was asked for and cannot be read.
    #[error("cannot read the hosts file")]
    Hosts(#[source] std::io::Error),
}

/// A user's first visit: a cold resolver, no kept connection, no TLS session. One per run.
#[derive(Debug)]
pub struct Visitor {
    pub(crate) network: Arc<Network>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) tls: tls::Clients,
    pub(crate) names: Names,
    pub(crate) pool: http::Pool,
}

impl Network {
    /// The network of this configuration; reads the system's resolver settings once.
    ///
    /// # Errors
    /// The system's resolver configuration is needed and cannot be read, a name server is itself a
    /// name, or roots or trust anchors are broken.
    pub fn new(config: NetworkConfig) -> Result<Arc<Self>, NetworkError> {
        let crypto = tls::provider();
        // First asked for randomness, AWS-LC seeds itself; where it was built to gather entropy from
        // the CPU's jitter (`.cargo/config.toml` says no), that takes tens of milliseconds of our
        // own, which the `tls` phase of the first handshake would else hold. Should there be no
        // randomness, the handshake says so.
        let _ = crypto.secure_random.fill(&mut [0]);
        Ok(Arc::new(Self {
            resolver: Resolver::new(&config.resolver)?,
            anchors: Anchors::new(config.anchors.as_deref())?,
            crypto: Arc::new(crypto),
            own_roots: own_roots(config.roots)?,
            roots: OnceLock::new(),
            settings: tls::Settings::default(),
        }))
    }

    /// Who computes for TLS.
    pub(crate) fn crypto(&self) -> &Arc<CryptoProvider> {
        &self.crypto
    }

    /// The TLS settings that were prepared for it.
    pub(crate) fn settings(&self) -> &tls::Settings {
        &self.settings
    }

    /// The system's trust roots and our own, read when the first TLS setting that trusts them is
    /// prepared.
    pub(crate) fn roots(&self) -> &Arc<RootCertStore> {
        self.roots.get_or_init(|| {
            let own = self.own_roots.as_deref().unwrap_or_default();
            Arc::new(tls::roots_with(own))
        })
    }

    /// A visitor who may dial what `policy` admits.
    pub fn visitor(self: &Arc<Self>, policy: &Arc<Policy>) -> Visitor {
        Visitor {
            network: Arc::clone(self),
            policy: Arc::clone(policy),
            tls: tls::Clients::default(),
            names: Names::default(),
            pool: http::Pool::default(),
        }
    }
}

/// The roots, once they are seen to be some.
fn own_roots(pem: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, NetworkError> {
    if let Some(pem) = &pem {
        tls::check_roots(pem).map_err(NetworkError::Roots)?;
    }
    Ok(pem)
}

/// Where DNSSEC's chains of trust begin.
#[derive(Clone)]
pub(crate) struct Anchors(pub(crate) Arc<TrustAnchors>);

impl Anchors {
    fn new(records: Option<&str>) -> Result<Self, NetworkError> {
        let anchors = match records {
            None => TrustAnchors::default(),
            Some(text) => text
                .parse()
                .map_err(|error: ParseError| NetworkError::Anchors(error.to_string()))?,
        };
        Ok(Self(Arc::new(anchors)))
    }
}

impl std::fmt::Debug for Anchors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Anchors")
    }
}

impl Visitor {
    /// Another first visit of the same network under the same policy: what is asked on it warms
    /// nothing for this one.
    pub fn another(&self) -> Self {
        self.network.visitor(&self.policy)
    }
}
