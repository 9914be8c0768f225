//! Verbs with their keys as a journey writes them.

use super::{
    file::{duration, line, list, maybe},
    looking::table,
    value::{key, string, template, template_text, value},
};
use crate::{
    Auth, Body, BodyContent, ConnectExchange, DnsType, Handshake, MultipartContent, MultipartPart,
    Request, Resolve, StatusRule, Template, TlsSettings, Value, Verb, Wait,
};
use jaunt_text::{duration_text, size_text};

/// The verb's line, and the keys of its own.
pub(super) fn verb(out: &mut String, verb: &Verb) {
    match verb {
        Verb::Request(one) => request(out, one),
        Verb::Resolve(one) => resolve(out, one),
        Verb::Connect(one) => {
            line(out, "connect", &template(&one.endpoint.text));
            if !one.exchange.is_empty() {
                line(out, "exchange", &list(&one.exchange, turn));
            }
            maybe(out, "tls", one.tls.as_ref().map(tls));
        }
        Verb::Handshake(one) => handshake(out, one),
        Verb::Wait(Wait { least, most }) if least == most => line(out, "wait", &duration(*least)),
        Verb::Wait(Wait { least, most }) => {
            let text = format!("{}..{}", duration_text(*least), duration_text(*most));
            line(out, "wait", &string(&text));
        }
    }
}

fn request(out: &mut String, one: &Request) {
    let text = format!("{} {}", one.method, template_text(&one.url));
    line(out, "request", &string(&text));
    line(out, "status", &status(&one.status));
    let mut headers: Vec<(&str, Vec<&Template>)> = Vec::new();
    for (name, text) in &one.headers {
        match headers.iter_mut().find(|(known, _)| known == name) {
            Some((_, texts)) => texts.push(text),
            None => headers.push((name, vec![text])),
        }
    }
    for (name, texts) in headers {
        let texts = match texts.as_slice() {
            [only] => template(only),
            texts => list(texts, |text| template(text)),
        };
        out.push_str(&format!("header.{} = {texts}\n", key(name)));
    }
    if !one.query.is_empty() {
        line(out, "query", &value(&Value::Table(one.query.clone())));
    }
    maybe(out, "body", one.body.as_ref().map(body));
    maybe(out, "auth", one.auth.as_ref().map(auth));
    if one.tls != TlsSettings::default() {
        line(out, "tls", &tls(&one.tls));
    }
    line(out, "version", &string(one.version.as_str()));
    line(out, "redirects", &one.redirects.to_string());
    maybe(out, "proxy", one.proxy.as_ref().map(template));
    line(out, "connection", &string(one.connection.as_str()));
    line(out, "max_body", &string(&size_text(one.max_body)));
    line(out, "traceparent", &string(one.traceparent.as_str()));
}

fn status(rule: &StatusRule) -> String {
    match rule {
        StatusRule::Any => string("any"),
        StatusRule::Class(class) => string(&format!("{class}xx")),
        StatusRule::Codes(codes) => list(codes, u16::to_string),
    }
}

fn resolve(out: &mut String, one: &Resolve) {
    let name = template_text(&one.name);
    let text = match one.types.as_slice() {
        [DnsType::A, DnsType::Aaaa] => name,
        types => {
            let types: Vec<_> = types.iter().map(|one| one.as_str()).collect();
            format!("{} {name}", types.join(" "))
        }
    };
    line(out, "resolve", &string(&text));
    maybe(
        out,
        "server",
        one.server.as_ref().map(|server| template(&server.text)),
    );
    if one.dnssec {
        line(out, "dnssec", "true");
    }
}

fn handshake(out: &mut String, one: &Handshake) {
    line(out, "handshake", &template(&one.endpoint.text));
    if one.tls != TlsSettings::default() {
        line(out, "tls", &tls(&one.tls));
    }
    if !one.alpn.is_empty() {
        line(out, "alpn", &list(&one.alpn, |name| string(name)));
    }
    maybe(
        out,
        "starttls",
        one.starttls.map(|starttls| string(starttls.as_str())),
    );
}

fn turn(turn: &ConnectExchange) -> String {
    table(&[match turn {
        ConnectExchange::Send(text) => ("send", template(text)),
        ConnectExchange::SendHex(bytes) => {
            ("send_hex", string(&data_encoding::HEXLOWER.encode(bytes)))
        }
        ConnectExchange::Expect(text) => ("expect", template(text)),
        ConnectExchange::ExpectRegex(pattern) => ("expect_regex", string(&pattern.text)),
        ConnectExchange::Starttls => ("starttls", "true".to_owned()),
    }])
}

/// Those entries that are there, as an inline table.
fn there(entries: Vec<(&str, Option<String>)>) -> String {
    let entries: Vec<_> = entries
        .into_iter()
        .filter_map(|(name, text)| text.map(|text| (name, text)))
        .collect();
    table(&entries)
}

fn tls(one: &TlsSettings) -> String {
    there(vec![
        ("cert", one.cert.as_deref().map(string)),
        ("key", one.key.as_deref().map(string)),
        ("ca", one.ca.as_deref().map(string)),
        ("server_name", one.server_name.as_ref().map(template)),
        ("min", one.min.map(|min| string(min.as_str()))),
        ("insecure", one.insecure.then(|| "true".to_owned())),
    ])
}

fn auth(auth: &Auth) -> String {
    table(&[match auth {
        Auth::Basic { user, password } => (
            "basic",
            table(&[("user", template(user)), ("password", template(password))]),
        ),
        Auth::Bearer(token) => ("bearer", template(token)),
        Auth::Oauth2 {
            url,
            client,
            secret,
            scope,
            style,
        } => (
            "oauth2",
            there(vec![
                ("url", Some(template(url))),
                ("client", Some(template(client))),
                ("secret", Some(template(secret))),
                ("scope", scope.as_ref().map(template)),
                ("style", Some(string(style.as_str()))),
            ]),
        ),
        Auth::Sigv4 {
            region,
            service,
            key,
            secret,
            session,
        } => (
            "sigv4",
            there(vec![
                ("region", Some(template(region))),
                ("service", Some(template(service))),
                ("key", Some(template(key))),
                ("secret", Some(template(secret))),
                ("session", session.as_ref().map(template)),
            ]),
        ),
    }])
}

fn body(body: &Body) -> String {
    let content = match &body.content {
        BodyContent::Json(json) => ("json", value(json)),
        BodyContent::Text(text) => ("text", template(text)),
        BodyContent::Form(fields) => ("form", value(&Value::Table(fields.clone()))),
        BodyContent::File(path) => ("file", string(path)),
        BodyContent::Graphql {
            query,
            variables,
            operation,
        } => (
            "graphql",
            there(vec![
                ("query", Some(template(query))),
                ("variables", variables.as_ref().map(value)),
                ("operation", operation.as_ref().map(template)),
            ]),
        ),
        BodyContent::Multipart(parts) => ("multipart", list(parts, part)),
    };
    there(vec![
        (content.0, Some(content.1)),
        ("type", body.content_type.as_ref().map(template)),
    ])
}

fn part(part: &MultipartPart) -> String {
    let content = match &part.content {
        MultipartContent::Text(text) => ("text", template(text)),
        MultipartContent::Json(json) => ("json", value(json)),
        MultipartContent::File(path) => ("file", string(path)),
    };
    there(vec![
        ("name", Some(string(&part.name))),
        (content.0, Some(content.1)),
        ("filename", part.filename.as_ref().map(template)),
        ("type", part.content_type.as_ref().map(template)),
    ])
}
