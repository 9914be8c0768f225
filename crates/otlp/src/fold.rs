//! The fold of Records to metrics: cumulative (or delta) streams in event time.
//!
//! A fold knows no clock: records bring their instants, and whoever exports says for which instant
//! it collects. The same records and the same instants give the same points, byte for byte, so an
//! export that was interrupted can be repeated. Its whole state can be stored beside the journal's
//! cursor ([`Fold::encode`]), so that a killed agent continues the same streams.
//!
//! A stream that is new when it first counts would jump from nothing to 1, which no `increase()`
//! sees. So it gets a zero one interval back in event time ([`Collected::births`]), to be sent
//! before the points themselves. Waiting one interval with the count instead would be simpler for
//! receivers, but sums would lag, and be short after the last export of all.

mod collect;
mod counts;
mod distribution;
mod exponential;
mod journey;
mod state;

pub use collect::Collected;
pub(crate) use collect::{Life, Sink, sum_in_seconds};
pub use distribution::{Aggregation, BOUNDS};
pub(crate) use distribution::{Buckets, Distribution};
pub(crate) use journey::Stream;
pub use state::StateError;

use jaunt_record::{Kind, Record, Verdict};
use journey::Journey;
use std::{collections::BTreeMap, ops::Bound};

/// What a fold does with what it is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoldSettings {
    /// How durations are bucketed.
    pub aggregation: Aggregation,
    /// Whether points count from a stream's start or from the point before.
    pub temporality: Temporality,
    /// Whether `jaunt.journey.duration` is kept.
    pub journey_histograms: bool,
    /// Whether `jaunt.step.duration` is kept.
    pub step_histograms: bool,
    /// Whether `jaunt.phase.duration` is kept.
    pub phase_histograms: bool,
    /// Whether histograms carry exemplars.
    pub exemplars: bool,
    /// The share of passing runs whose traces are kept: exemplars refer to no other.
    pub pass_ratio: f64,
}

impl Default for FoldSettings {
    fn default() -> Self {
        Self {
            aggregation: Aggregation::Exponential,
            temporality: Temporality::Cumulative,
            journey_histograms: true,
            step_histograms: true,
            phase_histograms: false,
            exemplars: true,
            pass_ratio: 1.0,
        }
    }
}

/// What a counter's points count from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temporality {
    /// The stream's start: sums are exact across crashes.
    #[default]
    Cumulative,
    /// The point before: at least once.
    Delta,
}

/// What a journey will bring, as far as its series are known before its first run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// The customer.
    pub customer: String,
    /// The journey's name, its matrix part included.
    pub journey: String,
    /// The region it runs in.
    pub region: String,
    /// The ids of its steps.
    pub steps: Vec<String>,
    /// The names of its SLOs.
    pub slos: Vec<String>,
}

/// Records folded to metrics.
#[derive(Clone, Debug)]
pub struct Fold {
    settings: FoldSettings,
    /// The instant of the last collection.
    collected_ns: i64,
    journeys: BTreeMap<Id, Journey>,
    regions: BTreeMap<String, Region>,
}

/// Customer, journey, region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) customer: String,
    pub(crate) journey: String,
    pub(crate) region: String,
}

/// What is kept of a region as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Region {
    pub(crate) start_ns: i64,
    pub(crate) lateness: Stream<Distribution>,
    pub(crate) lag: Stream<Distribution>,
}

impl Fold {
    /// A fold without streams.
    pub const fn new(settings: FoldSettings) -> Self {
        Self {
            settings,
            collected_ns: 0,
            journeys: BTreeMap::new(),
            regions: BTreeMap::new(),
        }
    }

    /// A journey is there from `now_ns` on: its series exist, as 0, before its first run.
    ///
    /// A journey that is registered already keeps its streams; those of steps and SLOs that it no
    /// longer has end.
    pub fn register(&mut self, described: &Described, now_ns: i64) {
        let id = Id {
            customer: described.customer.clone(),
            journey: described.journey.clone(),
            region: described.region.clone(),
        };
        let journey = self
            .journeys
            .entry(id)
            .or_insert_with(|| Journey::new(now_ns));
        journey.describe(described, now_ns);
    }

    /// A journey is gone from `now_ns` on: its streams end with the next collection.
    pub fn remove(&mut self, customer: &str, journey: &str, region: &str, now_ns: i64) {
        let id = Id {
            customer: customer.to_owned(),
            journey: journey.to_owned(),
            region: region.to_owned(),
        };
        if let Some(journey) = self.journeys.get_mut(&id) {
            journey.end(now_ns);
        }
    }

    /// The journeys that have streams which have not ended: customer, journey, region.
    pub fn journeys(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        (self.journeys.iter())
            .filter(|(_, journey)| !journey.has_ended())
            .map(|(id, _)| {
                (
                    id.customer.as_str(),
                    id.journey.as_str(),
                    id.region.as_str(),
                )
            })
    }

    /// The instant of the last collection, Unix ns; 0 before the first.
    pub const fn collected_ns(&self) -> i64 {
        self.collected_ns
    }

    /// Counts a record.
    ///
    /// Runs by hand are in durations, failures, warnings and attempts, and in no count of slots:
    /// they were not planned. A record of a journey that is not registered is counted in streams
    /// that end with the next collection.
    pub fn add(&mut self, record: &Record) {
        let id = Id {
            customer: record.customer.clone(),
            journey: record.journey.clone(),
            region: record.region.clone(),
        };
        let start_ns = record.start_ns.max(self.collected_ns).max(1);
        let journey = self.journeys.entry(id).or_insert_with(|| {
            let mut journey = Journey::new(start_ns);
            journey.end(start_ns);
            journey
        });
        journey.begin_by(start_ns);
        journey.add(record, &self.settings);
        if record.kind == Kind::Scheduled && record.verdict != Verdict::Missed {
            self.add_to_region(record, start_ns);
        }
    }

    fn add_to_region(&mut self, record: &Record, start_ns: i64) {
        let new = || Stream::new(Distribution::new(self.settings.aggregation));
        let region = self
            .regions
            .entry(record.region.clone())
            .or_insert_with(|| Region {
                start_ns,
                lateness: new(),
                lag: new(),
            });
        region.lateness.value.add(record.lateness, None);
        region.lag.value.add(record.lag, None);
    }

    /// The points of all streams as of `at_ns` (Unix ns, later than the collection before).
    pub fn collect(&mut self, at_ns: i64) -> Collected {
        self.collect_some(at_ns, &Part::First, usize::MAX).0
    }

    /// The points of the next `journeys` journeys as of `at_ns`, and where to go on; `None` once
    /// all are collected. Ten thousand journeys at once would be 300 MB of points.
    pub(crate) fn collect_some(
        &mut self,
        at_ns: i64,
        from: &Part,
        journeys: usize,
    ) -> (Collected, Option<Part>) {
        let mut sink = Sink::new(&self.settings, self.collected_ns, at_ns);
        let behind = match from {
            Part::First => Bound::Unbounded,
            Part::Behind(id) => Bound::Excluded(id),
        };
        let mut last = None;
        let mut left = journeys;
        for (id, journey) in self.journeys.range_mut((behind, Bound::Unbounded)) {
            if left == 0 {
                return (sink.finish(), last.map(|id: &Id| Part::Behind(id.clone())));
            }
            journey.collect(id, &mut sink);
            last = Some(id);
            left -= 1;
        }
        for (name, region) in &mut self.regions {
            region.collect(name, &mut sink);
        }
        let collected = sink.finish();
        self.journeys
            .retain(|_, journey| !journey.has_ended_before(at_ns));
        self.collected_ns = at_ns;
        (collected, None)
    }
}

/// How far a collection in parts has got.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    First,
    Behind(Id),
}

impl Region {
    fn collect(&mut self, name: &str, sink: &mut Sink<'_>) {
        use crate::names::{attribute as a, metric as m};
        let life = Life {
            start_ns: self.start_ns,
            ended_ns: None,
        };
        let attributes = || vec![crate::value::text(a::REGION, name)];
        sink.distribution(&m::LATENESS, life, attributes, &mut self.lateness);
        sink.distribution(&m::LAG, life, attributes, &mut self.lag);
    }
}
