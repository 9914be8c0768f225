//! TLS towards an endpoint: whom to trust, and who we are.

use crate::TlsFiles;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The TLS settings of an export cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file cannot be read.
    #[error("cannot read `{}` as PEM", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// A file holds no certificate.
    #[error("`{}` holds no certificate that can be used", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Only one of certificate and key is given.
    #[error("a client certificate needs its key, and a key its certificate")]
    Half,
    /// Certificate and key do not fit.
    #[error("the client certificate and its key cannot be used")]
    Client(#[source] rustls::Error),
    /// The HTTP client cannot be made.
    #[error("cannot make an HTTP client")]
    Build(#[source] reqwest::Error),
}

/// A TLS client that trusts and presents what `files` say.
pub(super) fn client(files: &TlsFiles) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Client)?
        .with_root_certificates(roots(files.ca.as_deref())?);
    match (&files.cert, &files.key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(cert), Some(key)) => {
            let read = |source| TlsError::File {
                path: key.clone(),
                source,
            };
            let key = PrivateKeyDer::from_pem_file(key).map_err(read)?;
            builder
                .with_client_auth_cert(certificates(cert)?, key)
                .map_err(TlsError::Client)
        }
        (Some(_), None) | (None, Some(_)) => Err(TlsError::Half),
    }
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(path) => {
            let (added, _) = roots.add_parsable_certificates(certificates(path)?);
            if added == 0 {
                return Err(TlsError::Empty {
                    path: path.to_owned(),
                });
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = |source| TlsError::File {
        path: path.to_owned(),
        source,
    };
    let certificates = CertificateDer::pem_file_iter(path).map_err(read)?;
    certificates.collect::<Result<_, _>>().map_err(read)
}
