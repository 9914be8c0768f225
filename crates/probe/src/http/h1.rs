//! HTTP/1.1 by hyper, its connection polled inside the exchange.

use super::{
    body::Outgoing,
    fault, head,
    link::{Head, Lost},
    tap::{Heard, Notes, Tap},
};
use crate::{Request, exchange::Trouble, stream::Stream, track::Track, wire::Meter};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http_body::Body;
use hyper::{
    body::Incoming,
    client::conn::http1::{Builder, Connection, SendRequest},
};
use hyper_util::rt::TokioIo;
use jaunt_record::Phase;
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

/// Headers in a response; hyper takes a hundred unless told otherwise. 64 KiB hold few more.
const MOST_HEADERS: usize = 1024;

/// One HTTP/1.1 connection.
#[derive(Debug)]
pub(crate) struct Link {
    sender: SendRequest<Outgoing>,
    connection: Pin<Box<Connection<TokioIo<Tap>, Outgoing>>>,
    heard: Arc<Heard>,
    /// How the connection ended, once it has.
    ended: Option<Result<(), hyper::Error>>,
    body: Option<Incoming>,
    /// Whether the body's end is the connection's.
    until_close: bool,
}

impl Link {
    pub(super) async fn new(stream: Stream, track: &Track) -> Result<Self, Trouble> {
        let (tap, heard) = Tap::new(stream);
        let (sender, connection) = Builder::new()
            .max_headers(MOST_HEADERS)
            .handshake(TokioIo::new(tap))
            .await
            .map_err(|_| fault::closed(track))?;
        Ok(Self {
            sender,
            connection: Box::pin(connection),
            heard,
            ended: None,
            body: None,
            until_close: false,
        })
    }

    /// Whether another request could be sent: nothing has come and the other side has not closed.
    pub(super) async fn is_open(&mut self) -> bool {
        self.body = None;
        poll_fn(|cx| {
            self.poll(cx);
            Poll::Ready(())
        })
        .await;
        self.ended.is_none() && self.sender.is_ready()
    }

    pub(super) async fn send(
        &mut self,
        request: &Request,
        track: &mut Track,
    ) -> Result<Head, Lost> {
        let head = head::h1(request)?;
        self.heard.expect(request.body.is_empty());
        let body = Outgoing::new(request.body.clone(), &self.heard);
        let mut response = pin!(self.sender.send_request(head.map(|()| body)));
        let answered = poll_fn(|cx| {
            let connection = &mut self.connection;
            let early = response.as_mut().poll(cx);
            if early.is_ready() {
                return early;
            }
            if self.ended.is_none()
                && let Poll::Ready(end) = connection.as_mut().poll(cx)
            {
                self.ended = Some(end);
            }
            follow(&self.heard.now(), track);
            response.as_mut().poll(cx)
        })
        .await;
        let notes = self.heard.now();
        follow(&notes, track);
        match answered {
            Ok(response) => Ok(self.answered(response, track)),
            Err(_) if !notes.began => Err(Lost::Unsent),
            Err(error) => {
                let error = self.reason().unwrap_or(error);
                Err(Lost::For(fault::h1_head(&error, &notes, track)))
            }
        }
    }

    fn answered(&mut self, response: http::Response<Incoming>, track: &mut Track) -> Head {
        let (parts, body) = response.into_parts();
        if track.phase() != Phase::Receive {
            track.begin(Phase::Receive);
        }
        self.until_close = !parts.headers.contains_key(CONTENT_LENGTH)
            && !parts.headers.contains_key(TRANSFER_ENCODING)
            && !body.is_end_stream();
        self.body = Some(body);
        parts
    }

    /// The next piece of the body.
    pub(super) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        track: &mut Track,
    ) -> Poll<Option<Result<Bytes, Trouble>>> {
        loop {
            let Some(body) = &mut self.body else {
                return Poll::Ready(None);
            };
            let mut polled = Pin::new(&mut *body).poll_frame(cx);
            if polled.is_pending() {
                self.poll(cx);
                let Some(body) = &mut self.body else {
                    return Poll::Ready(None);
                };
                polled = Pin::new(body).poll_frame(cx);
            }
            match polled {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {
                    // Lets hyper see the end of the message, and of the connection if it is there.
                    self.poll(cx);
                    return Poll::Ready(None);
                }
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers are read, and nobody asks for them.
                    if let Ok(piece) = frame.into_data() {
                        return Poll::Ready(Some(Ok(piece)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    let error = self.reason().unwrap_or(error);
                    return Poll::Ready(Some(Err(fault::h1_body(&error, track))));
                }
            }
        }
    }

    pub(super) fn meter(&self) -> &Arc<Meter> {
        self.heard.meter()
    }

    /// When the response's last byte came.
    pub(super) fn ended_at(&self) -> Instant {
        let notes = self.heard.now();
        let end = match self.until_close {
            true => notes.end.or(notes.last),
            false => notes.last,
        };
        end.unwrap_or_else(Instant::now)
    }

    /// The connection's own error, which says more than that of the request that it took along.
    fn reason(&mut self) -> Option<hyper::Error> {
        self.ended.take().and_then(Result::err)
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        if self.ended.is_none()
            && let Poll::Ready(end) = self.connection.as_mut().poll(cx)
        {
            self.ended = Some(end);
        }
    }
}

/// Moves the track on to where the request is, as overheard: so it stands right also when the
/// exchange is cut off in the next instant.
fn follow(notes: &Notes, track: &mut Track) {
    if let (Phase::Send, Some(sent)) = (track.phase(), notes.sent) {
        // A response that came before the request was out leaves nothing to wait for.
        let before_response = notes.first.is_none_or(|first| sent <= first);
        if before_response {
            track.begin_at(Phase::Wait, sent);
        }
    }
    if let (Phase::Send | Phase::Wait, Some(first)) = (track.phase(), notes.first) {
        track.begin_at(Phase::Receive, first);
    }
}
