//! One request to one endpoint: over HTTP by reqwest, over gRPC by tonic, with one kind of answer.

mod date;
mod grpc;
mod http;
mod tls;

use crate::{Protocol, Signal, Target, batch::Batch};
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceResponse, metrics::v1::ExportMetricsServiceResponse,
    trace::v1::ExportTraceServiceResponse,
};
use prost::Message;
use std::time::Duration;

pub(crate) use date::ahead_ns;
pub use http::operators_client;
pub use tls::TlsError;

/// What we call ourselves.
pub(crate) const USER_AGENT: &str = concat!(
    "jaunt/",
    env!("CARGO_PKG_VERSION"),
    " OTel-OTLP-Exporter-Rust/",
    env!("CARGO_PKG_VERSION")
);

/// How much of an answer is read.
const MAX_ANSWER: usize = 4 << 20;

/// A connection to one endpoint, kept between requests.
pub(crate) enum Transport {
    Http(http::Http),
    Grpc(grpc::Grpc),
}

/// The endpoint took the batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Items that it rejected for good.
    pub(crate) rejected: u64,
    /// What it says to that, or as a warning.
    pub(crate) message: Option<String>,
}

/// The endpoint did not take the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) why: Why,
    /// The status, for `error.type`: `503`, `UNAVAILABLE`, `timeout`.
    pub(crate) code: String,
    /// In words, redacted.
    pub(crate) words: String,
}

/// What a refusal means for the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It may be taken later, not before this long.
    Later(Option<Duration>),
    /// The endpoint is wrong, not the data.
    Endpoint,
    /// The data is refused.
    Data,
}

impl Transport {
    /// Ready to connect; files of TLS are read here.
    pub(crate) fn new(target: &Target) -> Result<Self, TlsError> {
        Ok(match target.protocol {
            Protocol::Http => Self::Http(http::Http::new(target)?),
            Protocol::Grpc => Self::Grpc(grpc::Grpc::new(target)?),
        })
    }

    /// The `Date` of the last answer, Unix seconds; once, and where it bore one.
    pub(crate) const fn date(&mut self) -> Option<i64> {
        match self {
            Self::Http(http) => http.date.take(),
            Self::Grpc(grpc) => grpc.date.take(),
        }
    }

    /// Sends `batch` once.
    pub(crate) async fn send(&mut self, target: &Target, batch: &Batch) -> Result<Taken, Refusal> {
        let sent = async {
            match self {
                Self::Http(http) => http.send(target, batch).await,
                Self::Grpc(grpc) => grpc.send(target, batch).await,
            }
        };
        let answer = match tokio::time::timeout(target.timeout, sent).await {
            Ok(answer) => answer,
            Err(_) => Err(Refusal {
                why: Why::Later(None),
                code: "timeout".to_owned(),
                words: format!("no answer within {:?}", target.timeout),
            }),
        };
        answer.map_err(|refusal| Refusal {
            words: bounded(&target.headers.redact(&refusal.words)),
            ..refusal
        })
    }
}

/// What a success says: partial or whole.
fn taken(signal: Signal, body: &[u8]) -> Taken {
    let partial = match signal {
        Signal::Metrics => ExportMetricsServiceResponse::decode(body)
            .ok()
            .and_then(|answer| answer.partial_success)
            .map(|partial| (partial.rejected_data_points, partial.error_message)),
        Signal::Traces => ExportTraceServiceResponse::decode(body)
            .ok()
            .and_then(|answer| answer.partial_success)
            .map(|partial| (partial.rejected_spans, partial.error_message)),
        Signal::Logs => ExportLogsServiceResponse::decode(body)
            .ok()
            .and_then(|answer| answer.partial_success)
            .map(|partial| (partial.rejected_log_records, partial.error_message)),
    };
    let (rejected, message) = partial.unwrap_or_default();
    Taken {
        rejected: u64::try_from(rejected).unwrap_or(0),
        message: (!message.is_empty()).then(|| bounded(&message)),
    }
}

/// A server's words, on one line and not endless.
fn bounded(words: &str) -> String {
    let printable = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(300).collect::<String>().trim().to_owned()
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = next.source();
    }
    words
}
