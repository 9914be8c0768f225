//! Carrying a journey out: the runtime, the network, and being told to stop.
//!
//! The run is on a worker of its own; drawing and signals are on the main thread, so that no
//! measured phase waits for a terminal.

use super::show::{Event, Show};
use crate::trouble::Report;
use jaunt_agent::{StandIn, config::Config};
use jaunt_journey::Journey;
use jaunt_probe::{Network, NetworkConfig, Policy};
use jaunt_record::{Kind, Record, RunId};
use jaunt_runner::{
    Beside, Order, Plan, Progress, SecretAccess, Secrets, Surroundings, excuse, run,
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{runtime::Runtime, sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// What all runs of this process share.
pub(crate) struct Carrier {
    runtime: Runtime,
    acting: Acting,
    region: String,
    /// By whose name.
    agent: String,
    until: Option<String>,
    stop: CancellationToken,
    /// What goes on beside the runs.
    _beside: JoinSet<()>,
}

/// As whom journeys are carried out.
enum Acting {
    /// As this user of this machine, who may dial everything.
    Oneself(Arc<Network>),
    /// As an agent.
    Agent(Box<StandIn>),
}

/// A journey made ready.
pub(crate) struct Load {
    plan: Arc<Plan>,
    secrets: Arc<Secrets>,
    policy: Arc<Policy>,
}

impl Load {
    /// The journey.
    pub(crate) fn journey(&self) -> &Journey {
        &self.plan.journey
    }
}

/// What keeps a run from starting.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CarryError {
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error("cannot make journey `{journey}` ready")]
    Plan {
        journey: String,
        #[source]
        source: jaunt_runner::PlanError,
    },
    #[error("the run of a journey broke off: a fault of jaunt")]
    Broken,
}

impl Carrier {
    /// Ready to carry out journeys on this machine, where everything may be dialled.
    pub(crate) fn here(region: &str, until: Option<&str>) -> Result<Self, Report> {
        let mut config = NetworkConfig::default();
        // As programs on this machine see it: `localhost` and its kin are there.
        config.resolver.hosts = true;
        Ok(Self {
            runtime: runtime()?,
            acting: Acting::Oneself(Network::new(config)?),
            region: region.to_owned(),
            agent: BY_HAND.to_owned(),
            until: until.map(str::to_owned),
            stop: CancellationToken::new(),
            _beside: JoinSet::new(),
        })
    }

    /// Ready to carry out journeys as the agent of `config` would.
    pub(crate) fn as_agent(config: Config, until: Option<&str>) -> Result<Self, Report> {
        let runtime = runtime()?;
        let (stand_in, watch) = StandIn::new(config)?;
        let mut beside = JoinSet::new();
        beside.spawn_on(watch.run(), runtime.handle());
        Ok(Self {
            runtime,
            region: stand_in.region().to_owned(),
            agent: stand_in.instance().unwrap_or_else(|| BY_HAND.to_owned()),
            acting: Acting::Agent(Box::new(stand_in)),
            until: until.map(str::to_owned),
            stop: CancellationToken::new(),
            _beside: beside,
        })
    }

    /// The folders whose journeys belong to one customer.
    pub(crate) fn pinned(&self) -> Vec<(PathBuf, String)> {
        match &self.acting {
            Acting::Oneself(_) => Vec::new(),
            Acting::Agent(stand_in) => stand_in.pinned().collect(),
        }
    }

    /// The runtime.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Whether the process was told to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Makes `journey` ready, or tells all that keeps it from that; files that it names start at
    /// `folder`.
    pub(crate) fn load(&self, journey: Arc<Journey>, folder: &Path) -> Result<Load, Report> {
        match &self.acting {
            Acting::Oneself(network) => as_oneself(journey, folder, network),
            Acting::Agent(stand_in) => {
                let ready = stand_in.load(journey, folder).map_err(Report::of_all)?;
                Ok(Load {
                    plan: Arc::new(ready.plan),
                    secrets: Arc::new(ready.secrets),
                    policy: ready.policy,
                })
            }
        }
    }

    /// Carries it out once, showing what happens.
    pub(crate) fn run(&self, load: &Load, show: &mut Show<'_>) -> Result<Record, Report> {
        // A journey has few steps; an event beyond the bound is not shown, and the record has it.
        let (sender, events) = mpsc::channel(256);
        let plan = Arc::clone(&load.plan);
        let order = self.order(&plan);
        let surroundings = Surroundings {
            secrets: Arc::clone(&load.secrets),
            stop: self.stop.clone(),
        };
        let (network, references) = match &self.acting {
            Acting::Oneself(network) => (network, None),
            Acting::Agent(stand_in) => (stand_in.network(), Some(stand_in.references().clone())),
        };
        let visitor = network.visitor(&load.policy);
        let mut tasks = JoinSet::new();
        let task = async move {
            let watch = move |progress: Progress<'_>| {
                let _ = sender.try_send(match progress {
                    Progress::Began { id, .. } => Event::Began(id.to_owned()),
                    Progress::Ended { step, .. } => Event::Ended(Box::new(step.clone())),
                });
            };
            let record = run(&plan, &order, &surroundings, visitor, &watch).await;
            let Some(references) = references else {
                return record;
            };
            match references.proof(&record).await {
                Some(void) => excuse(&plan, record, void),
                None => record,
            }
        };
        tasks.spawn_on(task, self.runtime.handle());
        self.runtime.block_on(self.follow(tasks, events, show))
    }

    fn order(&self, plan: &Plan) -> Order {
        let has = |until: &&String| plan.journey.steps.iter().any(|step| step.id == **until);
        Order {
            id: RunId::from_bytes(*uuid::Uuid::now_v7().as_bytes()),
            kind: Kind::Manual,
            slot: None,
            lateness: Duration::ZERO,
            region: self.region.clone(),
            agent: self.agent.clone(),
            until: self.until.as_ref().filter(has).cloned(),
            pass_ratio: 1.0,
        }
    }

    /// Draws until the run has ended; an interrupt stops it, a second one ends the process.
    async fn follow(
        &self,
        mut tasks: JoinSet<Record>,
        mut events: mpsc::Receiver<Event>,
        show: &mut Show<'_>,
    ) -> Result<Record, Report> {
        let mut beat = tokio::time::interval(Duration::from_millis(100));
        // One listener for the whole run: a signal between two beats is not lost.
        let mut interrupt = std::pin::pin!(interrupted());
        loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => show.event(&event),
                done = tasks.join_next() => {
                    show.clear();
                    return match done {
                        Some(Ok(record)) => Ok(record),
                        Some(Err(_)) | None => Err(CarryError::Broken.into()),
                    };
                }
                () = &mut interrupt => {
                    interrupt.set(interrupted());
                    if self.stop.is_cancelled() {
                        show.clear();
                        std::process::exit(2);
                    }
                    self.stop.cancel();
                }
                _ = beat.tick() => show.beat(),
            }
        }
    }
}

/// Whose runs they are that no agent carried out.
const BY_HAND: &str = "manual";

fn runtime() -> Result<Runtime, CarryError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(CarryError::Runtime)
}

fn as_oneself(
    journey: Arc<Journey>,
    folder: &Path,
    network: &Arc<Network>,
) -> Result<Load, Report> {
    let name = journey.name.clone();
    let secrets = Secrets::read(&journey, &SecretAccess::Own(folder.to_owned()));
    let plan = Plan::new(journey, &Beside::Free(folder.to_owned()), network);
    let plan = plan.map_err(|errors| {
        let error = |source| CarryError::Plan {
            journey: name.clone(),
            source,
        };
        Report::of_all(errors.into_iter().map(error).collect())
    })?;
    Ok(Load {
        plan: Arc::new(plan),
        secrets: Arc::new(secrets),
        policy: Arc::new(Policy::everything()),
    })
}

/// Comes back when the process is told to stop, by Ctrl-C or SIGTERM.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
