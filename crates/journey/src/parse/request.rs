//! `request`: an HTTP request.

use super::{
    address::{Address, Kind},
    given::Given,
    scope::{Scope, Use},
};
use crate::{
    BodyContent, Connection, Expectation, HttpVersion, Request, StatusRule, Subject, Template,
    Traceparent, code,
};
use jaunt_text::{Diagnostics, Item, inside};

/// The largest decoded body by default, bytes.
const MAX_BODY: u64 = 8 << 20;
/// Methods that are known; others may be written, in capitals.
const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY",
];

impl Scope<'_> {
    /// A `request` step's verb.
    pub(super) fn request(
        self,
        given: &Given<'_, '_>,
        addresses: &mut Vec<Address>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Request> {
        let line = given.step.item("request")?;
        let method_url = self.request_line(&line, addresses, found);
        let status = status(given, found);
        let headers = self.headers(given, found);
        let query = self.query(given, found);
        let body = given.item("body").map(|item| self.body(&item, found));
        let auth = given
            .item("auth")
            .map(|item| self.auth(&item, addresses, found));
        let tls = self.tls(given, found);
        let version = version(given, found);
        let redirects = given
            .item("redirects")
            .and_then(|item| item.whole(0..=20, found))
            .and_then(|count| u32::try_from(count).ok());
        let proxy = given
            .item("proxy")
            .map(|item| self.address(&item, Kind::Proxy, addresses, found));
        let connection = given
            .item("connection")
            .and_then(|item| item.one_of(Connection::NAMES, Connection::from_name, found));
        let max_body = given
            .item("max_body")
            .and_then(|item| max_body(&item, found));
        let traceparent = given
            .item("traceparent")
            .and_then(|item| item.one_of(Traceparent::NAMES, Traceparent::from_name, found));
        let (method, url) = method_url?;
        Some(Request {
            method,
            url,
            status: status?,
            headers,
            query,
            body: body.unwrap_or(None),
            auth: auth.unwrap_or(None),
            tls,
            version,
            redirects: redirects.unwrap_or(0),
            proxy: proxy.unwrap_or(None),
            connection: connection.unwrap_or(Connection::Keep),
            max_body: max_body.unwrap_or(MAX_BODY),
            traceparent: traceparent.unwrap_or(Traceparent::Sampled),
        })
    }

    /// `METHOD URL`.
    fn request_line(
        self,
        item: &Item<'_>,
        addresses: &mut Vec<Address>,
        found: &mut Diagnostics<'_>,
    ) -> Option<(String, Template)> {
        let text = item.text(found)?;
        let Some((method, url)) = text.split_once(' ') else {
            found
                .error(
                    code::BAD_REQUEST_LINE,
                    item.span(),
                    format!("`{text}` is not a method and a URL"),
                )
                .help("write `request = \"GET https://shop.example.net/\"`");
            return None;
        };
        let start = text.len() - url.len();
        if !method_is_good(item, method, found) {
            return None;
        }
        let url = self.template_part(item, start..text.len(), Use::Seen, found)?;
        addresses.push(Address {
            kind: Kind::Url,
            template: url.clone(),
            span: inside(found.text(), &item.span(), &(start..text.len())),
        });
        Some((method.to_owned(), url))
    }

    /// A text that must be an address.
    pub(super) fn address(
        self,
        item: &Item<'_>,
        kind: Kind,
        addresses: &mut Vec<Address>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Template> {
        let template = self.template(item, Use::Seen, found)?;
        addresses.push(Address {
            kind,
            template: template.clone(),
            span: item.span(),
        });
        Some(template)
    }
}

fn method_is_good(item: &Item<'_>, method: &str, found: &mut Diagnostics<'_>) -> bool {
    let capitals = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    let upper = method.to_ascii_uppercase();
    let known = METHODS.contains(&upper.as_str());
    if capitals && (known || method != "CONNECT" && method.len() <= 32) {
        return true;
    }
    let place = inside(found.text(), &item.span(), &(0..method.len()));
    let help = if known {
        format!("methods are written in capitals: `{upper}`")
    } else {
        "write `request = \"GET https://shop.example.net/\"`".to_owned()
    };
    found
        .error(
            code::BAD_REQUEST_LINE,
            place,
            format!("`{method}` is no method"),
        )
        .help(help);
    false
}

fn version(given: &Given<'_, '_>, found: &mut Diagnostics<'_>) -> HttpVersion {
    let Some(item) = given.item("version") else {
        return HttpVersion::Auto;
    };
    if item.as_text() == Some("3") {
        found
            .error(code::NOT_YET, item.span(), "HTTP/3 is not built yet")
            .help("`auto`, `1.1` and `2` are");
        return HttpVersion::Auto;
    }
    item.one_of(HttpVersion::NAMES, HttpVersion::from_name, found)
        .unwrap_or(HttpVersion::Auto)
}

fn max_body(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<u64> {
    let bytes = item.size(found)?;
    if bytes > 1 << 30 {
        found
            .error(
                jaunt_text::code::OUT_OF_RANGE,
                item.span(),
                "`max_body` is at most `1GiB`",
            )
            .help("the whole body is held in memory");
        return None;
    }
    Some(bytes)
}

/// `status`, which is required.
fn status(given: &Given<'_, '_>, found: &mut Diagnostics<'_>) -> Option<StatusRule> {
    const FORMS: &str = "write `200`, `[200, 204]`, `\"2xx\"` or `\"any\"`";
    let Some(item) = given.step.item("status") else {
        let help = "`status = 200` says what is expected; `status = \"any\"` that nothing is";
        given.step.required_or("status", Some(help), found);
        return None;
    };
    let codes = match item.value() {
        toml::de::DeValue::String(text) => {
            if text == "any" {
                return Some(StatusRule::Any);
            }
            if let [class @ b'1'..=b'5', b'x', b'x'] = text.as_bytes() {
                return Some(StatusRule::Class(class - b'0'));
            }
            let help = match text.parse::<u16>() {
                Ok(code @ 100..=599) => format!("write the number without quotes: `{code}`"),
                _ => FORMS.to_owned(),
            };
            found
                .error(
                    code::BAD_STATUS,
                    item.span(),
                    format!("`{text}` is no status"),
                )
                .help(help);
            return None;
        }
        toml::de::DeValue::Array(_) => item.list("a list of statuses", found)?,
        _ => vec![item.clone()],
    };
    if codes.is_empty() {
        found
            .error(code::BAD_STATUS, item.span(), "`status` allows nothing")
            .help(FORMS);
        return None;
    }
    let codes: Vec<_> = codes
        .iter()
        .map(|item| {
            item.whole(100..=599, found)
                .and_then(|code| u16::try_from(code).ok())
        })
        .collect();
    codes
        .into_iter()
        .collect::<Option<_>>()
        .map(StatusRule::Codes)
}

/// Warns of a GraphQL request whose errors nobody looks at: they come with status 200.
pub(super) fn graphql_errors(
    given: &Given<'_, '_>,
    request: &Request,
    expect: &[Expectation],
    found: &mut Diagnostics<'_>,
) {
    let graphql = request
        .body
        .as_ref()
        .is_some_and(|body| matches!(body.content, BodyContent::Graphql { .. }));
    let looks = expect.iter().any(|one| match &one.subject {
        Subject::Json(path) => ["$.errors", "$['errors']", "$[\"errors\"]"]
            .iter()
            .any(|errors| path.text.starts_with(errors)),
        _ => false,
    });
    if !graphql || looks {
        return;
    }
    let body = given.step.item("body").and_then(|item| item.as_table());
    let place = body
        .and_then(|body| body.item("graphql"))
        .map_or(given.step.span(), |item| item.key_span());
    found
        .warning(
            code::GRAPHQL_ERRORS,
            place,
            "this GraphQL step never looks at `$.errors`",
        )
        .label("its errors come with status 200")
        .help("add `{ json = \"$.errors\", exists = false }` to `expect`");
}
