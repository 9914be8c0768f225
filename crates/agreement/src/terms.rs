//! What an agreement says, a term a line, so that a later change can be told in words.
//!
//! The signature alone could only say that something changed. The terms stand beside it, in
//! `[[signed]]`: they decide nothing, and whoever alters them still faces the signature.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A term that is not what was signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Which: `slo.checkout/can-buy.objective`.
    pub term: String,
    /// What was signed; `None`: it was not there.
    pub was: Option<String>,
    /// What stands there; `None`: it is gone.
    pub is: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let term = &self.term;
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => write!(f, "`{term}` was {was}, is {is}"),
            (None, Some(is)) => write!(f, "`{term}` came in: {is}"),
            (Some(was), None) => write!(f, "`{term}` is gone, which was {was}"),
            (None, None) => write!(f, "`{term}`"),
        }
    }
}

/// The terms of a text, in its order: `path = value`.
pub(crate) fn of(text: &str) -> Vec<String> {
    let (document, _) = DeTable::parse_recoverable(text);
    let mut terms = Vec::new();
    for (key, value) in document.get_ref() {
        if key.get_ref() != "signed" {
            walk(key.get_ref(), value, &mut terms);
        }
    }
    terms
}

/// What differs between the terms that were signed and those of now.
pub(crate) fn changes(signed: &[String], now: &[String]) -> Vec<Change> {
    let split = |terms: &[String]| -> BTreeMap<String, String> {
        let pair = |term: &String| {
            let (path, value) = term.split_once(" = ")?;
            Some((path.to_owned(), value.to_owned()))
        };
        terms.iter().filter_map(pair).collect()
    };
    let (was, is) = (split(signed), split(now));
    let paths: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    paths
        .into_iter()
        .filter(|path| was.get(*path) != is.get(*path))
        .map(|path| Change {
            term: path.clone(),
            was: was.get(path).cloned(),
            is: is.get(path).cloned(),
        })
        .collect()
}

fn walk(path: &str, value: &Spanned<DeValue<'_>>, terms: &mut Vec<String>) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                walk(&format!("{path}.{}", key.get_ref()), value, terms);
            }
        }
        DeValue::Array(values) if values.iter().all(is_table) => {
            let mut taken = BTreeSet::new();
            for (index, value) in values.iter().enumerate() {
                let mut name = name(value).unwrap_or_else(|| (index + 1).to_string());
                if !taken.insert(name.clone()) {
                    name = format!("{name}#{}", index + 1);
                }
                walk(&format!("{path}.{name}"), value, terms);
            }
        }
        _ => terms.push(format!("{path} = {}", shown(value))),
    }
}

fn is_table(value: &Spanned<DeValue<'_>>) -> bool {
    matches!(value.get_ref(), DeValue::Table(_))
}

/// What tells one table of a list from the others, for people.
fn name(value: &Spanned<DeValue<'_>>) -> Option<String> {
    let DeValue::Table(table) = value.get_ref() else {
        return None;
    };
    let text = |key: &str| match table.get(key).map(Spanned::get_ref) {
        Some(DeValue::String(text)) => Some(text.to_string()),
        _ => None,
    };
    match (text("journey"), text("name")) {
        (Some(journey), Some(name)) => Some(format!("{journey}/{name}")),
        _ => text("at").or_else(|| text("party")),
    }
}

fn shown(value: &Spanned<DeValue<'_>>) -> String {
    match value.get_ref() {
        DeValue::String(text) => format!("`{text}`"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(instant) => instant.to_string(),
        DeValue::Array(values) => {
            let values: Vec<String> = values.iter().map(shown).collect();
            format!("[{}]", values.join(", "))
        }
        DeValue::Table(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{} = {}", key.get_ref(), shown(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}
