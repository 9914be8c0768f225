//! A receiver of OTLP over HTTP that keeps of runs and missed slots what is tallied.

use super::tally::{Seen, Tally};
use crate::Trouble;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{Request, Response, header::CONTENT_ENCODING};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use jaunt_otlp::{
    assemble,
    names::{attribute as a, event},
};
use jaunt_record::Verdict;
use opentelemetry_proto::tonic::{
    collector::{logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::any_value::Value,
    logs::v1::LogRecord,
};
use prost::Message as _;
use std::{
    io::Read as _,
    net::SocketAddr,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, runtime::Runtime, task::JoinSet};

/// A receiver, running until it is dropped.
pub(super) struct Sink {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    _runtime: Runtime,
}

impl Sink {
    /// Starts it, on a thread of its own.
    pub(super) fn start() -> Result<Self, Trouble> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let sink = Self {
            address: listener.local_addr()?,
            seen: Arc::clone(&seen),
            _runtime: runtime,
        };
        sink._runtime.spawn(serve(listener, seen));
        Ok(sink)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has become of the slots within `slots`.
    pub(super) fn tally(&self, slots: &Range<i64>) -> Tally {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Tally::of(&seen, slots)
    }

    /// Comes back once it knows what became of `planned` slots, or `patience` is over.
    pub(super) fn until_all(&self, planned: u64, slots: &Range<i64>, patience: Duration) {
        let begun = Instant::now();
        while self.tally(slots).told() < planned && begun.elapsed() < patience {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

async fn serve(listener: TcpListener, seen: Arc<Mutex<Seen>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let seen = Arc::clone(&seen);
        let service = service_fn(move |request| take(request, Arc::clone(&seen)));
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Takes all that is sent: an empty answer is each signal's full success.
async fn take(
    request: Request<Incoming>,
    seen: Arc<Mutex<Seen>>,
) -> Result<Response<Full<Bytes>>, Trouble> {
    let path = request.uri().path().to_owned();
    let zipped = request.headers().contains_key(CONTENT_ENCODING);
    let sent = request.into_body().collect().await?.to_bytes();
    let body = if zipped { unzip(&sent)? } else { sent };
    let read = || seen.lock().unwrap_or_else(PoisonError::into_inner);
    match path.as_str() {
        "/v1/traces" => traces(ExportTraceServiceRequest::decode(body)?, &mut read()),
        "/v1/logs" => logs(ExportLogsServiceRequest::decode(body)?, &mut read()),
        _ => {}
    }
    let answer = Response::builder().header("content-type", "application/x-protobuf");
    Ok(answer.body(Full::default())?)
}

fn unzip(sent: &[u8]) -> std::io::Result<Bytes> {
    let mut body = Vec::new();
    GzDecoder::new(sent).read_to_end(&mut body)?;
    Ok(body.into())
}

/// Of runs the roots alone: slot, verdict and lateness stand there.
fn traces(request: ExportTraceServiceRequest, seen: &mut Seen) {
    let scopes = request
        .resource_spans
        .into_iter()
        .flat_map(|it| it.scope_spans);
    let spans = scopes.flat_map(|it| it.spans);
    let roots = spans
        .filter(|span| span.parent_span_id.is_empty())
        .collect();
    for run in assemble(roots).runs {
        if let Some(slot) = run.slot {
            seen.runs.push((slot, run.verdict.as_str(), run.lateness));
        }
    }
}

fn logs(request: ExportLogsServiceRequest, seen: &mut Seen) {
    let scopes = request.resource_logs.iter().flat_map(|it| &it.scope_logs);
    for log in scopes.flat_map(|it| &it.log_records) {
        if log.event_name == event::RUN.name
            && text(log, a::VERDICT.name) == Some(Verdict::Missed.as_str())
            && let Some(first) = whole(log, a::SLOT.name)
        {
            let (count, every) = (whole(log, a::COUNT.name), whole(log, a::EVERY.name));
            let cause = text(log, a::CAUSE.name).unwrap_or("unknown").to_owned();
            let range = (first, count.unwrap_or(1), every.unwrap_or(0), cause);
            seen.missed.push(range);
        }
    }
}

fn value<'a>(log: &'a LogRecord, name: &str) -> Option<&'a Value> {
    let pair = log.attributes.iter().find(|pair| pair.key == name)?;
    pair.value.as_ref()?.value.as_ref()
}

fn text<'a>(log: &'a LogRecord, name: &str) -> Option<&'a str> {
    match value(log, name)? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn whole(log: &LogRecord, name: &str) -> Option<i64> {
    match value(log, name)? {
        Value::IntValue(number) => Some(*number),
        _ => None,
    }
}
