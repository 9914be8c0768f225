//! Where to send, and how: from the standard environment variables, or from what a caller says.
//!
//! The environment is an argument, so that what one export takes from it is that export's alone.

mod environment;

use crate::{FoldSettings, Signal};
use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};
use url::Url;

pub use environment::ConfigError;
pub(crate) use environment::pairs;

/// Environment variables by name.
pub type Environment = BTreeMap<String, String>;

/// One export: where each signal goes, and in what form.
#[derive(Clone, Debug)]
pub struct ExportConfig {
    /// Where metrics go; `None`: nowhere.
    pub metrics: Option<Target>,
    /// Where traces go; `None`: nowhere.
    pub traces: Option<Target>,
    /// Where logs go; `None`: nowhere.
    pub logs: Option<Target>,
    /// How far apart metrics are sent.
    pub interval: Duration,
    /// The form of metrics; its `pass_ratio` is that of traces too.
    pub fold: FoldSettings,
    /// Whether every slot goes out as a `jaunt.slot` event.
    pub slots: bool,
    /// What was malformed in the environment and discarded, for people; no values.
    pub warnings: Vec<String>,
}

/// Where one signal goes.
#[derive(Clone, Debug)]
pub struct Target {
    /// How it is spoken to.
    pub protocol: Protocol,
    /// For HTTP the whole URL; for gRPC scheme, host and port.
    pub url: Url,
    /// Sent along with each request; never shown.
    pub headers: Headers,
    /// How long one try may take.
    pub timeout: Duration,
    /// Whether bodies are compressed.
    pub compression: Compression,
    /// Files of TLS.
    pub tls: TlsFiles,
}

/// A protocol of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `http/protobuf`
    Http,
    /// `grpc`
    Grpc,
}

/// How bodies are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// By gzip.
    #[default]
    Gzip,
    /// Not at all.
    None,
}

/// Headers by name, whose values are secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(BTreeMap<String, String>);

/// PEM files of a TLS connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Authorities to trust; absent: the system's.
    pub ca: Option<PathBuf>,
    /// Our certificate, with its chain.
    pub cert: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
}

impl ExportConfig {
    /// The export that the standard variables describe (`OTEL_EXPORTER_OTLP_*` and their kin).
    ///
    /// An `endpoint` that is given goes before theirs, and is a base endpoint: over HTTP each signal
    /// goes to `endpoint/v1/signal`. Its protocol is gRPC for the schemes `grpc` and `grpcs`; else
    /// what `OTEL_EXPORTER_OTLP_PROTOCOL` says; else gRPC for port 4317, and HTTP for any other.
    ///
    /// ```
    /// use jaunt_otlp::{ExportConfig, Protocol};
    ///
    /// let none = std::collections::BTreeMap::new();
    /// let config = ExportConfig::from_environment(Some("http://127.0.0.1:4318"), &none)?;
    /// let metrics = config.metrics.unwrap();
    /// assert_eq!(metrics.protocol, Protocol::Http);
    /// assert_eq!(metrics.url.as_str(), "http://127.0.0.1:4318/v1/metrics");
    /// # Ok::<(), jaunt_otlp::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// An endpoint is no URL, or a protocol is none that we speak. Other values that are malformed
    /// are discarded, and said so in [`ExportConfig::warnings`].
    pub fn from_environment(
        endpoint: Option<&str>,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        environment::read(endpoint, environment)
    }

    /// Where `signal` goes.
    pub const fn target(&self, signal: Signal) -> Option<&Target> {
        match signal {
            Signal::Metrics => self.metrics.as_ref(),
            Signal::Traces => self.traces.as_ref(),
            Signal::Logs => self.logs.as_ref(),
        }
    }
}

impl Target {
    /// The endpoint as it may be shown: without user, password and query.
    pub fn shown(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        // Both fail only for URLs that cannot have them.
        let _ = url.set_password(None);
        let _ = url.set_username("");
        url.to_string()
    }
}

impl Headers {
    /// These headers: names and values.
    pub fn new(headers: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(headers.into_iter().collect())
    }

    /// Their names and values: the one way to the values.
    pub fn expose(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `text` with each value, and each of its words, replaced by `***`: a server may echo them.
    pub(crate) fn redact(&self, text: &str) -> String {
        let words = self.0.values().flat_map(|value| value.split_whitespace());
        let mut secrets: Vec<&str> = self.0.values().map(String::as_str).chain(words).collect();
        secrets.retain(|secret| secret.len() >= 6);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let mut text = text.to_owned();
        for secret in secrets {
            text = text.replace(secret, "***");
        }
        text
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.keys().map(|name| (name, "***")))
            .finish()
    }
}
