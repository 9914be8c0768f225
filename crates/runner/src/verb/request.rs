//! `request`: one request on the wire, and one more for each redirect that the journey follows.

use super::{
    body,
    headers::{self, Given},
    location::{Place, shown},
};
use crate::{
    attempt::{End, Stage, Told, fault},
    auth::{Credentials, oauth2},
    seen::{Answer, Seen},
};
use bytes::Bytes;
use http::{Method, header};
use jaunt_journey::{Auth, HttpVersion, Origin, Request};
use jaunt_probe::{Connection, Named, Outcome, Proxy, Response, TlsSetup, Version};
use jaunt_record::{FailureKind, FailurePhase};
use std::time::Instant;

/// A request as it goes on from hop to hop.
struct Going {
    method: Method,
    place: Place,
    body: Option<(Bytes, String)>,
    given: Given,
    credentials: Option<Credentials>,
    first_host: Option<String>,
    /// Where the journey's own text sends it, where that names it.
    home: Option<Origin>,
    server_name: Option<String>,
    proxy: Option<Proxy>,
    tls: TlsSetup,
    deadline: Instant,
    /// Whether a redirect took the body away.
    bodiless: bool,
    hop: u32,
    /// Every URL so far, as it may be shown.
    chain: Vec<String>,
}

pub(super) async fn attempt(stage: &mut Stage<'_>, request: &Request) -> Result<End, End> {
    let mut going = begin(stage, request).await?;
    loop {
        going.stay_home(stage)?;
        let (facts, response) = hop(stage, request, &mut going).await?;
        if request.redirects == 0 || !is_redirect(response.status) {
            if response.status == 401 {
                going.forget_token(request);
            }
            return Ok(End::Seen(Box::new(Seen {
                answer: Answer::Http(response),
                facts,
                url: Some(going.place.url),
                redirects: going.hop,
                at: stage.wall(),
            })));
        }
        going.follow(&response, request.redirects)?;
    }
}

/// Fills in what the request is, before its time begins.
async fn begin(stage: &mut Stage<'_>, request: &Request) -> Result<Going, End> {
    let mut place = Place::of(&stage.known.fill(&request.url)?)?;
    let query = body::texts(&request.query, stage.known)?;
    if !query.is_empty() {
        place.url.query_pairs_mut().extend_pairs(query);
    }
    let body = match &request.body {
        Some(content) => Some(typed(body::build(content, stage.known, stage.plan)?)?),
        None => None,
    };
    let given = Given::fill(stage, request)?;
    let server_name = match &request.tls.server_name {
        Some(name) => Some(stage.known.text(name)?),
        None => None,
    };
    let proxy = match &request.proxy {
        Some(proxy) => {
            let place = Place::of(&stage.known.fill(proxy)?)?;
            let (url, named) = (place.url, place.named);
            Some(Proxy { url, named })
        }
        None => None,
    };
    let credentials = credentials(stage, request, &mut place).await?;
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| {
        let message = format!("`{}` is no method", request.method);
        End::Failed(fault(FailurePhase::Send, FailureKind::HttpOther, message))
    })?;
    Ok(Going {
        method,
        first_host: place.url.host_str().map(Into::into),
        home: (place.named == Named::Journey).then(|| place.origin()),
        place,
        body,
        given,
        credentials,
        server_name,
        proxy,
        tls: stage.tls()?,
        deadline: stage.deadline(),
        bodiless: false,
        hop: 0,
        chain: Vec::new(),
    })
}

/// A body whose Content-Type a header can hold.
fn typed(body: (Bytes, String)) -> Result<(Bytes, String), End> {
    if headers::value(&body.1).is_some() {
        return Ok(body);
    }
    let message = "`body.type` cannot hold what was captured for it";
    Err(fault(FailurePhase::Capture, FailureKind::CaptureType, message).into())
}

/// The step's `auth`, or what user and password in the URL ask for; they leave the URL either way.
async fn credentials(
    stage: &mut Stage<'_>,
    request: &Request,
    place: &mut Place,
) -> Result<Option<Credentials>, End> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let user = decode(place.url.username());
    let password = place.url.password().map(decode);
    let _ = place.url.set_username("");
    let _ = place.url.set_password(None);
    match &request.auth {
        // Asked before a token is fetched for nothing.
        Some(_) if !place.at_home(stage.known) => Err(away(place).into()),
        Some(auth) => Ok(Some(Credentials::fill(stage, auth).await?)),
        None if user.is_empty() && password.is_none() => Ok(None),
        None => {
            let password = password.unwrap_or_default();
            Ok(Some(Credentials::basic(stage, &user, &password)))
        }
    }
}

/// Sends the request of one hop and keeps the cookies that came back.
async fn hop(
    stage: &mut Stage<'_>,
    request: &Request,
    going: &mut Going,
) -> Result<(jaunt_record::Exchange, Response), End> {
    let same_host = going.place.url.host_str() == going.first_host.as_deref();
    let mut headers = going.given.for_hop(same_host, !going.bodiless);
    if let Some((_, content_type)) = &going.body
        && !headers.contains_key(header::CONTENT_TYPE)
        && let Some(value) = headers::value(content_type)
    {
        headers.insert(header::CONTENT_TYPE, value);
    }
    if !headers.contains_key(header::COOKIE)
        && let Some(cookies) = stage.jar.header(&going.place.url)
        && let Some(value) = headers::value(&cookies)
    {
        headers.insert(header::COOKIE, value);
    }
    let traced = headers::complete(&mut headers, stage, request, going.hop);
    let body = going
        .body
        .as_ref()
        .map(|(bytes, _)| bytes.clone())
        .unwrap_or_default();
    if let Some(credentials) = &going.credentials {
        let now = stage.wall();
        credentials.apply(&mut headers, &going.method, &going.place.url, &body, now);
    }
    let sent = jaunt_probe::Request {
        method: going.method.clone(),
        url: going.place.url.clone(),
        named: going.place.named,
        headers,
        body,
        version: match request.version {
            HttpVersion::Auto => Version::Auto,
            HttpVersion::V11 => Version::H1,
            HttpVersion::V2 => Version::H2,
        },
        tls: going.tls.clone(),
        server_name: going.server_name.clone().filter(|_| same_host),
        family: stage.family(),
        proxy: going.proxy.clone(),
        connection: match request.connection {
            jaunt_journey::Connection::New if going.hop == 0 => Connection::New,
            jaunt_journey::Connection::New | jaunt_journey::Connection::Keep => Connection::Keep,
        },
        max_body: request.max_body,
        deadline: going.deadline,
    };
    let url = shown(&going.place.url, stage.known);
    going.chain.push(url.clone());
    let exchange = jaunt_probe::request(stage.visitor, &sent).await;
    let status = match &exchange.outcome {
        Outcome::Answered(response) => Some(response.status),
        Outcome::Failed(_) | Outcome::Void(_) => exchange.facts.status,
    };
    let followed = |status| request.redirects > 0 && is_redirect(status);
    let told = Told {
        hop: going.hop,
        url,
        status_expected: status.is_some_and(|s| request.status.allows(s) || followed(s)),
        traced,
    };
    let (facts, outcome) = stage.book(exchange, told);
    match outcome {
        Outcome::Answered(response) => {
            stage.jar.keep(&response.headers, &going.place.url);
            Ok((facts, response))
        }
        Outcome::Failed(fault) => Err(End::Failed(fault)),
        Outcome::Void(void) => Err(End::Void(void)),
    }
}

/// Statuses that lead elsewhere (RFC 9110 §15.4).
fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

fn away(place: &Place) -> jaunt_probe::Fault {
    let message = format!(
        "credentials would have gone to {}, an origin that the file does not spell out",
        place.url.origin().ascii_serialization()
    );
    fault(FailurePhase::Expect, FailureKind::AuthOrigin, message)
}

impl Going {
    /// Credentials go only to origins that the file itself spells out.
    fn stay_home(&self, stage: &Stage<'_>) -> Result<(), End> {
        let carries = self.credentials.is_some() || self.given.secret;
        let first = self.home.as_ref() == Some(&self.place.origin());
        if carries && !first && !self.place.at_home(stage.known) {
            return Err(away(&self.place).into());
        }
        Ok(())
    }

    fn forget_token(&self, request: &Request) {
        if let (Some(Auth::Oauth2 { .. }), Some(Credentials::Header(text))) =
            (&request.auth, &self.credentials)
            && let Some(token) = text.strip_prefix("Bearer ")
        {
            oauth2::forget(token);
        }
    }

    /// Goes where `response` leads.
    fn follow(&mut self, response: &Response, most: u32) -> Result<(), End> {
        let chain = || self.chain.join(" → ");
        if self.hop >= most {
            let message = format!(
                "one redirect more than the {most} that are followed: {}",
                chain()
            );
            return Err(fault(FailurePhase::Receive, FailureKind::RedirectLimit, message).into());
        }
        let location = response.headers.get(header::LOCATION);
        let location = location.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let place = match location {
            Some(location) => self.place.follow(&location),
            None => Err(format!(
                "status {} came without a Location",
                response.status
            )),
        };
        self.place = place.map_err(|why| {
            let message = format!("{why}, after {}", chain());
            End::Failed(fault(
                FailurePhase::Receive,
                FailureKind::RedirectLocation,
                message,
            ))
        })?;
        let to_get = match response.status {
            303 => !matches!(self.method, Method::GET | Method::HEAD),
            // As browsers do (Fetch, HTTP-redirect fetch, step 12).
            301 | 302 => self.method == Method::POST,
            _ => false,
        };
        if to_get {
            self.method = Method::GET;
            self.body = None;
            self.bodiless = true;
        }
        self.hop += 1;
        Ok(())
    }
}
