//! An event while its copies are looked for.

use crate::{Cause, Event};
use jaunt_record::{StepVerdict, Verdict};
use std::cmp::{Ordering, Reverse};

/// An event, its words replaced by numbers.
#[derive(Clone, Debug)]
pub(super) struct Staged {
    pub(super) region: usize,
    pub(super) agent: usize,
    pub(super) cause: Option<usize>,
    pub(super) start_ns: i64,
    pub(super) end_ns: i64,
    pub(super) duration_ns: u64,
    pub(super) verdict: Verdict,
    pub(super) kind: KindTag,
    pub(super) slot: Option<i64>,
    pub(super) sent_ns: Option<i64>,
    pub(super) recv_ns: Option<i64>,
    steps: Option<Box<[Step]>>,
    /// How long it was at each place, as numbers of [`Place`](super::slow::Place)s, ns.
    pub(super) took: Box<[(usize, u64)]>,
}

/// A step's id, verdict (`None`: unknown to this version) and ns.
type Step = (String, Option<StepVerdict>, u64);

/// Why it ran, as far as counting asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum KindTag {
    Scheduled,
    Manual,
    Other,
}

impl Staged {
    pub(super) fn new(
        event: &Event,
        region: usize,
        agent: usize,
        cause: Option<usize>,
        took: Box<[(usize, u64)]>,
    ) -> Self {
        Self {
            region,
            agent,
            cause,
            start_ns: event.start_ns,
            end_ns: event.end_ns,
            duration_ns: event.duration_ns,
            verdict: event.verdict,
            kind: KindTag::from(&event.kind),
            slot: event.slot,
            sent_ns: event.sent_ns,
            recv_ns: event.recv_ns,
            took,
            steps: (!event.steps.is_empty()).then(|| event.steps.clone().into_boxed_slice()),
        }
    }

    /// Whether of two copies this is the one to keep: fail before pass and slow before void and
    /// missed, then the longer, the earlier start, the earlier received. What follows only makes
    /// the choice independent of the order of lines.
    pub(super) fn worse_than(&self, other: &Self, agents: &[String], causes: &[Cause]) -> bool {
        self.badness(other)
            .then_with(|| (self.verdict, self.region).cmp(&(other.verdict, other.region)))
            .then_with(|| agents.get(self.agent).cmp(&agents.get(other.agent)))
            .then_with(|| self.kind.cmp(&other.kind))
            .then_with(|| self.rest(causes).cmp(&other.rest(causes)))
            .is_lt()
    }

    /// `Less` for the worse.
    fn badness(&self, other: &Self) -> Ordering {
        let key = |staged: &Self| {
            (
                match staged.verdict {
                    Verdict::Fail => 0,
                    Verdict::Pass | Verdict::Slow => 1,
                    Verdict::Void | Verdict::Missed => 2,
                },
                Reverse(staged.duration_ns),
                staged.start_ns,
                staged.recv_ns.unwrap_or(i64::MAX),
            )
        };
        key(self).cmp(&key(other))
    }

    fn rest<'a>(&'a self, causes: &'a [Cause]) -> impl Ord + 'a {
        (
            self.end_ns,
            self.sent_ns,
            self.slot,
            self.cause.and_then(|cause| causes.get(cause)),
            &self.steps,
        )
    }

    /// The order of runs of one agent.
    pub(super) fn in_time(&self, other: &Self, causes: &[Cause]) -> Ordering {
        (self.start_ns, self.end_ns)
            .cmp(&(other.start_ns, other.end_ns))
            .then_with(|| self.badness(other))
            .then_with(|| self.verdict.cmp(&other.verdict))
            .then_with(|| self.rest(causes).cmp(&other.rest(causes)))
    }

    /// Whether a copy tells another story than the one kept.
    pub(super) fn conflicts_with(&self, kept: &Self) -> bool {
        let story = |s: &Self| (s.verdict, s.duration_ns, s.start_ns, s.region, s.agent);
        story(self) != story(kept)
    }

    /// Verdict and ns of these steps; a step that is not there has neither.
    pub(super) fn judged(&self, steps: &[String]) -> Vec<(Option<StepVerdict>, u64)> {
        let all = self.steps.as_deref().unwrap_or_default();
        steps
            .iter()
            .map(|step| {
                all.iter()
                    .find(|(id, ..)| id == step)
                    .map_or((None, 0), |(_, verdict, took)| (*verdict, *took))
            })
            .collect()
    }
}
