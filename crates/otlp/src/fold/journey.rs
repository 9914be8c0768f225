//! The streams of one journey in one region.

use super::{
    Described, FoldSettings, Id,
    collect::{Life, Sink},
    distribution::{Aggregation, Distribution, Exemplar},
};
use crate::{
    identity,
    names::{attribute as a, metric as m},
    traces,
    value::{text, whole},
};
use jaunt_record::{
    Exchange, FailureKind, FailurePhase, Kind, Missed, Outcome, Phase, Record, Step, StepVerdict,
    Verdict, VoidCause, span_id,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use std::{collections::BTreeMap, time::Duration};

/// A value, and whether a point of it was ever sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stream<T> {
    pub(crate) value: T,
    pub(crate) born: bool,
}

impl<T> Stream<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { value, born: false }
    }
}

pub(crate) type Counter = Stream<u64>;

impl Counter {
    fn count(&mut self, more: u64) {
        self.value = self.value.saturating_add(more);
    }
}

/// What a map holds that is large is boxed: a map takes room for eleven at once, and most journeys
/// have one verdict and few steps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Journey {
    pub(crate) life: Life,
    pub(crate) slots: BTreeMap<Verdict, Counter>,
    pub(crate) slos: BTreeMap<String, Slo>,
    pub(crate) steps: BTreeMap<String, Box<StepStreams>>,
    pub(crate) failures: BTreeMap<FailureKey, Counter>,
    pub(crate) voids: BTreeMap<VoidCause, Counter>,
    pub(crate) missed: BTreeMap<Missed, Counter>,
    pub(crate) durations: BTreeMap<Verdict, Box<Stream<Distribution>>>,
    pub(crate) last_slot: Option<Stream<i64>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slo {
    pub(crate) life: Life,
    pub(crate) events: BTreeMap<Outcome, Counter>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StepStreams {
    pub(crate) life: Life,
    pub(crate) attempts: Counter,
    pub(crate) warnings: Counter,
    pub(crate) cleanup_failures: Counter,
    pub(crate) certificate: Option<Stream<i64>>,
    pub(crate) duration: Option<Stream<Distribution>>,
    pub(crate) phases: BTreeMap<Phase, Box<Stream<Distribution>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FailureKey {
    pub(crate) step: String,
    pub(crate) phase: FailurePhase,
    pub(crate) kind: FailureKind,
    pub(crate) status: Option<u16>,
    pub(crate) party: String,
}

impl Slo {
    /// Every outcome is there from the start, as 0.
    pub(crate) fn new(start_ns: i64) -> Self {
        Self {
            life: Life::from(start_ns),
            events: Outcome::ALL
                .iter()
                .map(|it| (*it, Counter::default()))
                .collect(),
        }
    }
}

impl StepStreams {
    pub(crate) fn new(start_ns: i64) -> Self {
        Self {
            life: Life::from(start_ns),
            attempts: Counter::default(),
            warnings: Counter::default(),
            cleanup_failures: Counter::default(),
            certificate: None,
            duration: None,
            phases: BTreeMap::new(),
        }
    }
}

impl Journey {
    /// A journey whose streams count from `start_ns`: every verdict is there, as 0.
    pub(crate) fn new(start_ns: i64) -> Self {
        Self {
            life: Life::from(start_ns.max(1)),
            slots: Verdict::ALL
                .iter()
                .map(|it| (*it, Counter::default()))
                .collect(),
            slos: BTreeMap::new(),
            steps: BTreeMap::new(),
            failures: BTreeMap::new(),
            voids: BTreeMap::new(),
            missed: BTreeMap::new(),
            durations: BTreeMap::new(),
            last_slot: None,
        }
    }

    pub(crate) fn describe(&mut self, described: &Described, now_ns: i64) {
        self.life.ended_ns = None;
        for (id, step) in &mut self.steps {
            step.life.goes_on(described.steps.contains(id), now_ns);
        }
        for (name, slo) in &mut self.slos {
            slo.life.goes_on(described.slos.contains(name), now_ns);
        }
        for id in &described.steps {
            let new = || Box::new(StepStreams::new(now_ns));
            self.steps.entry(id.clone()).or_insert_with(new);
        }
        for name in &described.slos {
            self.slos
                .entry(name.clone())
                .or_insert_with(|| Slo::new(now_ns));
        }
    }

    /// Has its streams count from `start_ns` at the latest, unless points of them were sent: what a
    /// new export finds in the journal is older than the moment its journeys are registered at.
    pub(crate) fn begin_by(&mut self, start_ns: i64) {
        if start_ns >= self.life.start_ns || self.slots.values().any(|counter| counter.born) {
            return;
        }
        self.life.start_ns = start_ns;
        let steps = self.steps.values_mut().map(|step| &mut step.life);
        let slos = self.slos.values_mut().map(|slo| &mut slo.life);
        for life in steps.chain(slos) {
            life.start_ns = life.start_ns.min(start_ns);
        }
    }

    pub(crate) fn end(&mut self, now_ns: i64) {
        self.life.ended_ns.get_or_insert(now_ns);
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.life.ended_ns.is_some()
    }

    pub(crate) fn has_ended_before(&self, at_ns: i64) -> bool {
        self.life.has_ended_before(at_ns)
    }

    pub(crate) fn add(&mut self, record: &Record, settings: &FoldSettings) {
        if record.kind == Kind::Scheduled {
            self.add_slot(record);
        }
        if let Some(failure) = &record.failure {
            let key = FailureKey {
                step: failure.step.clone(),
                phase: failure.phase,
                kind: failure.kind,
                status: identity::failing_status(record),
                party: failure.party.as_str().to_owned(),
            };
            self.failures.entry(key).or_default().count(1);
        }
        for warning in &record.warnings {
            let step = step_of(&mut self.steps, &warning.step, self.life.start_ns);
            let counter = match warning.cleanup {
                true => &mut step.cleanup_failures,
                false => &mut step.warnings,
            };
            counter.count(1);
        }
        self.add_durations(record, settings);
    }

    fn add_slot(&mut self, record: &Record) {
        let slots = record.count.max(1);
        self.slots.entry(record.verdict).or_default().count(slots);
        for judged in &record.slos {
            let slo = self.slos.entry(judged.slo.clone());
            let slo = slo.or_insert_with(|| Slo::new(self.life.start_ns));
            slo.events.entry(judged.outcome).or_default().count(slots);
        }
        if let Some(void) = &record.void {
            self.voids.entry(void.cause).or_default().count(slots);
        }
        if let Some(missed) = record.missed {
            self.missed.entry(missed).or_default().count(slots);
        }
        let length = i64::try_from(slots - 1).unwrap_or(i64::MAX);
        let length = length.saturating_mul(record.every_s.into());
        if let Some(slot) = record.slot {
            let last = self.last_slot.get_or_insert(Stream::new(i64::MIN));
            last.value = last.value.max(slot.saturating_add(length));
        }
    }

    /// What was measured; a void run measured nothing that can be relied on.
    fn add_durations(&mut self, record: &Record, settings: &FoldSettings) {
        let kept = settings.exemplars && traces::is_kept(record, settings.pass_ratio);
        let exemplar = |took: Duration, path: &str| {
            kept.then(|| Exemplar {
                took_ns: u64::try_from(took.as_nanos()).unwrap_or(u64::MAX),
                at_ns: record.end_ns,
                run: record.id,
                span: span_id(record.id, path),
            })
        };
        let measured = record.verdict.is_measured();
        if measured && settings.journey_histograms {
            let new = || Box::new(Stream::new(Distribution::new(settings.aggregation)));
            let stream = self.durations.entry(record.verdict).or_insert_with(new);
            stream
                .value
                .add(record.duration, exemplar(record.duration, "root"));
        }
        for step in &record.steps {
            let streams = step_of(&mut self.steps, &step.id, self.life.start_ns);
            streams.attempts.count(step.attempts.into());
            streams.add_certificate(step);
            let carried_out = !matches!(step.verdict, StepVerdict::Skipped | StepVerdict::Void);
            if measured && carried_out && settings.step_histograms {
                let exemplar = exemplar(step.duration, &step.id);
                let stream = of(&mut streams.duration, settings.aggregation);
                stream.value.add(step.duration, exemplar);
            }
            if measured && settings.phase_histograms {
                for exchange in &step.exchanges {
                    streams.add_phases(exchange, settings.aggregation, |took| {
                        let path = format!("{}/{}.{}", step.id, exchange.attempt, exchange.hop);
                        exemplar(took, &path)
                    });
                }
            }
        }
    }

    pub(crate) fn collect(&mut self, id: &Id, sink: &mut Sink<'_>) {
        let base = || {
            vec![
                text(a::CUSTOMER, id.customer.clone()),
                text(a::JOURNEY, id.journey.clone()),
                text(a::REGION, id.region.clone()),
            ]
        };
        let with = |more: Vec<KeyValue>| [base(), more].concat();
        let life = self.life;
        for (verdict, counter) in &mut self.slots {
            let attributes = || with(vec![text(a::VERDICT, verdict.as_str())]);
            sink.counter(&m::SLOTS, life, attributes, counter);
        }
        for (cause, counter) in &mut self.voids {
            let attributes = || with(vec![text(a::CAUSE, cause.as_str())]);
            sink.counter(&m::VOIDS, life, attributes, counter);
        }
        for (cause, counter) in &mut self.missed {
            let attributes = || with(vec![text(a::CAUSE, cause.as_str())]);
            sink.counter(&m::MISSED, life, attributes, counter);
        }
        for (key, counter) in &mut self.failures {
            sink.counter(&m::FAILURES, life, || with(key.attributes()), counter);
        }
        for (verdict, stream) in &mut self.durations {
            let attributes = || with(vec![text(a::VERDICT, verdict.as_str())]);
            sink.distribution(&m::JOURNEY_DURATION, life, attributes, stream);
        }
        if let Some(last) = &mut self.last_slot {
            sink.gauge(&m::LAST_SLOT, life, base, last);
        }
        for (name, slo) in &mut self.slos {
            let life = slo.life.within(life);
            for (outcome, counter) in &mut slo.events {
                let own = vec![
                    text(a::SLO, name.clone()),
                    text(a::OUTCOME, outcome.as_str()),
                ];
                sink.counter(&m::SLI_EVENTS, life, || with(own.clone()), counter);
            }
        }
        for (name, step) in &mut self.steps {
            step.collect(life, || with(vec![text(a::STEP, name.clone())]), sink);
        }
        self.slos
            .retain(|_, slo| !slo.life.has_ended_before(sink.at_ns));
        self.steps
            .retain(|_, step| !step.life.has_ended_before(sink.at_ns));
    }
}

impl FailureKey {
    fn attributes(&self) -> Vec<KeyValue> {
        let mut found = vec![
            text(a::STEP, self.step.clone()),
            text(a::PHASE, self.phase.as_str()),
            text(a::ERROR_TYPE, self.kind.as_str()),
        ];
        found.extend(self.status.map(|status| whole(a::HTTP_STATUS, status)));
        found.push(text(a::PARTY, self.party.clone()));
        found
    }
}

impl StepStreams {
    /// When the earliest certificate that this run saw expires.
    fn add_certificate(&mut self, step: &Step) {
        let seen = step
            .exchanges
            .iter()
            .filter_map(|exchange| exchange.tls.as_ref());
        if let Some(expires_at) = seen.filter_map(|tls| tls.expires_at).min() {
            self.certificate
                .get_or_insert(Stream::new(expires_at))
                .value = expires_at;
        }
    }

    fn add_phases(
        &mut self,
        exchange: &Exchange,
        aggregation: Aggregation,
        exemplar: impl Fn(Duration) -> Option<Exemplar>,
    ) {
        for (phase, took) in exchange.phases.iter() {
            let new = || Box::new(Stream::new(Distribution::new(aggregation)));
            let stream = self.phases.entry(phase).or_insert_with(new);
            stream.value.add(took, exemplar(took));
        }
    }

    fn collect(
        &mut self,
        journey: Life,
        attributes: impl Fn() -> Vec<KeyValue>,
        sink: &mut Sink<'_>,
    ) {
        let life = self.life.within(journey);
        sink.counter(&m::ATTEMPTS, life, &attributes, &mut self.attempts);
        sink.counter(&m::WARNINGS, life, &attributes, &mut self.warnings);
        sink.counter(
            &m::CLEANUP_FAILURES,
            life,
            &attributes,
            &mut self.cleanup_failures,
        );
        if let Some(certificate) = &mut self.certificate {
            sink.gauge(&m::CERTIFICATE_EXPIRY, life, &attributes, certificate);
        }
        if let Some(duration) = &mut self.duration {
            sink.distribution(&m::STEP_DURATION, life, &attributes, duration);
        }
        for (phase, stream) in &mut self.phases {
            let attributes = || [attributes(), vec![text(a::PHASE, phase.as_str())]].concat();
            sink.distribution(&m::PHASE_DURATION, life, attributes, stream);
        }
    }
}

fn step_of<'a>(
    steps: &'a mut BTreeMap<String, Box<StepStreams>>,
    id: &str,
    start_ns: i64,
) -> &'a mut StepStreams {
    let new = || Box::new(StepStreams::new(start_ns));
    steps.entry(id.to_owned()).or_insert_with(new)
}

fn of(
    stream: &mut Option<Stream<Distribution>>,
    aggregation: Aggregation,
) -> &mut Stream<Distribution> {
    stream.get_or_insert_with(|| Stream::new(Distribution::new(aggregation)))
}
