//! A slot from its `jaunt.slot` event.

use super::{Unreadable, attributes::Attributes};
use crate::names::{attribute as a, event};
use jaunt_record::{Kind, RunId, StepVerdict, Verdict};
use opentelemetry_proto::tonic::{
    common::v1::{KeyValue, any_value::Value},
    logs::v1::LogRecord,
};
use std::time::Duration;

/// What a `jaunt.slot` event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The customer.
    pub customer: String,
    /// The journey, with its matrix part.
    pub journey: String,
    /// Where it was due.
    pub region: String,
    /// The agent's instance id.
    pub agent: String,
    /// Why it ran.
    pub kind: Kind,
    /// The run's id, where it says one.
    pub run: Option<RunId>,
    /// The slot's nominal time, Unix seconds; of a missed range its first; `None` for a manual run.
    pub slot: Option<i64>,
    /// How many slots it stands for: 1, or a missed range's length.
    pub count: u64,
    /// How far the slots of a range lie apart, seconds.
    pub every_s: u32,
    /// When the run started, Unix ns.
    pub start_ns: i64,
    /// When it ended, Unix ns; not before its start.
    pub end_ns: i64,
    /// What the user waited for.
    pub duration: Duration,
    /// What became of it.
    pub verdict: Verdict,
    /// The failing step.
    pub step: Option<String>,
    /// Where in the step.
    pub phase: Option<String>,
    /// The failure's kind; of a void or missed slot its cause.
    pub cause: Option<String>,
    /// Whom it points at.
    pub party: Option<String>,
    /// Steps that an SLO names: id, verdict, how long.
    pub steps: Vec<(String, StepVerdict, Duration)>,
}

/// A missed range is at most 7 days of slots of 1 s; twice that, and the sender is wrong.
const LONGEST_RANGE: u64 = 14 * 86_400;
/// Steps that an SLO names are few.
const MOST_STEPS: usize = 64;

/// The slot that this log record tells of; `None` where it is another event.
///
/// # Errors
/// It claims to be one and does not say what each says.
pub fn read_slot(log: &LogRecord) -> Option<Result<Seen, Unreadable>> {
    (log.event_name == event::SLOT.name).then(|| seen(Attributes(&log.attributes)))
}

fn seen(from: Attributes<'_>) -> Result<Seen, Unreadable> {
    let kind = from.member(a::KIND, Kind::from_name)?;
    let slot = from.whole(a::SLOT);
    if slot.is_none() && kind == Kind::Scheduled {
        return Err(Unreadable::Attribute(a::SLOT.name));
    }
    let start_ns = from.whole(a::START);
    let start_ns = start_ns.ok_or(Unreadable::Attribute(a::START.name))?;
    let end_ns = from.whole(a::END);
    let end_ns = end_ns.ok_or(Unreadable::Attribute(a::END.name))?;
    if start_ns < 0 {
        return Err(Unreadable::Range(a::START.name));
    }
    if end_ns < start_ns {
        return Err(Unreadable::Range(a::END.name));
    }
    let duration = from.seconds(a::DURATION);
    let verdict = from.member(a::VERDICT, Verdict::from_name)?;
    let (count, every_s) = range(from)?;
    Ok(Seen {
        customer: from.name(a::CUSTOMER)?,
        journey: from.name(a::JOURNEY)?,
        region: from.name(a::REGION)?,
        agent: from.name(a::AGENT)?,
        kind,
        run: from.text(a::RUN_ID).and_then(RunId::from_hex),
        slot: slot.filter(|_| kind == Kind::Scheduled),
        count,
        every_s,
        start_ns,
        end_ns,
        duration: duration.ok_or(Unreadable::Attribute(a::DURATION.name))?,
        verdict,
        step: from.name_if(a::STEP),
        phase: from.name_if(a::PHASE),
        cause: from.name_if(a::ERROR_TYPE).or(from.name_if(a::CAUSE)),
        party: from.name_if(a::PARTY),
        steps: from
            .map(a::STEPS)
            .iter()
            .take(MOST_STEPS)
            .filter_map(step)
            .collect(),
    })
}

fn range(from: Attributes<'_>) -> Result<(u64, u32), Unreadable> {
    let Some(count) = from.whole(a::COUNT) else {
        return Ok((1, 0));
    };
    let count = u64::try_from(count).ok();
    let count = count.filter(|count| (1..=LONGEST_RANGE).contains(count));
    let count = count.ok_or(Unreadable::Range(a::COUNT.name))?;
    let every = from.whole(a::EVERY).unwrap_or(0);
    let every = u32::try_from(every).ok().filter(|every| *every <= 86_400);
    let every = every.ok_or(Unreadable::Range(a::EVERY.name))?;
    if count > 1 && every == 0 {
        return Err(Unreadable::Attribute(a::EVERY.name));
    }
    Ok((count, every))
}

fn step(pair: &KeyValue) -> Option<(String, StepVerdict, Duration)> {
    let Value::KvlistValue(said) = pair.value.as_ref()?.value.as_ref()? else {
        return None;
    };
    let value = |name: &str| {
        let pair = said.values.iter().find(|pair| pair.key == name)?;
        pair.value.as_ref()?.value.as_ref()
    };
    let verdict = match value("verdict")? {
        Value::StringValue(text) => StepVerdict::from_name(text)?,
        _ => return None,
    };
    let ms = match value("ms")? {
        Value::DoubleValue(ms) => *ms,
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a step")]
        Value::IntValue(ms) => *ms as f64,
        _ => return None,
    };
    let took = Duration::try_from_secs_f64(ms / 1_000.0).ok()?;
    Some((pair.key.clone(), verdict, took))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{receive::run::tests::failed, slot_event};

    #[test]
    fn a_slot_comes_back_as_it_was_sent() {
        let record = failed();
        let steps: Vec<_> = record.steps.iter().map(|step| step.id.clone()).collect();
        let seen = read_slot(&slot_event(&record, &steps)).unwrap().unwrap();
        assert_eq!(seen.customer, record.customer);
        assert_eq!(seen.slot, record.slot);
        assert_eq!(seen.run, Some(record.id));
        assert_eq!(
            (seen.start_ns, seen.end_ns, seen.duration),
            (record.start_ns, record.end_ns, record.duration)
        );
        let failure = record.failure.unwrap();
        assert_eq!(seen.step, Some(failure.step));
        assert_eq!(seen.cause.as_deref(), Some(failure.kind.as_str()));
        assert_eq!(seen.steps.len(), steps.len());
        assert_eq!((seen.count, seen.every_s), (1, 0));
    }

    #[test]
    fn what_no_slot_can_be_is_said() {
        let good = slot_event(&failed(), &[]);
        let without = |name: &str| {
            let mut log = good.clone();
            log.attributes.retain(|pair| pair.key != name);
            read_slot(&log).unwrap()
        };
        for name in [
            a::CUSTOMER.name,
            a::JOURNEY.name,
            a::REGION.name,
            a::AGENT.name,
            a::KIND.name,
            a::SLOT.name,
            a::START.name,
            a::END.name,
            a::DURATION.name,
            a::VERDICT.name,
        ] {
            assert_eq!(without(name), Err(Unreadable::Attribute(name)));
        }
        let other = LogRecord {
            event_name: event::RUN.name.to_owned(),
            ..good
        };
        assert!(read_slot(&other).is_none());
    }
}
