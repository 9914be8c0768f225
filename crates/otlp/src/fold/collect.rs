//! From streams to data points of one instant.

use super::{
    Buckets, Distribution, FoldSettings, Temporality,
    distribution::{BOUNDS, Exemplar, seconds},
    journey::{Counter, Stream},
};
use crate::{names::Metric, points::Points, value::instant};
use opentelemetry_proto::tonic::{
    common::v1::KeyValue,
    metrics::v1::{
        self as proto, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint,
        exemplar, exponential_histogram_data_point, number_data_point,
    },
};

/// The points of one instant, in the order in which they should be sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collected {
    /// Zeros of streams that are new and have counted, one interval back.
    pub births: Vec<proto::Metric>,
    /// The points.
    pub points: Vec<proto::Metric>,
    /// NO_RECORDED_VALUE points of streams that have ended.
    pub ends: Vec<proto::Metric>,
}

/// From when a stream counts, and when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) start_ns: i64,
    pub(crate) ended_ns: Option<i64>,
}

impl Life {
    pub(crate) const fn from(start_ns: i64) -> Self {
        Self {
            start_ns,
            ended_ns: None,
        }
    }

    /// A part's life, which ends with the whole's.
    pub(crate) const fn within(self, whole: Self) -> Self {
        match whole.ended_ns {
            Some(_) => Self {
                start_ns: self.start_ns,
                ended_ns: whole.ended_ns,
            },
            None => self,
        }
    }

    /// A part is still there, or not from `now_ns` on.
    pub(crate) fn goes_on(&mut self, still: bool, now_ns: i64) {
        match still {
            true => self.ended_ns = None,
            false => {
                self.ended_ns.get_or_insert(now_ns);
            }
        }
    }

    pub(crate) fn has_ended_before(self, at_ns: i64) -> bool {
        self.ended_ns.is_some_and(|ended_ns| ended_ns < at_ns)
    }
}

/// Closest that two points of a stream lie together: what receivers that keep ms can tell apart.
const APART_NS: i64 = 1_000_000;
/// OTLP `DataPointFlags`: no value; the stream has ended.
const NO_RECORDED_VALUE: u32 = 1;

/// Where the points of one collection go.
pub(crate) struct Sink<'a> {
    settings: &'a FoldSettings,
    before_ns: i64,
    pub(crate) at_ns: i64,
    births: Points,
    points: Points,
    ends: Points,
}

/// When a stream's points of this collection lie.
struct When {
    start: u64,
    at: u64,
    /// A zero before the point, for a stream that is new.
    birth: Option<u64>,
    /// The end, for a stream that has ended.
    end: Option<u64>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(settings: &'a FoldSettings, before_ns: i64, at_ns: i64) -> Self {
        Self {
            settings,
            before_ns,
            at_ns,
            births: Points::new(settings.temporality),
            points: Points::new(settings.temporality),
            ends: Points::new(settings.temporality),
        }
    }

    pub(crate) fn finish(self) -> Collected {
        Collected {
            births: self.births.into_metrics(),
            points: self.points.into_metrics(),
            ends: self.ends.into_metrics(),
        }
    }

    /// A point that is ready.
    pub(crate) fn number(&mut self, metric: &'static Metric, point: NumberDataPoint) {
        self.points.number(metric, point);
    }

    /// The zero before a point that is ready.
    pub(crate) fn birth(&mut self, metric: &'static Metric, zero: NumberDataPoint) {
        self.births.number(metric, zero);
    }

    pub(crate) fn counter(
        &mut self,
        metric: &'static Metric,
        life: Life,
        attributes: impl Fn() -> Vec<KeyValue>,
        counter: &mut Counter,
    ) {
        let Some(when) = self.when(life, counter.born) else {
            return;
        };
        let point = |at: u64, value: u64| NumberDataPoint {
            attributes: attributes(),
            start_time_unix_nano: when.start,
            time_unix_nano: at,
            value: Some(number_data_point::Value::AsInt(
                i64::try_from(value).unwrap_or(i64::MAX),
            )),
            ..NumberDataPoint::default()
        };
        if let (Some(birth), 1..) = (when.birth, counter.value) {
            self.births.number(metric, point(birth, 0));
        }
        self.points.number(metric, point(when.at, counter.value));
        if let Some(end) = when.end {
            self.ends.number(metric, ended(point(end, 0)));
        }
        counter.born = true;
        if self.settings.temporality == Temporality::Delta {
            counter.value = 0;
        }
    }

    /// A last value; it has no start.
    pub(crate) fn gauge(
        &mut self,
        metric: &'static Metric,
        life: Life,
        attributes: impl Fn() -> Vec<KeyValue>,
        gauge: &mut Stream<i64>,
    ) {
        let Some(when) = self.when(life, true) else {
            return;
        };
        let point = |at: u64| NumberDataPoint {
            attributes: attributes(),
            time_unix_nano: at,
            value: Some(number_data_point::Value::AsInt(gauge.value)),
            ..NumberDataPoint::default()
        };
        self.points.number(metric, point(when.at));
        if let Some(end) = when.end {
            self.ends.number(metric, ended(point(end)));
        }
        gauge.born = true;
    }

    pub(crate) fn distribution(
        &mut self,
        metric: &'static Metric,
        life: Life,
        attributes: impl Fn() -> Vec<KeyValue>,
        stream: &mut Stream<Distribution>,
    ) {
        let Some(when) = self.when(life, stream.born) else {
            return;
        };
        let new = Distribution::new(stream.value.aggregation());
        if let (Some(birth), 1..) = (when.birth, stream.value.count) {
            self.births
                .distribution(metric, attributes(), (when.start, birth), 0, &new);
        }
        let span = (when.start, when.at);
        self.points
            .distribution(metric, attributes(), span, 0, &stream.value);
        if let Some(end) = when.end {
            let span = (when.start, end);
            self.ends
                .distribution(metric, attributes(), span, NO_RECORDED_VALUE, &new);
        }
        stream.born = true;
        stream.value.exemplars = Vec::new();
        if self.settings.temporality == Temporality::Delta {
            stream.value = new;
        }
    }

    /// When a stream's points lie; `None` for one that begins only later.
    fn when(&self, life: Life, born: bool) -> Option<When> {
        if life.start_ns >= self.at_ns {
            return None;
        }
        if self.settings.temporality == Temporality::Delta {
            return Some(When {
                start: instant(life.start_ns.max(self.before_ns)),
                at: instant(self.at_ns),
                birth: None,
                end: None,
            });
        }
        let between = |at: i64| at > life.start_ns && at > 0;
        let ended = life.ended_ns.filter(|ended| *ended < self.at_ns);
        let at_ns = match ended {
            // The last value lies where the stream ended, its end at this collection.
            Some(ended) => ended
                .max(self.before_ns.saturating_add(APART_NS))
                .max(life.start_ns.saturating_add(2 * APART_NS))
                .min(self.at_ns - APART_NS),
            None => self.at_ns,
        };
        let birth_ns = (self.before_ns)
            .max(life.start_ns.saturating_add(APART_NS))
            .min(at_ns - APART_NS);
        between(at_ns).then(|| When {
            start: instant(life.start_ns),
            at: instant(at_ns),
            birth: (!born && between(birth_ns)).then(|| instant(birth_ns)),
            end: ended.map(|_| instant(self.at_ns)),
        })
    }
}

fn ended(point: NumberDataPoint) -> NumberDataPoint {
    NumberDataPoint {
        value: None,
        flags: NO_RECORDED_VALUE,
        ..point
    }
}

impl Points {
    /// A distribution's point over `(start, at)`.
    pub(crate) fn distribution(
        &mut self,
        metric: &'static Metric,
        attributes: Vec<KeyValue>,
        (start, at): (u64, u64),
        flags: u32,
        value: &Distribution,
    ) {
        let some = value.count > 0;
        let min = some.then(|| seconds(value.min_ns));
        let max = some.then(|| seconds(value.max_ns));
        let sum = (flags == 0).then(|| sum_in_seconds(value.sum_ns));
        let exemplars = value.exemplars.iter().map(proto_exemplar).collect();
        match &value.buckets {
            Buckets::Exponential(buckets) => {
                let positive = exponential_histogram_data_point::Buckets {
                    offset: buckets.offset,
                    bucket_counts: buckets.buckets.to_vec(),
                };
                let point = ExponentialHistogramDataPoint {
                    attributes,
                    start_time_unix_nano: start,
                    time_unix_nano: at,
                    count: value.count,
                    sum,
                    scale: buckets.scale,
                    zero_count: buckets.zero,
                    positive: Some(positive),
                    flags,
                    exemplars,
                    min,
                    max,
                    ..ExponentialHistogramDataPoint::default()
                };
                self.exponential(metric, point);
            }
            Buckets::Explicit(counts) => {
                let point = HistogramDataPoint {
                    attributes,
                    start_time_unix_nano: start,
                    time_unix_nano: at,
                    count: value.count,
                    sum,
                    bucket_counts: counts.to_vec(),
                    explicit_bounds: BOUNDS.to_vec(),
                    exemplars,
                    flags,
                    min,
                    max,
                };
                self.explicit(metric, point);
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a sum goes out as a double; it is kept exactly"
)]
pub(crate) fn sum_in_seconds(sum_ns: u128) -> f64 {
    sum_ns as f64 / 1e9
}

fn proto_exemplar(exemplar: &Exemplar) -> proto::Exemplar {
    proto::Exemplar {
        time_unix_nano: instant(exemplar.at_ns),
        span_id: exemplar.span.as_bytes().to_vec(),
        trace_id: exemplar.run.as_bytes().to_vec(),
        value: Some(exemplar::Value::AsDouble(seconds(exemplar.took_ns))),
        ..proto::Exemplar::default()
    }
}
