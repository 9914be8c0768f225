//! What the runs of a process share, and what each has of its own.

use crate::{NameServer, Policy, dns::resolver::Resolver, http, lookup::Names, tls};
use rustls::{RootCertStore, crypto::CryptoProvider};
use std::sync::{Arc, OnceLock};

/// What all runs of a process share: the resolver's servers, the system's roots, TLS settings.
#[derive(Debug)]
pub struct Network {
    pub(crate) resolver: Resolver,
    crypto: Arc<CryptoProvider>,
    roots: OnceLock<Arc<RootCertStore>>,
}

/// How a [`Network`] is made.
#[derive(Clone, Debug, Default)]
pub struct NetworkConfig {
    /// Who resolves names.
    pub resolver: ResolverConfig,
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
    /// A server of the resolver's own is to be spoken to by TLS or HTTPS.
    #[error("`{0}` cannot serve every lookup yet: name a server by UDP or TCP")]
    Encrypted(String),
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
    /// The system's resolver configuration is needed and cannot be read.
    pub fn new(config: NetworkConfig) -> Result<Arc<Self>, NetworkError> {
        let crypto = tls::provider();
        // First asked for randomness, AWS-LC gathers entropy from the CPU's jitter: tens of
        // milliseconds of our own, which the `tls` phase of the first handshake would else hold.
        // Should there be none, the handshake says so.
        let _ = crypto.secure_random.fill(&mut [0]);
        Ok(Arc::new(Self {
            resolver: Resolver::new(&config.resolver)?,
            crypto: Arc::new(crypto),
            roots: OnceLock::new(),
        }))
    }

    /// Who computes for TLS.
    pub(crate) fn crypto(&self) -> &Arc<CryptoProvider> {
        &self.crypto
    }

    /// The system's trust roots, read when the first TLS setting that trusts them is prepared.
    pub(crate) fn roots(&self) -> &Arc<RootCertStore> {
        self.roots.get_or_init(|| Arc::new(tls::system_roots()))
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

impl Visitor {
    /// Another first visit of the same network under the same policy: what is asked on it warms
    /// nothing for this one.
    pub fn another(&self) -> Self {
        self.network.visitor(&self.policy)
    }
}
