//! Data points gathered by metric.

use crate::{
    fold::Temporality,
    names::{Instrument, Metric},
};
use opentelemetry_proto::tonic::metrics::v1::{
    self as proto, AggregationTemporality, ExponentialHistogramDataPoint, HistogramDataPoint,
    NumberDataPoint, metric::Data,
};
use std::collections::BTreeMap;

/// Data points by metric.
#[derive(Debug)]
pub(crate) struct Points {
    temporality: Temporality,
    metrics: BTreeMap<(&'static str, Form), Gathered>,
}

/// One name may stand for two forms of histogram while an export's setting changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Number,
    Exponential,
    Explicit,
}

#[derive(Debug)]
struct Gathered {
    metric: &'static Metric,
    data: Data,
}

impl Points {
    pub(crate) const fn new(temporality: Temporality) -> Self {
        Self {
            temporality,
            metrics: BTreeMap::new(),
        }
    }

    /// A point of a counter, an up-down counter or a gauge.
    pub(crate) fn number(&mut self, metric: &'static Metric, point: NumberDataPoint) {
        match self.of(metric, Form::Number) {
            Data::Sum(sum) => sum.data_points.push(point),
            Data::Gauge(gauge) => gauge.data_points.push(point),
            Data::Histogram(_) | Data::ExponentialHistogram(_) | Data::Summary(_) => {}
        }
    }

    pub(crate) fn exponential(
        &mut self,
        metric: &'static Metric,
        point: ExponentialHistogramDataPoint,
    ) {
        if let Data::ExponentialHistogram(histogram) = self.of(metric, Form::Exponential) {
            histogram.data_points.push(point);
        }
    }

    pub(crate) fn explicit(&mut self, metric: &'static Metric, point: HistogramDataPoint) {
        if let Data::Histogram(histogram) = self.of(metric, Form::Explicit) {
            histogram.data_points.push(point);
        }
    }

    /// By metric, ordered by name.
    pub(crate) fn into_metrics(self) -> Vec<proto::Metric> {
        let metric = |gathered: Gathered| proto::Metric {
            name: gathered.metric.name.to_owned(),
            description: gathered.metric.description(),
            unit: gathered.metric.unit.to_owned(),
            data: Some(gathered.data),
            ..proto::Metric::default()
        };
        self.metrics.into_values().map(metric).collect()
    }

    fn of(&mut self, metric: &'static Metric, form: Form) -> &mut Data {
        let temporality = match self.temporality {
            Temporality::Cumulative => AggregationTemporality::Cumulative,
            Temporality::Delta => AggregationTemporality::Delta,
        };
        let new = || Gathered {
            metric,
            data: empty(metric, form, temporality),
        };
        let gathered = self.metrics.entry((metric.name, form)).or_insert_with(new);
        &mut gathered.data
    }
}

fn empty(metric: &Metric, form: Form, temporality: AggregationTemporality) -> Data {
    let aggregation_temporality = temporality.into();
    match (form, metric.instrument) {
        (Form::Number, Instrument::Gauge) => Data::Gauge(proto::Gauge::default()),
        (Form::Number, Instrument::UpDownCounter) => Data::Sum(proto::Sum {
            // The preference for delta leaves these cumulative (specification of the exporter).
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
            is_monotonic: false,
            ..proto::Sum::default()
        }),
        (Form::Number, Instrument::Counter | Instrument::Histogram) => Data::Sum(proto::Sum {
            aggregation_temporality,
            is_monotonic: true,
            ..proto::Sum::default()
        }),
        (Form::Exponential, _) => Data::ExponentialHistogram(proto::ExponentialHistogram {
            aggregation_temporality,
            ..proto::ExponentialHistogram::default()
        }),
        (Form::Explicit, _) => Data::Histogram(proto::Histogram {
            aggregation_temporality,
            ..proto::Histogram::default()
        }),
    }
}

impl Metric {
    /// What it means, in one line.
    pub fn description(&self) -> String {
        self.about.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
