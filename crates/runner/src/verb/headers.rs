//! What a request's headers are, hop by hop.
//!
//! A header that the journey gives is sent as it is, in its order; what is ours (User-Agent, Accept,
//! Accept-Encoding, Content-Type, Cookie, traceparent) is added only where the journey gives none.

use crate::attempt::{End, Stage, fault};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jaunt_journey::{Request, Traceparent};
use jaunt_record::{FailureKind, FailurePhase, span_id};

/// Who we are to servers: a synthetic user, told apart by anyone who looks.
const USER_AGENT: &str = concat!("jaunt/", env!("CARGO_PKG_VERSION"), " (+synthetic)");
/// What `probe` decodes.
const ACCEPT_ENCODING: &str = "gzip, br, zstd, deflate";

/// The headers that a journey gives, filled in.
pub(super) struct Given {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether a credential is among them.
    pub(super) secret: bool,
}

impl Given {
    pub(super) fn fill(stage: &Stage<'_>, request: &Request) -> Result<Self, End> {
        let mut given = Self {
            headers: Vec::with_capacity(request.headers.len()),
            secret: false,
        };
        for (name, template) in &request.headers {
            let filled = stage.known.fill(template)?;
            let pair = (HeaderName::from_bytes(name.as_bytes()), value(&filled.text));
            let (Ok(header), Some(value)) = pair else {
                let message = format!("header `{name}` cannot hold what was captured for it");
                return Err(fault(FailurePhase::Capture, FailureKind::CaptureType, message).into());
            };
            // A literal credential is one by its name.
            given.secret |= filled.secret
                || [
                    header::AUTHORIZATION,
                    header::COOKIE,
                    header::PROXY_AUTHORIZATION,
                ]
                .contains(&header);
            given.headers.push((header, value));
        }
        Ok(given)
    }

    /// Those of one hop: Host only to the host that it was given for, `content-…` only with a body.
    pub(super) fn for_hop(&self, same_host: bool, with_body: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let of_body = name.as_str().starts_with("content-");
            if (*name == header::HOST && !same_host) || (of_body && !with_body) {
                continue;
            }
            headers.append(name, value.clone());
        }
        headers
    }
}

/// Adds what the journey did not give. Whether `traceparent` is ours.
pub(super) fn complete(
    headers: &mut HeaderMap,
    stage: &Stage<'_>,
    request: &Request,
    hop: u32,
) -> bool {
    let mut absent = |name: HeaderName, text: &str| {
        if !headers.contains_key(&name)
            && let Some(value) = value(text)
        {
            headers.insert(name, value);
        }
    };
    absent(header::USER_AGENT, USER_AGENT);
    absent(header::ACCEPT, "*/*");
    absent(header::ACCEPT_ENCODING, ACCEPT_ENCODING);
    // The run id decided, since this leaves before the verdict is known.
    let flags = match request.traceparent {
        Traceparent::Off => return false,
        Traceparent::Sampled if stage.sampled => "01",
        Traceparent::Sampled | Traceparent::Unsampled => "00",
    };
    if headers.contains_key("traceparent") {
        return false;
    }
    let span = span_id(
        stage.run,
        &format!("{}/{}.{hop}", stage.step.id, stage.attempt),
    );
    let parent = format!("00-{}-{span}-{flags}", stage.run);
    if let Some(value) = value(&parent) {
        headers.insert("traceparent", value);
    }
    true
}

/// A header's value; `None` for what cannot be one.
pub(super) fn value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_bytes(text.as_bytes()).ok()
}
