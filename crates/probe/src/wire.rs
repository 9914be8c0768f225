//! A TCP connection that keeps books: bytes both ways, and when the kernel gave and took them.
//!
//! The stamps are taken next to the system call, below TLS: what the decryption or a parser above
//! does afterwards is not counted as the network's or the server's time.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Instant,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A TCP connection that keeps books.
#[derive(Debug)]
pub(crate) struct Wire {
    tcp: TcpStream,
    meter: Arc<Meter>,
}

/// The books of one connection. One task reads and writes at a time, so the lock is never waited for.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Books>);

#[derive(Debug, Default)]
struct Books {
    reading: Reading,
    /// The first bytes that come in, where somebody asked for them.
    heard: Option<Vec<u8>>,
}

/// So many bytes are kept for who listens: a ServerHello is smaller by far.
const HEARD: usize = 2048;

/// What the books say at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading {
    /// Bytes that came in since the connection was made.
    pub(crate) bytes_in: u64,
    /// Bytes that went out since then.
    pub(crate) bytes_out: u64,
    /// When the last read that gave something (or the end) was begun: the bytes were there by then,
    /// or came while it looked.
    pub(crate) read_began: Option<Instant>,
    /// When that read was done.
    pub(crate) read_ended: Option<Instant>,
    /// When the kernel last took bytes.
    pub(crate) wrote: Option<Instant>,
    /// Whether the kernel would take no more.
    pub(crate) blocked: bool,
}

impl Wire {
    /// Keeps books on `tcp` from now on.
    pub(crate) fn new(tcp: TcpStream) -> Self {
        Self {
            tcp,
            meter: Arc::default(),
        }
    }

    /// Its books.
    pub(crate) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }
}

impl Meter {
    /// What the books say now.
    pub(crate) fn reading(&self) -> Reading {
        self.books().reading
    }

    /// Keeps a copy of the next bytes that come in.
    pub(crate) fn listen(&self) {
        self.books().heard = Some(Vec::new());
    }

    /// What came in since [`Meter::listen`], at most 2 KiB of it; no more is kept.
    pub(crate) fn heard(&self) -> Vec<u8> {
        self.books().heard.take().unwrap_or_default()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        // Nothing that runs under the lock can panic; a poisoned one is as good as new.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn took(&self, written: &Poll<io::Result<usize>>) {
        let books = &mut self.books().reading;
        books.blocked = written.is_pending();
        if let Poll::Ready(Ok(count)) = written {
            books.bytes_out += *count as u64;
            books.wrote = Some(Instant::now());
        }
    }

    fn gave(&self, bytes: &[u8], began: Instant) {
        let mut books = self.books();
        books.reading.bytes_in += bytes.len() as u64;
        books.reading.read_began = Some(began);
        books.reading.read_ended = Some(Instant::now());
        if let Some(heard) = &mut books.heard {
            let room = HEARD.saturating_sub(heard.len());
            heard.extend(bytes.iter().take(room));
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let began = Instant::now();
        let read = Pin::new(&mut self.tcp).poll_read(cx, buf);
        if read.is_ready() {
            let bytes = buf.filled().get(before..).unwrap_or_default();
            self.meter.gave(bytes, began);
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.meter.took(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.meter.took(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
