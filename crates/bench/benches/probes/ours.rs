//! jaunt: a journey of one step, its SLIs and its OTLP.

use crate::{
    Trouble,
    kind::{Kind, NAME, Target},
};
use jaunt_journey::{Options, parse};
use jaunt_otlp::{Described, Fold, FoldSettings, logs, slot_event, spans};
use jaunt_probe::{Network, NetworkConfig, Policy};
use jaunt_record::{Kind as Why, Record, RunId, Verdict};
use jaunt_runner::{Beside, Order, Plan, SecretAccess, Secrets, Surroundings, run};
use prost::Message;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Metrics are collected once in so many probes: an agent does once a minute.
const COLLECT: u32 = 100;

/// All that an agent has of a journey.
pub(crate) struct Ours {
    plan: Plan,
    network: Arc<Network>,
    policy: Arc<Policy>,
    surroundings: Surroundings,
    fold: Fold,
    steps: Vec<String>,
    since_collected: u32,
}

impl Ours {
    pub(crate) fn new(target: &Target) -> Result<Self, Trouble> {
        let parsed = parse(&text(target), &Options::default());
        let found = format!("{:?}", parsed.diagnostics);
        let journey = Arc::new(parsed.journeys.into_iter().next().ok_or(found)?);
        let folder = std::env::temp_dir();
        let network = Network::new(NetworkConfig::default())?;
        let surroundings = Surroundings {
            secrets: Arc::new(Secrets::read(&journey, &SecretAccess::Own(folder.clone()))),
            stop: CancellationToken::new(),
        };
        let steps: Vec<String> = journey.steps.iter().map(|it| it.id.clone()).collect();
        let mut fold = Fold::new(FoldSettings::default());
        let described = Described {
            customer: journey.customer.clone(),
            journey: journey.name.clone(),
            region: "local".to_owned(),
            steps: steps.clone(),
            slos: Vec::new(),
        };
        fold.register(&described, 1);
        let plan = Plan::new(journey, &Beside::Free(folder), &network)
            .map_err(|errors| format!("{errors:?}"))?;
        Ok(Self {
            plan,
            network,
            policy: Arc::new(Policy::everything()),
            surroundings,
            fold,
            steps,
            since_collected: 0,
        })
    }

    pub(crate) async fn probe(&mut self) -> Result<(), Trouble> {
        let order = Order {
            id: RunId::from_bytes(*uuid::Uuid::now_v7().as_bytes()),
            kind: Why::Scheduled,
            slot: Some(0),
            lateness: Duration::ZERO,
            region: "local".to_owned(),
            agent: "bench".to_owned(),
            until: None,
            pass_ratio: 1.0,
        };
        let visitor = self.network.visitor(&self.policy);
        let record = run(&self.plan, &order, &self.surroundings, visitor, &|_| {}).await;
        if record.verdict != Verdict::Pass {
            return Err(format!(
                "{:?} {:?} {:?}",
                record.verdict, record.failure, record.void
            )
            .into());
        }
        std::hint::black_box(self.tell(&record));
        Ok(())
    }

    /// Folds a record, and encodes what it says; how many bytes that is.
    fn tell(&mut self, record: &Record) -> usize {
        self.fold.add(record);
        let mut bytes = encode(&spans(record)) + encode(&logs(record));
        bytes += slot_event(record, &self.steps).encode_to_vec().len();
        self.since_collected += 1;
        if self.since_collected == COLLECT {
            self.since_collected = 0;
            let collected = self.fold.collect(record.end_ns);
            bytes += encode(&collected.births) + encode(&collected.points);
        }
        bytes
    }
}

fn encode(messages: &[impl Message]) -> usize {
    messages.iter().map(|it| it.encode_to_vec().len()).sum()
}

fn text(target: &Target) -> String {
    let (at, ca) = (target.address, target.ca.display());
    let step = match target.kind {
        Kind::Https => format!("request = \"GET https://{at}/\"\nstatus = 200\ntls.ca = \"{ca}\""),
        Kind::Http => format!("request = \"GET http://{at}/\"\nstatus = 200"),
        Kind::Tcp => format!("connect = \"{at}\""),
        Kind::Dns => format!(
            "resolve = \"A {NAME}\"\nserver = \"{at}\"\nexpect = [{{ rcode = \"name\", eq = \"NOERROR\" }}]"
        ),
    };
    format!("journey = \"bench\"\n[[step]]\n{step}\n")
}
