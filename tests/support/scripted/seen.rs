//! What a scripted server saw: the target's own word.

use std::{
    net::{Shutdown, TcpStream},
    sync::Mutex,
    time::{SystemTime, UNIX_EPOCH},
};

/// A connection that came.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// When it was accepted, Unix ns.
    pub(crate) accepted_ns: i64,
    /// When it ended, by whichever side, Unix ns.
    pub(crate) ended: Option<i64>,
    /// Bytes that came, as they were on the wire.
    pub(crate) bytes_in: usize,
    /// Bytes that went, as they were on the wire.
    pub(crate) bytes_out: usize,
    /// The name that the client asked for in its TLS handshake.
    pub(crate) sni: Option<String>,
    /// The protocol agreed on in the TLS handshake.
    pub(crate) alpn: Option<String>,
    /// The whole requests that came.
    pub(crate) requests: Vec<Request>,
}

/// A request that came.
#[derive(Clone)]
pub(crate) struct Request {
    /// `GET`.
    pub(crate) method: String,
    /// Path and query, as they were sent.
    pub(crate) target: String,
    /// Names as they were sent, in order.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// What a test that fails is told of it: of a large body, only its length.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 2048;
        let body = match self.body.len() {
            ..=SHOWN => String::from_utf8_lossy(&self.body),
            length => format!("{length} bytes").into(),
        };
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.headers)
            .field("body", &body)
            .finish()
    }
}

impl Request {
    /// A head, up to and with its blank line; the body is empty as yet.
    pub(super) fn parse(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
        let mut first = lines.next().unwrap().split(' ');
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_owned(), value.trim().to_owned())
        });
        Self {
            method: first.next().unwrap_or_default().into(),
            target: first.next().unwrap_or_default().into(),
            headers: headers.collect(),
            body: Vec::new(),
        }
    }

    /// The value of the only header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        let first = values.next();
        assert!(
            values.next().is_none(),
            "{name} came twice: {:#?}",
            self.headers
        );
        first
    }

    /// Every value of this header.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let same = move |(found, _): &&(String, String)| found.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .filter(same)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

#[derive(Default)]
pub(super) struct Log {
    seen: Mutex<Vec<(Connection, Option<TcpStream>)>>,
}

impl Log {
    pub(super) fn accepted(&self, stream: &TcpStream) -> usize {
        let connection = Connection {
            accepted_ns: now_ns(),
            ended: None,
            bytes_in: 0,
            bytes_out: 0,
            sni: None,
            alpn: None,
            requests: Vec::new(),
        };
        let mut seen = self.seen.lock().unwrap();
        seen.push((connection, Some(stream.try_clone().unwrap())));
        seen.len() - 1
    }

    pub(super) fn came(&self, number: usize, count: usize) {
        self.note(number, |connection| connection.bytes_in += count);
    }

    pub(super) fn went(&self, number: usize, count: usize) {
        self.note(number, |connection| connection.bytes_out += count);
    }

    pub(super) fn asked(&self, number: usize, request: Request) {
        self.note(number, |connection| connection.requests.push(request));
    }

    pub(super) fn secured(&self, number: usize, sni: Option<&str>, alpn: Option<&[u8]>) {
        let alpn = alpn.map(|name| String::from_utf8_lossy(name).into_owned());
        self.note(number, |connection| {
            connection.sni = sni.map(Into::into);
            connection.alpn = alpn;
        });
    }

    pub(super) fn ended(&self, number: usize) {
        let mut seen = self.seen.lock().unwrap();
        seen[number].0.ended = Some(now_ns());
        seen[number].1 = None;
    }

    pub(super) fn connections(&self) -> Vec<Connection> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|(connection, _)| connection.clone())
            .collect()
    }

    pub(super) fn hang_up(&self) {
        for stream in self
            .seen
            .lock()
            .unwrap()
            .iter()
            .filter_map(|(_, stream)| stream.as_ref())
        {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn note(&self, number: usize, what: impl FnOnce(&mut Connection)) {
        what(&mut self.seen.lock().unwrap()[number].0);
    }
}

/// The wall clock, Unix ns, as records tell it.
#[expect(
    clippy::disallowed_methods,
    reason = "held against the wall clock of a record"
)]
pub(crate) fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_nanos()).unwrap()
}
