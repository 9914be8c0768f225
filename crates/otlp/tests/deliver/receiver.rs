//! A receiver of OTLP over HTTP that answers as it is told, and keeps what it got.

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    logs::v1::LogRecord,
    metrics::v1::Metric,
    trace::v1::Span,
};
use prost::Message;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::Instant,
};
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Clone)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Instant,
    /// The status that it was answered with; 0 for none.
    pub(crate) status: u16,
    /// Which connection it came by.
    pub(crate) connection: usize,
}

/// What a request is answered with.
#[derive(Clone)]
pub(crate) enum Reply {
    /// A status, more header lines and a body.
    Status(u16, &'static str, Vec<u8>),
    /// The connection is cut without a word.
    Reset,
    /// Nothing at all, for as long as the other side waits.
    Silence,
    /// An empty 200, after a while.
    Slow(Duration),
}

impl Reply {
    pub(crate) fn ok() -> Self {
        Self::Status(200, "", Vec::new())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Status(status, "", Vec::new())
    }
}

type Script = Box<dyn FnMut(usize, &Got) -> Reply + Send>;

/// The receiver. It ends with the test.
pub(crate) struct Receiver {
    endpoint: String,
    got: watch::Sender<Vec<Got>>,
    _server: JoinSet<()>,
}

impl Receiver {
    /// Answers each request as `script` says, given its number and itself.
    pub(crate) async fn start(
        script: impl FnMut(usize, &Got) -> Reply + Send + 'static,
    ) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, script)
    }

    pub(crate) fn on(
        listener: TcpListener,
        script: impl FnMut(usize, &Got) -> Reply + Send + 'static,
    ) -> Arc<Self> {
        Self::secured(listener, None, script)
    }

    /// The same behind TLS.
    pub(crate) fn secured(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        script: impl FnMut(usize, &Got) -> Reply + Send + 'static,
    ) -> Arc<Self> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let endpoint = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (got, _) = watch::channel(Vec::new());
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
        let mut server = JoinSet::new();
        server.spawn(accept(listener, tls, script, got.clone()));
        Arc::new(Self {
            endpoint,
            got,
            _server: server,
        })
    }

    pub(crate) fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// All requests so far.
    pub(crate) fn all(&self) -> Vec<Got> {
        self.got.borrow().clone()
    }

    /// All requests, once `enough` says so; within 20 s.
    pub(crate) async fn until(&self, enough: impl FnMut(&Vec<Got>) -> bool) -> Vec<Got> {
        let mut got = self.got.subscribe();
        let there = tokio::time::timeout(Duration::from_secs(20), got.wait_for(enough)).await;
        match there {
            Ok(got) => got.unwrap().clone(),
            Err(_) => panic!("not within 20 s; so far: {:?}", statuses(&self.all())),
        }
    }

    /// All requests, once so many were answered.
    pub(crate) async fn answered(&self, count: usize) -> Vec<Got> {
        self.until(|got| got.len() >= count).await
    }
}

pub(crate) fn statuses(got: &[Got]) -> Vec<u16> {
    got.iter().map(|got| got.status).collect()
}

/// The metrics of what was taken, in order.
pub(crate) fn metrics(got: &[Got]) -> Vec<Metric> {
    let taken = got
        .iter()
        .filter(|it| it.path == "/v1/metrics" && it.status == 200);
    let decode = |got: &Got| ExportMetricsServiceRequest::decode(got.body.as_slice()).unwrap();
    let resources = taken.map(decode).flat_map(|it| it.resource_metrics);
    let scopes = resources.flat_map(|it| it.scope_metrics);
    scopes.flat_map(|it| it.metrics).collect()
}

pub(crate) fn spans_of(body: &[u8]) -> Vec<Span> {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request
        .resource_spans
        .into_iter()
        .flat_map(|it| it.scope_spans);
    scopes.flat_map(|it| it.spans).collect()
}

/// The spans of what was taken, in order.
pub(crate) fn spans(got: &[Got]) -> Vec<Span> {
    let taken = got
        .iter()
        .filter(|it| it.path == "/v1/traces" && it.status == 200);
    taken.flat_map(|it| spans_of(&it.body)).collect()
}

/// The log records of what was taken, in order.
pub(crate) fn logs(got: &[Got]) -> Vec<LogRecord> {
    let taken = got
        .iter()
        .filter(|it| it.path == "/v1/logs" && it.status == 200);
    let decode = |got: &Got| ExportLogsServiceRequest::decode(got.body.as_slice()).unwrap();
    let resources = taken.map(decode).flat_map(|it| it.resource_logs);
    let scopes = resources.flat_map(|it| it.scope_logs);
    scopes.flat_map(|it| it.log_records).collect()
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    script: Arc<Mutex<Script>>,
    got: watch::Sender<Vec<Got>>,
) {
    let mut connections = JoinSet::new();
    for connection in 0.. {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let (tls, script, got) = (tls.clone(), Arc::clone(&script), got.clone());
        connections.spawn(async move {
            match tls {
                None => serve(stream, connection, script, got).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, connection, script, got).await;
                    }
                }
            }
        });
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    script: Arc<Mutex<Script>>,
    got: watch::Sender<Vec<Got>>,
) {
    let mut buffer = Vec::new();
    while let Some(mut request) = read(&mut stream, &mut buffer, connection).await {
        let reply = {
            let mut script = script.lock().unwrap();
            let number = got.borrow().len();
            script(number, &request)
        };
        let (status, answer) = match &reply {
            Reply::Status(status, more, body) => (*status, head(*status, more, body.len())),
            Reply::Slow(_) => (200, head(200, "", 0)),
            Reply::Reset | Reply::Silence => (0, String::new()),
        };
        request.status = status;
        if let Reply::Slow(pause) = &reply {
            tokio::time::sleep(*pause).await;
        }
        got.send_modify(|all| all.push(request));
        match reply {
            Reply::Reset => return,
            Reply::Silence => std::future::pending().await,
            Reply::Status(_, _, body) => {
                let answer = [answer.as_bytes(), &body].concat();
                let _ = stream.write_all(&answer).await;
            }
            Reply::Slow(_) => {
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
    }
}

fn head(status: u16, more: &str, length: usize) -> String {
    format!("HTTP/1.1 {status} Told\r\n{more}content-length: {length}\r\n\r\n")
}

/// The next request; `None` once the other side is gone.
async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    connection: usize,
) -> Option<Got> {
    loop {
        if let Some(end) = buffer.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |it| it.parse().unwrap());
            if buffer.len() >= end + 4 + length {
                let body = buffer[end + 4..end + 4 + length].to_vec();
                buffer.drain(..end + 4 + length);
                let path = head.split(' ').nth(1)?.to_owned();
                return Some(Got {
                    path,
                    head,
                    body,
                    at: Instant::now(),
                    status: 0,
                    connection,
                });
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
