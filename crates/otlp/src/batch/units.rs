//! The units of a batch: what stands alone once everything around it was taken.
//!
//! A run's spans are one unit, since half a trace is worth little; log records and data points are
//! one each, data points in the order of their times.

use super::{Batch, Items, points};
use crate::Signal;
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    metrics::v1::{self as proto, Metric, metric::Data},
    trace::v1::Span,
};
use prost::Message;
use std::ops::Range;

impl Items {
    /// What `batch`, which we made, holds.
    pub(crate) fn from_batch(batch: &Batch) -> Self {
        let body = batch.body.as_ref();
        match batch.signal {
            Signal::Metrics => {
                let request = ExportMetricsServiceRequest::decode(body).unwrap_or_default();
                let scopes = (request.resource_metrics.into_iter()).flat_map(|it| it.scope_metrics);
                let single = scopes.flat_map(|it| it.metrics).flat_map(single_points);
                let mut single: Vec<Metric> = single.collect();
                single.sort_by_key(time);
                Self::Metrics(single)
            }
            Signal::Traces => {
                let request = ExportTraceServiceRequest::decode(body).unwrap_or_default();
                let scopes = (request.resource_spans.into_iter()).flat_map(|it| it.scope_spans);
                Self::Spans(scopes.flat_map(|it| it.spans).collect())
            }
            Signal::Logs => {
                let request = ExportLogsServiceRequest::decode(body).unwrap_or_default();
                let scopes = (request.resource_logs.into_iter()).flat_map(|it| it.scope_logs);
                Self::Logs(scopes.flat_map(|it| it.log_records).collect())
            }
        }
    }

    /// How many units there are.
    pub(crate) fn units(&self) -> usize {
        match self {
            Self::Metrics(metrics) => metrics.len(),
            Self::Spans(spans) => runs(spans).count(),
            Self::Logs(logs) => logs.len(),
        }
    }

    /// Some of the units.
    pub(crate) fn some(&self, units: Range<usize>) -> Self {
        let (skip, take) = (units.start, units.len());
        match self {
            Self::Metrics(metrics) => Self::Metrics(together(metrics.iter().skip(skip).take(take))),
            Self::Spans(spans) => {
                let runs = runs(spans).skip(skip).take(take);
                Self::Spans(runs.flatten().cloned().collect())
            }
            Self::Logs(logs) => Self::Logs(logs.iter().skip(skip).take(take).cloned().collect()),
        }
    }
}

/// Spans by run, which lie together.
fn runs(spans: &[Span]) -> impl Iterator<Item = &[Span]> {
    spans.chunk_by(|one, next| one.trace_id == next.trace_id)
}

/// A metric as many, with one point each.
fn single_points(mut metric: Metric) -> Vec<Metric> {
    fn each<P>(points: &mut Vec<P>, data: impl Fn(Vec<P>) -> Data) -> Vec<Data> {
        std::mem::take(points)
            .into_iter()
            .map(|point| data(vec![point]))
            .collect()
    }
    let all = match metric.data.take() {
        Some(Data::Sum(mut it)) => each(&mut it.data_points.split_off(0), |data_points| {
            Data::Sum(proto::Sum { data_points, ..it })
        }),
        Some(Data::Gauge(mut it)) => each(&mut it.data_points, |data_points| {
            Data::Gauge(proto::Gauge { data_points })
        }),
        Some(Data::Histogram(mut it)) => each(&mut it.data_points.split_off(0), |data_points| {
            let aggregation_temporality = it.aggregation_temporality;
            Data::Histogram(proto::Histogram {
                data_points,
                aggregation_temporality,
            })
        }),
        Some(Data::ExponentialHistogram(mut it)) => {
            each(&mut it.data_points.split_off(0), |data_points| {
                let aggregation_temporality = it.aggregation_temporality;
                Data::ExponentialHistogram(proto::ExponentialHistogram {
                    data_points,
                    aggregation_temporality,
                })
            })
        }
        // We make none.
        Some(Data::Summary(_)) | None => Vec::new(),
    };
    let of = |data| Metric {
        data: Some(data),
        ..metric.clone()
    };
    all.into_iter().map(of).collect()
}

/// Neighbours of one name and form as one metric.
fn together<'a>(metrics: impl Iterator<Item = &'a Metric>) -> Vec<Metric> {
    let mut found: Vec<Metric> = Vec::new();
    for metric in metrics {
        let last = found.last_mut().filter(|last| last.name == metric.name);
        if !last.is_some_and(|last| joined(&mut last.data, &metric.data)) {
            found.push(metric.clone());
        }
    }
    found
}

/// Appends the points of `more`, if it is of the same form.
fn joined(data: &mut Option<Data>, more: &Option<Data>) -> bool {
    match (data, more) {
        (Some(Data::Sum(data)), Some(Data::Sum(more))) => {
            data.data_points.extend_from_slice(&more.data_points);
        }
        (Some(Data::Gauge(data)), Some(Data::Gauge(more))) => {
            data.data_points.extend_from_slice(&more.data_points);
        }
        (Some(Data::Histogram(data)), Some(Data::Histogram(more))) => {
            data.data_points.extend_from_slice(&more.data_points);
        }
        (Some(Data::ExponentialHistogram(data)), Some(Data::ExponentialHistogram(more))) => {
            data.data_points.extend_from_slice(&more.data_points);
        }
        (_, _) => return false,
    }
    true
}

/// The time of a metric's first point.
fn time(metric: &Metric) -> u64 {
    debug_assert!(points(metric) <= 1, "only single points have one time");
    let number = |points: &[proto::NumberDataPoint]| points.first().map(|it| it.time_unix_nano);
    let time = match &metric.data {
        Some(Data::Sum(it)) => number(&it.data_points),
        Some(Data::Gauge(it)) => number(&it.data_points),
        Some(Data::Histogram(it)) => it.data_points.first().map(|it| it.time_unix_nano),
        Some(Data::ExponentialHistogram(it)) => it.data_points.first().map(|it| it.time_unix_nano),
        Some(Data::Summary(_)) | None => None,
    };
    time.unwrap_or(0)
}
