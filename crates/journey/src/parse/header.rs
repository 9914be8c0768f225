//! Headers and query parameters.

use super::{
    given::Given,
    scope::{Scope, Use},
};
use crate::{Part, Template, Value, code};
use jaunt_text::{Diagnostics, Item};

/// Headers that say how a message is framed: jaunt's own to set.
const OURS: [&str; 2] = ["content-length", "transfer-encoding"];

impl Scope<'_> {
    /// The headers of a request: defaults first unless overridden, names in lower case.
    pub(super) fn headers(
        self,
        given: &Given<'_, '_>,
        found: &mut Diagnostics<'_>,
    ) -> Vec<(String, Template)> {
        expect_table(given, "header", found);
        let mut headers: Vec<(String, Template)> = Vec::new();
        for item in given.entries("header", str::eq_ignore_ascii_case) {
            let Some(name) = header_name(&item, found) else {
                continue;
            };
            if headers.iter().any(|(other, _)| *other == name) {
                found
                    .error(
                        code::DUPLICATE_NAME,
                        item.key_span(),
                        format!("header `{name}` is given twice"),
                    )
                    .help("names of headers do not differ by case; a list sends several");
                continue;
            }
            let values = match item.value() {
                toml::de::DeValue::Array(_) => item.list("text", found).unwrap_or_default(),
                _ => vec![item.clone()],
            };
            for value in values {
                let text = self.template(&value, Use::Sealed, found);
                headers.extend(
                    text.filter(|text| one_line(&value, text, found))
                        .map(|text| (name.clone(), text)),
                );
            }
        }
        headers
    }

    /// The query parameters of a request, in order.
    pub(super) fn query(
        self,
        given: &Given<'_, '_>,
        found: &mut Diagnostics<'_>,
    ) -> Vec<(String, Value)> {
        expect_table(given, "query", found);
        given
            .entries("query", |a, b| a == b)
            .iter()
            .filter_map(|item| Some((item.key().to_owned(), self.field(item, Use::Seen, found)?)))
            .collect()
    }
}

/// Notes it where what should be a table is none.
pub(super) fn expect_table(given: &Given<'_, '_>, key: &str, found: &mut Diagnostics<'_>) {
    let defaults = given.defaults.and_then(|defaults| defaults.item(key));
    for item in given.step.item(key).into_iter().chain(defaults) {
        item.table(found);
    }
}

fn header_name(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    // RFC 9110 §5.6.2
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let name = item.key();
    if name.is_empty() || !name.bytes().all(token) {
        found
            .error(
                code::BAD_HEADER,
                item.key_span(),
                format!("`{name}` is no header's name"),
            )
            .help("names are letters, digits and `-` (RFC 9110 §5.6.2)");
        return None;
    }
    let name = name.to_ascii_lowercase();
    if OURS.contains(&name.as_str()) {
        found
            .error(
                code::BAD_HEADER,
                item.key_span(),
                format!("`{name}` is not yours to set"),
            )
            .help("it follows from the body");
        return None;
    }
    Some(name)
}

fn one_line(item: &Item<'_>, text: &Template, found: &mut Diagnostics<'_>) -> bool {
    let bad = |letter: char| letter.is_control() && letter != '\t';
    let holds = text
        .parts
        .iter()
        .any(|part| matches!(part, Part::Text(text) if text.contains(bad)));
    if holds {
        found
            .error(
                code::BAD_HEADER,
                item.span(),
                format!("{} holds a control character", item.name()),
            )
            .help("a header is one line (RFC 9110 §5.5)");
    }
    !holds
}
