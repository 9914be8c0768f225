//! How both ports are secured, followed as the files change.
//!
//! Each connection is accepted by what the files said last and stood for: certificates and those who
//! sign clients' change together, and no session of before is resumed. Looked at is what the files
//! hold, not when they were written: a mounted secret is swapped by a link. While certificate and key
//! do not go together, as between two writes, what was goes on.

use crate::config::Tls;
use aws_lc_rs::digest;
use rustls::{
    RootCertStore, ServerConfig,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use std::{
    error::Error as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};
use tokio_rustls::TlsAcceptor;

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds no PEM of its kind.
    #[error("cannot read `{}`", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// Key and chain do not go together, or the signers are none.
    #[error("cannot use the certificates of `tls`")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What ports are secured with now.
#[derive(Debug)]
pub(crate) struct Secured {
    files: Tls,
    now: RwLock<Arc<ServerConfig>>,
    /// What the files held when they were looked at last; `None` where one could not be read.
    seen: Mutex<Option<Hash>>,
}

type Hash = [u8; 32];

impl Secured {
    /// As these files say.
    pub(crate) fn new(files: Tls) -> Result<Self, TlsError> {
        let held = Held::read(&files)?;
        Ok(Self {
            now: RwLock::new(held.config(&files)?),
            seen: Mutex::new(Some(held.hash())),
            files,
        })
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&now))
    }

    /// Looks again. Files that cannot be used are told of once, and what was goes on.
    pub(crate) fn reload(&self) {
        let held = Held::read(&self.files);
        let hash = held.as_ref().ok().map(Held::hash);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == hash {
            return;
        }
        *seen = hash;
        match held.and_then(|held| held.config(&self.files)) {
            Ok(config) => {
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = config;
                tracing::info!("the certificates have changed; new connections see the new ones");
            }
            Err(error) => {
                let cause = error.source().map(ToString::to_string);
                tracing::warn!(%error, cause, "the certificates that were go on");
            }
        }
    }
}

/// What the files hold, read once: what is looked at is what is used.
struct Held {
    cert: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Held {
    fn read(files: &Tls) -> Result<Self, TlsError> {
        Ok(Self {
            cert: bytes(&files.cert)?,
            key: bytes(&files.key)?,
            client_ca: files.client_ca.as_deref().map(bytes).transpose()?,
        })
    }

    fn hash(&self) -> Hash {
        let mut context = digest::Context::new(&digest::SHA256);
        let client_ca = self.client_ca.as_deref().unwrap_or_default();
        for file in [&*self.cert, &*self.key, client_ca] {
            context.update(digest::digest(&digest::SHA256, file).as_ref());
        }
        let mut hash = Hash::default();
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }

    /// A client's certificate is asked for where there is `client_ca`.
    fn config(&self, files: &Tls) -> Result<Arc<ServerConfig>, TlsError> {
        let key = PrivateKeyDer::from_pem_slice(&self.key);
        let key = key.map_err(unreadable(&files.key))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let setup = |error: rustls::Error| TlsError::Setup(Box::new(error));
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(setup)?;
        let verifier: Arc<dyn ClientCertVerifier> = match (&self.client_ca, &files.client_ca) {
            (Some(pem), Some(path)) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(pem, path)? {
                    roots.add(certificate).map_err(setup)?;
                }
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .allow_unauthenticated()
                    .build()
                    .map_err(|error| TlsError::Setup(Box::new(error)))?
            }
            _ => WebPkiClientVerifier::no_client_auth(),
        };
        let mut config = builder
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificates(&self.cert, &files.cert)?, key)
            .map_err(setup)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| unreadable(path)(pem::Error::Io(error)))
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates = CertificateDer::pem_slice_iter(pem);
    certificates
        .collect::<Result<_, _>>()
        .map_err(unreadable(path))
}

fn unreadable(path: &Path) -> impl Fn(pem::Error) -> TlsError {
    |source| TlsError::File {
        path: path.to_owned(),
        source,
    }
}
