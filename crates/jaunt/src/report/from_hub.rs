//! Events from a hub's `/api/v1/events`, taken in as they come: the figures are made here, from the
//! same lines and by the same arithmetic as from a file.

use super::{
    events::{Events, lines},
    http,
};
use jaunt_slo::{Intake, Subject};
use std::io::{self, BufReader, Read};
use tokio::runtime::Runtime;
use url::Url;

/// The variable that holds the token of a reader or an operator.
const TOKEN: &str = "JAUNT_HUB_TOKEN";
/// Slow phases are held against medians of the week before the window.
const BEFORE_NS: i64 = 8 * 86_400 * 1_000_000_000;

/// What keeps a hub's events from being read.
#[derive(Debug, thiserror::Error)]
pub(super) enum HubError {
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error("cannot ask the hub at `{url}`")]
    Ask { url: String, source: reqwest::Error },
    #[error("the hub at `{0}` wants a token that holds; put one into `{TOKEN}`")]
    Token(String),
    #[error("the hub at `{url}` answered {status}")]
    Answer { url: String, status: u16 },
    #[error("the hub's answer broke off")]
    Broken(#[source] io::Error),
}

/// Takes in what the hub has of the windows that end at `at_ns`.
pub(super) fn read(
    hub: &Url,
    customer: Option<&str>,
    at_ns: i64,
    subjects: &[Subject],
    intake: Intake,
) -> Result<Events, HubError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(HubError::Runtime)?;
    let url = question(hub, customer, at_ns, subjects);
    let response = runtime.block_on(ask(hub, url))?;
    let body = Body {
        runtime,
        response,
        piece: bytes::Bytes::new(),
    };
    lines(BufReader::with_capacity(1 << 16, body), subjects, intake).map_err(HubError::Broken)
}

fn question(hub: &Url, customer: Option<&str>, at_ns: i64, subjects: &[Subject]) -> Url {
    let slos = subjects.iter().flat_map(|subject| &subject.slos);
    let from_ns = slos
        .map(|slo| slo.window.at(at_ns).0)
        .min()
        .unwrap_or(at_ns);
    let from_ns = from_ns.saturating_sub(BEFORE_NS).max(0);
    let mut url = hub.clone();
    let path = format!("{}/api/v1/events", hub.path().trim_end_matches('/'));
    url.set_path(&path);
    url.set_query(None);
    let mut query = url.query_pairs_mut();
    query.append_pair("from", &from_ns.to_string());
    query.append_pair("to", &at_ns.to_string());
    if let Some(customer) = customer {
        query.append_pair("customer", customer);
    }
    drop(query);
    url
}

async fn ask(hub: &Url, url: Url) -> Result<reqwest::Response, HubError> {
    let failed = |source: reqwest::Error| HubError::Ask {
        url: hub.to_string(),
        source: source.without_url(),
    };
    let mut request = http::client().map_err(failed)?.get(url);
    if let Ok(token) = std::env::var(TOKEN) {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.map_err(failed)?;
    match response.status().as_u16() {
        200 => Ok(response),
        401 | 403 => Err(HubError::Token(hub.to_string())),
        status => Err(HubError::Answer {
            url: hub.to_string(),
            status,
        }),
    }
}

/// A body that is waited for as it is read.
struct Body {
    runtime: Runtime,
    response: reqwest::Response,
    piece: bytes::Bytes,
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let next = self.runtime.block_on(self.response.chunk());
            match next.map_err(io::Error::other)? {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(into.len());
        let piece = self.piece.split_to(count);
        into.iter_mut().zip(piece).for_each(|(to, from)| *to = from);
        Ok(count)
    }
}
