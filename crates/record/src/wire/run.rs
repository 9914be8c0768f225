//! The record itself.

use super::{
    DecodeError, VERSION, exactly, member, nanos,
    step::{StoredFailure, StoredStep},
};
use crate::{
    Definition, Failure, Kind, Missed, Outcome, Record, RunId, SloOutcome, Step, Verdict, Void,
    VoidCause, Warning,
};
use std::time::Duration;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Stored {
    #[prost(uint32, tag = "1")]
    pub(super) version: u32,
    #[prost(bytes = "vec", tag = "2")]
    id: Vec<u8>,
    #[prost(string, tag = "3")]
    customer: String,
    #[prost(string, tag = "4")]
    journey: String,
    #[prost(string, tag = "5")]
    region: String,
    #[prost(string, tag = "6")]
    agent: String,
    #[prost(string, tag = "7")]
    kind: String,
    #[prost(int64, optional, tag = "8")]
    slot: Option<i64>,
    #[prost(uint64, tag = "9")]
    count: u64,
    #[prost(uint32, tag = "10")]
    every_s: u32,
    #[prost(bytes = "vec", tag = "11")]
    definition: Vec<u8>,
    #[prost(int64, tag = "12")]
    start_ns: i64,
    #[prost(int64, tag = "13")]
    end_ns: i64,
    #[prost(uint64, tag = "14")]
    duration_ns: u64,
    #[prost(uint64, tag = "15")]
    lateness_ns: u64,
    #[prost(uint64, tag = "16")]
    lag_ns: u64,
    #[prost(string, tag = "17")]
    verdict: String,
    #[prost(message, optional, tag = "18")]
    failure: Option<StoredFailure>,
    #[prost(message, optional, tag = "19")]
    void: Option<StoredVoid>,
    #[prost(string, optional, tag = "20")]
    missed: Option<String>,
    #[prost(message, repeated, tag = "21")]
    warnings: Vec<StoredWarning>,
    #[prost(message, repeated, tag = "22")]
    steps: Vec<StoredStep>,
    #[prost(message, repeated, tag = "23")]
    slos: Vec<StoredOutcome>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredVoid {
    #[prost(string, tag = "1")]
    cause: String,
    #[prost(string, tag = "2")]
    message: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredWarning {
    #[prost(string, tag = "1")]
    step: String,
    #[prost(string, tag = "2")]
    expected: String,
    #[prost(string, tag = "3")]
    actual: String,
    #[prost(bool, tag = "4")]
    cleanup: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredOutcome {
    #[prost(string, tag = "1")]
    slo: String,
    #[prost(string, tag = "2")]
    outcome: String,
}

impl From<&Record> for Stored {
    fn from(record: &Record) -> Self {
        Self {
            version: VERSION,
            id: record.id.as_bytes().to_vec(),
            customer: record.customer.clone(),
            journey: record.journey.clone(),
            region: record.region.clone(),
            agent: record.agent.clone(),
            kind: record.kind.to_string(),
            slot: record.slot,
            count: record.count,
            every_s: record.every_s,
            definition: record.definition.0.to_vec(),
            start_ns: record.start_ns,
            end_ns: record.end_ns,
            duration_ns: nanos(record.duration),
            lateness_ns: nanos(record.lateness),
            lag_ns: nanos(record.lag),
            verdict: record.verdict.to_string(),
            failure: record.failure.as_ref().map(StoredFailure::from),
            void: record.void.as_ref().map(StoredVoid::from),
            missed: record.missed.map(|missed| missed.to_string()),
            warnings: record.warnings.iter().map(StoredWarning::from).collect(),
            steps: record.steps.iter().map(StoredStep::from).collect(),
            slos: record.slos.iter().map(StoredOutcome::from).collect(),
        }
    }
}

impl TryFrom<Stored> for Record {
    type Error = DecodeError;

    fn try_from(stored: Stored) -> Result<Self, DecodeError> {
        let missed = |name: String| member("missed", &name, Missed::from_name);
        Ok(Self {
            id: RunId::from_bytes(exactly("id", &stored.id)?),
            customer: stored.customer,
            journey: stored.journey,
            region: stored.region,
            agent: stored.agent,
            kind: member("kind", &stored.kind, Kind::from_name)?,
            slot: stored.slot,
            count: stored.count,
            every_s: stored.every_s,
            definition: Definition(exactly("definition", &stored.definition)?),
            start_ns: stored.start_ns,
            end_ns: stored.end_ns,
            duration: Duration::from_nanos(stored.duration_ns),
            lateness: Duration::from_nanos(stored.lateness_ns),
            lag: Duration::from_nanos(stored.lag_ns),
            verdict: member("verdict", &stored.verdict, Verdict::from_name)?,
            failure: stored.failure.map(Failure::try_from).transpose()?,
            void: stored.void.map(Void::try_from).transpose()?,
            missed: stored.missed.map(missed).transpose()?,
            warnings: stored.warnings.into_iter().map(Warning::from).collect(),
            steps: (stored.steps.into_iter().map(Step::try_from)).collect::<Result<_, _>>()?,
            slos: (stored.slos.into_iter().map(SloOutcome::try_from)).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Void> for StoredVoid {
    fn from(void: &Void) -> Self {
        Self {
            cause: void.cause.to_string(),
            message: void.message.clone(),
        }
    }
}

impl TryFrom<StoredVoid> for Void {
    type Error = DecodeError;

    fn try_from(stored: StoredVoid) -> Result<Self, DecodeError> {
        Ok(Self {
            cause: member("void", &stored.cause, VoidCause::from_name)?,
            message: stored.message,
        })
    }
}

impl From<&Warning> for StoredWarning {
    fn from(warning: &Warning) -> Self {
        Self {
            step: warning.step.clone(),
            expected: warning.expected.clone(),
            actual: warning.actual.clone(),
            cleanup: warning.cleanup,
        }
    }
}

impl From<StoredWarning> for Warning {
    fn from(stored: StoredWarning) -> Self {
        Self {
            step: stored.step,
            expected: stored.expected,
            actual: stored.actual,
            cleanup: stored.cleanup,
        }
    }
}

impl From<&SloOutcome> for StoredOutcome {
    fn from(judged: &SloOutcome) -> Self {
        Self {
            slo: judged.slo.clone(),
            outcome: judged.outcome.to_string(),
        }
    }
}

impl TryFrom<StoredOutcome> for SloOutcome {
    type Error = DecodeError;

    fn try_from(stored: StoredOutcome) -> Result<Self, DecodeError> {
        Ok(Self {
            slo: stored.slo,
            outcome: member("outcome", &stored.outcome, Outcome::from_name)?,
        })
    }
}
