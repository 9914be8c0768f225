//! How the hub asks and tells other servers of its operator's: over HTTP, without redirects or proxies.

use jaunt_otlp::{TlsFiles, operators_client};
use reqwest::Client;
use std::time::Duration;

/// A client for the operator's own servers cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// TLS.
    #[error("cannot set up TLS")]
    Tls(#[from] jaunt_otlp::TlsError),
    /// HTTP.
    #[error("cannot make an HTTP client")]
    Http(#[from] reqwest::Error),
}

/// A client of which each request may take so long. It trusts whom the system does.
pub(crate) fn asking(patience: Duration) -> Result<Client, ClientError> {
    let client = operators_client(&TlsFiles::default())?
        .user_agent(concat!("jaunt-hub/", env!("CARGO_PKG_VERSION")))
        .timeout(patience)
        .build()?;
    Ok(client)
}
