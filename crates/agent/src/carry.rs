//! Carrying out one run: from its slot to its record in the log.

use crate::{Clock, Log, Slot, Station, live::Board, load::Loaded, reference::References};
use jaunt_otlp::{
    Number, Own,
    names::{attribute, metric},
};
use jaunt_probe::Network;
use jaunt_record::{Kind, Record, RunId, Verdict};
use jaunt_runner::{Order, Surroundings, excuse, run};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// What all runs of an agent share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) network: Arc<Network>,
    /// The agent's own name.
    pub(crate) instance: String,
    /// Share of passing runs whose traces are kept by any export.
    pub(crate) pass_ratio: f64,
    /// What proves that a failure is ours.
    pub(crate) references: References,
    /// Ends what goes on.
    pub(crate) stop: CancellationToken,
    /// What others may see.
    pub(crate) board: Arc<Board>,
    /// Figures about the agent itself.
    pub(crate) own: Own,
}

impl Shared {
    /// Hands a record to the log, and shows it.
    pub(crate) async fn book(
        &self,
        at_ns: i64,
        station: &Station,
        record: &Record,
    ) -> Result<(), crate::Gone> {
        let region = [(attribute::REGION, station.region())];
        if record.verdict != Verdict::Missed {
            let ended = Number::Whole(record.end_ns.div_euclid(1_000_000_000));
            self.own.set(&metric::LAST_RUN, &region, ended);
        }
        self.board.booked(station, record);
        self.log.append(at_ns, record).await
    }
}

/// A run that starts now.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) loaded: Loaded,
    pub(crate) slot: Slot,
    /// When it was due, Unix ns.
    pub(crate) due_ns: i64,
}

/// Carries a run out, and hands its record to the log.
pub(crate) async fn carry(start: Start, shared: Arc<Shared>) -> Result<(), crate::Gone> {
    let Loaded {
        station,
        tenant,
        plan,
        secrets,
        ..
    } = start.loaded;
    let visitor = shared.network.visitor(&tenant.policy);
    let surroundings = Surroundings {
        secrets,
        stop: shared.stop.clone(),
    };
    let late = shared.clock.now().wall_ns.saturating_sub(start.due_ns);
    let order = Order {
        id: RunId::from_bytes(*uuid::Uuid::now_v7().as_bytes()),
        kind: Kind::Scheduled,
        slot: Some(start.slot.unix_s()),
        lateness: Duration::from_nanos(u64::try_from(late).unwrap_or(0)),
        region: station.region().to_owned(),
        agent: shared.instance.clone(),
        until: None,
        pass_ratio: shared.pass_ratio,
    };
    let record = run(&plan, &order, &surroundings, visitor, &|_| {}).await;
    let record = match shared.references.proof(&record).await {
        Some(void) => excuse(&plan, record, void),
        None => record,
    };
    tell(&record);
    shared.book(record.end_ns, &station, &record).await
}

/// What is not well is told, in words that hold no secret: the record is redacted.
fn tell(record: &Record) {
    let (customer, journey, slot) = (&record.customer, &record.journey, record.slot);
    match record.verdict {
        Verdict::Pass | Verdict::Slow | Verdict::Missed => {}
        Verdict::Fail => {
            let failure = record.failure.as_ref();
            tracing::info!(
                customer,
                journey,
                slot,
                run = %record.id,
                step = failure.map(|failure| failure.step.as_str()),
                kind = failure.map(|failure| failure.kind.as_str()),
                message = failure.map(|failure| failure.message.as_str()),
                "run failed"
            );
        }
        Verdict::Void => {
            let void = record.void.as_ref();
            tracing::warn!(
                customer,
                journey,
                slot,
                run = %record.id,
                cause = void.map(|void| void.cause.as_str()),
                message = void.map(|void| void.message.as_str()),
                "run void"
            );
        }
    }
}
