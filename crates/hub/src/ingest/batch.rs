//! A request as a batch: what its sender may write, and what of it can be.

use super::{Rejected, agent};
use crate::{access::Grant, store::Batch};
use jaunt_otlp::{Seen, assemble, read_slot};
use jaunt_record::Record;
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest,
};

const SECOND_NS: i64 = 1_000_000_000;
/// A clock that is further ahead than this is broken (SLO.md §2: 1 h), and its slots would stand
/// before all that comes.
const AHEAD_NS: i64 = 3_600 * SECOND_NS;
/// 2020-01-01: before there was a jaunt.
const FIRST_NS: i64 = 1_577_836_800 * SECOND_NS;
/// A run starts within a day and its tolerance of its slot.
const FROM_SLOT_NS: i64 = 2 * 86_400 * SECOND_NS;
/// No run goes on for longer: deadlines lie below `every`, which is a day at most.
const LONGEST_NS: i64 = 2 * 86_400 * SECOND_NS;

/// The slots that logs tell of; other events are for other receivers.
pub(super) fn of_logs(
    request: ExportLogsServiceRequest,
    grant: &Grant,
    recv_ns: i64,
) -> (Batch, Rejected) {
    let mut rejected = Rejected::default();
    let mut batch = Batch {
        scope: grant.scope(),
        recv_ns,
        ..Batch::default()
    };
    for resource in request.resource_logs {
        batch
            .agents
            .extend(agent::of_resource(resource.resource.as_ref()));
        let logs = resource
            .scope_logs
            .iter()
            .flat_map(|scope| &scope.log_records);
        for seen in logs.filter_map(read_slot) {
            match seen {
                Ok(seen) if !grant.may_write(&seen.customer) => {
                    rejected.add(1, || not_yours(&seen.customer));
                }
                Ok(seen) if !can_be(&seen, recv_ns) => rejected.add(1, absurd),
                Ok(seen) => batch.slots.push(seen),
                Err(why) => rejected.add(1, || why.to_string()),
            }
        }
    }
    (batch, rejected)
}

/// The runs that spans make up.
pub(super) fn of_traces(
    request: ExportTraceServiceRequest,
    grant: &Grant,
    recv_ns: i64,
) -> (Batch, Rejected) {
    let mut rejected = Rejected::default();
    let mut spans = Vec::new();
    let mut agents = Vec::new();
    for resource in request.resource_spans {
        agents.extend(agent::of_resource(resource.resource.as_ref()));
        spans.extend(
            resource
                .scope_spans
                .into_iter()
                .flat_map(|scope| scope.spans),
        );
    }
    let assembled = assemble(spans);
    rejected.add(assembled.refused, || {
        let why = assembled.why.map(|why| why.to_string());
        format!("no run of jaunt: {}", why.unwrap_or_default())
    });
    let mut runs = Vec::new();
    for record in assembled.runs {
        let count = spans_of(&record);
        if !grant.may_write(&record.customer) {
            rejected.add(count, || not_yours(&record.customer));
        } else if !in_time(record.start_ns, record.end_ns, record.slot, recv_ns) {
            rejected.add(count, absurd);
        } else {
            runs.push(record);
        }
    }
    let batch = Batch {
        runs,
        loose: assembled.loose,
        agents,
        scope: grant.scope(),
        recv_ns,
        ..Batch::default()
    };
    (batch, rejected)
}

fn spans_of(record: &Record) -> u64 {
    let exchanges: usize = record.steps.iter().map(|step| step.exchanges.len()).sum();
    (1 + record.steps.len() + exchanges) as u64
}

fn can_be(seen: &Seen, recv_ns: i64) -> bool {
    in_time(seen.start_ns, seen.end_ns, seen.slot, recv_ns)
        && seen.duration.as_nanos() <= LONGEST_NS.unsigned_abs().into()
}

fn in_time(start_ns: i64, end_ns: i64, slot: Option<i64>, recv_ns: i64) -> bool {
    let latest = recv_ns.saturating_add(AHEAD_NS);
    let near = |slot: i64| {
        let slot_ns = slot.saturating_mul(SECOND_NS);
        start_ns.saturating_sub(slot_ns).saturating_abs() <= FROM_SLOT_NS
    };
    start_ns >= FIRST_NS
        && end_ns <= latest
        && end_ns.saturating_sub(start_ns) <= LONGEST_NS
        && slot.is_none_or(near)
}

fn not_yours(customer: &str) -> String {
    let customer: String = customer.chars().take(64).collect();
    format!("this token may not write for customer `{customer}`")
}

fn absurd() -> String {
    "an instant that cannot be: before 2020, more than an hour ahead, or far from its slot"
        .to_owned()
}
