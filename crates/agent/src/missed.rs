//! Records of slots in which nothing ran.

use crate::{Slot, Station, load::Loaded};
use jaunt_record::{
    Definition, Kind, Missed, Outcome, Record, RunId, SloOutcome, Verdict, Void, VoidCause,
};
use std::time::Duration;

/// Slots of one journey that nothing ran in.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    /// Whose.
    pub(crate) station: Station,
    /// The first.
    pub(crate) first: Slot,
    /// How many.
    pub(crate) count: u64,
    /// Distance between them, seconds.
    pub(crate) every_s: u32,
}

impl Range {
    /// Its record: nothing ran, for this cause. `loaded` is the journey, where it still stands.
    pub(crate) fn missed(&self, cause: Missed, loaded: Option<&Loaded>, instance: &str) -> Record {
        Record {
            missed: Some(cause),
            ..self.record(loaded, instance)
        }
    }

    /// The record of a run of which nothing is known but that it broke off: a fault of jaunt.
    pub(crate) fn broken(&self, loaded: Option<&Loaded>, instance: &str) -> Record {
        Record {
            verdict: Verdict::Void,
            void: Some(Void {
                cause: VoidCause::Internal,
                message: "the run broke off: a fault of jaunt".into(),
            }),
            ..self.record(loaded, instance)
        }
    }

    fn record(&self, loaded: Option<&Loaded>, instance: &str) -> Record {
        let due_ns = |slot: Slot| match loaded {
            Some(loaded) => loaded.schedule.due_ns(slot),
            None => slot.unix_s().saturating_mul(1_000_000_000),
        };
        let more = i64::try_from(self.count.saturating_sub(1)).unwrap_or(i64::MAX);
        let last = self
            .first
            .unix_s()
            .saturating_add(more.saturating_mul(self.every_s.into()));
        let journey = loaded.map(|loaded| &loaded.plan.journey);
        let slos = journey.map(|journey| journey.slos.as_slice());
        Record {
            id: RunId::from_bytes(*uuid::Uuid::now_v7().as_bytes()),
            customer: self.station.customer().to_owned(),
            journey: self.station.journey().to_owned(),
            region: self.station.region().to_owned(),
            agent: instance.to_owned(),
            kind: Kind::Scheduled,
            slot: Some(self.first.unix_s()),
            count: self.count,
            every_s: self.every_s,
            definition: Definition(journey.map_or([0; 32], |journey| journey.definition)),
            start_ns: due_ns(self.first),
            end_ns: due_ns(Slot::from_unix_s(last)),
            duration: Duration::ZERO,
            lateness: Duration::ZERO,
            lag: Duration::ZERO,
            verdict: Verdict::Missed,
            failure: None,
            void: None,
            missed: None,
            warnings: Vec::new(),
            steps: Vec::new(),
            slos: slos
                .unwrap_or_default()
                .iter()
                .map(|slo| SloOutcome {
                    slo: slo.name.clone(),
                    outcome: Outcome::Invalid,
                })
                .collect(),
        }
    }
}
