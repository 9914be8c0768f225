//! Carrying a text out as a run.

use jaunt_journey::{Options, parse};
use jaunt_probe::{Network, NetworkConfig, Policy, Visitor};
use jaunt_record::{Kind, Record, RunId, Step};
use jaunt_runner::{Beside, Order, Plan, SecretAccess, Secrets, Surroundings, run};
use std::{
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex},
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// One for all tests, as for all runs of a process: the system's roots are read once.
static NETWORK: LazyLock<Arc<Network>> =
    LazyLock::new(|| Network::new(NetworkConfig::default()).unwrap());

/// A journey's text made ready, and what surrounds its run.
pub(crate) struct Carry {
    plan: Plan,
    order: Order,
    surroundings: Surroundings,
    policy: Policy,
    network: Arc<Network>,
    /// `began ID` and `ended ID`, as they happened.
    pub(crate) progress: Mutex<Vec<String>>,
}

impl Carry {
    /// Of a text that is a journey's without its first lines.
    pub(crate) fn new(text: &str) -> Self {
        Self::beside(text, PathBuf::from("/nonexistent"))
    }

    /// Of a text whose files and secrets lie in this folder.
    pub(crate) fn beside(text: &str, folder: PathBuf) -> Self {
        let text = format!("journey = \"of-a-test\"\n{text}");
        let parsed = parse(&text, &Options::default());
        let [journey] = &parsed.journeys[..] else {
            panic!("{text}\n{:#?}", parsed.diagnostics);
        };
        let journey = Arc::new(journey.clone());
        let secrets = Secrets::read(&journey, &SecretAccess::Own(folder.clone()));
        Self {
            plan: Plan::new(journey, &Beside::Free(folder), &NETWORK).unwrap(),
            order: Order {
                id: RunId::from_bytes(*uuid::Uuid::now_v7().as_bytes()),
                kind: Kind::Scheduled,
                slot: Some(1_790_000_040),
                lateness: Duration::from_millis(3),
                region: "fra".into(),
                agent: "agent-of-a-test".into(),
                until: None,
                pass_ratio: 1.0,
            },
            surroundings: Surroundings {
                secrets: Arc::new(secrets),
                stop: CancellationToken::new(),
            },
            policy: Policy::everything(),
            network: Arc::clone(&NETWORK),
            progress: Mutex::default(),
        }
    }

    /// To end with this step.
    pub(crate) fn until(mut self, step: &str) -> Self {
        self.order.until = Some(step.into());
        self
    }

    /// Under this egress policy.
    pub(crate) fn under(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// By way of this network.
    pub(crate) fn on(mut self, network: &Arc<Network>) -> Self {
        self.network = Arc::clone(network);
        self
    }

    /// What tells it to stop.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.surroundings.stop.clone()
    }

    fn visitor(&self) -> Visitor {
        self.network.visitor(&Arc::new(self.policy.clone()))
    }

    pub(crate) async fn out(&self) -> Record {
        let watch = |progress: jaunt_runner::Progress<'_>| {
            let told = match progress {
                jaunt_runner::Progress::Began { id, .. } => format!("began {id}"),
                jaunt_runner::Progress::Ended { step, .. } => format!("ended {}", step.id),
            };
            self.progress.lock().unwrap().push(told);
        };
        let carried = Box::pin(run(
            &self.plan,
            &self.order,
            &self.surroundings,
            self.visitor(),
            &watch,
        ));
        let carried = tokio::time::timeout(Duration::from_secs(20), carried).await;
        carried.expect("a run is bounded")
    }

    /// Carries it out, and how long that took.
    pub(crate) async fn timed(&self) -> (Record, Duration) {
        let begun = Instant::now();
        let record = self.out().await;
        (record, begun.elapsed())
    }
}

/// The record of a run of this text.
pub(crate) async fn carry(text: &str) -> Record {
    Carry::new(text).out().await
}

/// The step of this id.
pub(crate) fn step<'a>(record: &'a Record, id: &str) -> &'a Step {
    record.steps.iter().find(|step| step.id == id).unwrap()
}

/// `id: verdict` of all steps.
pub(crate) fn verdicts(record: &Record) -> Vec<String> {
    let steps = record.steps.iter();
    steps
        .map(|step| format!("{}: {}", step.id, step.verdict))
        .collect()
}

/// `kind in phase at step` of the failure, or the verdict of a run without one.
pub(crate) fn ending(record: &Record) -> String {
    match (&record.failure, &record.void) {
        (Some(failure), _) => format!("{} in {} at {}", failure.kind, failure.phase, failure.step),
        (None, Some(void)) => format!("void: {}", void.cause),
        (None, None) => record.verdict.to_string(),
    }
}

/// What the failure says.
pub(crate) fn message(record: &Record) -> &str {
    &record.failure.as_ref().expect("a failure").message
}
