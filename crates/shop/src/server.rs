//! The shop's door: accepts connections, reads requests, stops gracefully.

use crate::{
    Config, Mood,
    page::Answer,
    route::{Counter, Refusal},
};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// The largest request body that is read.
const MAX_BODY: usize = 64 * 1024;
/// How long a client may take over its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How many connections are served at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 256;
/// How many visits are remembered.
const VISITS: usize = 10_000;
/// How long an accept that failed for want of descriptors rests.
const REST: Duration = Duration::from_millis(50);

/// Why a shop could not open.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the shop on {addr}")]
pub struct Error {
    /// Where it should have been.
    pub addr: SocketAddr,
    #[source]
    source: io::Error,
}

/// One request that the shop answered: its own word of what reached it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// `GET`, `POST`, …
    pub method: Method,
    /// Path and query, as they came.
    pub target: String,
    /// The status that was answered.
    pub status: StatusCode,
    /// Which connection brought it, counted from 1.
    pub connection: u64,
}

/// A shop that is open. Dropped, it closes at once; [`Shop::stop`] lets answers in flight finish.
#[derive(Debug)]
pub struct Shop {
    addr: SocketAddr,
    inside: Arc<Inside>,
    closing: watch::Sender<bool>,
    door: JoinSet<()>,
}

/// What all connections share.
#[derive(Debug)]
struct Inside {
    counter: Counter,
    visits: Mutex<VecDeque<Visit>>,
}

impl Shop {
    /// Opens a shop on `addr`; port 0 takes a free one, which [`Shop::url`] names.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn start(addr: SocketAddr, config: Config) -> Result<Self, Error> {
        let fault = |source| Error { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(fault)?;
        let addr = listener.local_addr().map_err(fault)?;
        let inside = Arc::new(Inside {
            counter: Counter::new(config),
            visits: Mutex::default(),
        });
        let (closing, closed) = watch::channel(false);
        let mut door = JoinSet::new();
        door.spawn(keep_open(listener, Arc::clone(&inside), closed));
        Ok(Self {
            addr,
            inside,
            closing,
            door,
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its base URL, without a slash at the end: `http://127.0.0.1:41873`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// From now on the shop is in this mood.
    pub fn turn(&self, mood: Mood) {
        self.inside.counter.turn(mood);
    }

    /// The requests that it answered, oldest first; the last 10,000 of them.
    pub fn visits(&self) -> Vec<Visit> {
        self.inside.visits().iter().cloned().collect()
    }

    /// Takes no new connection, finishes the answers in flight, and closes.
    pub async fn stop(mut self) {
        let _ = self.closing.send(true);
        while self.door.join_next().await.is_some() {}
    }
}

impl Inside {
    fn visits(&self) -> std::sync::MutexGuard<'_, VecDeque<Visit>> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, visit: Visit) {
        let mut visits = self.visits();
        if visits.len() >= VISITS {
            visits.pop_front();
        }
        visits.push_back(visit);
    }
}

async fn keep_open(listener: TcpListener, inside: Arc<Inside>, mut closed: watch::Receiver<bool>) {
    let mut serving = JoinSet::new();
    let mut count = 0;
    loop {
        let room = serving.len() < CONNECTIONS;
        tokio::select! {
            _ = closed.changed() => break,
            Some(_) = serving.join_next() => {}
            accepted = listener.accept(), if room => match accepted {
                Ok((stream, _)) => {
                    count += 1;
                    serving.spawn(serve(stream, count, Arc::clone(&inside), closed.clone()));
                }
                Err(_) => tokio::time::sleep(REST).await,
            },
        }
    }
    drop(listener);
    while serving.join_next().await.is_some() {}
}

async fn serve(
    stream: TcpStream,
    number: u64,
    inside: Arc<Inside>,
    mut closed: watch::Receiver<bool>,
) {
    // Answers are small: without this the last one waits for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(request, number, &inside));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A client that leaves, or talks nonsense, is its own trouble.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    connection: u64,
    inside: &Inside,
) -> Result<Answer, Infallible> {
    let (parts, body) = request.into_parts();
    let answer = match read(body).await {
        Ok(body) => {
            tokio::time::sleep(inside.counter.think(&parts)).await;
            inside.counter.answer(&parts, &body, Instant::now())
        }
        Err(refusal) => refusal.page(),
    };
    inside.note(Visit {
        target: parts
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default(),
        method: parts.method,
        status: answer.status(),
        connection,
    });
    Ok(answer)
}

async fn read(body: Incoming) -> Result<Bytes, Refusal> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(Refusal(StatusCode::PAYLOAD_TOO_LARGE, "too long"))
        }
        Err(_) => Err(Refusal(StatusCode::BAD_REQUEST, "the body was cut short")),
    }
}
