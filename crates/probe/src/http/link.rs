//! A connection that requests can be sent on, of whichever version, and how it is made.

use super::{h1, h2, head, pool::Kept, proxy};
use crate::{
    Request, Target, Version, Visitor,
    dial::{dial, literal},
    exchange::Trouble,
    request::Connection,
    stream::Stream,
    tls,
    track::Track,
    wire::Meter,
};
use bytes::Bytes;
use jaunt_record::{FailureKind, Phase};
use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

/// The head of a response.
pub(crate) type Head = http::response::Parts;

/// A connection that requests can be sent on.
#[derive(Debug)]
pub(crate) enum Link {
    H1(Box<h1::Link>),
    H2(Box<h2::Link>),
}

/// Why a request has no response.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The connection was closed before a byte of it was sent: nobody has seen it.
    Unsent,
    /// For this reason.
    For(Trouble),
}

impl From<Trouble> for Lost {
    fn from(trouble: Trouble) -> Self {
        Self::For(trouble)
    }
}

impl Link {
    /// Whether another request could be sent on it.
    pub(crate) async fn is_open(&mut self) -> bool {
        match self {
            Self::H1(link) => link.is_open().await,
            Self::H2(link) => link.is_open().await,
        }
    }

    /// Sends `request`, phases `send` (begun by the caller) and `wait`; gives back the head of the
    /// final response, with phase `receive` begun.
    pub(crate) async fn send(
        &mut self,
        request: &Request,
        track: &mut Track,
    ) -> Result<Head, Lost> {
        match self {
            Self::H1(link) => link.send(request, track).await,
            Self::H2(link) => link.send(request, track).await,
        }
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        track: &mut Track,
    ) -> Poll<Option<Result<Bytes, Trouble>>> {
        match self {
            Self::H1(link) => link.poll_piece(cx, track),
            Self::H2(link) => link.poll_piece(cx, track),
        }
    }

    /// The books of its connection.
    pub(crate) fn meter(&self) -> &Arc<Meter> {
        match self {
            Self::H1(link) => link.meter(),
            Self::H2(link) => link.meter(),
        }
    }

    /// When the last byte of the response came.
    pub(crate) fn ended_at(&self) -> Instant {
        match self {
            Self::H1(link) => link.ended_at(),
            Self::H2(link) => link.ended_at(),
        }
    }
}

/// A new connection for `request`: all phases until `send`, which is begun.
pub(crate) async fn connect(
    visitor: &mut Visitor,
    request: &Request,
    track: &mut Track,
) -> Result<Kept, Trouble> {
    let target = Target {
        host: track.facts.host.clone(),
        port: track.facts.port,
        named: request.named,
        family: request.family,
    };
    let stream = match &request.proxy {
        Some(proxy) => proxy::tunnel(visitor, request, proxy, &target, track).await?,
        None => dial(visitor, &target, track).await?.into(),
    };
    let stream = match request.url.scheme() {
        "https" => secured(visitor, request, stream, track).await?,
        _ => stream,
    };
    let version = spoken(request, track)?;
    track.begin(Phase::Send);
    let link = match version {
        Spoken::H1 => Link::H1(Box::new(h1::Link::new(stream, track).await?)),
        Spoken::H2 => Link::H2(Box::new(h2::Link::new(stream, track).await?)),
    };
    Ok(Kept::new(request, link, track))
}

async fn secured(
    visitor: &mut Visitor,
    request: &Request,
    stream: Stream,
    track: &mut Track,
) -> Result<Stream, Trouble> {
    let alpn: &[&[u8]] = match request.version {
        Version::Auto => &[b"h2", b"http/1.1"],
        Version::H1 => &[b"http/1.1"],
        Version::H2 => &[b"h2"],
    };
    let name = certificate_name(request);
    let wanted = tls::Wanted {
        setup: &request.tls,
        name: &name,
        alpn,
        session: match request.connection {
            Connection::Keep => tls::Session::Resume,
            Connection::New => tls::Session::Cold,
        },
    };
    tls::handshake(visitor, stream, wanted, track).await
}

/// The name for SNI and certificate: one that was set for it, else the URL's host; where that is an
/// address, the Host header's.
pub(super) fn certificate_name(request: &Request) -> String {
    if let Some(name) = &request.server_name {
        return name.clone();
    }
    let host = request.url.host_str().unwrap_or_default();
    if literal(host).is_none() {
        return host.into();
    }
    let said = head::host(request);
    let bare = match said.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => &said,
    };
    bare.into()
}

enum Spoken {
    H1,
    H2,
}

fn spoken(request: &Request, track: &Track) -> Result<Spoken, Trouble> {
    let agreed = track.facts.tls.as_ref().and_then(|tls| tls.alpn.as_deref());
    let over_tls = request.url.scheme() == "https";
    match (request.version, over_tls, agreed) {
        (Version::H2, false, _) | (_, true, Some("h2")) => Ok(Spoken::H2),
        (Version::H2, true, _) => Err(track.fault(
            FailureKind::TlsOther,
            "the server does not offer HTTP/2 (it agreed to no `h2` by ALPN)",
        )),
        (Version::Auto | Version::H1, ..) => Ok(Spoken::H1),
    }
}
