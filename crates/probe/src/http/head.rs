//! The head of a request as HTTP/1.1 and HTTP/2 want it.

use crate::{Request, exchange::Trouble, track::void};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri, Version,
    header::{
        CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHENTICATE, TE, TRANSFER_ENCODING, UPGRADE,
    },
};
use jaunt_record::VoidCause;
use url::{Position, Url};

/// The head for HTTP/1.1: origin form, Host first, Content-Length.
pub(super) fn h1(request: &Request) -> Result<http::Request<()>, Trouble> {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 2);
    headers.insert(HOST, value(&host(request))?);
    copy(&request.headers, &mut headers, |name| *name != HOST);
    if !headers.contains_key(TRANSFER_ENCODING) {
        add_length(request, &mut headers);
    }
    let target = &request.url[Position::BeforePath..Position::AfterQuery];
    head(request, uri(target)?, headers, Version::HTTP_11)
}

/// The head for HTTP/2: absolute form, the Host header as `:authority`, no header that speaks of the
/// connection (RFC 9113 §8.2.2).
pub(super) fn h2(request: &Request) -> Result<http::Request<()>, Trouble> {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 1);
    copy(&request.headers, &mut headers, |name| !of_connection(name));
    if headers.get(TE).is_some_and(|te| te != "trailers") {
        headers.remove(TE);
    }
    add_length(request, &mut headers);
    let target = format!(
        "{}://{}{}",
        request.url.scheme(),
        host(request),
        &request.url[Position::BeforePath..Position::AfterQuery]
    );
    head(request, uri(&target)?, headers, Version::HTTP_2)
}

/// What the Host header says: the caller's own, or the URL's host and port.
pub(super) fn host(request: &Request) -> String {
    let own = request
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    own.map_or_else(|| authority(&request.url), Into::into)
}

/// Host and, unless it is the scheme's own, port.
fn authority(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].into()
}

fn head(
    request: &Request,
    uri: Uri,
    headers: HeaderMap,
    version: Version,
) -> Result<http::Request<()>, Trouble> {
    let mut head = http::Request::new(());
    *head.method_mut() = request.method.clone();
    *head.uri_mut() = uri;
    *head.headers_mut() = headers;
    *head.version_mut() = version;
    Ok(head)
}

/// RFC 9110 §8.6: a body's length is told, and for methods that expect one its absence too.
fn add_length(request: &Request, headers: &mut HeaderMap) {
    let expects_one = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
    headers.remove(CONTENT_LENGTH);
    if !request.body.is_empty() || expects_one {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
    }
}

fn copy(from: &HeaderMap, to: &mut HeaderMap, wanted: impl Fn(&HeaderName) -> bool) {
    for (name, value) in from.iter().filter(|(name, _)| wanted(name)) {
        to.append(name.clone(), value.clone());
    }
}

fn of_connection(name: &HeaderName) -> bool {
    [
        HOST,
        CONNECTION,
        TRANSFER_ENCODING,
        UPGRADE,
        PROXY_AUTHENTICATE,
    ]
    .contains(name)
        || matches!(
            name.as_str(),
            "keep-alive" | "proxy-connection" | "http2-settings"
        )
}

fn value(text: &str) -> Result<HeaderValue, Trouble> {
    HeaderValue::from_str(text).map_err(|error| unwritable(&error))
}

fn uri(target: &str) -> Result<Uri, Trouble> {
    target
        .parse()
        .map_err(|error: http::uri::InvalidUri| unwritable(&error))
}

fn unwritable(error: &dyn std::fmt::Display) -> Trouble {
    void(
        VoidCause::Internal,
        format!("the request line cannot be written: {error}"),
    )
}
