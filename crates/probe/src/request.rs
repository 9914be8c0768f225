//! `request`: one HTTP request on the wire, and its answer read to the end.

use crate::{Exchange, Family, Named, TlsSetup, Visitor};
use bytes::Bytes;
use std::time::Instant;

/// One HTTP request: exactly one goes on the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: http::Method,
    /// The URL, `http` or `https`.
    pub url: url::Url,
    /// Who named its host.
    pub named: Named,
    /// Every header in order, Host excepted unless the caller sets its own; Content-Length is added.
    pub headers: http::HeaderMap,
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
    pub headers: http::HeaderMap,
    /// Its body, decoded.
    pub body: Bytes,
}

/// Sends `request` and reads the answer to its end.
pub async fn request(_visitor: &mut Visitor, _request: &Request) -> Exchange<Response> {
    crate::exchange::unbuilt()
}
