//! A stream read in sips, so that what it brought is taken before more is read.
//!
//! hyper and h2 read on for as long as bytes are there. A server that never pauses would hold up the
//! deadline, where hyper passes over interim responses; and it would cost many times what windows
//! allow, where h2 keeps what it made of small frames: some hundred bytes of a DATA frame of one, and
//! of an interim response as many headers as its head may have.

use crate::stream::Stream;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that, whenever so many bytes were read, has nothing more for the time of one poll.
#[derive(Debug)]
pub(super) struct Sips {
    stream: Stream,
    most: usize,
    /// What is left of this sip.
    left: usize,
}

impl Sips {
    /// Sips of at most `most` bytes.
    pub(super) fn new(stream: Stream, most: usize) -> Self {
        Self {
            stream,
            most,
            left: most,
        }
    }
}

impl AsyncRead for Sips {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            self.left = self.most;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let room = self.left.min(buf.remaining());
        let mut sip = ReadBuf::new(buf.initialize_unfilled_to(room));
        let read = Pin::new(&mut self.stream).poll_read(cx, &mut sip);
        if read.is_pending() {
            self.left = self.most;
        }
        ready!(read)?;
        let count = sip.filled().len();
        buf.advance(count);
        self.left -= count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Sips {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
