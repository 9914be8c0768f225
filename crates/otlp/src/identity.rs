//! What spans and logs of a run say alike: whose it is, which run, and why it ended as it did.

use crate::{
    names::attribute as a,
    value::{text, whole},
};
use jaunt_record::Record;
use opentelemetry_proto::tonic::common::v1::KeyValue;

/// Customer, journey and region.
pub(crate) fn of(record: &Record) -> Vec<KeyValue> {
    vec![
        text(a::CUSTOMER, record.customer.clone()),
        text(a::JOURNEY, record.journey.clone()),
        text(a::REGION, record.region.clone()),
    ]
}

/// The run's id, slot, agent, kind and verdict.
pub(crate) fn run(record: &Record) -> Vec<KeyValue> {
    let mut found = vec![text(a::RUN_ID, record.id.to_string())];
    found.extend(record.slot.map(|slot| whole(a::SLOT, slot)));
    found.push(text(a::AGENT, record.agent.clone()));
    found.push(text(a::KIND, record.kind.as_str()));
    found.push(text(a::VERDICT, record.verdict.as_str()));
    found
}

/// Why it did not pass, in members of closed lists.
pub(crate) fn reason(record: &Record) -> Vec<KeyValue> {
    let mut found = Vec::new();
    if let Some(failure) = &record.failure {
        found.push(text(a::STEP, failure.step.clone()));
        found.push(text(a::PHASE, failure.phase.as_str()));
        found.push(text(a::ERROR_TYPE, failure.kind.as_str()));
        found.push(text(a::PARTY, failure.party.as_str()));
        found.extend(failing_status(record).map(|status| whole(a::HTTP_STATUS, status)));
    }
    found.extend(
        record
            .void
            .as_ref()
            .map(|void| text(a::CAUSE, void.cause.as_str())),
    );
    found.extend(record.missed.map(|missed| text(a::CAUSE, missed.as_str())));
    found
}

/// The HTTP status of the last exchange of the step that failed, where it got that far.
pub fn failing_status(record: &Record) -> Option<u16> {
    let failure = record.failure.as_ref()?;
    let step = record.steps.iter().find(|step| step.id == failure.step)?;
    step.exchanges.last()?.status
}
