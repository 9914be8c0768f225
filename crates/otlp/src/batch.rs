//! Requests, cut so that none is beyond 2 MiB before compression.
//!
//! Common servers refuse gRPC messages beyond 4 MiB, decompressed. The cut depends on nothing but
//! what is cut, so that a repetition after a restart gives the same requests.

mod units;

use crate::{Resource, Signal, names};
use bytes::Bytes;
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::InstrumentationScope,
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{self as proto, Metric, ResourceMetrics, ScopeMetrics, metric::Data},
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;

/// Bytes of items in a request; the resource and the frames around come on top.
pub(crate) const LIMIT: usize = 2 * 1024 * 1024 - 64 * 1024;

/// What one request holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Items {
    Metrics(Vec<Metric>),
    Spans(Vec<Span>),
    Logs(Vec<LogRecord>),
}

/// One request, ready to be sent, the same on every try.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) signal: Signal,
    pub(crate) body: Bytes,
    /// Data points, spans or log records in it.
    pub(crate) items: u64,
}

impl Items {
    pub(crate) const fn signal(&self) -> Signal {
        match self {
            Self::Metrics(_) => Signal::Metrics,
            Self::Spans(_) => Signal::Traces,
            Self::Logs(_) => Signal::Logs,
        }
    }

    /// Data points, spans or log records.
    pub(crate) fn count(&self) -> u64 {
        let count = match self {
            Self::Metrics(metrics) => metrics.iter().map(points).sum(),
            Self::Spans(spans) => spans.len(),
            Self::Logs(logs) => logs.len(),
        };
        count as u64
    }

    /// In pieces that each fit into a request, in order.
    pub(crate) fn cut(self, limit: usize) -> Vec<Self> {
        match self {
            Self::Metrics(metrics) => {
                let pieces = metrics
                    .into_iter()
                    .flat_map(|metric| split_metric(metric, limit));
                cut(pieces, limit).into_iter().map(Self::Metrics).collect()
            }
            Self::Spans(spans) => cut(spans, limit).into_iter().map(Self::Spans).collect(),
            Self::Logs(logs) => cut(logs, limit).into_iter().map(Self::Logs).collect(),
        }
    }

    /// The request that holds them.
    pub(crate) fn into_batch(self, resource: &Resource) -> Batch {
        let (signal, items) = (self.signal(), self.count());
        let body = match self.into_request(resource) {
            Request::Metrics(request) => request.encode_to_vec(),
            Request::Spans(request) => request.encode_to_vec(),
            Request::Logs(request) => request.encode_to_vec(),
        };
        Batch {
            signal,
            body: body.into(),
            items,
        }
    }

    /// The request that holds them, in OTLP's JSON.
    pub(crate) fn into_json(self, resource: &Resource) -> serde_json::Result<Vec<u8>> {
        match self.into_request(resource) {
            Request::Metrics(request) => serde_json::to_vec(&request),
            Request::Spans(request) => serde_json::to_vec(&request),
            Request::Logs(request) => serde_json::to_vec(&request),
        }
    }

    fn into_request(self, resource: &Resource) -> Request {
        let (resource, schema_url) = (Some(resource.to_proto()), names::SCHEMA_URL.to_owned());
        let scope = Some(InstrumentationScope {
            name: names::SCOPE.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        });
        match self {
            Self::Metrics(metrics) => Request::Metrics(ExportMetricsServiceRequest {
                resource_metrics: vec![ResourceMetrics {
                    resource,
                    scope_metrics: vec![ScopeMetrics {
                        scope,
                        metrics,
                        schema_url: schema_url.clone(),
                    }],
                    schema_url,
                }],
            }),
            Self::Spans(spans) => Request::Spans(ExportTraceServiceRequest {
                resource_spans: vec![ResourceSpans {
                    resource,
                    scope_spans: vec![ScopeSpans {
                        scope,
                        spans,
                        schema_url: schema_url.clone(),
                    }],
                    schema_url,
                }],
            }),
            Self::Logs(log_records) => Request::Logs(ExportLogsServiceRequest {
                resource_logs: vec![ResourceLogs {
                    resource,
                    scope_logs: vec![ScopeLogs {
                        scope,
                        log_records,
                        schema_url: schema_url.clone(),
                    }],
                    schema_url,
                }],
            }),
        }
    }
}

enum Request {
    Metrics(ExportMetricsServiceRequest),
    Spans(ExportTraceServiceRequest),
    Logs(ExportLogsServiceRequest),
}

/// Neighbours that together stay below `limit`; one that is beyond it alone stands alone.
fn cut<T: Message>(items: impl IntoIterator<Item = T>, limit: usize) -> Vec<Vec<T>> {
    let mut pieces: Vec<Vec<T>> = Vec::new();
    let mut size = 0;
    for item in items {
        // A tag and a length stand before each item.
        let more = item.encoded_len() + 6;
        match pieces.last_mut() {
            Some(piece) if size + more <= limit => {
                piece.push(item);
                size += more;
            }
            _ => {
                pieces.push(vec![item]);
                size = more;
            }
        }
    }
    pieces
}

/// How many data points a metric has.
pub(crate) fn points(metric: &Metric) -> usize {
    match &metric.data {
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
        None => 0,
    }
}

/// A metric as several of the same name, so that each has a place in a request.
fn split_metric(mut metric: Metric, limit: usize) -> Vec<Metric> {
    let limit = limit / 4;
    if metric.encoded_len() <= limit {
        return vec![metric];
    }
    let pieces: Vec<Data> = match metric.data.take() {
        Some(Data::Sum(mut sum)) => cut(std::mem::take(&mut sum.data_points), limit)
            .into_iter()
            .map(|data_points| {
                Data::Sum(proto::Sum {
                    data_points,
                    ..sum.clone()
                })
            })
            .collect(),
        Some(Data::Gauge(gauge)) => cut(gauge.data_points, limit)
            .into_iter()
            .map(|data_points| Data::Gauge(proto::Gauge { data_points }))
            .collect(),
        Some(Data::Histogram(mut whole)) => cut(std::mem::take(&mut whole.data_points), limit)
            .into_iter()
            .map(|data_points| {
                Data::Histogram(proto::Histogram {
                    data_points,
                    ..whole.clone()
                })
            })
            .collect(),
        Some(Data::ExponentialHistogram(mut whole)) => {
            cut(std::mem::take(&mut whole.data_points), limit)
                .into_iter()
                .map(|data_points| {
                    let whole = whole.clone();
                    Data::ExponentialHistogram(proto::ExponentialHistogram {
                        data_points,
                        ..whole
                    })
                })
                .collect()
        }
        Some(Data::Summary(summary)) => vec![Data::Summary(summary)],
        None => Vec::new(),
    };
    let of = |data| Metric {
        data: Some(data),
        ..metric.clone()
    };
    pieces.into_iter().map(of).collect()
}
