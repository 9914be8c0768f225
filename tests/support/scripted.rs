//! A server that does what its script says, byte for byte, and remembers what came.
//!
//! One script per connection, in order; the last one serves all later connections. It is built on
//! plain blocking sockets and knows nothing of HTTP but where a request ends, so that it can lie.

mod act;
mod seen;

pub(crate) use act::{Act, Script, answer, ok};
pub(crate) use seen::{Connection, Request, now_ns};

use super::{pki::Identity, place};
use act::Outcome;
use seen::Log;
use socket2::SockRef;
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A scripted server; it ends when dropped.
pub(crate) struct Scripted {
    addr: SocketAddr,
    log: Arc<Log>,
    over: Arc<AtomicBool>,
}

/// How connections are answered before their script begins.
#[derive(Clone, Default)]
struct Manner {
    tls: Option<Arc<rustls::ServerConfig>>,
    before_tls: Duration,
    receive_buffer: Option<usize>,
}

impl Scripted {
    /// A server in cleartext.
    pub(crate) fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::with(Manner::default(), scripts)
    }

    /// A server that takes in little before it stops the sender.
    pub(crate) fn start_narrow(scripts: impl IntoIterator<Item = Script>) -> Self {
        let manner = Manner {
            receive_buffer: Some(4 * 1024),
            ..Manner::default()
        };
        Self::with(manner, scripts)
    }

    /// A server behind TLS, offering these protocols.
    pub(crate) fn start_tls(
        identity: &Identity,
        alpn: &[&str],
        scripts: impl IntoIterator<Item = Script>,
    ) -> Self {
        Self::start_slow_tls(identity, alpn, Duration::ZERO, scripts)
    }

    /// The same, taking its time from the ClientHello on until it answers.
    pub(crate) fn start_slow_tls(
        identity: &Identity,
        alpn: &[&str],
        before_tls: Duration,
        scripts: impl IntoIterator<Item = Script>,
    ) -> Self {
        let tls = Some(identity.server_config(alpn));
        Self::with(
            Manner {
                tls,
                before_tls,
                ..Manner::default()
            },
            scripts,
        )
    }

    fn with(manner: Manner, scripts: impl IntoIterator<Item = Script>) -> Self {
        let scripts: Vec<Arc<Script>> = scripts.into_iter().map(Arc::new).collect();
        assert!(!scripts.is_empty(), "a server needs a script");
        let listener = TcpListener::bind(place::address()).unwrap();
        if let Some(bytes) = manner.receive_buffer {
            SockRef::from(&listener)
                .set_recv_buffer_size(bytes)
                .unwrap();
        }
        let addr = listener.local_addr().unwrap();
        let (log, over) = (Arc::new(Log::default()), Arc::new(AtomicBool::new(false)));
        let (its_log, ends) = (Arc::clone(&log), Arc::clone(&over));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                let number = its_log.accepted(&stream);
                let script = Arc::clone(&scripts[number.min(scripts.len() - 1)]);
                let (log, manner) = (Arc::clone(&its_log), manner.clone());
                std::thread::spawn(move || serve(stream, &manner, &script, &log, number));
            }
        });
        Self { addr, log, over }
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://ADDR` and this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// `https://ADDR` and this path.
    pub(crate) fn tls_url(&self, path: &str) -> String {
        format!("https://{}{path}", self.addr)
    }

    /// Every connection so far, in order of arrival.
    pub(crate) fn connections(&self) -> Vec<Connection> {
        self.log.connections()
    }

    /// Every request so far, in order of connections.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.connections()
            .into_iter()
            .flat_map(|connection| connection.requests)
            .collect()
    }

    /// The only request that came.
    pub(crate) fn only_request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "one request was expected: {requests:#?}");
        requests.remove(0)
    }

    /// Waits until all connections have ended, and gives them.
    pub(crate) fn finished(&self) -> Vec<Connection> {
        place::until("the end of all connections", || {
            self.connections()
                .iter()
                .all(|connection| connection.ended.is_some())
        });
        self.connections()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.addr);
        self.log.hang_up();
        if std::thread::panicking() {
            eprintln!(
                "--- the scripted server at {} saw {:#?}",
                self.addr,
                self.connections()
            );
        }
    }
}

fn serve(stream: TcpStream, manner: &Manner, script: &Script, log: &Log, number: usize) {
    stream.set_nodelay(true).unwrap();
    let socket = stream.try_clone().unwrap();
    let outcome = match &manner.tls {
        None => act::play(
            script,
            Counted {
                stream,
                log,
                number,
            },
            &socket,
            log,
            number,
        ),
        Some(config) => {
            let _ = stream.peek(&mut [0]);
            std::thread::sleep(manner.before_tls);
            let session = rustls::ServerConnection::new(Arc::clone(config)).unwrap();
            let raw = Counted {
                stream,
                log,
                number,
            };
            let mut wire = rustls::StreamOwned::new(session, raw);
            // The first read or write would do the handshake; done here, its end can be told apart.
            while wire.conn.is_handshaking() {
                if wire.conn.complete_io(&mut wire.sock).is_err() {
                    return log.ended(number);
                }
            }
            log.secured(number, wire.conn.server_name(), wire.conn.alpn_protocol());
            act::play(script, wire, &socket, log, number)
        }
    };
    match outcome {
        Outcome::Done => drop(socket.shutdown(Shutdown::Both)),
        Outcome::Reset => SockRef::from(&socket)
            .set_linger(Some(Duration::ZERO))
            .unwrap(),
    }
    // A socket is closed, and so reset, with its last handle: the log's goes first.
    log.ended(number);
}

/// A socket whose bytes are counted as they come and go.
struct Counted<'a> {
    stream: TcpStream,
    log: &'a Log,
    number: usize,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.stream.read(into)?;
        self.log.came(self.number, count);
        Ok(count)
    }
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.stream.write(bytes)?;
        self.log.went(self.number, count);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}
