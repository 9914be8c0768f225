//! Whole runs as events, with the phases that slots are kept without.

use super::{Store, StoreError, read::records, run};
use jaunt_record::{Kind, Phase, Record};
use jaunt_slo::{Cause, Event, Subject};
use rusqlite::{params, types::Value};
use std::{collections::BTreeMap, ops::Range};

impl Store {
    /// The whole run behind a slot's event, with its phases; `None`: it is not kept.
    ///
    /// # Errors
    /// The database refused.
    pub fn whole_event(&self, subject: &Subject, of: &Event) -> Result<Option<Event>, StoreError> {
        // A slot's start is cut to microseconds.
        let sql = "SELECT data FROM run WHERE customer = ?1 AND journey = ?2 AND region = ?3
            AND start_ns >= ?4 AND start_ns < ?5";
        let values = vec![
            Value::from(subject.customer.clone()),
            subject.journey.clone().into(),
            of.region.clone().into(),
            of.start_ns.into(),
            of.start_ns.saturating_add(1_000).into(),
        ];
        let records = self.shared.read(|db| records(db, sql, values.clone()))?;
        let mine = |record: &&Record| record.agent == of.agent && record.slot == of.slot;
        Ok(records.iter().find(mine).map(event))
    }

    /// Gives `each` the whole runs of a region that passed and started in `starts` (Unix ns), with
    /// their phases.
    ///
    /// # Errors
    /// The database refused.
    pub fn passed(
        &self,
        subject: &Subject,
        region: &str,
        starts: Range<i64>,
        mut each: impl FnMut(&Event),
    ) -> Result<(), StoreError> {
        let sql = "SELECT data FROM run WHERE customer = ?1 AND journey = ?2 AND region = ?3
            AND verdict = 'pass' AND start_ns >= ?4 AND start_ns < ?5";
        let (customer, journey) = (&subject.customer, &subject.journey);
        self.shared.read(|db| {
            let mut find = db.prepare_cached(sql)?;
            let mut rows =
                find.query(params![customer, journey, region, starts.start, starts.end])?;
            while let Some(row) = rows.next()? {
                let record = run::read(row.get_ref(0)?.as_blob().unwrap_or_default());
                if let Some(record) = record {
                    each(&event(&record));
                }
            }
            Ok(())
        })
    }
}

/// A whole run as an event, with its phases.
pub(super) fn event(record: &Record) -> Event {
    let failure = record.failure.as_ref();
    let steps = record.steps.iter().filter(|step| !step.always);
    let mut phases: Vec<(String, String, u64)> = Vec::new();
    let nanos = |took: std::time::Duration| u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
    for step in steps.clone() {
        let mut took: BTreeMap<Phase, u64> = BTreeMap::new();
        for (phase, time) in step.exchanges.iter().flat_map(|it| it.phases.iter()) {
            let sum = took.entry(phase).or_default();
            *sum = sum.saturating_add(nanos(time));
        }
        let took = took.into_iter();
        phases.extend(took.map(|(phase, ns)| (step.id.clone(), phase.to_string(), ns)));
    }
    Event {
        id: Some(record.id.to_string()),
        customer: Some(record.customer.clone()),
        journey: record.journey.clone(),
        region: record.region.clone(),
        agent: record.agent.clone(),
        slot: record.slot,
        start_ns: record.start_ns,
        duration_ns: nanos(record.duration),
        end_ns: record.end_ns,
        verdict: record.verdict,
        kind: match record.kind {
            Kind::Scheduled => jaunt_slo::Kind::Scheduled,
            Kind::Manual => jaunt_slo::Kind::Manual,
        },
        cause: Cause {
            step: failure.map(|failure| failure.step.clone()),
            phase: failure.map(|failure| failure.phase.to_string()),
            kind: failure.map(|failure| failure.kind.to_string()),
            party: failure.map(|failure| failure.party.as_str().to_owned()),
        },
        steps: steps
            .map(|step| (step.id.clone(), Some(step.verdict), nanos(step.duration)))
            .collect(),
        phases,
        sent_ns: None,
        recv_ns: None,
    }
}
