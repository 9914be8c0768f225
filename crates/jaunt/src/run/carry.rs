//! Carrying a journey out: the runtime, the network, and being told to stop.
//!
//! The run is on a worker of its own; drawing and signals are on the main thread, so that no
//! measured phase waits for a terminal.

use super::show::{Event, Show};
use crate::trouble::Report;
use jaunt_journey::Journey;
use jaunt_probe::{Network, NetworkConfig, Policy};
use jaunt_record::{Kind, Record, RunId};
use jaunt_runner::{Beside, Order, Plan, Progress, SecretAccess, Secrets, Surroundings, run};
use std::{io, path::Path, sync::Arc, time::Duration};
use tokio::{runtime::Runtime, sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// What all runs of this process share.
pub(crate) struct Carrier {
    runtime: Runtime,
    network: Arc<Network>,
    policy: Arc<Policy>,
    region: String,
    until: Option<String>,
    stop: CancellationToken,
}

/// A journey made ready.
pub(crate) struct Load {
    plan: Arc<Plan>,
    secrets: Arc<Secrets>,
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
    pub(crate) fn new(region: &str, until: Option<&str>) -> Result<Self, Report> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(CarryError::Runtime)?;
        let mut config = NetworkConfig::default();
        // As programs on this machine see it: `localhost` and its kin are there.
        config.resolver.hosts = true;
        Ok(Self {
            runtime,
            network: Network::new(config)?,
            policy: Arc::new(Policy::everything()),
            region: region.to_owned(),
            until: until.map(str::to_owned),
            stop: CancellationToken::new(),
        })
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
    pub(crate) fn load(
        &self,
        journey: Arc<Journey>,
        folder: &Path,
    ) -> Result<Load, Vec<CarryError>> {
        let name = journey.name.clone();
        let secrets = Secrets::read(&journey, &SecretAccess::Own(folder.to_owned()));
        let plan = Plan::new(journey, &Beside::Free(folder.to_owned()), &self.network);
        let plan = plan.map_err(|errors| -> Vec<CarryError> {
            let error = |source| CarryError::Plan {
                journey: name.clone(),
                source,
            };
            errors.into_iter().map(error).collect()
        })?;
        Ok(Load {
            plan: Arc::new(plan),
            secrets: Arc::new(secrets),
        })
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
        let visitor = self.network.visitor(&self.policy);
        let mut tasks = JoinSet::new();
        let task = async move {
            let watch = move |progress: Progress<'_>| {
                let _ = sender.try_send(match progress {
                    Progress::Began { id, .. } => Event::Began(id.to_owned()),
                    Progress::Ended { step, .. } => Event::Ended(Box::new(step.clone())),
                });
            };
            run(&plan, &order, &surroundings, visitor, &watch).await
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
            agent: "manual".into(),
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
