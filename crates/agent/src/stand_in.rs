//! A stand-in: what an agent would give a journey, for a run by hand (`jaunt run --as-agent`).
//!
//! It holds the journey against the limits of its customer, reads only that customer's secrets, dials
//! by its egress policy and resolves at the agent's servers; and what excuses a failure of the agent
//! excuses it here. It takes no lock, keeps nothing and writes nothing, so that it may stand beside the
//! agent itself. How many journeys and runs there may be at once is not its matter: it is one run.

use crate::{
    config::{Config, Origin, Process},
    instance,
    load::{Limit, Tenant, exceeded},
    reference::{References, Tried, Watch},
};
use jaunt_journey::Journey;
use jaunt_probe::{Network, NetworkConfig, NetworkError, Policy, ResolverConfig};
use jaunt_runner::{Beside, Plan, PlanError, Secrets};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// What an agent would give a journey. See the module's documentation.
#[derive(Debug)]
pub struct StandIn {
    config: Config,
    network: Arc<Network>,
    references: References,
}

/// A journey as the agent would carry it out.
#[derive(Debug)]
pub struct AsAgent {
    /// What is carried out.
    pub plan: Plan,
    /// The secrets that its customer has.
    pub secrets: Secrets,
    /// What it may dial.
    pub policy: Arc<Policy>,
}

/// The agent would refuse the journey.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is over a limit.
    #[error("the agent refuses journey `{journey}` ({}): {text}", limit.as_str())]
    Limit {
        /// Which journey.
        journey: String,
        /// Which limit.
        limit: Limit,
        /// By how much.
        text: String,
    },
    /// It cannot be made ready.
    #[error("the agent cannot make journey `{journey}` ready")]
    Plan {
        /// Which journey.
        journey: String,
        /// Why.
        source: PlanError,
    },
}

impl StandIn {
    /// One for the agent of `config`; [`Watch::run`] goes on for as long as runs may ask for proof.
    ///
    /// # Errors
    /// The resolver cannot be set up.
    pub fn new(config: Config) -> Result<(Self, Watch), NetworkError> {
        let network = network(&config)?;
        let (references, watch) = References::new(Arc::clone(&network), Tried::of(&config));
        let stand_in = Self {
            config,
            network,
            references,
        };
        Ok((stand_in, watch))
    }

    /// Where the agent stands.
    pub fn region(&self) -> &str {
        &self.config.region
    }

    /// The agent's name; `None` where it has none yet, or keeps it where we may not read.
    pub fn instance(&self) -> Option<String> {
        let Config {
            instance, data_dir, ..
        } = &self.config;
        instance::known(instance.as_deref(), &Process, data_dir)
    }

    /// The network as the agent sees it.
    pub const fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// What excuses failures.
    pub const fn references(&self) -> &References {
        &self.references
    }

    /// The folders whose journeys belong to one customer, whoever they say they are.
    pub fn pinned(&self) -> impl Iterator<Item = (PathBuf, String)> {
        self.config.sources.iter().filter_map(|source| {
            let customer = source.customer.clone()?;
            match &source.origin {
                Origin::Dir(folder) => Some((folder.clone(), customer)),
                Origin::Bundle { .. } => None,
            }
        })
    }

    /// Makes `journey`, whose file lies in `folder`, ready as the agent would.
    ///
    /// # Errors
    /// All that the agent would refuse it for.
    pub fn load(&self, journey: Arc<Journey>, folder: &Path) -> Result<AsAgent, Vec<Refusal>> {
        let tenant = Tenant::of(&journey.customer, &self.config.customers);
        let name = journey.name.clone();
        let over = exceeded(&journey, &tenant.allowance.limits);
        if !over.is_empty() {
            let refusal = |(limit, text)| Refusal::Limit {
                journey: name.clone(),
                limit,
                text,
            };
            return Err(over.into_iter().map(refusal).collect());
        }
        let secrets = Secrets::read(&journey, &tenant.secrets);
        let confined = Beside::Confined(folder.to_owned());
        match Plan::new(journey, &confined, &self.network) {
            Ok(plan) => Ok(AsAgent {
                plan,
                secrets,
                policy: tenant.policy,
            }),
            Err(errors) => {
                let refusal = |source| Refusal::Plan {
                    journey: name.clone(),
                    source,
                };
                Err(errors.into_iter().map(refusal).collect())
            }
        }
    }
}

/// The network of an agent: its name servers, and the hosts file where it says so.
pub(crate) fn network(config: &Config) -> Result<Arc<Network>, NetworkError> {
    Network::new(NetworkConfig {
        resolver: ResolverConfig {
            servers: config.name_servers.clone(),
            hosts: config.hosts,
        },
        roots: config.roots.clone().map(String::into_bytes),
        anchors: config.anchors.clone(),
    })
}
