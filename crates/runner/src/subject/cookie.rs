//! Cookies that a response sets, and their attributes.

use super::Found;
use crate::value::Node;
use cookie_store::RawCookie;
use http::HeaderMap;
use jaunt_journey::CookieAttribute;
use serde_json::Value as Json;

/// The cookies of this name that `headers` set, or an attribute of each.
pub(super) fn find(headers: &HeaderMap, name: &str, attribute: Option<CookieAttribute>) -> Found {
    let cookies = headers
        .get_all(http::header::SET_COOKIE)
        .iter()
        .filter_map(|value| RawCookie::parse(value.to_str().ok()?).ok())
        .filter(|cookie| cookie.name() == name);
    Found::Nodes(match attribute {
        None => cookies.map(|cookie| Node::text(cookie.value())).collect(),
        Some(attribute) => cookies
            .filter_map(|cookie| read(&cookie, attribute))
            .collect(),
    })
}

fn read(cookie: &RawCookie<'_>, attribute: CookieAttribute) -> Option<Node> {
    let present = |flag: Option<bool>| flag?.then_some(Node::Json(Json::Bool(true)));
    match attribute {
        CookieAttribute::Domain => cookie.domain().map(Node::text),
        CookieAttribute::Path => cookie.path().map(Node::text),
        CookieAttribute::Expires => {
            let at = cookie.expires_datetime()?.unix_timestamp();
            jiff::Timestamp::from_second(at).ok().map(Node::Instant)
        }
        CookieAttribute::MaxAge => {
            let age = cookie.max_age()?;
            Some(Node::Duration(age.whole_nanoseconds()))
        }
        CookieAttribute::Secure => present(cookie.secure()),
        CookieAttribute::HttpOnly => present(cookie.http_only()),
        CookieAttribute::SameSite => cookie.same_site().map(|site| Node::text(site.to_string())),
    }
}
