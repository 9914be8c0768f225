//! Bodies: what is sent, piece by piece, and what comes back, read to its end.

use super::{
    Link,
    decode::{Decoder, Undecoded},
    link::Head,
    tap::Heard,
};
use crate::{Request, exchange::Trouble, track::Track};
use bytes::Bytes;
use http::{Method, StatusCode, header::CONTENT_ENCODING};
use http_body::{Frame, SizeHint};
use jaunt_record::{FailureKind, Phase};
use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::task::JoinError;

/// Largest piece of a body given to a connection at a time: small enough that the kernel's
/// back-pressure, not a buffer of ours, decides when the last one is taken.
pub(super) const PIECE: usize = 16 * 1024;

/// A request's body for hyper.
#[derive(Debug)]
pub(super) struct Outgoing {
    rest: Bytes,
    heard: Arc<Heard>,
}

impl Outgoing {
    pub(super) fn new(body: Bytes, heard: &Arc<Heard>) -> Self {
        Self {
            rest: body,
            heard: Arc::clone(heard),
        }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = PIECE.min(self.rest.len());
        let piece = self.rest.split_to(length);
        if self.rest.is_empty() {
            self.heard.body_given();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// Reads the answer's body to its end, decoded.
pub(crate) async fn read(
    link: &mut Link,
    request: &Request,
    head: &Head,
    track: &mut Track,
) -> Result<Bytes, Trouble> {
    let cap = request.max_body;
    let coded = head.headers.get_all(CONTENT_ENCODING).iter();
    // What has no body is coded in no way, whatever its header says of the body it would have.
    let coded = coded
        .map(http::HeaderValue::as_bytes)
        .filter(|_| has_body(&request.method, head.status));
    let mut decoder = Decoder::new(coded, cap).map_err(|why| undecoded(why, cap, track))?;
    while let Some(piece) = poll_fn(|cx| link.poll_piece(cx, track)).await {
        decoder = pushed(decoder, piece?)
            .await
            .map_err(|why| undecoded(why, cap, track))?;
    }
    track.end_at(link.ended_at());
    let decoded = decoder.finish().map_err(|why| undecoded(why, cap, track))?;
    Ok(decoded.into())
}

/// The decoder, with `piece` pushed. However small a piece is, it may stand for as much as the cap
/// allows, milliseconds of work: what is coded is undone on a thread that may block, so that no other
/// run's measuring waits for it.
async fn pushed(mut decoder: Decoder, piece: Bytes) -> Result<Decoder, Undecoded> {
    if !decoder.is_coded() {
        decoder.push(&piece)?;
        return Ok(decoder);
    }
    let task = tokio::task::spawn_blocking(move || decoder.push(&piece).map(|()| decoder));
    match task.await.map_err(JoinError::try_into_panic) {
        Ok(pushed) => pushed,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime ends, and this exchange with it.
        Err(Err(_)) => std::future::pending().await,
    }
}

/// RFC 9110 §6.4.1.
fn has_body(method: &Method, status: StatusCode) -> bool {
    let none = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    *method != Method::HEAD && !none && !status.is_informational()
}

fn undecoded(why: Undecoded, cap: u64, track: &Track) -> Trouble {
    match why {
        Undecoded::TooLarge => {
            let message = format!("the body is larger than the {cap} bytes allowed");
            track.fault_in(Phase::Receive, FailureKind::HttpBodyTooLarge, message)
        }
        Undecoded::WideWindow => {
            let message = format!(
                "the body, with the window that its Content-Encoding asks for beside it, needs more \
                 than the {cap} bytes allowed"
            );
            track.fault_in(Phase::Receive, FailureKind::HttpBodyTooLarge, message)
        }
        Undecoded::NotAsClaimed(how) => {
            let message = format!("the body cannot be decoded: {how}");
            track.fault_in(Phase::Receive, FailureKind::HttpEncoding, message)
        }
    }
}
