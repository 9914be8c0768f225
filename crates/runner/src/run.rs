//! Carrying a journey out.

use crate::{Plan, Secrets};
use jaunt_probe::Visitor;
use jaunt_record::{Kind, Record, RunId, Step};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// What is to be carried out, beside the journey.
#[derive(Clone, Debug)]
pub struct Order {
    /// The run's id (UUIDv7).
    pub id: RunId,
    /// Why it runs.
    pub kind: Kind,
    /// The slot's nominal time in Unix seconds; `None` for a manual run.
    pub slot: Option<i64>,
    /// How long after its slot was due it starts.
    pub lateness: Duration,
    /// The region.
    pub region: String,
    /// The agent's instance id.
    pub agent: String,
    /// Stop after this step; clean-up still runs.
    pub until: Option<String>,
    /// Share of passing traces that are kept, 0 to 1: decides the sampled flag of `traceparent`.
    pub pass_ratio: f64,
}

/// What a run is surrounded by.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The journey's secrets.
    pub secrets: Arc<Secrets>,
    /// Cancelled when the process is told to stop: the step in flight ends, clean-up runs, the run
    /// is `void: shutdown`.
    pub stop: CancellationToken,
}

/// What happens in a run, as it happens.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A step begins.
    Began {
        /// Its place in the journey, from 0.
        index: usize,
        /// Its id.
        id: &'a str,
    },
    /// A step has ended, or was skipped.
    Ended {
        /// Its place in the journey, from 0.
        index: usize,
        /// What is known of it.
        step: &'a Step,
    },
}

/// Carries `plan` out once.
///
/// Whatever happens, a complete record comes back: text in it is redacted and bounded.
pub async fn run(
    plan: &Plan,
    order: &Order,
    _surroundings: &Surroundings,
    _visitor: Visitor,
    _watch: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Record {
    Record {
        id: order.id,
        customer: plan.journey.customer.clone(),
        journey: plan.journey.name.clone(),
        region: order.region.clone(),
        agent: order.agent.clone(),
        kind: order.kind,
        slot: order.slot,
        count: 1,
        every_s: u32::try_from(plan.journey.every.as_secs()).unwrap_or(u32::MAX),
        definition: jaunt_record::Definition(plan.journey.definition),
        start_ns: 0,
        end_ns: 0,
        duration: Duration::ZERO,
        lateness: order.lateness,
        lag: Duration::ZERO,
        verdict: jaunt_record::Verdict::Void,
        failure: None,
        void: Some(jaunt_record::Void {
            cause: jaunt_record::VoidCause::Internal,
            message: "not built yet".into(),
        }),
        missed: None,
        warnings: Vec::new(),
        steps: Vec::new(),
        slos: Vec::new(),
    }
}
