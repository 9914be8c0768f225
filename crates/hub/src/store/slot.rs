//! A slot as the hub keeps it: what SLOs ask of it, in whole microseconds.
//!
//! A run's id is 74 random bits that no compression takes back, and nobody counts by it; it stays
//! with the whole run. Instants are cut to microseconds and durations rounded up to them, which
//! changes no comparison with a threshold that is given in whole microseconds.

use jaunt_otlp::Seen;
use jaunt_record::{Kind, StepVerdict, Verdict};
use jaunt_slo::{Cause, Event};

/// Seconds of a day.
pub(super) const DAY_S: i64 = 86_400;
const US: i64 = 1_000;

/// One slot of one series, or a missed range within one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Its nominal time, Unix seconds; of a range, the first one's.
    pub(super) slot: i64,
    pub(super) start_us: i64,
    pub(super) end_us: i64,
    pub(super) duration_us: u64,
    pub(super) verdict: Verdict,
    /// When it was received, Unix seconds, rounded up.
    pub(super) recv_s: i64,
    /// What few slots have.
    pub(super) more: Option<Box<More>>,
}

/// What few slots have: a reason, steps that SLOs name, a length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct More {
    pub(super) cause: Cause,
    /// By id, each once: verdict and microseconds.
    pub(super) steps: Vec<(String, StepVerdict, u64)>,
    pub(super) count: u64,
    pub(super) every_s: u32,
}

/// A series: whose slots they are, and who measured them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series {
    /// The customer.
    pub customer: String,
    /// The journey, with its matrix part.
    pub journey: String,
    /// The region.
    pub region: String,
    /// The agent's instance id.
    pub agent: String,
}

impl Slot {
    /// The day it belongs to, from the epoch.
    pub(super) fn day(&self) -> i64 {
        self.slot.div_euclid(DAY_S)
    }

    pub(super) fn count(&self) -> u64 {
        self.more.as_ref().map_or(1, |more| more.count)
    }

    /// What was seen, as slots: a range is cut at midnight, so that each day is whole by itself.
    pub(super) fn of(seen: &Seen, slot: i64, recv_ns: i64) -> Vec<Self> {
        let duration_ns = u64::try_from(seen.duration.as_nanos()).unwrap_or(u64::MAX);
        let cause = Cause {
            step: seen.step.clone(),
            phase: seen.phase.clone(),
            kind: seen.cause.clone(),
            party: seen.party.clone(),
        };
        let us = |took: std::time::Duration| u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut steps: Vec<_> = (seen.steps.iter())
            .map(|(id, verdict, took)| (id.clone(), *verdict, us(*took)))
            .collect();
        steps.sort();
        steps.dedup_by(|one, other| one.0 == other.0);
        let whole = Self {
            slot,
            start_us: seen.start_ns.div_euclid(US),
            end_us: seen.end_ns.div_euclid(US),
            duration_us: duration_ns.div_ceil(US.unsigned_abs()),
            verdict: seen.verdict,
            recv_s: recv_ns.div_euclid(1_000_000_000) + 1,
            more: None,
        };
        let plain = cause.is_empty() && steps.is_empty() && seen.count == 1;
        if plain {
            return vec![whole];
        }
        let piece = |first: i64, count: u64| Self {
            slot: first,
            start_us: whole.start_us + (first - slot) * 1_000_000,
            end_us: whole
                .end_us
                .max(whole.start_us + (first - slot) * 1_000_000),
            more: Some(Box::new(More {
                cause: cause.clone(),
                steps: steps.clone(),
                count,
                every_s: seen.every_s,
            })),
            ..whole.clone()
        };
        days(slot, seen.count, i64::from(seen.every_s))
            .into_iter()
            .map(|(first, count)| piece(first, count))
            .collect()
    }

    /// The nominal times it stands for, Unix seconds.
    pub(super) fn times(&self) -> impl Iterator<Item = i64> + '_ {
        let every = self.more.as_ref().map_or(0, |more| i64::from(more.every_s));
        (0..self.count()).map(move |n| {
            let after = i64::try_from(n).unwrap_or(i64::MAX).saturating_mul(every);
            self.slot.saturating_add(after)
        })
    }

    /// The events it stands for, as `crates/slo` reads them.
    pub(super) fn events<'s>(&'s self, series: &'s Series) -> impl Iterator<Item = Event> + 's {
        self.times().map(|at| self.event(series, at - self.slot))
    }

    /// The event of the slot that lies `after` seconds behind the first.
    fn event(&self, series: &Series, after: i64) -> Event {
        let start_ns = self.start_us.saturating_add(after * 1_000_000) * US;
        let end_ns = (self.end_us * US).max(start_ns);
        let more = self.more.as_deref();
        let steps = more.map_or(&[][..], |more| &more.steps);
        Event {
            id: None,
            customer: Some(series.customer.clone()),
            journey: series.journey.clone(),
            region: series.region.clone(),
            agent: series.agent.clone(),
            slot: Some(self.slot + after),
            start_ns,
            duration_ns: self.duration_us.saturating_mul(US.unsigned_abs()),
            // A slot that never ran ended when it began.
            end_ns: if self.count() > 1 { start_ns } else { end_ns },
            verdict: self.verdict,
            kind: jaunt_slo::Kind::Scheduled,
            cause: more.map(|more| more.cause.clone()).unwrap_or_default(),
            steps: (steps.iter())
                .map(|(id, verdict, us)| (id.clone(), Some(*verdict), us.saturating_mul(1_000)))
                .collect(),
            // A slot is kept without its phases: see `place` for those of slow ones.
            phases: Vec::new(),
            sent_ns: None,
            recv_ns: Some(self.recv_s.saturating_mul(1_000_000_000)),
        }
    }
}

/// `count` slots from `first` on, `every` seconds apart, by days: first slot and number of each.
fn days(first: i64, count: u64, every: i64) -> Vec<(i64, u64)> {
    if every <= 0 || count <= 1 {
        return vec![(first, count)];
    }
    let mut pieces: Vec<(i64, u64)> = Vec::new();
    let (mut at, mut left) = (first, count);
    while left > 0 {
        let midnight = (at.div_euclid(DAY_S) + 1) * DAY_S;
        let fit = (midnight - at + every - 1).div_euclid(every);
        let fit = u64::try_from(fit).unwrap_or(1).clamp(1, left);
        pieces.push((at, fit));
        at += i64::try_from(fit).unwrap_or(i64::MAX).saturating_mul(every);
        left -= fit;
    }
    pieces
}

/// Whether this is a slot's event, and not one of a run by hand.
pub(super) fn of_slot(seen: &Seen) -> Option<i64> {
    seen.slot.filter(|_| seen.kind == Kind::Scheduled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_at_midnight_and_loses_no_slot() {
        assert_eq!(days(DAY_S - 120, 5, 60), [(DAY_S - 120, 2), (DAY_S, 3)]);
        assert_eq!(days(DAY_S - 90, 3, 60), [(DAY_S - 90, 2), (DAY_S + 30, 1)]);
        assert_eq!(days(7, 1, 0), [(7, 1)]);
        let whole: u64 = days(0, 10_081, 60).iter().map(|(_, n)| n).sum();
        assert_eq!(whole, 10_081);
    }
}
