//! What hyper reads and writes, overheard: when the request was handed over, and when the first byte
//! of the final response came.
//!
//! Bytes go by in clear here, above TLS; the stamps are those of the system call below it. hyper
//! skips responses of 1xx by itself and tells nobody when their bytes came, so the status lines are
//! read along.

use super::{MOST_HEAD, sip::Sips};
use crate::{stream::Stream, wire::Meter};
use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Instant,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is read at a time.
const SIP: usize = 16 * 1024;

/// A stream that is overheard.
#[derive(Debug)]
pub(super) struct Tap {
    stream: Sips,
    heard: Arc<Heard>,
}

/// What was overheard of one connection.
#[derive(Debug)]
pub(super) struct Heard {
    meter: Arc<Meter>,
    notes: Mutex<Notes>,
}

/// What was overheard of the request under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notes {
    /// The body was given to hyper whole; true from the start where there is none.
    body_given: bool,
    /// Something of the request was given to the connection.
    pub(super) began: bool,
    /// When the kernel had taken all of it.
    pub(super) sent: Option<Instant>,
    /// When the read began that gave the first byte of the final response.
    pub(super) first: Option<Instant>,
    /// When the last read was done that gave anything.
    pub(super) last: Option<Instant>,
    /// When the connection's end was read.
    pub(super) end: Option<Instant>,
    /// Whether a head was longer than we take.
    pub(super) head_too_large: bool,
    scan: Scan,
}

impl Tap {
    pub(super) fn new(stream: Stream) -> (Self, Arc<Heard>) {
        let heard = Arc::new(Heard {
            meter: Arc::clone(stream.meter()),
            notes: Mutex::default(),
        });
        let tap = Self {
            stream: Sips::new(stream, SIP),
            heard: Arc::clone(&heard),
        };
        (tap, heard)
    }
}

impl Heard {
    /// A request begins.
    pub(super) fn expect(&self, body_is_empty: bool) {
        *self.notes() = Notes {
            body_given: body_is_empty,
            ..Notes::default()
        };
    }

    /// The last of the request's body was given to hyper.
    pub(super) fn body_given(&self) {
        self.notes().body_given = true;
    }

    pub(super) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// What was overheard until now.
    pub(super) fn now(&self) -> Notes {
        *self.notes()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(1..)) = written {
            self.notes().began = true;
        }
    }

    /// hyper has flushed its buffers, and TLS its own: what it was given, the kernel has.
    fn flushed(&self) {
        let mut notes = self.notes();
        if notes.body_given && notes.began && notes.sent.is_none() {
            notes.sent = self.meter.reading().wrote;
        }
    }

    fn gave(&self, bytes: &[u8]) -> io::Result<()> {
        let reading = self.meter.reading();
        let mut notes = self.notes();
        if bytes.is_empty() {
            notes.end = reading.read_ended;
            return Ok(());
        }
        notes.last = reading.read_ended;
        let began = reading.read_began.unwrap_or_else(Instant::now);
        notes.first = notes.scan.read(bytes, began);
        if notes.scan.too_large() {
            notes.head_too_large = true;
            return Err(io::Error::other("the head is too large"));
        }
        Ok(())
    }
}

/// Reads along until the head of the final response has ended.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    /// When the first byte of this head came.
    since: Option<Instant>,
    /// Its first bytes, `HTTP/1.1 103`, as far as they came.
    line: [u8; 12],
    got: usize,
    /// Bytes of this head.
    head: usize,
    /// Line feeds without anything but carriage returns between.
    feeds: u8,
    done: bool,
}

impl Scan {
    /// Reads along `bytes`, which came at `at`; gives back when the first byte of the final response
    /// came, once it is certain that it is not the first byte of a 1xx.
    fn read(&mut self, bytes: &[u8], at: Instant) -> Option<Instant> {
        for byte in bytes {
            if self.done {
                break;
            }
            self.since.get_or_insert(at);
            self.step(*byte);
        }
        self.since.filter(|_| !self.may_be_interim())
    }

    fn step(&mut self, byte: u8) {
        if let Some(place) = self.line.get_mut(self.got) {
            *place = byte;
            self.got += 1;
        }
        self.head += 1;
        self.feeds = match byte {
            b'\n' => self.feeds + 1,
            b'\r' => self.feeds,
            _ => 0,
        };
        if self.feeds < 2 {
            return;
        }
        if self.may_be_interim() {
            *self = Self::default();
        } else {
            self.done = true;
        }
    }

    /// Whether what came so far of the status line fits `HTTP/1.x 1yz`, 101 excepted: that one is
    /// final, for this connection at least.
    fn may_be_interim(&self) -> bool {
        const LIKE: &[u8; 10] = b"HTTP/1.? 1";
        let fits = |(like, byte): (&u8, &u8)| *like == b'?' || like == byte;
        let came = self.line.get(..self.got).unwrap_or_default();
        LIKE.iter().zip(came).all(fits) && came.get(9..) != Some(b"101")
    }

    fn too_large(&self) -> bool {
        self.head > MOST_HEAD
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = read {
            self.heard
                .gave(buf.filled().get(before..).unwrap_or_default())?;
        }
        read
    }
}

impl Tap {
    /// A failed write, or what the server said before it closed.
    ///
    /// A server that refuses our certificate sends an alert and closes. If its reset overtakes our
    /// request, the write fails with a broken pipe while the alert lies unread: it is the reason.
    fn reason<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let Poll::Ready(Err(broken)) = written else {
            return written;
        };
        let mut scratch = [0; 16];
        match Pin::new(&mut self.stream).poll_read(cx, &mut ReadBuf::new(&mut scratch)) {
            Poll::Ready(Err(said)) if crate::tls::alert(&said).is_some() => Poll::Ready(Err(said)),
            _ => Poll::Ready(Err(broken)),
        }
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.heard.wrote(&written);
        self.reason(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.heard.wrote(&written);
        self.reason(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if let Poll::Ready(Ok(())) = flushed {
            self.heard.flushed();
        }
        self.reason(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of `pieces` held the first byte of the final response, once that is certain.
    fn first_byte_in(pieces: &[&str]) -> Option<usize> {
        let start = Instant::now();
        let at = |place: usize| start + std::time::Duration::from_secs(place as u64);
        let mut scan = Scan::default();
        let mut first = None;
        for (place, piece) in pieces.iter().enumerate() {
            first = scan.read(piece.as_bytes(), at(place));
        }
        (0..pieces.len()).find(|place| Some(at(*place)) == first)
    }

    #[test]
    fn interim_responses_are_not_the_first_byte() {
        for (pieces, expected) in [
            (vec!["HTTP/1.1 200 OK\r\n"], Some(0)),
            (
                vec!["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200"],
                Some(1),
            ),
            (
                vec!["HTTP/1.1 103 Early\r\na: b\r\n", "\r\n", "HTTP/1.1 204"],
                Some(2),
            ),
            (vec!["HTTP/1.1 103 Early\n\n", "HTTP/1.0 500"], Some(1)),
            (vec!["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"], Some(0)),
            (vec!["HTTP/1.1 101 Switching\r\n"], Some(0)),
            (vec!["H", "TTP/1.1", " 2", "00 OK"], Some(0)),
            (vec!["H", "TTP/1.1", " 1", "02 Wait"], None),
            (vec!["SSH-2.0-OpenSSH"], Some(0)),
        ] {
            assert_eq!(first_byte_in(&pieces), expected, "{pieces:?}");
        }
    }
}
