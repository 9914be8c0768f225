//! What a hub has, taken in as it comes: the figures are made here, from the same lines, by the same
//! arithmetic and by what both sides agreed in writing, so that they are those of its pages.

use super::{
    agreed::{Agreed, Agreements},
    events::{Events, lines},
    http,
    journeys::Judged,
};
use jaunt_agreement::{code::NO_SUCH_SLO, compare, parse};
use jaunt_hub::written::{Book, retold};
use jaunt_slo::{Intake, Subject};
use jaunt_text::Severity;
use serde::Deserialize;
use serde_json::Value;
use std::io::{self, BufReader, Read};
use tokio::runtime::Runtime;
use url::Url;

/// The variable that holds the token of a reader or an operator.
const TOKEN: &str = "JAUNT_HUB_TOKEN";
/// Slow phases are held against medians of the week before the window.
const BEFORE_NS: i64 = 8 * 86_400 * 1_000_000_000;

/// What keeps a hub's answers from being read.
#[derive(Debug, thiserror::Error)]
pub(super) enum HubError {
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error("cannot ask the hub at `{url}`")]
    Ask { url: String, source: reqwest::Error },
    #[error("the hub at `{0}` wants a token that holds; put one into `{TOKEN}`")]
    Token(String),
    #[error(
        "the hub at `{0}` reads counters and knows no single runs; ask the store that it reads: `--from prometheus:URL`"
    )]
    OnlyCounts(String),
    #[error("the hub at `{url}` answered {status}")]
    Answer { url: String, status: u16 },
    #[error("the hub's answer broke off")]
    Broken(#[source] io::Error),
    #[error("the hub at `{url}` says of its {what} what this jaunt cannot read; is it newer?")]
    Foreign { url: String, what: &'static str },
}

/// A hub that is asked.
pub(super) struct Hub<'u> {
    url: &'u Url,
    runtime: Runtime,
    client: reqwest::Client,
}

/// What a hub holds beside runs.
#[derive(Default)]
pub(super) struct Held {
    /// What both sides wrote.
    pub(super) book: Book,
    agreements: Vec<Text>,
    url: String,
}

/// An agreement's file.
#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct Texts {
    agreements: Vec<Text>,
}

#[derive(Deserialize)]
struct Entries {
    entries: Vec<Value>,
}

impl<'u> Hub<'u> {
    /// The hub at `url`.
    pub(super) fn new(url: &'u Url) -> Result<Self, HubError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(HubError::Runtime)?;
        let client = http::client().map_err(|source| HubError::Ask {
            url: url.to_string(),
            source,
        })?;
        Ok(Self {
            url,
            runtime,
            client,
        })
    }

    /// What both sides wrote and agreed, as far as the token may read it.
    pub(super) fn held(&self, customer: Option<&str>) -> Result<Held, HubError> {
        let asked: Vec<_> = customer
            .map(|of| ("customer", of.to_owned()))
            .into_iter()
            .collect();
        let entries: Entries = self.json("entries", &asked)?;
        let foreign = || self.foreign("entries");
        let mut book = Book::default();
        for entry in entries.entries {
            let lines = retold(entry).ok_or_else(foreign)?;
            lines.into_iter().for_each(|line| book.add(line));
        }
        let texts: Texts = self.json("agreements", &asked)?;
        Ok(Held {
            book,
            agreements: texts.agreements,
            url: self.url.to_string(),
        })
    }

    /// Takes in what it has of the windows that end at `at_ns`.
    pub(super) fn events(
        self,
        customer: Option<&str>,
        at_ns: i64,
        subjects: &[Subject],
        intake: Intake,
    ) -> Result<Events, HubError> {
        let slos = subjects.iter().flat_map(|subject| &subject.slos);
        let starts = slos.map(|slo| slo.window.at(at_ns).0);
        let from_ns = starts.min().unwrap_or(at_ns).saturating_sub(BEFORE_NS);
        let mut asked = vec![
            ("from", from_ns.max(0).to_string()),
            ("to", at_ns.to_string()),
        ];
        asked.extend(customer.map(|of| ("customer", of.to_owned())));
        let response = self.runtime.block_on(self.ask("events", &asked))?;
        let body = Body {
            runtime: self.runtime,
            response,
            piece: bytes::Bytes::new(),
        };
        let read = BufReader::with_capacity(1 << 16, body);
        lines(read, subjects, intake).map_err(HubError::Broken)
    }

    fn json<T: serde::de::DeserializeOwned>(
        &self,
        what: &'static str,
        asked: &[(&str, String)],
    ) -> Result<T, HubError> {
        let answer = async {
            let response = self.ask(what, asked).await?;
            response.bytes().await.map_err(|source| self.failed(source))
        };
        let answer = self.runtime.block_on(answer)?;
        serde_json::from_slice(&answer).map_err(|_| self.foreign(what))
    }

    async fn ask(
        &self,
        what: &str,
        asked: &[(&str, String)],
    ) -> Result<reqwest::Response, HubError> {
        let mut url = self.url.clone();
        let path = format!("{}/api/v1/{what}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url.set_query(None);
        if !asked.is_empty() {
            url.query_pairs_mut().extend_pairs(asked);
        }
        let mut request = self.client.get(url);
        if let Ok(token) = std::env::var(TOKEN) {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|source| self.failed(source))?;
        match response.status().as_u16() {
            200 => Ok(response),
            401 | 403 => Err(HubError::Token(self.url.to_string())),
            501 => Err(HubError::OnlyCounts(self.url.to_string())),
            status => Err(HubError::Answer {
                url: self.url.to_string(),
                status,
            }),
        }
    }

    fn failed(&self, source: reqwest::Error) -> HubError {
        HubError::Ask {
            url: self.url.to_string(),
            source: source.without_url(),
        }
    }

    fn foreign(&self, what: &'static str) -> HubError {
        HubError::Foreign {
            url: self.url.to_string(),
            what,
        }
    }
}

impl Held {
    /// Its agreements as they stand at an instant (Unix ns), held against those journeys that are
    /// here: the others are no business of this report.
    pub(super) fn agreements(&self, judged: &[Judged], at_ns: i64) -> Result<Agreements, HubError> {
        let journeys: Vec<_> = judged.iter().map(|judged| &judged.journey).collect();
        let agreed = self.agreements.iter().map(|Text { text }| {
            let agreement = parse(text).agreement.ok_or_else(|| HubError::Foreign {
                url: self.url.clone(),
                what: "agreements",
            })?;
            let found = compare(&agreement, text, &journeys);
            let differs = found
                .into_iter()
                .filter(|it| it.severity == Severity::Error && it.code != NO_SUCH_SLO)
                .map(|it| it.message);
            Ok(Agreed::new(agreement, differs.collect(), at_ns))
        });
        agreed.collect()
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
