//! The agent's own health: `/livez`, `/readyz`, `/metrics` and `/status`.
//!
//! By hyper alone: four pages need no framework. Whoever asks is a stranger on the operator's network:
//! he gets so long for his request and no longer for the whole visit, nothing that he sends is kept,
//! and he stands in a queue that ends. What is shown is a copy, made by whoever keeps it; no page can
//! hold up a run.

mod page;
mod prometheus;
mod status;

pub use prometheus::exposition;
pub use status::{CursorStatus, JourneyStatus, State, Status, TroubleStatus};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use jaunt_otlp::Figure;
use std::{convert::Infallible, fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};

/// How long a request's head may take.
const HEAD: Duration = Duration::from_secs(5);
/// How long a connection may last, whatever happens on it.
const VISIT: Duration = Duration::from_secs(60);
/// How many are served at once; more wait in the kernel's queue.
const VISITORS: usize = 64;
/// The largest head, bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// How long one rests who could not accept for want of descriptors.
const REST: Duration = Duration::from_millis(50);

/// What is shown, looked up when somebody asks.
#[derive(Clone)]
pub struct Shown {
    /// How the agent is.
    pub status: Arc<dyn Fn() -> Status + Send + Sync>,
    /// Whether it still turns.
    pub alive: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Its figures.
    pub figures: Arc<dyn Fn() -> Vec<Figure> + Send + Sync>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
}

/// Where health is served.
#[derive(Debug)]
pub struct Health {
    listener: TcpListener,
    shown: Shown,
}

/// Health cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{at}`, where `listen` wants the agent's own health served")]
pub struct ListenError {
    /// Where it should have been.
    pub at: SocketAddr,
    source: io::Error,
}

impl Health {
    /// Listens on `at`; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn listen(at: SocketAddr, shown: Shown) -> Result<Self, ListenError> {
        let failed = |source| ListenError { at, source };
        let listener = TcpListener::bind(at).await.map_err(failed)?;
        Ok(Self { listener, shown })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until it is dropped.
    pub async fn serve(self) {
        let mut visits = JoinSet::new();
        loop {
            while visits.len() >= VISITORS {
                visits.join_next().await;
            }
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    visits.spawn(visit(stream, self.shown.clone()));
                }
                Err(_) => tokio::time::sleep(REST).await,
            }
            while visits.try_join_next().is_some() {}
        }
    }
}

async fn visit(stream: TcpStream, shown: Shown) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let answered = answer(request.method(), request.uri(), request.headers(), &shown);
        async move { Ok::<_, Infallible>(answered) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), answer);
    // However it ended, the visitor is gone.
    let _ = timeout(VISIT, served).await;
}

fn answer(
    method: &Method,
    uri: &http::Uri,
    headers: &http::HeaderMap,
    shown: &Shown,
) -> Response<Full<Bytes>> {
    const TEXT: &str = "text/plain; charset=utf-8";
    if method != Method::GET && method != Method::HEAD {
        let mut refused = page(
            StatusCode::METHOD_NOT_ALLOWED,
            TEXT,
            "only GET is answered\n",
        );
        let allow = HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(header::ALLOW, allow);
        return refused;
    }
    match uri.path() {
        "/livez" if (shown.alive)() => page(StatusCode::OK, TEXT, "ok\n"),
        "/livez" => page(
            StatusCode::SERVICE_UNAVAILABLE,
            TEXT,
            "the scheduler does not turn\n",
        ),
        "/readyz" => match (shown.status)().state {
            State::Ready => page(StatusCode::OK, TEXT, "ready\n"),
            state @ (State::Starting | State::Draining) => {
                let words = format!("{}\n", state.as_str());
                page(StatusCode::SERVICE_UNAVAILABLE, TEXT, words)
            }
        },
        "/metrics" => {
            let text = exposition(&(shown.figures)());
            page(
                StatusCode::OK,
                "text/plain; version=0.0.4; charset=utf-8",
                text,
            )
        }
        "/status" => {
            let status = (shown.status)();
            if wants_html(headers) {
                page(
                    StatusCode::OK,
                    "text/html; charset=utf-8",
                    page::html(&status),
                )
            } else {
                let json = serde_json::to_vec(&status).unwrap_or_default();
                page(StatusCode::OK, "application/json", json)
            }
        }
        _ => page(
            StatusCode::NOT_FOUND,
            TEXT,
            "there are /livez, /readyz, /metrics and /status\n",
        ),
    }
}

/// Whether a browser asks; everything else gets JSON.
fn wants_html(headers: &http::HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    accept.is_some_and(|accept| accept.to_str().is_ok_and(|text| text.contains("text/html")))
}

fn page(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let sniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, sniff);
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    answer
}
