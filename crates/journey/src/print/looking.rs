//! Expectations and captures as a journey writes them.

use super::value::{operator, string};
use crate::{Capture, Expectation, Otherwise, Pick, Subject};

/// An expectation as an inline table.
pub(super) fn expectation(one: &Expectation) -> String {
    let mut entries = subject(&one.subject);
    if let Some(of) = one.of {
        entries.push(("of", string(of.as_str())));
    }
    let (name, operand) = operator(&one.operator);
    entries.push((&name, operand));
    match one.otherwise {
        Otherwise::Fail => {}
        Otherwise::Slow => entries.push(("else", string("slow"))),
        Otherwise::Warn => entries.push(("else", string("warn"))),
    }
    table(&entries)
}

/// A capture as an inline table.
pub(super) fn capture(one: &Capture) -> String {
    let mut entries = subject(&one.subject);
    let pick = one.pick.as_ref().map(|pick| match pick {
        Pick::First => string("first"),
        Pick::Last => string("last"),
        Pick::Random => string("random"),
        Pick::Min(path) => table(&[("min", string(&path.text))]),
        Pick::Max(path) => table(&[("max", string(&path.text))]),
    });
    let then = one.then.as_ref().map(|path| string(&path.text));
    let matches = one.matches.as_ref().map(|pattern| string(&pattern.text));
    let decode = one.decode.map(|decode| string(decode.as_str()));
    let optional = [
        ("pick", pick),
        ("then", then),
        ("matches", matches),
        ("decode", decode),
        ("as", one.as_url.then(|| string("url"))),
        ("secret", one.secret.then(|| "true".to_owned())),
    ];
    let there = optional.into_iter();
    entries.extend(there.filter_map(|(name, text)| text.map(|text| (name, text))));
    table(&entries)
}

/// Entries as an inline table.
pub(super) fn table(entries: &[(&str, String)]) -> String {
    let entries: Vec<_> = entries
        .iter()
        .map(|(name, text)| format!("{name} = {text}"))
        .collect();
    match entries.as_slice() {
        [] => "{}".to_owned(),
        entries => format!("{{ {} }}", entries.join(", ")),
    }
}

fn subject(subject: &Subject) -> Vec<(&str, String)> {
    let (name, text) = match subject {
        Subject::Header(name) => ("header", name.as_str()),
        Subject::Cookie { name, attribute } => {
            let attribute = attribute.map(|attribute| attribute.as_str());
            return with_attribute("cookie", name, attribute);
        }
        Subject::Css {
            selector,
            attribute,
        } => return with_attribute("css", &selector.text, attribute.as_deref()),
        Subject::Json(path) => ("json", path.text.as_str()),
        Subject::Xpath(path) => ("xpath", path.text.as_str()),
        Subject::Body(_) => ("body", "text"),
        Subject::Received => ("received", "text"),
        Subject::Size => ("size", "bytes"),
        Subject::Redirects => ("redirects", "count"),
        Subject::Status => ("status", "code"),
        Subject::Sha256 => ("sha256", "body"),
        Subject::Url => ("url", "final"),
        Subject::Version => ("version", "http"),
        Subject::Rcode => ("rcode", "name"),
        Subject::Address(field) => ("address", field.as_str()),
        Subject::Cert(field) => ("cert", field.as_str()),
        Subject::Tls(field) => ("tls", field.as_str()),
        Subject::Latency(field) => ("latency", field.as_str()),
        Subject::Flag(field) => ("flag", field.as_str()),
        Subject::Answer(field) => ("answer", field.as_str()),
        Subject::Ttl(field) => ("ttl", field.as_str()),
    };
    vec![(name, string(text))]
}

fn with_attribute<'n>(
    name: &'n str,
    text: &str,
    attribute: Option<&str>,
) -> Vec<(&'n str, String)> {
    let mut entries = vec![(name, string(text))];
    entries.extend(attribute.map(|attribute| ("attribute", string(attribute))));
    entries
}
