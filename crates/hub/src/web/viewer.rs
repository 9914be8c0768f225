//! Who looks: a bearer token, or the cookie that a reader's link left.

use super::{Site, page};
use crate::{
    access::{Shown, bearer},
    serve::Peer,
    view::View,
};
use axum::{
    Json, Router,
    extract::{FromRequestParts, Query, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use jaunt_pages::Message;
use serde_json::json;
use std::collections::HashMap;

const COOKIE: &str = "jaunt_token";

/// The view of whoever asks; a handler that takes one is closed to all others.
#[derive(Clone, Debug)]
pub struct Viewer(pub View);

/// Nobody who may read is known by what was shown.
#[derive(Clone, Copy, Debug)]
pub struct Closed(StatusCode, &'static str);

impl IntoResponse for Closed {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": { "message": self.1 } }));
        let mut response = (self.0, body).into_response();
        if self.0 == StatusCode::UNAUTHORIZED {
            let scheme = header::HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

impl FromRequestParts<Site> for Viewer {
    type Rejection = Closed;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Closed> {
        view_of(parts, site).map(Self)
    }
}

/// The view of whoever sent this.
pub(super) fn view_of(parts: &Parts, site: &Site) -> Result<View, Closed> {
    let names = parts.extensions.get::<Peer>().cloned().unwrap_or_default();
    let secret = bearer(&parts.headers).or_else(|| cookie(&parts.headers));
    admit(site, secret, &names.0)
}

impl Closed {
    /// The same as a page.
    pub(super) fn page(self, site: &Site) -> Response {
        let says = if self.0 == StatusCode::UNAUTHORIZED {
            Message {
                title: "These pages are for those who were invited",
                text: "Open the link that you were sent: it begins with this host and ends in a token. It may have expired; whoever sent it can send another.",
            }
        } else {
            Message {
                title: "This token does not read",
                text: "It is one that agents write with. Ask for a reader's link.",
            }
        };
        page::word(site, self.0, says)
    }
}

fn admit(site: &Site, secret: Option<&str>, names: &[String]) -> Result<View, Closed> {
    let now_s = site.desk.clock.now().wall_ns.div_euclid(1_000_000_000);
    let grant = site.access.check(Shown { secret, names }, now_s);
    let unknown =
        "a token that holds is needed: `Authorization: Bearer …`, or the link that you were sent";
    let grant = grant.map_err(|_| Closed(StatusCode::UNAUTHORIZED, unknown))?;
    if !grant.reads() {
        return Err(Closed(
            StatusCode::FORBIDDEN,
            "this token may write, and not read",
        ));
    }
    let guard = site.access.guard(&grant);
    Ok(site.desk.view(grant).guarded(guard))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter();
    let mut pairs = all
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|text| text.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// `/in?t=…`: a reader's link.
pub(super) fn routes() -> Router<Site> {
    Router::new().route("/in", get(enter))
}

/// Leaves the token in a cookie and goes on, so that it stays in no address bar and no history.
async fn enter(State(site): State<Site>, Query(query): Query<HashMap<String, String>>) -> Response {
    let secret = query.get("t").map(String::as_str);
    if let Err(closed) = admit(&site, secret, &[]) {
        return closed.page(&site);
    }
    let secure = if site.url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    // Only what was recognised gets here: letters, digits, `_` and `-`.
    let set = format!(
        "{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax{secure}",
        secret.unwrap_or_default()
    );
    let headers = [
        (header::SET_COOKIE, set),
        (header::LOCATION, "/".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
