//! Servers with a script, on a real socket: they count connections and keep what they were sent.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A server on loopback; it ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    log: Log,
    tasks: JoinSet<()>,
}

/// What a server has seen.
#[derive(Clone, Default)]
pub(crate) struct Log {
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Log {
    /// Notes a request's head and body as they came.
    pub(crate) fn request(&self, text: String) {
        self.requests.lock().unwrap().push(text);
    }
}

impl Server {
    /// Serves each connection with `script`, one task each.
    pub(crate) async fn new<F, Served>(script: F) -> Self
    where
        F: Fn(TcpStream, Log) -> Served + Clone + Send + 'static,
        Served: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, script)
    }

    pub(crate) fn on<F, Served>(listener: TcpListener, script: F) -> Self
    where
        F: Fn(TcpStream, Log) -> Served + Clone + Send + 'static,
        Served: Future<Output = ()> + Send + 'static,
    {
        let address = listener.local_addr().unwrap();
        let log = Log::default();
        let mut tasks = JoinSet::new();
        let book = log.clone();
        tasks.spawn(async move {
            let mut served = JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                tcp.set_nodelay(true).unwrap();
                book.connections.fetch_add(1, Ordering::SeqCst);
                served.spawn(script(tcp, book.clone()));
            }
        });
        Self {
            address,
            log,
            tasks,
        }
    }

    /// Answers each request on each connection with these bytes.
    pub(crate) async fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        Self::new(move |mut tcp, log| {
            let bytes = Arc::clone(&bytes);
            async move {
                while let Some(request) = request(&mut tcp).await {
                    log.request(request);
                    if tcp.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
            }
        })
        .await
    }

    /// Answers one request per connection with these bytes, and closes.
    pub(crate) async fn answering_once(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        Self::new(move |mut tcp, log| {
            let bytes = Arc::clone(&bytes);
            async move {
                if let Some(request) = request(&mut tcp).await {
                    log.request(request);
                    let _ = tcp.write_all(&bytes).await;
                    close(tcp).await;
                }
            }
        })
        .await
    }

    /// Takes connections, and neither reads nor says anything.
    pub(crate) async fn silent() -> Self {
        Self::new(|tcp, _| async move {
            let _open = tcp;
            std::future::pending().await
        })
        .await
    }

    pub(crate) fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.log.requests.lock().unwrap().clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Nothing listens here any more.
    pub(crate) async fn stopped(mut self) -> SocketAddr {
        self.tasks.shutdown().await;
        self.address
    }
}

/// A request's head and, by its Content-Length, body; `None` at the connection's end.
pub(crate) async fn request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

/// Closes in order: says so, and waits until the other side has read everything.
pub(crate) async fn close<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let _ = stream.shutdown().await;
    let mut rest = [0; 1024];
    while let Ok(1..) = stream.read(&mut rest).await {}
}

/// Closes with a reset.
#[expect(
    deprecated,
    reason = "lingering for no time is how a reset is sent; it blocks nothing"
)]
pub(crate) fn reset(tcp: TcpStream) {
    tcp.set_linger(Some(Duration::ZERO)).unwrap();
}
