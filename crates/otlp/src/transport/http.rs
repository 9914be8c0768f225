//! OTLP over HTTP with protobuf bodies.

use super::{MAX_ANSWER, Refusal, Taken, TlsError, USER_AGENT, Why, chain, date, taken, tls};
use crate::{Compression, Target, TlsFiles, batch::Batch};
use flate2::{Compression as Level, write::GzEncoder};
use prost::Message;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode, header};
use std::{io::Write, time::Duration};

/// What a client is made of that talks to the operator's own hosts: it trusts and presents what
/// `files` say. No redirects, since headers would go along to whoever is named; no second tries,
/// since they are the caller's to count; no proxy.
///
/// # Errors
/// A file that cannot be read, or of which no use can be made.
pub fn operators_client(files: &TlsFiles) -> Result<ClientBuilder, TlsError> {
    Ok(Client::builder()
        .tls_backend_preconfigured(tls::client(files)?)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy())
}

pub(crate) struct Http {
    client: Client,
    /// The `Date` of the last answer, Unix seconds.
    pub(super) date: Option<i64>,
}

impl Http {
    pub(super) fn new(target: &Target) -> Result<Self, TlsError> {
        let client = operators_client(&target.tls)?.user_agent(USER_AGENT);
        let client = client.build().map_err(TlsError::Build)?;
        Ok(Self { client, date: None })
    }

    pub(super) async fn send(&mut self, target: &Target, batch: &Batch) -> Result<Taken, Refusal> {
        let transport = |error: reqwest::Error| Refusal {
            why: Why::Later(None),
            code: "transport".to_owned(),
            words: chain(&error.without_url()),
        };
        let answer = self
            .request(target, batch)
            .send()
            .await
            .map_err(transport)?;
        let date = answer.headers().get(header::DATE);
        self.date = date.and_then(|date| date::read(date.to_str().ok()?));
        let (status, later) = (answer.status(), retry_after(&answer));
        let body = read(answer).await.map_err(transport)?;
        if status.is_success() {
            return Ok(taken(batch.signal, &body));
        }
        let said = said(&body);
        Err(Refusal {
            why: why(status, later, &said),
            code: status.as_u16().to_string(),
            words: format!("answered {status}: {said}")
                .trim_end_matches(": ")
                .to_owned(),
        })
    }

    fn request(&self, target: &Target, batch: &Batch) -> RequestBuilder {
        let mut request = self
            .client
            .post(target.url.clone())
            .header(header::CONTENT_TYPE, "application/x-protobuf");
        for (name, value) in target.headers.expose() {
            request = request.header(name, value);
        }
        match target.compression {
            Compression::None => request.body(batch.body.clone()),
            Compression::Gzip => request
                .header(header::CONTENT_ENCODING, "gzip")
                .body(gzip(&batch.body)),
        }
    }
}

/// The answer's body, bounded.
async fn read(mut answer: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        let room = MAX_ANSWER.saturating_sub(body.len());
        body.extend(chunk.iter().take(room));
        if room <= chunk.len() {
            break;
        }
    }
    Ok(body)
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    // A Vec takes every byte, so this does not fail.
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .unwrap_or_default()
}

/// `google.rpc.Status`, which OTLP asks for in the body of a refusal.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// What a refusal says: the message of a status, or the text.
fn said(body: &[u8]) -> String {
    match RpcStatus::decode(body) {
        Ok(status) if !status.message.is_empty() => status.message,
        _ => String::from_utf8_lossy(body).into_owned(),
    }
}

fn why(status: StatusCode, later: Option<Duration>, said: &str) -> Why {
    match status.as_u16() {
        408 | 429 | 502..=504 => Why::Later(later),
        // Prometheus answers so to samples that it deems too old or out of order.
        500 if names_old_samples(said) => Why::Data,
        // Neither to be retried soon nor the data's fault for sure: nothing is thrown away for it.
        500..=599 => Why::Endpoint,
        300..=399 | 401 | 403..=405 | 407 | 415 => Why::Endpoint,
        _ => Why::Data,
    }
}

fn names_old_samples(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    [
        "out of order",
        "out of bounds",
        "too old",
        "too far in the past",
        "duplicate sample",
    ]
    .iter()
    .any(|words| said.contains(words))
}

/// Retry-After in seconds, or as a date held against the answer's own `Date`; 0 is no advice.
fn retry_after(answer: &Response) -> Option<Duration> {
    let header = |name| answer.headers().get(name)?.to_str().ok();
    advice(header(header::RETRY_AFTER)?, header(header::DATE))
}

fn advice(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    let seconds = match retry_after.trim().parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let (until, now) = (date::read(retry_after)?, date::read(date?)?);
            u64::try_from(until.saturating_sub(now)).ok()?
        }
    };
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_0_is_no_advice() {
        let date = Some("Wed, 25 Nov 2026 10:00:00 GMT");
        for (text, expected) in [
            ("7", Some(7)),
            ("0", None),
            ("Wed, 25 Nov 2026 10:00:30 GMT", Some(30)),
            ("Wed, 25 Nov 2026 09:00:00 GMT", None),
            ("soon", None),
        ] {
            assert_eq!(
                advice(text, date),
                expected.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn a_refusal_blames_the_endpoint_or_the_data_or_says_later() {
        for (status, said, expected) in [
            (503, "", Why::Later(None)),
            (429, "", Why::Later(None)),
            (401, "", Why::Endpoint),
            (404, "", Why::Endpoint),
            (308, "", Why::Endpoint),
            (400, "request body too large", Why::Data),
            (413, "", Why::Data),
            (500, "out of order sample", Why::Data),
            (500, "database is down", Why::Endpoint),
        ] {
            let code = StatusCode::from_u16(status).unwrap();
            assert_eq!(why(code, None, said), expected, "{status} {said}");
        }
    }
}
