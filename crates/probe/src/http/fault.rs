//! What the end of a connection means while a request is under way.

use super::tap::Notes;
use crate::{exchange::Trouble, tls, track::Track};
use jaunt_record::{FailureKind, Phase};
use std::{
    error::Error,
    io::{self, ErrorKind},
};

/// HTTP/1.1: why there is no response.
pub(super) fn h1_head(error: &hyper::Error, notes: &Notes, track: &mut Track) -> Trouble {
    if notes.head_too_large || error.is_parse() && error.to_string().contains("too large") {
        return head_too_large(track);
    }
    if let Some(error) = source::<io::Error>(error) {
        return transport(error, track);
    }
    if error.is_parse() {
        return track.fault(
            FailureKind::HttpMalformed,
            format!("what came is no HTTP response: {error}"),
        );
    }
    closed(track)
}

/// HTTP/1.1: why the body has no end.
pub(super) fn h1_body(error: &hyper::Error, track: &mut Track) -> Trouble {
    match source::<io::Error>(error) {
        Some(error) if error.kind() == ErrorKind::UnexpectedEof => truncated(track),
        // hyper's words for a chunk that is none.
        Some(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::InvalidData
            ) && tls::alert(error).is_none() =>
        {
            track.fault(
                FailureKind::HttpMalformed,
                format!("the body's chunks are broken: {error}"),
            )
        }
        Some(error) => transport(error, track),
        None => truncated(track),
    }
}

/// HTTP/2: why there is no response, or its body has no end.
pub(super) fn h2(error: &::h2::Error, track: &mut Track) -> Trouble {
    if let Some(error) = error.get_io() {
        return transport(error, track);
    }
    let reason = error
        .reason()
        .map_or_else(|| error.to_string(), |reason| format!("{reason:?}"));
    if error.is_go_away() && error.is_remote() {
        return track.fault(
            FailureKind::HttpReset,
            format!("the server sent GOAWAY ({reason}) before the response was complete"),
        );
    }
    if error.is_reset() && error.is_remote() {
        return track.fault(
            FailureKind::HttpReset,
            format!("the server reset the stream ({reason})"),
        );
    }
    track.fault(
        FailureKind::HttpMalformed,
        format!("what came breaks the rules of HTTP/2 ({reason})"),
    )
}

/// The head is beyond its bound.
pub(super) fn head_too_large(track: &Track) -> Trouble {
    track.fault(
        FailureKind::HttpHeadersTooLarge,
        "the response's headers are larger than the 64 KiB allowed",
    )
}

/// The body ended before its declared length or its last chunk.
pub(super) fn truncated(track: &Track) -> Trouble {
    track.fault(
        FailureKind::HttpTruncated,
        "the connection was closed before the body was complete",
    )
}

/// The connection was closed before there was a response.
pub(super) fn closed(track: &Track) -> Trouble {
    let far = match track.phase() {
        Phase::Receive => "in the middle of the response's headers",
        _ => "without a response",
    };
    track.fault(
        FailureKind::HttpClosed,
        format!("the server closed the connection {far}"),
    )
}

fn transport(error: &io::Error, track: &mut Track) -> Trouble {
    if let Some((kind, message)) = tls::alert(error) {
        // In TLS 1.3 the server judges our certificate after we have begun to send.
        if track.phase() == Phase::Send {
            track.begin(Phase::Wait);
        }
        return track.fault(kind, message);
    }
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
            let far = match track.phase() {
                Phase::Receive => "in the middle of the response",
                Phase::Send => "while the request was sent",
                _ => "without a response",
            };
            track.fault(
                FailureKind::HttpReset,
                format!("the server reset the connection {far}"),
            )
        }
        ErrorKind::UnexpectedEof => closed(track),
        _ => track.fault(
            FailureKind::HttpReset,
            format!("the connection broke: {error}"),
        ),
    }
}

fn source<T: Error + 'static>(error: &hyper::Error) -> Option<&T> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
