//! `request`: one HTTP request on the wire, and its answer read to the end.

use crate::{
    Exchange, Family, Named, TlsSetup, Visitor,
    exchange::Trouble,
    http::{self, Kept, Key, Lost},
    track::Track,
    watch,
};
use bytes::Bytes;
use jaunt_record::FailureKind;
use std::time::Instant;

/// One HTTP request: exactly one goes on the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: ::http::Method,
    /// The URL, `http` or `https`.
    pub url: url::Url,
    /// Who named its host.
    pub named: Named,
    /// Every header in order, Host excepted unless the caller sets its own; Content-Length is added.
    pub headers: ::http::HeaderMap,
    /// The body; empty: none.
    pub body: Bytes,
    /// Which HTTP version.
    pub version: Version,
    /// TLS, where the URL or the proxy asks for it.
    pub tls: TlsSetup,
    /// The name for SNI and certificate instead of the Host header's or URL's.
    pub server_name: Option<String>,
    /// Which addresses may be used.
    pub family: Family,
    /// A proxy to CONNECT through.
    pub proxy: Option<Proxy>,
    /// Kept connections or a new one.
    pub connection: Connection,
    /// Largest decoded body, bytes.
    pub max_body: u64,
    /// When the attempt's time is up.
    pub deadline: Instant,
}

/// An HTTP proxy (RFC 9110 §9.3.6).
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Its URL; user and password in it become Proxy-Authorization.
    pub url: url::Url,
    /// Who named it.
    pub named: Named,
}

/// Which HTTP version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Version {
    /// By ALPN over TLS, 1.1 in cleartext.
    #[default]
    Auto,
    /// HTTP/1.1 only.
    H1,
    /// HTTP/2 only; in cleartext by prior knowledge.
    H2,
}

/// Kept connections or a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Connection {
    /// One that this visitor left open, if there is one.
    #[default]
    Keep,
    /// A cold one.
    New,
}

/// A whole response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status of the final response.
    pub status: u16,
    /// `HTTP/1.1`, `HTTP/2`.
    pub version: &'static str,
    /// Its headers.
    pub headers: ::http::HeaderMap,
    /// Its body, decoded.
    pub body: Bytes,
}

/// Sends `request` and reads the answer to its end.
pub async fn request(visitor: &mut Visitor, request: &Request) -> Exchange<Response> {
    let url = &request.url;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or_default();
    let mut track = Track::new(request.method.as_str(), host, port);
    let work = exchange(visitor, request, &mut track);
    let watched = watch::until(request.deadline, work).await;
    track.finish(watched)
}

async fn exchange(
    visitor: &mut Visitor,
    request: &Request,
    track: &mut Track,
) -> Result<Response, Trouble> {
    let key = Key::of(request, track);
    let kept = match request.connection {
        Connection::Keep => visitor.pool.take(&key).await,
        Connection::New => None,
    };
    if let Some(mut kept) = kept {
        kept.begin(track);
        match kept.link.send(request, track).await {
            Ok(head) => return answered(visitor, request, kept, head, track).await,
            Err(Lost::For(trouble)) => return Err(trouble),
            // Closed in the very moment: nobody has seen the request, so no attempt was made.
            Err(Lost::Unsent) => track.restart(),
        }
    }
    let mut kept = http::connect(visitor, request, track).await?;
    match kept.link.send(request, track).await {
        Ok(head) => answered(visitor, request, kept, head, track).await,
        Err(Lost::For(trouble)) => Err(trouble),
        Err(Lost::Unsent) => Err(track.fault(
            FailureKind::HttpClosed,
            "the server closed the connection before it was asked anything",
        )),
    }
}

async fn answered(
    visitor: &mut Visitor,
    request: &Request,
    mut kept: Kept,
    head: ::http::response::Parts,
    track: &mut Track,
) -> Result<Response, Trouble> {
    let version = match head.version {
        ::http::Version::HTTP_2 => ("HTTP/2", "h2"),
        ::http::Version::HTTP_10 => ("HTTP/1.0", "http/1.0"),
        _ => ("HTTP/1.1", "http/1.1"),
    };
    track.facts.protocol = Some(version.1.into());
    track.facts.status = Some(head.status.as_u16());
    let body = http::read_body(&mut kept.link, request, &head, track).await?;
    visitor.pool.put(kept).await;
    Ok(Response {
        status: head.status.as_u16(),
        version: version.0,
        headers: head.headers,
        body,
    })
}
