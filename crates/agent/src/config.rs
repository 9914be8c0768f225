//! The agent's configuration: what its file says, or everything that is wrong with it.
//!
//! Whoever holds a [`Config`] holds a good one. Variables and files that it names are read through
//! [`Around`], so that reading is pure and tested without either.

pub mod code;
mod customer;
mod export;
mod key;
mod parse;
mod read;
mod schema;
mod source;

pub use code::ALL as CODES;
pub use customer::{Allowance, Customers, Limits, Readable};
pub use export::{Endpoint, Export, ExportTls, Protocol, Signals, Temporality};
pub use key::{Key, SOURCE, Section, Takes};
pub use parse::{Parsed, parse};
pub use read::{Reader, Text, is_name};
pub use schema::{schema, schema_of};
pub use source::{Origin, Source};

use crate::Shard;
use jaunt_probe::NameServer;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// What lies around the file: the environment, other files, the host's name.
pub trait Around: std::fmt::Debug + Send + Sync {
    /// A variable of the environment; `None` where it is unset or not UTF-8.
    fn variable(&self, name: &str) -> Option<String>;
    /// The text of a file.
    ///
    /// # Errors
    /// It cannot be read, or is not UTF-8.
    fn file(&self, path: &Path) -> std::io::Result<String>;
    /// The host's name.
    fn host(&self) -> String;
}

/// The agent's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where this agent stands.
    pub region: String,
    /// Journal, bundles, instance id.
    pub data_dir: PathBuf,
    /// This agent's name; `None`: made once and kept in `data_dir`.
    pub instance: Option<String>,
    /// Where its own health is served.
    pub listen: SocketAddr,
    /// Which part of the journeys is this agent's.
    pub shard: Shard,
    /// Another part until then: Unix seconds, and the shard before.
    pub reshard: Option<(i64, Shard)>,
    /// How long runs may take to end when told to stop.
    pub drain: Duration,
    /// A run that cannot start within this of its slot is missed.
    pub tolerance: Duration,
    /// Where journeys come from; never empty.
    pub sources: Vec<Source>,
    /// What each customer may.
    pub customers: Customers,
    /// Servers that resolve names; empty: the system's.
    pub name_servers: Vec<NameServer>,
    /// Whether the hosts file is read.
    pub hosts: bool,
    /// Roots to trust beside the system's, PEM.
    pub roots: Option<String>,
    /// Where DNSSEC's chains of trust begin, as DNSKEY records; `None`: the root's keys.
    pub anchors: Option<String>,
    /// What must be reachable if we are not isolated; empty or at least two.
    pub references: Vec<SocketAddr>,
    /// Control names for the resolver.
    pub control_names: Vec<String>,
    /// Where results go; never empty.
    pub exports: Vec<Export>,
    /// Bounds of what waits for delivery.
    pub journal: JournalBounds,
    /// Limits of the whole agent.
    pub limits: AgentLimits,
}

/// Bounds of what waits for delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalBounds {
    /// Bytes.
    pub max_size: u64,
    /// Age of what is dropped.
    pub max_age: Duration,
    /// How long a finished run may be off the platter; `None`: never.
    pub sync: Option<Duration>,
}

/// Limits of the whole agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentLimits {
    /// Journeys.
    pub journeys: usize,
    /// Runs at once.
    pub runs: usize,
    /// Metric series.
    pub series: u64,
}

/// This process's own surroundings.
#[derive(Clone, Copy, Debug)]
pub struct Process;

impl Around for Process {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> std::io::Result<String> {
        use std::io::Read;
        let mut text = String::new();
        // A token or a key; what is larger is not one.
        std::fs::File::open(path)?
            .take(1 << 20)
            .read_to_string(&mut text)?;
        Ok(text)
    }

    fn host(&self) -> String {
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        name.or_else(|| std::env::var("HOSTNAME").ok())
            .map(|name| name.trim().to_owned())
            .unwrap_or_default()
    }
}
