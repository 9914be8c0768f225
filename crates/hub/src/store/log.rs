//! One commit's slots as a row of the log.

use super::{
    memory::SeriesId,
    slot::{More, Slot},
    zipped::{unzip, zip},
};
use jaunt_record::{StepVerdict, Verdict};
use jaunt_slo::Cause;
use prost::Message;

/// Rows are read once, after a crash; packing must not hold up acknowledgements.
const LEVEL: i32 = 1;
const LARGEST: usize = 256 << 20;

#[derive(Clone, PartialEq, Message)]
struct Row {
    #[prost(message, repeated, tag = "1")]
    slots: Vec<Logged>,
}

#[derive(Clone, PartialEq, Message)]
struct Logged {
    #[prost(int64, tag = "1")]
    series: i64,
    #[prost(sint64, tag = "2")]
    slot: i64,
    #[prost(sint64, tag = "3")]
    start_us: i64,
    #[prost(sint64, tag = "4")]
    end_us: i64,
    #[prost(uint64, tag = "5")]
    duration_us: u64,
    #[prost(string, tag = "6")]
    verdict: String,
    #[prost(sint64, tag = "7")]
    recv_s: i64,
    #[prost(message, optional, tag = "8")]
    more: Option<LoggedMore>,
}

#[derive(Clone, PartialEq, Message)]
struct LoggedMore {
    #[prost(string, optional, tag = "1")]
    step: Option<String>,
    #[prost(string, optional, tag = "2")]
    phase: Option<String>,
    #[prost(string, optional, tag = "3")]
    kind: Option<String>,
    #[prost(string, optional, tag = "4")]
    party: Option<String>,
    #[prost(message, repeated, tag = "5")]
    steps: Vec<LoggedStep>,
    #[prost(uint64, tag = "6")]
    count: u64,
    #[prost(uint32, tag = "7")]
    every_s: u32,
}

#[derive(Clone, PartialEq, Message)]
struct LoggedStep {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    verdict: String,
    #[prost(uint64, tag = "3")]
    took_us: u64,
}

/// The row of these slots.
pub(super) fn write(slots: &[(SeriesId, Slot)]) -> Vec<u8> {
    let slots = slots.iter().map(|(series, slot)| logged(*series, slot));
    let row = Row {
        slots: slots.collect(),
    };
    zip(&row.encode_to_vec(), LEVEL)
}

/// The slots of a row; `None` where it is damaged.
pub(super) fn read(row: &[u8]) -> Option<Vec<(SeriesId, Slot)>> {
    let plain = unzip(row, LARGEST)?;
    let row = Row::decode(plain.as_slice()).ok()?;
    let slots = row.slots.into_iter();
    slots
        .map(|logged| Some((logged.series, slot(logged)?)))
        .collect()
}

fn logged(series: SeriesId, slot: &Slot) -> Logged {
    let more = slot.more.as_deref().map(|more| LoggedMore {
        step: more.cause.step.clone(),
        phase: more.cause.phase.clone(),
        kind: more.cause.kind.clone(),
        party: more.cause.party.clone(),
        steps: (more.steps.iter())
            .map(|(id, verdict, took_us)| LoggedStep {
                id: id.clone(),
                verdict: verdict.to_string(),
                took_us: *took_us,
            })
            .collect(),
        count: more.count,
        every_s: more.every_s,
    });
    Logged {
        series,
        slot: slot.slot,
        start_us: slot.start_us,
        end_us: slot.end_us,
        duration_us: slot.duration_us,
        verdict: slot.verdict.to_string(),
        recv_s: slot.recv_s,
        more,
    }
}

fn slot(logged: Logged) -> Option<Slot> {
    let more = |more: LoggedMore| {
        let step = |step: LoggedStep| {
            let verdict = StepVerdict::from_name(&step.verdict)?;
            Some((step.id, verdict, step.took_us))
        };
        Some(Box::new(More {
            cause: Cause {
                step: more.step,
                phase: more.phase,
                kind: more.kind,
                party: more.party,
            },
            steps: more.steps.into_iter().map(step).collect::<Option<_>>()?,
            count: more.count,
            every_s: more.every_s,
        }))
    };
    Some(Slot {
        slot: logged.slot,
        start_us: logged.start_us,
        end_us: logged.end_us,
        duration_us: logged.duration_us,
        verdict: Verdict::from_name(&logged.verdict)?,
        recv_s: logged.recv_s,
        more: match logged.more {
            Some(logged) => Some(more(logged)?),
            None => None,
        },
    })
}
