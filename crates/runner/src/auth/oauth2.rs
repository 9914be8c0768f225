//! OAuth 2 client credentials (RFC 6749 §4.4).
//!
//! A token is fetched outside of what is measured, on a visitor of its own (so that it warms
//! neither name nor connection), under the same egress policy, and kept for its life less a margin
//! by all runs of the process: a prober that asks for a token with each run is a burden. The cache
//! is keyed by a hash of everything that makes a token what it is, the customer included.

use super::sigv4::sha256;
use crate::{
    attempt::{End, Stage, fault},
    known::Filled,
    verb::Place,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jaunt_journey::OauthStyle;
use jaunt_probe::{Connection, Outcome, Request, Response, Version};
use jaunt_record::{FailureKind, FailurePhase};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A token that says nothing of its life is taken to live so long.
const PRESUMED_LIFE: Duration = Duration::from_secs(300);
/// No token is used in the last stretch of its life: clocks differ, and a run takes a while.
const MARGIN: Duration = Duration::from_secs(30);
/// More tokens than this are not kept.
const MOST: usize = 4096;
const LARGEST_ANSWER: u64 = 256 * 1024;

static TOKENS: LazyLock<Mutex<HashMap<String, (Instant, String)>>> = LazyLock::new(Mutex::default);

/// What a token is asked with.
pub(crate) struct Asked {
    pub(crate) url: Filled,
    pub(crate) client: String,
    pub(crate) secret: String,
    pub(crate) scope: Option<String>,
    pub(crate) style: OauthStyle,
}

/// A token: a kept one, or a new one.
pub(crate) async fn token(stage: &mut Stage<'_>, asked: &Asked) -> Result<String, End> {
    let key = key(&stage.known.journey.customer, asked);
    if let Some(token) = kept(&key, Instant::now()) {
        return Ok(token);
    }
    let place = Place::of(&asked.url)?;
    if !place.at_home(stage.known) {
        let message = format!(
            "the token endpoint {} is at an origin that the file does not spell out",
            place.url.origin().ascii_serialization()
        );
        return Err(fault(FailurePhase::Expect, FailureKind::AuthOrigin, message).into());
    }
    let request = request(stage, asked, place)?;
    let asked_at = Instant::now();
    let mut visitor = stage.visitor.another();
    let exchange = jaunt_probe::request(&mut visitor, &request).await;
    let refused = |phase, why: String| {
        let message = format!("the token endpoint gave no token: {why}");
        End::Failed(fault(phase, FailureKind::AuthToken, message))
    };
    let response = match exchange.outcome {
        Outcome::Answered(response) => response,
        Outcome::Failed(failed) => return Err(refused(failed.phase, failed.message)),
        Outcome::Void(void) => return Err(End::Void(void)),
    };
    let (token, life) = read(&response).map_err(|why| refused(FailurePhase::Expect, why))?;
    if let Some(until) = life.checked_sub(MARGIN).map(|life| asked_at + life) {
        keep(key, until, &token);
    }
    Ok(token)
}

/// Forgets a token that a server refused, so that the next run asks for another.
pub(crate) fn forget(token: &str) {
    let mut tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    tokens.retain(|_, (_, kept)| kept != token);
}

fn key(customer: &str, asked: &Asked) -> String {
    let scope = asked.scope.as_deref().unwrap_or_default();
    let parts = [
        customer,
        &asked.url.text,
        &asked.client,
        scope,
        &asked.secret,
        asked.style.as_str(),
    ];
    sha256(parts.join("\0").as_bytes())
}

fn kept(key: &str, now: Instant) -> Option<String> {
    let tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    let (until, token) = tokens.get(key)?;
    (now < *until).then(|| token.clone())
}

fn keep(key: String, until: Instant, token: &str) {
    let mut tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    if tokens.len() >= MOST {
        let now = Instant::now();
        tokens.retain(|_, (until, _)| now < *until);
    }
    if tokens.len() < MOST {
        tokens.insert(key, (until, token.to_owned()));
    }
}

fn request(stage: &Stage<'_>, asked: &Asked, place: Place) -> Result<Request, End> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if let Some(scope) = &asked.scope {
        form.append_pair("scope", scope);
    }
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let agent = concat!("jaunt/", env!("CARGO_PKG_VERSION"), " (+synthetic)");
    headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    match asked.style {
        OauthStyle::Body => {
            form.append_pair("client_id", &asked.client);
            form.append_pair("client_secret", &asked.secret);
        }
        OauthStyle::Header => {
            // Both are form-encoded first (RFC 6749 §2.3.1).
            let pair = format!(
                "{}:{}",
                utf8_percent_encode(&asked.client, NON_ALPHANUMERIC),
                utf8_percent_encode(&asked.secret, NON_ALPHANUMERIC)
            );
            let text = format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()));
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(header::AUTHORIZATION, value);
            }
        }
    }
    Ok(Request {
        method: http::Method::POST,
        url: place.url,
        named: place.named,
        headers,
        body: Bytes::from(form.finish()),
        version: Version::Auto,
        tls: stage.tls()?,
        server_name: None,
        family: stage.family(),
        proxy: None,
        connection: Connection::New,
        max_body: LARGEST_ANSWER,
        deadline: stage.deadline(),
    })
}

/// The token of an answer, and how long it lives (RFC 6749 §5.1).
fn read(response: &Response) -> Result<(String, Duration), String> {
    let json: serde_json::Value =
        serde_json::from_slice(&response.body).unwrap_or(serde_json::Value::Null);
    if response.status != 200 {
        let code = json.get("error").and_then(|code| code.as_str());
        let code = code
            .map(|code| format!(", error `{code}`"))
            .unwrap_or_default();
        return Err(format!("it answered with status {}{code}", response.status));
    }
    let token = json
        .get("access_token")
        .and_then(|token| token.as_str())
        .filter(|token| !token.is_empty())
        .ok_or("its answer has no `access_token`")?;
    if token.len() < crate::secret::SHORTEST {
        return Err("its `access_token` is shorter than 6 bytes, too short to be redacted".into());
    }
    let life = json
        .get("expires_in")
        .and_then(|life| life.as_u64().or_else(|| life.as_str()?.parse().ok()));
    let life = life.map_or(PRESUMED_LIFE, |s| Duration::from_secs(s.min(86_400)));
    Ok((token.to_owned(), life))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<(String, Duration), String> {
        read(&Response {
            status,
            version: "HTTP/1.1",
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        })
    }

    #[test]
    fn an_answer_gives_a_token_and_its_life_or_says_why_not() {
        let (token, life) = answer(200, r#"{"access_token":"abcdef","expires_in":3600}"#).unwrap();
        assert_eq!((token.as_str(), life.as_secs()), ("abcdef", 3600));
        assert_eq!(
            answer(200, r#"{"access_token":"abcdef"}"#).unwrap().1,
            PRESUMED_LIFE
        );
        for (status, body, why) in [
            (
                401,
                r#"{"error":"invalid_client"}"#,
                "status 401, error `invalid_client`",
            ),
            (500, "<html>", "status 500"),
            (200, "{}", "no `access_token`"),
            (200, "nonsense", "no `access_token`"),
            (200, r#"{"access_token":"abc"}"#, "shorter than 6 bytes"),
        ] {
            let error = answer(status, body).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_kept_token_ends_with_its_life_or_when_it_is_refused() {
        let now = Instant::now();
        keep(
            "a-key".into(),
            now + Duration::from_secs(1),
            "token-of-a-test",
        );
        assert!(kept("a-key", now).is_some());
        assert_eq!(kept("a-key", now + Duration::from_secs(2)), None);
        forget("token-of-a-test");
        assert_eq!(kept("a-key", now), None);
    }
}
