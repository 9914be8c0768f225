//! TLS: one prepared setting per distinct configuration, facts of every handshake.

use crate::Network;
use std::sync::Arc;

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

/// A prepared TLS setting: made once at load, cheap to clone, shared by runs. No session outlives a run.
#[derive(Clone, Debug)]
pub struct TlsSetup {
    config: Arc<TlsConfig>,
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

impl TlsSetup {
    /// Prepares `config`.
    ///
    /// # Errors
    /// A certificate, key or root in it is broken, or the key is not the certificate's.
    pub fn new(_network: &Network, config: TlsConfig) -> Result<Self, TlsError> {
        Ok(Self {
            config: Arc::new(config),
        })
    }
}
