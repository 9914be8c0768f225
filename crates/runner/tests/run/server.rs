//! Servers that answer as a test says, and keep what they were sent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names as they were written.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What a server does with a request.
pub(crate) enum Reply {
    /// It answers.
    With(Vec<u8>),
    /// It answers after so long.
    After(Duration, Vec<u8>),
    /// It says this much, and no more.
    Hang(Vec<u8>),
    /// It closes without a word.
    Close,
}

/// A server on loopback; it ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    sent: Arc<Mutex<Vec<Sent>>>,
    count: watch::Receiver<usize>,
    _tasks: JoinSet<()>,
}

impl Sent {
    /// The values of all headers of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = self
            .headers
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The one header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} came {} times", all.len());
        all.first().copied()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Server {
    /// Answers each request as `handler` says, which is told how many came before it.
    pub(crate) async fn new<F>(handler: F) -> Self
    where
        F: Fn(&Sent, usize) -> Reply + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (handler, sent) = (Arc::new(handler), Arc::<Mutex<Vec<Sent>>>::default());
        let (told, count) = watch::channel(0);
        let (told, book) = (Arc::new(told), Arc::clone(&sent));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut served = JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                let (handler, book, told) = (handler.clone(), book.clone(), told.clone());
                served.spawn(async move {
                    let mut tcp = BufReader::new(tcp);
                    while let Some(request) = read(&mut tcp).await {
                        let before = {
                            let mut book = book.lock().unwrap();
                            book.push(request.clone());
                            book.len() - 1
                        };
                        let reply = handler(&request, before);
                        told.send_replace(before + 1);
                        if serve(&mut tcp, reply).await.is_none() {
                            return;
                        }
                    }
                });
            }
        });
        Self {
            address,
            sent,
            count,
            _tasks: tasks,
        }
    }

    /// Answers every request with status 200 and this JSON.
    pub(crate) async fn json(body: &'static str) -> Self {
        Self::new(move |_, _| json(body)).await
    }

    /// All requests so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// `METHOD TARGET` of all requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let sent = self.sent();
        sent.iter()
            .map(|sent| format!("{} {}", sent.method, sent.target))
            .collect()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn until(&self, count: usize) {
        let mut seen = self.count.clone();
        let came = seen.wait_for(|seen| *seen >= count);
        let came = tokio::time::timeout(Duration::from_secs(10), came).await;
        came.expect("the requests come").unwrap();
    }
}

async fn serve(tcp: &mut BufReader<TcpStream>, reply: Reply) -> Option<()> {
    match reply {
        Reply::With(bytes) => tcp.write_all(&bytes).await.ok(),
        Reply::After(pause, bytes) => {
            tokio::time::sleep(pause).await;
            tcp.write_all(&bytes).await.ok()
        }
        Reply::Hang(bytes) => {
            tcp.write_all(&bytes).await.ok()?;
            let _ = tcp.read_u8().await;
            None
        }
        Reply::Close => None,
    }
}

async fn read(tcp: &mut BufReader<TcpStream>) -> Option<Sent> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(tcp.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap());
    let mut body = vec![0; length];
    tcp.read_exact(&mut body).await.ok()?;
    Some(Sent {
        method: first.next()?,
        target: first.next()?,
        headers,
        body,
    })
}

/// An answer's bytes: its status, header lines and body.
pub(crate) fn bytes(status: u16, headers: &[&str], body: &str) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} X\r\n");
    for line in headers {
        head.push_str(line);
        head.push_str("\r\n");
    }
    if status != 204 {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    (head + "\r\n" + body).into_bytes()
}

pub(crate) fn reply(status: u16, headers: &[&str], body: &str) -> Reply {
    Reply::With(bytes(status, headers, body))
}

/// Status 200 and this JSON.
pub(crate) fn json(body: &str) -> Reply {
    reply(200, &["Content-Type: application/json"], body)
}

/// A status and nothing else.
pub(crate) fn status(status: u16) -> Reply {
    reply(status, &[], "")
}
