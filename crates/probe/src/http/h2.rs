//! HTTP/2, its connection polled inside the exchange.
//!
//! Frames of the protocol's own (SETTINGS, WINDOW_UPDATE, acknowledgements) go both ways between
//! request and response, so the moments of a request cannot be told from bytes alone: `send` ends
//! when the last piece of the body is queued and the kernel has taken everything that is queued;
//! `wait` ends when the final response's headers are there, at the read that brought them.

use super::{
    body::PIECE,
    fault, head,
    link::{Head, Lost},
    sip::Sips,
};
use crate::{Request, exchange::Trouble, stream::Stream, track::Track, wire::Meter};
use ::h2::{
    RecvStream, SendStream,
    client::{Builder, Connection, ResponseFuture, SendRequest},
};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use jaunt_record::Phase;
use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

/// How much of a body may be under way before we took it: enough for 40 Mbit/s over 100 ms, and at
/// most so much memory beyond the cap.
const WINDOW: u32 = 512 * 1024;

/// How much is read at a time: of one byte the library may make a header.
const SIP: usize = 4 * 1024;

/// A head is refused by our own count; the library's bound only keeps it from growing on. It counts 32
/// bytes more for each header (RFC 9113 §6.5.2): there is room for 1024, as by HTTP/1.1.
const HEAD_BOUND: u32 = 64 * 1024 + 1024 * 32;

/// One HTTP/2 connection.
pub(crate) struct Link {
    sender: SendRequest<Bytes>,
    connection: Box<Connection<Sips, Bytes>>,
    meter: Arc<Meter>,
    /// How the connection ended, once it has.
    ended: Option<Result<(), ::h2::Error>>,
    sending: Option<Outgoing>,
    body: Option<RecvStream>,
    /// Bytes of the body that were announced and have not come.
    missing: Option<u64>,
    last: Option<Instant>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

/// A request's body on its way.
struct Outgoing {
    stream: SendStream<Bytes>,
    rest: Bytes,
}

impl Link {
    pub(super) async fn new(stream: Stream, track: &mut Track) -> Result<Self, Trouble> {
        let meter = Arc::clone(stream.meter());
        let (sender, connection) = Builder::new()
            .enable_push(false)
            .initial_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(HEAD_BOUND)
            .handshake(Sips::new(stream, SIP))
            .await
            .map_err(|error| fault::h2(&error, track))?;
        Ok(Self {
            sender,
            connection: Box::new(connection),
            meter,
            ended: None,
            sending: None,
            body: None,
            missing: None,
            last: None,
        })
    }

    /// Whether another request could be sent.
    pub(super) async fn is_open(&mut self) -> bool {
        self.body = None;
        self.sending = None;
        poll_fn(|cx| {
            self.poll(cx);
            let ready = self.sender.poll_ready(cx);
            Poll::Ready(self.ended.is_none() && !matches!(ready, Poll::Ready(Err(_))))
        })
        .await
    }

    pub(super) async fn send(
        &mut self,
        request: &Request,
        track: &mut Track,
    ) -> Result<Head, Lost> {
        let head = head::h2(request)?;
        let before = self.meter.reading();
        let mut response = self.begin(head, request, track).await?;
        let answered = poll_fn(|cx| {
            self.push(cx);
            self.poll(cx);
            self.follow(track, before.bytes_out);
            match Pin::new(&mut response).poll(cx) {
                Poll::Pending if self.ended.is_some() => Poll::Ready(None),
                answered => answered.map(Some),
            }
        })
        .await;
        match answered {
            Some(Ok(response)) => self.answered(response, track).map_err(Lost::For),
            Some(Err(error)) => Err(Lost::For(self.headless(&error, before.bytes_in, track))),
            None => match self.ended.take() {
                Some(Err(error)) => Err(Lost::For(self.headless(&error, before.bytes_in, track))),
                _ => Err(Lost::For(fault::closed(track))),
            },
        }
    }

    /// Why there is no head. A head beyond its own bound the library calls a fault of the protocol
    /// (if it does not ask for calm): it is one that more than a head's bytes came for.
    fn headless(&self, error: &::h2::Error, before: u64, track: &mut Track) -> Trouble {
        let came = self.meter.reading().bytes_in.saturating_sub(before);
        let ours = error.get_io().is_none() && !error.is_remote();
        let calm = error.reason() == Some(::h2::Reason::ENHANCE_YOUR_CALM);
        match ours && (calm || came > super::MOST_HEAD as u64) {
            true => fault::head_too_large(track),
            false => fault::h2(error, track),
        }
    }

    async fn begin(
        &mut self,
        head: http::Request<()>,
        request: &Request,
        track: &mut Track,
    ) -> Result<ResponseFuture, Lost> {
        let ready = poll_fn(|cx| {
            self.poll(cx);
            match self.sender.poll_ready(cx) {
                Poll::Pending if self.ended.is_some() => Poll::Ready(None),
                ready => ready.map(Some),
            }
        });
        match ready.await {
            Some(Ok(())) => {}
            // Nothing of this request has left yet.
            Some(Err(_)) | None if track.facts.reused => return Err(Lost::Unsent),
            Some(Err(error)) => return Err(Lost::For(fault::h2(&error, track))),
            None => return Err(Lost::For(self.why_ended(track))),
        }
        let empty = request.body.is_empty();
        let (response, stream) = match self.sender.send_request(head, empty) {
            Ok(sent) => sent,
            Err(_) if track.facts.reused => return Err(Lost::Unsent),
            Err(error) => return Err(Lost::For(fault::h2(&error, track))),
        };
        self.sending = (!empty).then(|| Outgoing {
            stream,
            rest: request.body.clone(),
        });
        Ok(response)
    }

    /// Gives the connection as much of the body as its windows have room for.
    fn push(&mut self, cx: &mut Context<'_>) {
        while let Some(Outgoing { stream, rest }) = &mut self.sending {
            stream.reserve_capacity(PIECE.min(rest.len()));
            let Poll::Ready(room) = stream.poll_capacity(cx) else {
                return;
            };
            let Some(Ok(room)) = room else {
                // The stream is over; its response, or the connection, says why.
                self.sending = None;
                return;
            };
            let piece = rest.split_to(room.min(PIECE).min(rest.len()));
            let last = rest.is_empty();
            if stream.send_data(piece, last).is_err() || last {
                self.sending = None;
            }
        }
    }

    fn follow(&self, track: &mut Track, bytes_before: u64) {
        let reading = self.meter.reading();
        let all_queued = self.sending.is_none() && reading.bytes_out > bytes_before;
        if let (Phase::Send, true, false, Some(wrote)) =
            (track.phase(), all_queued, reading.blocked, reading.wrote)
        {
            track.begin_at(Phase::Wait, wrote);
        }
    }

    fn answered(
        &mut self,
        response: http::Response<RecvStream>,
        track: &mut Track,
    ) -> Result<Head, Trouble> {
        let (parts, body) = response.into_parts();
        let came = self.meter.reading().read_began;
        track.begin_at(Phase::Receive, came.unwrap_or_else(Instant::now));
        self.last = self.meter.reading().read_ended;
        let size = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            name.as_str().len() + value.len() + 4
        };
        if parts.headers.iter().map(size).sum::<usize>() > super::MOST_HEAD {
            return Err(fault::head_too_large(track));
        }
        let length = parts.headers.get(CONTENT_LENGTH);
        self.missing = length
            .and_then(|length| length.to_str().ok()?.parse().ok())
            .filter(|_| !body.is_end_stream());
        self.body = Some(body);
        Ok(parts)
    }

    /// The next piece of the body.
    pub(super) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        track: &mut Track,
    ) -> Poll<Option<Result<Bytes, Trouble>>> {
        loop {
            self.push(cx);
            // What is there is taken before more is read: of the smallest frames a window holds many.
            let mut polled = self.poll_data(cx);
            if polled.is_pending() {
                self.poll(cx);
                polled = self.poll_data(cx);
            }
            match polled {
                Poll::Pending if self.ended.is_some() => {
                    return Poll::Ready(Some(Err(self.why_ended(track))));
                }
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return self.poll_trailers(cx, track),
                Poll::Ready(Some(Ok(piece))) => {
                    self.last = self.meter.reading().read_ended;
                    let length = piece.len();
                    self.missing = self.missing.map(|rest| rest.saturating_sub(length as u64));
                    if length > 0 {
                        return Poll::Ready(Some(Ok(piece)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(self.broken(&error, track))));
                }
            }
        }
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, ::h2::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = body.poll_data(cx);
        if let Poll::Ready(Some(Ok(piece))) = &polled {
            // It fails only for more than came.
            let _ = body.flow_control().release_capacity(piece.len());
        }
        polled
    }

    /// The end of the stream is the end of its trailers, which nobody asks for.
    fn poll_trailers(
        &mut self,
        cx: &mut Context<'_>,
        track: &mut Track,
    ) -> Poll<Option<Result<Bytes, Trouble>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        match body.poll_trailers(cx) {
            Poll::Pending if self.ended.is_some() => Poll::Ready(Some(Err(self.why_ended(track)))),
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(_)) => {
                self.body = None;
                Poll::Ready(None)
            }
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(self.broken(&error, track)))),
        }
    }

    /// A stream that ends short of its Content-Length is a fault of the protocol for the library;
    /// for us it is a body that was cut.
    fn broken(&self, error: &::h2::Error, track: &mut Track) -> Trouble {
        let by_peer = error.is_remote() || error.is_io();
        match self.missing {
            Some(1..) if !by_peer => fault::truncated(track),
            _ => fault::h2(error, track),
        }
    }

    pub(super) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// When the response's last byte came.
    pub(super) fn ended_at(&self) -> Instant {
        self.last.unwrap_or_else(Instant::now)
    }

    fn why_ended(&mut self, track: &mut Track) -> Trouble {
        match self.ended.take() {
            Some(Err(error)) => fault::h2(&error, track),
            Some(Ok(())) | None => fault::closed(track),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        if self.ended.is_none()
            && let Poll::Ready(end) = Pin::new(&mut *self.connection).poll(cx)
        {
            self.ended = Some(end);
        }
    }
}
