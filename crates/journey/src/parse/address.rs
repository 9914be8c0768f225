//! URLs, endpoints, names and servers: checked as far as the file itself fills them in.
//!
//! A variable's value is the file's own text, so `{{vars.base}}/login` is known down to its host,
//! in each combination of a matrix; what a capture brings is known only in a run.

use crate::{Origin, Part, Reference, Template, Value, Var, code};
use jaunt_text::Diagnostics;
use std::{collections::BTreeMap, ops::Range};

/// What a text must be once it is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The URL of a request or a token endpoint: its origin may be given credentials.
    Url,
    /// The URL of a proxy.
    Proxy,
    /// `HOST:PORT`.
    Endpoint,
    /// A name of the DNS.
    Name,
    /// A DNS server.
    Server,
}

/// A text that must be an address, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) kind: Kind,
    pub(super) template: Template,
    pub(super) span: Range<usize>,
}

/// A text filled in with what the file says; not `whole` where it ends before a capture.
pub(crate) struct Filled {
    pub(crate) text: String,
    pub(crate) whole: bool,
}

/// The most ways of filling in one text that are looked at: lists to pick from multiply.
const MOST: usize = 256;

/// Every way in which the file fills in `template`, up to the first thing that only a run knows.
pub(crate) fn fill(
    template: &Template,
    vars: &BTreeMap<String, Var>,
    matrix: &BTreeMap<String, Value>,
) -> Vec<Filled> {
    let mut texts = vec![Filled {
        text: String::new(),
        whole: true,
    }];
    for part in &template.parts {
        let choices: Vec<Option<String>> = match part {
            Part::Text(text) => vec![Some(text.clone())],
            Part::Reference(Reference::Var(name)) => match vars.get(name) {
                Some(Var::Fixed(value)) => vec![plain(value)],
                Some(Var::Pick(values)) => values.iter().map(plain).collect(),
                None => vec![None],
            },
            Part::Reference(Reference::Matrix(name)) => {
                vec![matrix.get(name).and_then(plain)]
            }
            Part::Reference(
                Reference::Secret(_) | Reference::Run(_) | Reference::Capture { .. },
            ) => vec![None],
        };
        texts = texts
            .iter()
            .flat_map(|filled| choices.iter().map(move |choice| extended(filled, choice)))
            .take(MOST)
            .collect();
    }
    texts
}

fn extended(filled: &Filled, choice: &Option<String>) -> Filled {
    match choice {
        Some(more) if filled.whole => Filled {
            text: format!("{}{more}", filled.text),
            whole: true,
        },
        _ => Filled {
            text: filled.text.clone(),
            whole: false,
        },
    }
}

/// A value as it stands in a longer text; `None` where only a run knows, or it has no such form.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(template) => match template.parts.as_slice() {
            [] => Some(String::new()),
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        },
        Value::Number(text) | Value::Datetime(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::List(_) | Value::Table(_) => None,
    }
}

impl Address {
    /// Holds every filling of it against its kind; gives the origins it spells out.
    pub(super) fn check(
        &self,
        vars: &BTreeMap<String, Var>,
        matrix: &BTreeMap<String, Value>,
        found: &mut Diagnostics<'_>,
    ) -> Vec<Origin> {
        let mut origins = Vec::new();
        for filled in fill(&self.template, vars, matrix) {
            let problem = match self.kind {
                Kind::Url | Kind::Proxy => match url(&filled) {
                    Ok(origin) => {
                        origins.extend(origin.filter(|_| self.kind == Kind::Url));
                        continue;
                    }
                    Err((why, help)) => (code::BAD_URL, why, help),
                },
                Kind::Endpoint if filled.whole => match endpoint(&filled.text) {
                    Ok(()) => continue,
                    Err(why) => (
                        code::BAD_ENDPOINT,
                        why,
                        "write `HOST:PORT`: `shop.example.net:443`, `[2001:db8::1]:443`",
                    ),
                },
                Kind::Name if filled.whole => match dns_name(&filled.text) {
                    Ok(()) => continue,
                    Err(why) => (
                        code::BAD_DNS,
                        why,
                        "a name is labels of at most 63 letters, digits, `-` and `_`, 253 in all",
                    ),
                },
                Kind::Server if filled.whole => match server(&filled.text) {
                    Ok(()) => continue,
                    Err(why) => (
                        code::BAD_DNS,
                        why,
                        "write `9.9.9.9`, `tcp://9.9.9.9`, `tls://dns.example.net@9.9.9.9` or `https://dns.example.net/dns-query`",
                    ),
                },
                Kind::Endpoint | Kind::Name | Kind::Server => continue,
            };
            let (code, why, help) = problem;
            found.error(code, self.span.clone(), why).help(help);
        }
        origins
    }
}

/// The origin of a URL as far as it is known; `None` where it comes with a capture.
pub(crate) fn url(filled: &Filled) -> Result<Option<Origin>, (String, &'static str)> {
    const SCHEME: &str = "write the whole URL, from `https://` on";
    let text = filled.text.as_str();
    let Some((scheme, rest)) = text.split_once("://") else {
        return if filled.whole || text.contains('/') {
            Err((format!("`{text}` is no URL: its scheme is missing"), SCHEME))
        } else {
            Ok(None)
        };
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err((
            format!("a `{scheme}` URL cannot be requested"),
            "`http` and `https` can",
        ));
    }
    if !filled.whole && !rest.contains(['/', '?', '#']) {
        return Ok(None);
    }
    if text
        .chars()
        .any(|letter| letter.is_whitespace() || letter.is_control())
    {
        return Err((
            format!("`{}` holds a blank", text.escape_debug()),
            "write `%20` for a blank in a URL",
        ));
    }
    let parsed =
        url::Url::parse(text).map_err(|error| (format!("`{text}` is no URL: {error}"), SCHEME))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err((
            "a URL carries no user and password".to_owned(),
            "give them by `auth.basic`, the password as a secret",
        ));
    }
    Ok(parsed
        .host_str()
        .zip(parsed.port_or_known_default())
        .map(|(host, port)| Origin {
            scheme: parsed.scheme().to_owned(),
            host: host.to_owned(),
            port,
        }))
}

/// Whether this is `HOST:PORT`.
fn endpoint(text: &str) -> Result<(), String> {
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| format!("`{text}` has no port"))?;
    let port_is_good = port.bytes().all(|byte| byte.is_ascii_digit())
        && port.parse::<u16>().is_ok_and(|port| port > 0);
    if !port_is_good {
        return Err(format!("`{port}` is no port: from 1 to 65535"));
    }
    host_of(host)
}

fn host_of(host: &str) -> Result<(), String> {
    if host.contains(':') && !host.starts_with('[') {
        return Err(format!("put the address in brackets: `[{host}]`"));
    }
    if host.is_empty() {
        return Err("the host is missing".to_owned());
    }
    url::Host::parse(host)
        .map(|_| ())
        .map_err(|error| format!("`{host}` is no host: {error}"))
}

/// Whether this can be asked of the DNS.
fn dns_name(text: &str) -> Result<(), String> {
    if text.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*' | b'/');
        (1..=63).contains(&label.len()) && label.bytes().all(allowed)
    };
    if text == "." || name.len() <= 253 && name.split('.').all(label) {
        return Ok(());
    }
    if name.is_ascii() {
        Err(format!("`{text}` is no name of the DNS"))
    } else {
        Err(format!("`{text}` is not ASCII: write its `xn--` form"))
    }
}

/// Whether this is a DNS server.
fn server(text: &str) -> Result<(), String> {
    let address = |text: &str| {
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        bare.unwrap_or(text).parse::<std::net::IpAddr>().is_ok()
            || text
                .parse::<std::net::SocketAddr>()
                .is_ok_and(|address| address.port() > 0)
    };
    let bad = |what: &str| Err(format!("`{text}` is no DNS server: {what}"));
    match text.split_once("://") {
        None if address(text) => Ok(()),
        None => bad("no IP address"),
        Some(("tcp" | "udp", rest)) if address(rest) => Ok(()),
        Some(("tls", rest)) => match rest.split_once('@') {
            Some((name, rest)) if address(rest) && dns_name(name).is_ok() => Ok(()),
            _ => bad("`tls://` needs `name@ip`"),
        },
        Some(("https", _)) => url(&Filled {
            text: text.to_owned(),
            whole: true,
        })
        .map(|_| ())
        .map_err(|(why, _)| why),
        Some(_) => bad("unknown scheme, or no IP address"),
    }
}
