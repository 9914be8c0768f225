//! A fold's state as bytes that last, to be kept beside the journal's cursor.

use super::{
    Buckets, Distribution, Fold, FoldSettings, Id, Region, Temporality,
    collect::Life,
    counts::Counts,
    distribution::Aggregation,
    exponential::Exponential,
    journey::{Counter, FailureKey, Journey, Slo, StepStreams, Stream},
};
use jaunt_record::{FailureKind, FailurePhase, Missed, Outcome, Phase, Verdict, VoidCause};
use prost::Message;
use std::collections::BTreeMap;

const VERSION: u32 = 1;
/// The field of [`StoredFold::journeys`].
const JOURNEYS: u32 = 4;

/// The bytes are no state that this version can read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// They are damaged.
    #[error("the stored state of the metrics is damaged")]
    Malformed(#[source] prost::DecodeError),
    /// A newer version wrote them.
    #[error(
        "the stored state of the metrics is of version {found}, written by a newer jaunt (this one reads up to {VERSION})"
    )]
    Newer {
        /// The version that they state.
        found: u32,
    },
}

impl Fold {
    /// The whole state, without exemplars.
    pub fn encode(&self) -> Vec<u8> {
        let regions = self.regions.iter().map(|(name, region)| StoredRegion {
            name: name.clone(),
            start_ns: region.start_ns,
            lateness: Some(stored_distribution("", &region.lateness)),
            lag: Some(stored_distribution("", &region.lag)),
        });
        let mut bytes = StoredFold {
            version: VERSION,
            delta: self.settings.temporality == Temporality::Delta,
            collected_ns: self.collected_ns,
            journeys: Vec::new(),
            regions: regions.collect(),
        }
        .encode_to_vec();
        // One journey at a time: protobuf lets a repeated field follow anywhere.
        for (id, journey) in &self.journeys {
            prost::encoding::message::encode(JOURNEYS, &stored_journey(id, journey), &mut bytes);
        }
        bytes
    }

    /// The fold that these bytes hold; no bytes are a fold without streams.
    ///
    /// Streams whose form no longer fits the settings begin anew.
    ///
    /// # Errors
    /// They are damaged, or a newer version wrote them.
    pub fn decode(bytes: &[u8], settings: FoldSettings) -> Result<Self, StateError> {
        let stored = StoredFold::decode(bytes).map_err(StateError::Malformed)?;
        if stored.version > VERSION {
            return Err(StateError::Newer {
                found: stored.version,
            });
        }
        let mut fold = Self::new(settings);
        fold.collected_ns = stored.collected_ns;
        if stored.delta != (settings.temporality == Temporality::Delta) {
            return Ok(fold);
        }
        for journey in stored.journeys {
            let (id, journey) = journey.restore(settings.aggregation);
            fold.journeys.insert(id, journey);
        }
        for region in stored.regions {
            let of = |it: Option<StoredDistribution>| {
                it.and_then(|it| it.restore(settings.aggregation))
                    .unwrap_or_else(|| Stream::new(Distribution::new(settings.aggregation)))
            };
            let restored = Region {
                start_ns: region.start_ns,
                lateness: of(region.lateness),
                lag: of(region.lag),
            };
            fold.regions.insert(region.name, restored);
        }
        Ok(fold)
    }
}

#[derive(Clone, PartialEq, Message)]
struct StoredFold {
    #[prost(uint32, tag = "1")]
    version: u32,
    #[prost(bool, tag = "2")]
    delta: bool,
    #[prost(int64, tag = "3")]
    collected_ns: i64,
    #[prost(message, repeated, tag = "4")]
    journeys: Vec<StoredJourney>,
    #[prost(message, repeated, tag = "5")]
    regions: Vec<StoredRegion>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredRegion {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int64, tag = "2")]
    start_ns: i64,
    #[prost(message, optional, tag = "3")]
    lateness: Option<StoredDistribution>,
    #[prost(message, optional, tag = "4")]
    lag: Option<StoredDistribution>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredJourney {
    #[prost(string, tag = "1")]
    customer: String,
    #[prost(string, tag = "2")]
    journey: String,
    #[prost(string, tag = "3")]
    region: String,
    #[prost(message, optional, tag = "4")]
    life: Option<StoredLife>,
    #[prost(message, repeated, tag = "5")]
    slots: Vec<StoredCounter>,
    #[prost(message, repeated, tag = "6")]
    slos: Vec<StoredSlo>,
    #[prost(message, repeated, tag = "7")]
    steps: Vec<StoredStep>,
    #[prost(message, repeated, tag = "8")]
    failures: Vec<StoredFailures>,
    #[prost(message, repeated, tag = "9")]
    voids: Vec<StoredCounter>,
    #[prost(message, repeated, tag = "10")]
    missed: Vec<StoredCounter>,
    #[prost(message, repeated, tag = "11")]
    durations: Vec<StoredDistribution>,
    #[prost(message, optional, tag = "12")]
    last_slot: Option<StoredGauge>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct StoredLife {
    #[prost(int64, tag = "1")]
    start_ns: i64,
    #[prost(int64, optional, tag = "2")]
    ended_ns: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredCounter {
    /// The member of a closed list that it counts; empty where there is only one.
    #[prost(string, tag = "1")]
    name: String,
    #[prost(uint64, tag = "2")]
    value: u64,
    #[prost(bool, tag = "3")]
    born: bool,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct StoredGauge {
    #[prost(int64, tag = "1")]
    value: i64,
    #[prost(bool, tag = "2")]
    born: bool,
}

#[derive(Clone, PartialEq, Message)]
struct StoredSlo {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    life: Option<StoredLife>,
    #[prost(message, repeated, tag = "3")]
    events: Vec<StoredCounter>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredStep {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(message, optional, tag = "2")]
    life: Option<StoredLife>,
    #[prost(message, optional, tag = "3")]
    attempts: Option<StoredCounter>,
    #[prost(message, optional, tag = "4")]
    warnings: Option<StoredCounter>,
    #[prost(message, optional, tag = "5")]
    cleanup_failures: Option<StoredCounter>,
    #[prost(message, optional, tag = "6")]
    certificate: Option<StoredGauge>,
    #[prost(message, optional, tag = "7")]
    duration: Option<StoredDistribution>,
    #[prost(message, repeated, tag = "8")]
    phases: Vec<StoredDistribution>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredFailures {
    #[prost(string, tag = "1")]
    step: String,
    #[prost(string, tag = "2")]
    phase: String,
    #[prost(string, tag = "3")]
    kind: String,
    #[prost(uint32, optional, tag = "4")]
    status: Option<u32>,
    #[prost(string, tag = "5")]
    party: String,
    #[prost(message, optional, tag = "6")]
    counter: Option<StoredCounter>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredDistribution {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bool, tag = "2")]
    born: bool,
    #[prost(uint64, tag = "3")]
    count: u64,
    /// 16 bytes, big-endian.
    #[prost(bytes = "vec", tag = "4")]
    sum_ns: Vec<u8>,
    #[prost(uint64, tag = "5")]
    min_ns: u64,
    #[prost(uint64, tag = "6")]
    max_ns: u64,
    #[prost(bool, tag = "7")]
    explicit: bool,
    #[prost(sint32, tag = "8")]
    scale: i32,
    #[prost(sint32, tag = "9")]
    offset: i32,
    #[prost(uint64, tag = "10")]
    zero: u64,
    #[prost(uint64, repeated, tag = "11")]
    buckets: Vec<u64>,
}

fn stored_journey(id: &Id, journey: &Journey) -> StoredJourney {
    let slo = |(name, slo): (&String, &Slo)| StoredSlo {
        name: name.clone(),
        life: Some(slo.life.into()),
        events: counters(&slo.events, |it| it.as_str()),
    };
    StoredJourney {
        customer: id.customer.clone(),
        journey: id.journey.clone(),
        region: id.region.clone(),
        life: Some(journey.life.into()),
        slots: counters(&journey.slots, |it| it.as_str()),
        slos: journey.slos.iter().map(slo).collect(),
        steps: (journey.steps.iter())
            .map(|(id, step)| stored_step(id, step))
            .collect(),
        failures: journey.failures.iter().map(stored_failures).collect(),
        voids: counters(&journey.voids, |it| it.as_str()),
        missed: counters(&journey.missed, |it| it.as_str()),
        durations: (journey.durations.iter())
            .map(|(verdict, it)| stored_distribution(verdict.as_str(), it))
            .collect(),
        last_slot: journey.last_slot.map(StoredGauge::from),
    }
}

fn stored_step(id: &str, step: &StepStreams) -> StoredStep {
    let phases = step.phases.iter();
    StoredStep {
        id: id.to_owned(),
        life: Some(step.life.into()),
        attempts: Some(stored_counter("", &step.attempts)),
        warnings: Some(stored_counter("", &step.warnings)),
        cleanup_failures: Some(stored_counter("", &step.cleanup_failures)),
        certificate: step.certificate.map(StoredGauge::from),
        duration: step.duration.as_ref().map(|it| stored_distribution("", it)),
        phases: phases
            .map(|(phase, it)| stored_distribution(phase.as_str(), it))
            .collect(),
    }
}

fn stored_failures((key, counter): (&FailureKey, &Counter)) -> StoredFailures {
    StoredFailures {
        step: key.step.clone(),
        phase: key.phase.to_string(),
        kind: key.kind.to_string(),
        status: key.status.map(u32::from),
        party: key.party.clone(),
        counter: Some(stored_counter("", counter)),
    }
}

fn counters<K>(
    counters: &BTreeMap<K, Counter>,
    name: impl Fn(&K) -> &'static str,
) -> Vec<StoredCounter> {
    let counters = counters.iter();
    counters
        .map(|(key, counter)| stored_counter(name(key), counter))
        .collect()
}

fn stored_counter(name: &str, counter: &Counter) -> StoredCounter {
    StoredCounter {
        name: name.to_owned(),
        value: counter.value,
        born: counter.born,
    }
}

fn stored_distribution(name: &str, stream: &Stream<Distribution>) -> StoredDistribution {
    let value = &stream.value;
    let shared = StoredDistribution {
        name: name.to_owned(),
        born: stream.born,
        count: value.count,
        sum_ns: value.sum_ns.to_be_bytes().to_vec(),
        min_ns: value.min_ns,
        max_ns: value.max_ns,
        ..StoredDistribution::default()
    };
    match &value.buckets {
        Buckets::Exponential(buckets) => StoredDistribution {
            scale: buckets.scale,
            offset: buckets.offset,
            zero: buckets.zero,
            buckets: buckets.buckets.to_vec(),
            ..shared
        },
        Buckets::Explicit(counts) => StoredDistribution {
            explicit: true,
            buckets: counts.to_vec(),
            ..shared
        },
    }
}

impl StoredJourney {
    fn restore(self, aggregation: Aggregation) -> (Id, Journey) {
        let life = Life::from_stored(self.life);
        let mut journey = Journey::new(life.start_ns);
        journey.life = life;
        journey
            .slots
            .extend(restored(self.slots, Verdict::from_name));
        journey.voids = restored(self.voids, VoidCause::from_name).collect();
        journey.missed = restored(self.missed, Missed::from_name).collect();
        for slo in self.slos {
            let mut restored_slo = Slo::new(0);
            restored_slo.life = Life::from_stored(slo.life);
            restored_slo
                .events
                .extend(restored(slo.events, Outcome::from_name));
            journey.slos.insert(slo.name, restored_slo);
        }
        for step in self.steps {
            let (id, step) = step.restore(aggregation);
            journey.steps.insert(id, Box::new(step));
        }
        journey.failures = self
            .failures
            .into_iter()
            .filter_map(StoredFailures::restore)
            .collect();
        for distribution in self.durations {
            let verdict = Verdict::from_name(&distribution.name);
            if let (Some(verdict), Some(stream)) = (verdict, distribution.restore(aggregation)) {
                journey.durations.insert(verdict, Box::new(stream));
            }
        }
        journey.last_slot = self.last_slot.map(Stream::from);
        let id = Id {
            customer: self.customer,
            journey: self.journey,
            region: self.region,
        };
        (id, journey)
    }
}

impl StoredStep {
    fn restore(self, aggregation: Aggregation) -> (String, StepStreams) {
        let of = |counter: Option<StoredCounter>| {
            counter.map(|counter| counter.restore()).unwrap_or_default()
        };
        let mut step = StepStreams::new(0);
        step.life = Life::from_stored(self.life);
        step.attempts = of(self.attempts);
        step.warnings = of(self.warnings);
        step.cleanup_failures = of(self.cleanup_failures);
        step.certificate = self.certificate.map(Stream::from);
        step.duration = self.duration.and_then(|it| it.restore(aggregation));
        for distribution in self.phases {
            let phase = Phase::from_name(&distribution.name);
            if let (Some(phase), Some(stream)) = (phase, distribution.restore(aggregation)) {
                step.phases.insert(phase, Box::new(stream));
            }
        }
        (self.id, step)
    }
}

impl StoredFailures {
    fn restore(self) -> Option<(FailureKey, Counter)> {
        let key = FailureKey {
            step: self.step,
            phase: FailurePhase::from_name(&self.phase)?,
            kind: FailureKind::from_name(&self.kind)?,
            status: self.status.and_then(|status| u16::try_from(status).ok()),
            party: self.party,
        };
        Some((key, self.counter?.restore()))
    }
}

fn restored<K>(
    counters: Vec<StoredCounter>,
    from_name: impl Fn(&str) -> Option<K>,
) -> impl Iterator<Item = (K, Counter)> {
    let counters = counters.into_iter();
    counters.filter_map(move |counter| Some((from_name(&counter.name)?, counter.restore())))
}

impl StoredCounter {
    const fn restore(&self) -> Counter {
        Counter {
            value: self.value,
            born: self.born,
        }
    }
}

impl StoredDistribution {
    /// `None` where it is of another form than `aggregation`, or its buckets do not add up.
    fn restore(self, aggregation: Aggregation) -> Option<Stream<Distribution>> {
        let counts = Counts::from(self.buckets.as_slice());
        let mut value = Distribution::new(aggregation);
        value.buckets = match (&value.buckets, self.explicit) {
            (Buckets::Exponential(_), false) => Buckets::Exponential(Exponential {
                scale: self.scale,
                offset: self.offset,
                buckets: counts,
                zero: self.zero,
            }),
            (Buckets::Explicit(new), true) if new.len() == counts.len() => {
                Buckets::Explicit(counts)
            }
            (Buckets::Exponential(_) | Buckets::Explicit(_), _) => return None,
        };
        value.count = self.count;
        value.sum_ns = u128::from_be_bytes(self.sum_ns.try_into().ok()?);
        value.min_ns = self.min_ns;
        value.max_ns = self.max_ns;
        Some(Stream {
            value,
            born: self.born,
        })
    }
}

impl From<Life> for StoredLife {
    fn from(life: Life) -> Self {
        Self {
            start_ns: life.start_ns,
            ended_ns: life.ended_ns,
        }
    }
}

impl Life {
    fn from_stored(stored: Option<StoredLife>) -> Self {
        let stored = stored.unwrap_or_default();
        Self {
            start_ns: stored.start_ns,
            ended_ns: stored.ended_ns,
        }
    }
}

impl From<Stream<i64>> for StoredGauge {
    fn from(gauge: Stream<i64>) -> Self {
        Self {
            value: gauge.value,
            born: gauge.born,
        }
    }
}

impl From<StoredGauge> for Stream<i64> {
    fn from(stored: StoredGauge) -> Self {
        Self {
            value: stored.value,
            born: stored.born,
        }
    }
}
