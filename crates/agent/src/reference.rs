//! Proof that a failure is ours, before it becomes a verdict: reference targets and control names.
//!
//! A rule that can blame the agent can hide an outage, so what is in doubt stays a failure. What was
//! seen at the regular tries (every 10 s) proves nothing by itself, since the network may have come
//! back; what decides is a try that was still going on when the failure struck or began after it.
//! One try serves all who wait: a network that breaks makes a thousand runs fail at once, and the
//! references are other people's machines.

mod proof;
mod watch;

pub use watch::{Standing, Watch};

use crate::config::Config;
use jaunt_probe::Network;
use jaunt_record::{Record, Void};
use proof::{Doubt, doubt};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// How long a verdict waits for its proof: the rest of a try that is going on, or one of its own.
const PATIENCE: Duration = Duration::from_secs(4);
/// How many may wait for the next try before others wait to be heard.
const WAITING: usize = 1024;

/// What is tried.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    /// Targets of different parties; fewer than two prove nothing.
    pub targets: Vec<SocketAddr>,
    /// Names that surely exist.
    pub names: Vec<String>,
}

impl Tried {
    /// What `config` names.
    pub fn of(config: &Config) -> Self {
        Self {
            targets: config.references.clone(),
            names: config.control_names.clone(),
        }
    }
}

/// Gives verdicts their proof; cheap to clone.
#[derive(Clone, Debug)]
pub struct References {
    network: Arc<Network>,
    tried: Arc<Tried>,
    ask: mpsc::Sender<oneshot::Sender<Seen>>,
    standing: Arc<Mutex<Standing>>,
}

/// What one try showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// No reference was reached.
    cut_off: bool,
    /// The resolver's servers failed every control name.
    unresolved: bool,
}

impl References {
    /// Both ends: who asks, and who tries. [`Watch::run`] goes on for as long as anybody may ask.
    pub fn new(network: Arc<Network>, tried: Tried) -> (Self, Watch) {
        let (ask, asked) = mpsc::channel(WAITING);
        let references = Self {
            network,
            tried: Arc::new(tried),
            ask,
            standing: Arc::default(),
        };
        let watch = Watch {
            network: Arc::clone(&references.network),
            tried: Arc::clone(&references.tried),
            asked,
            standing: Arc::clone(&references.standing),
        };
        (references, watch)
    }

    /// What the last try showed.
    pub fn standing(&self) -> Standing {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the failure of `record` is ours after all; `None`, mostly at once, where it is not or
    /// nothing proves it.
    pub async fn proof(&self, record: &Record) -> Option<Void> {
        let doubt = doubt(record, &self.network)?;
        if !self.could_prove(doubt) {
            return None;
        }
        let seen = tokio::time::timeout(PATIENCE, self.next_try())
            .await
            .ok()??;
        let failure = record.failure.as_ref()?;
        if seen.cut_off {
            return Some(proof::isolated(failure, &self.tried.targets));
        }
        (seen.unresolved && doubt == Doubt::Resolver)
            .then(|| proof::resolver(failure, &self.tried.names))
    }

    fn could_prove(&self, doubt: Doubt) -> bool {
        let references = self.tried.targets.len() >= 2;
        references || (doubt == Doubt::Resolver && !self.tried.names.is_empty())
    }

    async fn next_try(&self) -> Option<Seen> {
        let (tell, told) = oneshot::channel();
        self.ask.send(tell).await.ok()?;
        told.await.ok()
    }
}
