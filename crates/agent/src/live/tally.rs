//! What happened to a journey since the process began: what `/metrics` shows of it.
//!
//! A journey costs a few numbers here, and its figures are spelled out only when somebody reads them:
//! ten thousand of them are not to be paid for in labels. Durations are counted from a verdict's first
//! run on, so that a journey that only ever passes keeps one histogram (some 150 bytes) and shows one;
//! failures and causes likewise.

use crate::Station;
use jaunt_journey::{Otherwise, Step};
use jaunt_otlp::{
    Figure, Histogram, Number, Reading, failing_status,
    names::{Attribute, Metric, attribute as a, metric as m},
};
use jaunt_record::{FailureKind, FailurePhase, Missed, Outcome, Record, Verdict, VoidCause};
use jaunt_runner::Plan;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// The tally of one journey. See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The version of it that runs: what its steps and SLOs are.
    plan: Option<Arc<Plan>>,
    /// By verdict, in the verdicts' order.
    slots: [u64; 5],
    /// By SLO: its name, and events by outcome, in the outcomes' order.
    slos: Vec<(String, [u64; 5])>,
    /// By step, in the plan's order.
    steps: Box<[StepTally]>,
    /// How long runs took, by verdict, in the verdicts' order.
    durations: [Option<Box<Histogram>>; 5],
    rare: BTreeMap<Rare, u64>,
    last: Option<Last>,
}

/// The last slot that has a verdict.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    /// Unix seconds.
    pub(super) slot: i64,
    pub(super) verdict: Verdict,
    pub(super) lateness: Duration,
}

#[derive(Clone, Copy, Debug, Default)]
struct StepTally {
    attempts: u64,
    /// Unix seconds.
    expires_at: Option<i64>,
}

/// What most journeys never count.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rare {
    Failure {
        step: String,
        phase: FailurePhase,
        kind: FailureKind,
        status: Option<u16>,
        party: String,
    },
    Void(VoidCause),
    Missed(Missed),
    Warning(String),
    CleanUp(String),
}

/// One more series of a journey: its metric, what it has beside customer, journey and region, its value.
type Series<'a> = (&'static Metric, Vec<(Attribute, String)>, Reading);

impl Tally {
    /// This version of the journey runs from now on.
    pub(super) fn runs(&mut self, plan: &Arc<Plan>) {
        let steps = plan.journey.steps.iter();
        self.steps = steps.map(|step| self.of_step(&step.id)).collect();
        for slo in &plan.journey.slos {
            if !self.slos.iter().any(|(name, _)| *name == slo.name) {
                self.slos.push((slo.name.clone(), [0; 5]));
            }
        }
        self.plan = Some(Arc::clone(plan));
    }

    pub(super) const fn last(&self) -> Option<Last> {
        self.last
    }

    /// A slot has come to its end, or several of one kind.
    pub(super) fn add(&mut self, record: &Record) {
        if let Some(count) = self.slots.get_mut(record.verdict as usize) {
            *count += record.count;
        }
        if record.verdict.is_measured()
            && let Some(durations) = self.durations.get_mut(record.verdict as usize)
        {
            durations.get_or_insert_default().add(record.duration);
        }
        for judged in &record.slos {
            let slo = self.slos.iter_mut().find(|(name, _)| *name == judged.slo);
            let count = slo.and_then(|(_, counts)| counts.get_mut(judged.outcome as usize));
            if let Some(count) = count {
                *count += record.count;
            }
        }
        self.add_rare(record);
        self.add_steps(record);
        let more = i64::try_from(record.count).unwrap_or(i64::MAX);
        let more = more.saturating_sub(1).saturating_mul(record.every_s.into());
        if let Some(slot) = record.slot {
            self.last = Some(Last {
                slot: slot.saturating_add(more),
                verdict: record.verdict,
                lateness: record.lateness,
            });
        }
    }

    fn add_rare(&mut self, record: &Record) {
        let failure = record.failure.as_ref().map(|failure| Rare::Failure {
            step: failure.step.clone(),
            phase: failure.phase,
            kind: failure.kind,
            status: failing_status(record),
            party: failure.party.as_str().to_owned(),
        });
        let void = record.void.as_ref().map(|void| Rare::Void(void.cause));
        let missed = record.missed.map(Rare::Missed);
        for slot in failure.into_iter().chain(void).chain(missed) {
            *self.rare.entry(slot).or_default() += record.count;
        }
        for warning in &record.warnings {
            let step = warning.step.clone();
            let warned = match warning.cleanup {
                true => Rare::CleanUp(step),
                false => Rare::Warning(step),
            };
            *self.rare.entry(warned).or_default() += 1;
        }
    }

    fn add_steps(&mut self, record: &Record) {
        let Some(plan) = &self.plan else { return };
        for step in &record.steps {
            let at = plan.journey.steps.iter().position(|it| it.id == step.id);
            let Some(tally) = at.and_then(|at| self.steps.get_mut(at)) else {
                continue;
            };
            tally.attempts += u64::from(step.attempts);
            let seen = step.exchanges.iter().filter_map(|it| it.tls.as_ref());
            let expires_at = seen.filter_map(|tls| tls.expires_at).min();
            tally.expires_at = expires_at.or(tally.expires_at);
        }
    }

    fn planned(&self) -> impl Iterator<Item = (&Step, StepTally)> {
        let steps = self.plan.iter().flat_map(|plan| &plan.journey.steps);
        steps.zip(self.steps.iter().copied())
    }

    fn of_step(&self, id: &str) -> StepTally {
        let found = self.planned().find(|(step, _)| step.id == id);
        found.map_or_else(StepTally::default, |(_, tally)| tally)
    }

    /// Its series, each count from 0 as the process began.
    pub(super) fn figures(&self, station: &Station) -> impl Iterator<Item = Figure> {
        let whose = [
            (a::CUSTOMER, station.customer().to_owned()),
            (a::JOURNEY, station.journey().to_owned()),
            (a::REGION, station.region().to_owned()),
        ];
        let series = self.slot_series().chain(self.step_series());
        let series = series.chain(self.rare_series());
        series.map(move |(metric, more, value)| Figure {
            metric,
            labels: whose.iter().cloned().chain(more).collect(),
            value,
        })
    }

    fn slot_series(&self) -> impl Iterator<Item = Series<'_>> {
        let verdict = |verdict: Verdict| (a::VERDICT, verdict.as_str().to_owned());
        let durations = Verdict::ALL.iter().zip(&self.durations);
        let durations = durations.filter_map(move |(of, durations)| {
            let durations = Histogram::clone(durations.as_deref()?);
            let reading = Reading::Durations(durations);
            Some((&m::JOURNEY_DURATION, vec![verdict(*of)], reading))
        });
        let slots = Verdict::ALL.iter().zip(self.slots);
        let slots = slots.map(move |(of, count)| (&m::SLOTS, vec![verdict(*of)], whole(count)));
        let events = self.slos.iter().flat_map(|(slo, counts)| {
            Outcome::ALL.iter().zip(*counts).map(move |(of, count)| {
                let outcome = (a::OUTCOME, of.as_str().to_owned());
                let labels = vec![(a::SLO, slo.clone()), outcome];
                (&m::SLI_EVENTS, labels, whole(count))
            })
        });
        let last = self.last.iter();
        let last = last.map(|last| (&m::LAST_SLOT, Vec::new(), instant(last.slot)));
        durations.chain(slots).chain(events).chain(last)
    }

    /// Warnings and failed clean-ups are there as 0 where a step can bring one.
    fn step_series(&self) -> impl Iterator<Item = Series<'_>> {
        self.planned().flat_map(|(step, tally)| {
            let labels = || vec![(a::STEP, step.id.clone())];
            let none = |warned: Rare| !self.rare.contains_key(&warned);
            let warns = step.expect.iter().any(|it| it.otherwise == Otherwise::Warn);
            let warns = warns && none(Rare::Warning(step.id.clone()));
            let cleans = step.always && none(Rare::CleanUp(step.id.clone()));
            let expiry = tally.expires_at.map(instant);
            [
                Some((&m::ATTEMPTS, labels(), whole(tally.attempts))),
                expiry.map(|at| (&m::CERTIFICATE_EXPIRY, labels(), at)),
                warns.then(|| (&m::WARNINGS, labels(), whole(0))),
                cleans.then(|| (&m::CLEANUP_FAILURES, labels(), whole(0))),
            ]
            .into_iter()
            .flatten()
        })
    }

    fn rare_series(&self) -> impl Iterator<Item = Series<'_>> {
        let series = self.rare.iter();
        series.map(|(rare, count)| (rare.metric(), rare.labels(), whole(*count)))
    }
}

impl Rare {
    const fn metric(&self) -> &'static Metric {
        match self {
            Self::Failure { .. } => &m::FAILURES,
            Self::Void(_) => &m::VOIDS,
            Self::Missed(_) => &m::MISSED,
            Self::Warning(_) => &m::WARNINGS,
            Self::CleanUp(_) => &m::CLEANUP_FAILURES,
        }
    }

    fn labels(&self) -> Vec<(Attribute, String)> {
        match self {
            Self::Failure {
                step,
                phase,
                kind,
                status,
                party,
            } => {
                let mut labels = vec![
                    (a::STEP, step.clone()),
                    (a::PHASE, phase.as_str().to_owned()),
                    (a::ERROR_TYPE, kind.as_str().to_owned()),
                    (a::PARTY, party.clone()),
                ];
                labels.extend(status.map(|status| (a::HTTP_STATUS, status.to_string())));
                labels
            }
            Self::Void(cause) => vec![(a::CAUSE, cause.as_str().to_owned())],
            Self::Missed(cause) => vec![(a::CAUSE, cause.as_str().to_owned())],
            Self::Warning(step) | Self::CleanUp(step) => vec![(a::STEP, step.clone())],
        }
    }
}

fn whole(count: u64) -> Reading {
    instant(i64::try_from(count).unwrap_or(i64::MAX))
}

const fn instant(unix_s: i64) -> Reading {
    Reading::Number(Number::Whole(unix_s))
}
