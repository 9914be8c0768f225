//! The hub's configuration: what its file says, or everything that is wrong with it.
//!
//! Whoever holds a [`Config`] holds a good one. The manners (`env:`, `file:`, near misses, all
//! problems at once) and `[[source]]` are the agent's: its reader is used, not repeated.

mod code;
mod edit;
mod key;
mod parse;
mod token;

pub use code::ALL as CODES;
pub use edit::{EditError, add_token, remove_token};
pub use jaunt_agent::config::{Around, Origin, Process, Source};
pub use parse::{Parsed, parse};
pub use token::{Proof, Role, Token};

use jaunt_otlp::names::Spelling;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// The hub's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where what is received is kept.
    pub data_dir: PathBuf,
    /// Where OTLP is received, by gRPC and by HTTP.
    pub ingest: SocketAddr,
    /// Where API and pages are served.
    pub web: SocketAddr,
    /// What links begin with; no slash at its end.
    pub url: String,
    /// How both ports are secured; `None`: not at all.
    pub tls: Option<Tls>,
    /// Folders and bundles of journeys, whose objectives are judged.
    pub sources: Vec<Source>,
    /// Who may read and write; empty only where both ports are loopback.
    pub tokens: Vec<Token>,
    /// For how long what is kept.
    pub keep: Keep,
    /// The store that figures are read from instead of the embedded one.
    pub prometheus: Option<Prometheus>,
    /// Alertmanagers that alerts are to be pushed to.
    pub alertmanagers: Vec<url::Url>,
    /// Until when what is kept was made up, Unix ns: pages say so. No file can; a demo does.
    pub simulated_until_ns: Option<i64>,
}

/// A Prometheus-compatible store that figures are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prometheus {
    /// Where its API is.
    pub url: url::Url,
    /// How it spells names.
    pub names: Spelling,
}

/// PEM files that secure both ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Our chain.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Who signs the certificates that senders may show instead of a bearer token.
    pub client_ca: Option<PathBuf>,
}

/// For how long what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Each slot's verdict and latency.
    pub slots: Duration,
    /// Whole runs that passed.
    pub runs: Duration,
    /// Whole runs that did not.
    pub failures: Duration,
    /// Bytes on disk; beyond it whole runs go first, then the oldest slots.
    pub max_size: u64,
}

impl Default for Keep {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        Self {
            slots: DAY * 400,
            runs: DAY * 7,
            failures: DAY * 35,
            max_size: 20 << 30,
        }
    }
}

/// The JSON Schema (2020-12) of the hub's file.
pub fn schema() -> serde_json::Value {
    jaunt_agent::config::schema_of(&key::ROOT, "jaunt hub", &[])
}

/// The folder that relative paths of the file at `path` start from.
///
/// # Errors
/// The path is empty, or there is no current directory.
pub fn folder_of(path: &Path) -> std::io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    Ok(path.parent().unwrap_or(&path).to_owned())
}
