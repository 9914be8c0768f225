//! What jaunt says about itself: figures (in flight, loaded, waiting, dropped, sent) and events.
//!
//! Figures live as long as the process: counters begin at 0 with it, under a new start time, as those of
//! any program. Each export has a reader of its own, so that one that wants deltas gets them; what
//! serves `/metrics` reads [`Own::figures`].

mod events;
mod reader;

pub(crate) use events::Listener;

use crate::{
    Collected, FoldSettings, Histogram,
    names::{Attribute, Metric, attribute as a},
    value::text,
};
use events::Events;
use opentelemetry_proto::tonic::{
    common::v1::KeyValue, logs::v1::LogRecord, metrics::v1::number_data_point,
};
use reader::Reader;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The registry. Cheap to clone; all clones are one.
///
/// ```
/// use jaunt_otlp::{Own, Number, names::{attribute, metric}};
///
/// let own = Own::new(1_764_000_000_000_000_000);
/// own.count(&metric::EGRESS_DENIED, &[(attribute::CUSTOMER, "acme"), (attribute::RULE, "private")], 1);
/// own.set(&metric::JOURNEY_LOADED, &[(attribute::REGION, "fra")], Number::Whole(40));
/// assert_eq!(own.figures().len(), 2);
/// ```
#[derive(Clone)]
pub struct Own(Arc<Shared>);

struct Shared {
    start_ns: i64,
    inner: Mutex<Inner>,
    refresh: Mutex<Vec<Refresh>>,
    events: Events,
}

type Refresh = Arc<dyn Fn(&Own) + Send + Sync>;

#[derive(Default)]
struct Inner {
    numbers: BTreeMap<Key, Held>,
    readers: Vec<Reader>,
}

/// A value, and whether we count it from 0 ourselves.
#[derive(Clone, Copy)]
struct Held {
    value: Number,
    is_counted: bool,
}

/// A series: its metric, by name, and its attributes in the order given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    name: &'static str,
    labels: Vec<(Attribute, String)>,
    metric: ByName,
}

/// A metric, of which the name in the key says all there is to order.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ByName(&'static Metric);

impl PartialOrd for ByName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.name.cmp(other.0.name)
    }
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// A number with fractions: seconds.
    Real(f64),
}

/// One series as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Its metric.
    pub metric: &'static Metric,
    /// Its attributes.
    pub labels: Vec<(Attribute, String)>,
    /// What it says.
    pub value: Reading,
}

/// What a series says.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Of a counter, an up-down counter or a gauge.
    Number(Number),
    /// Of a histogram of durations.
    Durations(Histogram),
}

/// An export's reader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReaderId(usize);

impl Own {
    /// Without figures; counters count from `now_ns` (Unix ns).
    pub fn new(now_ns: i64) -> Self {
        Self(Arc::new(Shared {
            start_ns: now_ns.max(1),
            inner: Mutex::default(),
            refresh: Mutex::default(),
            events: Events::default(),
        }))
    }

    /// Counts `more` in a counter; 0 makes its series exist before there is anything to count.
    pub fn count(&self, metric: &'static Metric, labels: &[(Attribute, &str)], more: u64) {
        let more = i64::try_from(more).unwrap_or(i64::MAX);
        self.with(|inner| {
            let held = inner.numbers.entry(key(metric, labels)).or_insert(Held {
                value: Number::Whole(0),
                is_counted: true,
            });
            held.value = match held.value {
                Number::Whole(value) => Number::Whole(value.saturating_add(more)),
                Number::Real(value) => Number::Real(value + real(more)),
            };
        });
    }

    /// Sets a gauge, an up-down counter, or the total of a counter that is kept elsewhere, which may
    /// have counted before this process began.
    pub fn set(&self, metric: &'static Metric, labels: &[(Attribute, &str)], value: Number) {
        let held = Held {
            value,
            is_counted: false,
        };
        self.with(|inner| inner.numbers.insert(key(metric, labels), held));
    }

    /// Ends a series: it is not sent any more.
    pub fn end(&self, metric: &'static Metric, labels: &[(Attribute, &str)]) {
        self.with(|inner| inner.numbers.remove(&key(metric, labels)));
    }

    /// Adds a duration to a histogram.
    pub fn took(&self, metric: &'static Metric, labels: &[(Attribute, &str)], took: Duration) {
        let key = key(metric, labels);
        self.with(|inner| {
            for reader in &mut inner.readers {
                reader.took(&key, took);
            }
        });
    }

    /// Has `refresh` called before each reading, for figures that are looked up (memory, say). It
    /// must be quick.
    pub fn refresh_by(&self, refresh: impl Fn(&Self) + Send + Sync + 'static) {
        let mut all = self
            .0
            .refresh
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::new(refresh));
    }

    /// Every counter, up-down counter and gauge as it stands.
    pub fn figures(&self) -> Vec<Figure> {
        self.refresh();
        self.with(|inner| {
            let numbers = inner.numbers.iter();
            let figure = |(key, held): (&Key, &Held)| Figure {
                metric: key.metric.0,
                labels: key.labels.clone(),
                value: Reading::Number(held.value),
            };
            numbers.map(figure).collect()
        })
    }

    /// Tells an event, made by [`operation`](crate::operation), to every export of logs that takes
    /// everybody's records. It waits in memory; where too many do, the oldest goes and is counted.
    pub fn tell(&self, event: &LogRecord) {
        self.0.events.tell(event);
    }

    /// The events that are told from now on, for one export.
    pub(crate) fn listen(&self) -> Listener {
        self.0.events.listen()
    }

    /// A reader of its own for an export.
    pub(crate) fn reader(&self, settings: &FoldSettings) -> ReaderId {
        let reader = Reader::new(*settings, self.0.start_ns);
        self.with(|inner| {
            inner.readers.push(reader);
            ReaderId(inner.readers.len() - 1)
        })
    }

    /// The points of all series as of `at_ns`; those of customers that `takes` refuses left out.
    pub(crate) fn collect(
        &self,
        ReaderId(reader): ReaderId,
        at_ns: i64,
        takes: impl Fn(Option<&str>) -> bool,
    ) -> Collected {
        self.refresh();
        let start_ns = self.0.start_ns;
        self.with(|inner| match inner.readers.get_mut(reader) {
            Some(reader) if start_ns < at_ns => {
                let taken = |(key, _): &(&Key, &Held)| takes(key.customer());
                let numbers = inner.numbers.iter().filter(taken);
                reader.collect(numbers, start_ns, at_ns, &takes)
            }
            Some(_) | None => Collected::default(),
        })
    }

    fn refresh(&self) {
        // Called without the lock: what refreshes may add more, and calls back.
        let all = self
            .0
            .refresh
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let all = all.clone();
        all.iter().for_each(|refresh| refresh(self));
    }

    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        // A panic elsewhere leaves figures that are whole: each change is one step.
        change(&mut self.0.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = self.with(|inner| inner.numbers.len());
        f.debug_struct("Own")
            .field("figures", &figures)
            .finish_non_exhaustive()
    }
}

impl Key {
    fn attributes(&self) -> Vec<KeyValue> {
        let given = self.labels.iter().filter(|(_, value)| !value.is_empty());
        given
            .map(|(name, value)| text(*name, value.clone()))
            .collect()
    }

    fn customer(&self) -> Option<&str> {
        let of = |(name, value): &'_ (Attribute, String)| *name == a::CUSTOMER && !value.is_empty();
        let found = self.labels.iter().find(|label| of(label))?;
        Some(&found.1)
    }
}

impl Number {
    fn minus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(value), Self::Whole(other)) => Self::Whole(value.saturating_sub(other)),
            (value, other) => Self::Real(value.as_f64() - other.as_f64()),
        }
    }

    fn is_zero(self) -> bool {
        self.as_f64() == 0.0
    }

    /// As a double.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Whole(value) => real(value),
            Self::Real(value) => value,
        }
    }
}

impl From<Number> for number_data_point::Value {
    fn from(number: Number) -> Self {
        match number {
            Number::Whole(value) => Self::AsInt(value),
            Number::Real(value) => Self::AsDouble(value),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "only for comparing and for people"
)]
const fn real(whole: i64) -> f64 {
    whole as f64
}

fn key(metric: &'static Metric, labels: &[(Attribute, &str)]) -> Key {
    let labels = labels.iter();
    Key {
        name: metric.name,
        labels: labels
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
        metric: ByName(metric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Temporality, names::metric as m};
    use opentelemetry_proto::tonic::metrics::v1::{self as proto, NumberDataPoint, metric::Data};

    const S: i64 = 1_000_000_000;
    const LABELS: &[(Attribute, &str)] = &[(a::CUSTOMER, "acme"), (a::RULE, "private")];

    fn sums(metrics: &[proto::Metric]) -> Vec<(u64, i64)> {
        let points = metrics.iter().filter_map(|metric| match &metric.data {
            Some(Data::Sum(sum)) => Some(&sum.data_points),
            _ => None,
        });
        let value = |point: &NumberDataPoint| match point.value {
            Some(number_data_point::Value::AsInt(value)) => value,
            _ => -1,
        };
        let s = |ns: u64| ns / 1_000_000_000;
        points
            .flatten()
            .map(|point| (s(point.time_unix_nano), value(point)))
            .collect()
    }

    #[test]
    fn a_counter_seen_for_the_first_time_has_a_zero_one_interval_back() {
        let own = Own::new(S);
        let reader = own.reader(&FoldSettings::default());
        own.collect(reader, 60 * S, |_| true);
        own.count(&m::EGRESS_DENIED, LABELS, 3);
        let collected = own.collect(reader, 120 * S, |_| true);
        assert_eq!(sums(&collected.births), [(60, 0)]);
        assert_eq!(sums(&collected.points), [(120, 3)]);
        let collected = own.collect(reader, 180 * S, |_| true);
        assert_eq!(
            (sums(&collected.births), sums(&collected.points)),
            (vec![], vec![(180, 3)])
        );
    }

    #[test]
    fn each_export_has_its_own_deltas() {
        let own = Own::new(S);
        let delta = FoldSettings {
            temporality: Temporality::Delta,
            ..FoldSettings::default()
        };
        let (one, other) = (own.reader(&delta), own.reader(&delta));
        own.count(&m::EGRESS_DENIED, LABELS, 3);
        assert_eq!(sums(&own.collect(one, 60 * S, |_| true).points), [(60, 3)]);
        own.count(&m::EGRESS_DENIED, LABELS, 2);
        assert_eq!(
            sums(&own.collect(one, 120 * S, |_| true).points),
            [(120, 2)]
        );
        assert_eq!(
            sums(&own.collect(other, 120 * S, |_| true).points),
            [(120, 5)]
        );
    }

    #[test]
    fn a_tenant_s_backend_gets_no_other_customer_s_figures_and_none_of_the_agent_s() {
        let own = Own::new(S);
        let reader = own.reader(&FoldSettings::default());
        own.count(&m::EGRESS_DENIED, LABELS, 1);
        own.count(
            &m::EGRESS_DENIED,
            &[(a::CUSTOMER, "zeta"), (a::RULE, "private")],
            1,
        );
        own.set(&m::JOURNAL_SIZE, &[], Number::Whole(7));
        let takes = |customer: Option<&str>| customer == Some("acme");
        assert_eq!(sums(&own.collect(reader, 60 * S, takes).points), [(60, 1)]);
    }

    #[test]
    fn what_is_looked_up_is_looked_up_at_each_reading() {
        let own = Own::new(S);
        own.refresh_by(|own| own.count(&m::RELOADS, &[], 1));
        own.figures();
        assert_eq!(own.figures()[0].value, Reading::Number(Number::Whole(2)));
    }
}
