//! How a request is authenticated. Credentials stay at home: see [`crate::verb`].

pub(crate) mod oauth2;
pub(crate) mod sigv4;

use crate::{
    attempt::{End, Stage, fault},
    known::Known,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jaunt_journey::Auth;
use jaunt_record::{FailureKind, FailurePhase};
use url::Url;

/// Authentication, filled in.
pub(crate) enum Credentials {
    /// An Authorization header.
    Header(String),
    /// A signature of each hop.
    Sigv4 {
        region: String,
        service: String,
        key: String,
        secret: String,
        session: Option<String>,
    },
}

impl Credentials {
    /// Fills in `auth`; fetches a token where it takes one, outside of what is measured.
    pub(crate) async fn fill(stage: &mut Stage<'_>, auth: &Auth) -> Result<Self, End> {
        let text = |known: &Known, template| known.text(template);
        Ok(match auth {
            Auth::Basic { user, password } => {
                let user = text(stage.known, user)?;
                Self::basic(stage, &user, &text(stage.known, password)?)
            }
            Auth::Bearer(token) => {
                Self::Header(sendable(format!("Bearer {}", text(stage.known, token)?))?)
            }
            Auth::Oauth2 {
                url,
                client,
                secret,
                scope,
                style,
            } => {
                let asked = oauth2::Asked {
                    url: stage.known.fill(url)?,
                    client: text(stage.known, client)?,
                    secret: text(stage.known, secret)?,
                    scope: match scope {
                        Some(scope) => Some(text(stage.known, scope)?),
                        None => None,
                    },
                    style: *style,
                };
                let token = oauth2::token(stage, &asked).await?;
                stage.known.hide(&token);
                Self::Header(format!("Bearer {token}"))
            }
            Auth::Sigv4 {
                region,
                service,
                key,
                secret,
                session,
            } => Self::Sigv4 {
                region: sendable(text(stage.known, region)?)?,
                service: sendable(text(stage.known, service)?)?,
                key: sendable(text(stage.known, key)?)?,
                secret: text(stage.known, secret)?,
                session: match session {
                    Some(session) => Some(sendable(text(stage.known, session)?)?),
                    None => None,
                },
            },
        })
    }

    /// RFC 7617; the pair of user and password is as secret as its password.
    pub(crate) fn basic(stage: &mut Stage<'_>, user: &str, password: &str) -> Self {
        stage.known.hide(password);
        let pair = data_encoding::BASE64.encode(format!("{user}:{password}").as_bytes());
        stage.known.hide(&pair);
        Self::Header(format!("Basic {pair}"))
    }

    /// Puts what authenticates one hop into its headers.
    pub(crate) fn apply(
        &self,
        headers: &mut HeaderMap,
        method: &http::Method,
        url: &Url,
        body: &Bytes,
        now: jiff::Timestamp,
    ) {
        let mut put = |name: &'static str, text: &str| {
            if let Ok(mut value) = HeaderValue::from_bytes(text.as_bytes()) {
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        };
        match self {
            Self::Header(text) => put("authorization", text),
            Self::Sigv4 {
                region,
                service,
                key,
                secret,
                session,
            } => {
                let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
                let hash = sigv4::sha256(body);
                put("x-amz-date", &time);
                put("x-amz-content-sha256", &hash);
                if let Some(session) = session {
                    put("x-amz-security-token", session);
                }
                let signed = sigv4::Signed {
                    method: method.as_str(),
                    url,
                    headers: signed_headers(headers, url),
                    body: hash,
                    time: &time,
                };
                let signer = sigv4::Signer {
                    region,
                    service,
                    key,
                    secret,
                };
                let text = sigv4::authorization(&signer, &signed);
                if let Ok(mut value) = HeaderValue::from_bytes(text.as_bytes()) {
                    value.set_sensitive(true);
                    headers.insert(header::AUTHORIZATION, value);
                }
            }
        }
    }
}

/// `text`, if a header can hold it: a request without the credentials it was to carry would be
/// another one, and the server's refusal would be taken for its fault.
fn sendable(text: String) -> Result<String, End> {
    match HeaderValue::from_bytes(text.as_bytes()) {
        Ok(_) => Ok(text),
        Err(_) => Err(fault(
            FailurePhase::Capture,
            FailureKind::CaptureType,
            "no header can hold the credentials that `auth` stands for here: they have a line break or another control character",
        )
        .into()),
    }
}

/// Host, Content-Type and all `x-amz-…`: what proxies on the way leave alone.
fn signed_headers(headers: &HeaderMap, url: &Url) -> Vec<(String, String)> {
    let mut signed: Vec<(String, String)> = headers
        .iter()
        .filter(|(name, _)| {
            let name = name.as_str();
            name == "host" || name == "content-type" || name.starts_with("x-amz-")
        })
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    if !headers.contains_key(header::HOST) {
        let host = url.host_str().unwrap_or_default();
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        signed.push(("host".into(), host));
    }
    signed
}
