//! An answer that is written while it is read, by a thread that waits for its reader.

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{sync::mpsc, task};

/// Pieces that may wait for the reader.
const PIECES: usize = 4;
/// Bytes of a piece.
const PIECE: usize = 64 << 10;

/// Where the lines of an answer go.
pub(super) struct Lines {
    pieces: mpsc::Sender<Bytes>,
    piece: Vec<u8>,
}

/// The reader has gone, or there is nothing more to be read for it.
#[derive(Debug)]
pub(super) struct Gone;

impl Lines {
    /// Writes a line, waiting for the reader where need be.
    pub(super) fn line(&mut self, line: &str) -> Result<(), Gone> {
        self.piece.extend_from_slice(line.as_bytes());
        self.piece.push(b'\n');
        if self.piece.len() >= PIECE {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Result<(), Gone> {
        let piece = std::mem::take(&mut self.piece);
        self.pieces.blocking_send(piece.into()).map_err(|_| Gone)
    }
}

/// The body that `write` writes on a blocking thread, which ends when the reader goes. One that
/// breaks off ends the body early: the connection is closed without its last chunk.
pub(super) fn lines(write: impl FnOnce(&mut Lines) -> Result<(), Gone> + Send + 'static) -> Body {
    let (pieces, waiting) = mpsc::channel(PIECES);
    let writer = task::spawn_blocking(move || {
        let mut lines = Lines {
            pieces,
            piece: Vec::new(),
        };
        write(&mut lines).and_then(|()| lines.flush())
    });
    Body::new(Written {
        waiting,
        writer: Some(writer),
    })
}

struct Written {
    waiting: mpsc::Receiver<Bytes>,
    /// `None` once it has ended.
    writer: Option<task::JoinHandle<Result<(), Gone>>>,
}

/// The answer broke off.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
struct Broken;

impl http_body::Body for Written {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(piece) = ready!(self.waiting.poll_recv(context)) {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let Some(writer) = &mut self.writer else {
            return Poll::Ready(None);
        };
        let ended = ready!(Pin::new(writer).poll(context));
        self.writer = None;
        Poll::Ready(match ended {
            Ok(Ok(())) => None,
            Ok(Err(Gone)) | Err(_) => Some(Err(Broken)),
        })
    }
}
