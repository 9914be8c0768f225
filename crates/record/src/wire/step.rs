//! Steps, with their expectations, captures and failures.

use super::{DecodeError, exchange::StoredExchange, member, nanos};
use crate::{Exchange, Expected, Failure, FailureKind, FailurePhase, Party, Step, StepVerdict};
use std::time::Duration;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredStep {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    verb: String,
    #[prost(string, tag = "3")]
    verdict: String,
    #[prost(bool, tag = "4")]
    always: bool,
    #[prost(uint64, tag = "5")]
    offset_ns: u64,
    #[prost(uint64, tag = "6")]
    duration_ns: u64,
    #[prost(uint32, tag = "7")]
    attempts: u32,
    #[prost(string, optional, tag = "8")]
    reason: Option<String>,
    #[prost(message, optional, tag = "9")]
    failure: Option<StoredFailure>,
    #[prost(message, repeated, tag = "10")]
    exchanges: Vec<StoredExchange>,
    #[prost(uint32, tag = "11")]
    exchanges_left_out: u32,
    #[prost(message, repeated, tag = "12")]
    expectations: Vec<StoredExpected>,
    #[prost(message, repeated, tag = "13")]
    captures: Vec<StoredCapture>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredExpected {
    #[prost(string, tag = "1")]
    subject: String,
    #[prost(string, tag = "2")]
    expected: String,
    #[prost(string, tag = "3")]
    actual: String,
    #[prost(bool, tag = "4")]
    holds: bool,
    #[prost(string, tag = "5")]
    otherwise: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredCapture {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    text: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredFailure {
    #[prost(string, tag = "1")]
    step: String,
    #[prost(string, tag = "2")]
    phase: String,
    #[prost(string, tag = "3")]
    kind: String,
    #[prost(string, tag = "4")]
    party: String,
    #[prost(string, tag = "5")]
    message: String,
    #[prost(string, optional, tag = "6")]
    excerpt: Option<String>,
}

impl From<&Step> for StoredStep {
    fn from(step: &Step) -> Self {
        let capture = |(name, text): &(String, String)| StoredCapture {
            name: name.clone(),
            text: text.clone(),
        };
        Self {
            id: step.id.clone(),
            verb: step.verb.clone(),
            verdict: step.verdict.to_string(),
            always: step.always,
            offset_ns: nanos(step.offset),
            duration_ns: nanos(step.duration),
            attempts: step.attempts,
            reason: step.reason.clone(),
            failure: step.failure.as_ref().map(StoredFailure::from),
            exchanges: step.exchanges.iter().map(StoredExchange::from).collect(),
            exchanges_left_out: step.exchanges_left_out,
            expectations: step.expectations.iter().map(StoredExpected::from).collect(),
            captures: step.captures.iter().map(capture).collect(),
        }
    }
}

impl TryFrom<StoredStep> for Step {
    type Error = DecodeError;

    fn try_from(stored: StoredStep) -> Result<Self, DecodeError> {
        let capture = |capture: StoredCapture| (capture.name, capture.text);
        Ok(Self {
            id: stored.id,
            verb: stored.verb,
            verdict: member("step verdict", &stored.verdict, StepVerdict::from_name)?,
            always: stored.always,
            offset: Duration::from_nanos(stored.offset_ns),
            duration: Duration::from_nanos(stored.duration_ns),
            attempts: stored.attempts,
            reason: stored.reason,
            failure: stored.failure.map(Failure::try_from).transpose()?,
            exchanges: (stored.exchanges.into_iter().map(Exchange::try_from))
                .collect::<Result<_, _>>()?,
            exchanges_left_out: stored.exchanges_left_out,
            expectations: stored
                .expectations
                .into_iter()
                .map(Expected::from)
                .collect(),
            captures: stored.captures.into_iter().map(capture).collect(),
        })
    }
}

impl From<&Expected> for StoredExpected {
    fn from(expected: &Expected) -> Self {
        Self {
            subject: expected.subject.clone(),
            expected: expected.expected.clone(),
            actual: expected.actual.clone(),
            holds: expected.holds,
            otherwise: expected.otherwise.clone(),
        }
    }
}

impl From<StoredExpected> for Expected {
    fn from(stored: StoredExpected) -> Self {
        Self {
            subject: stored.subject,
            expected: stored.expected,
            actual: stored.actual,
            holds: stored.holds,
            otherwise: stored.otherwise,
        }
    }
}

impl From<&Failure> for StoredFailure {
    fn from(failure: &Failure) -> Self {
        Self {
            step: failure.step.clone(),
            phase: failure.phase.to_string(),
            kind: failure.kind.to_string(),
            party: failure.party.as_str().to_owned(),
            message: failure.message.clone(),
            excerpt: failure.excerpt.clone(),
        }
    }
}

impl TryFrom<StoredFailure> for Failure {
    type Error = DecodeError;

    fn try_from(stored: StoredFailure) -> Result<Self, DecodeError> {
        Ok(Self {
            step: stored.step,
            phase: member("phase", &stored.phase, FailurePhase::from_name)?,
            kind: member("kind", &stored.kind, FailureKind::from_name)?,
            party: Party::new(stored.party),
            message: stored.message,
            excerpt: stored.excerpt,
        })
    }
}
