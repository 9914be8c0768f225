//! Values, templates and operators as a journey writes them.

use crate::{Comparison, Operand, Operator, Part, Reference, Template, TextTest, Value};
use jaunt_text::{duration_text, size_text};

/// A text as a TOML string.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_control() => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// A key, bare where it can be.
pub(crate) fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(bare) {
        return name.to_owned();
    }
    string(name)
}

/// A template's text, with its references and a literal `{{` as they are written.
pub(crate) fn template_text(template: &Template) -> String {
    template
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.replace("{{", "{{{{"),
            Part::Reference(reference) => reference_text(reference),
        })
        .collect()
}

fn reference_text(reference: &Reference) -> String {
    match reference {
        Reference::Var(name) => format!("{{{{vars.{name}}}}}"),
        Reference::Secret(name) => format!("{{{{secrets.{name}}}}}"),
        Reference::Matrix(name) => format!("{{{{matrix.{name}}}}}"),
        Reference::Run(value) => format!("{{{{run.{}}}}}", value.as_str()),
        Reference::Capture { step, name } => format!("{{{{{step}.{name}}}}}"),
    }
}

/// A template as a TOML string.
pub(crate) fn template(template: &Template) -> String {
    string(&template_text(template))
}

/// A value as TOML, tables inline.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => template(text),
        Value::Number(text) | Value::Datetime(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::List(values) => {
            let values: Vec<_> = values.iter().map(self::value).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Table(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Table(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(name, entry)| format!("{} = {}", key(name), self::value(entry)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Value(value) => self::value(value),
        Operand::Duration(duration) => string(&duration_text(*duration)),
        Operand::Instant(instant) => instant.to_string(),
        Operand::Size(bytes) => string(&size_text(*bytes)),
        Operand::Network(network) => string(&network.to_string()),
    }
}

/// An operator's key and operand: `eq`, `"confirmed"`.
pub(crate) fn operator(operator: &Operator) -> (String, String) {
    let not = |negated: bool| if negated { "not_" } else { "" };
    match operator {
        Operator::Compare(comparison, with) => (comparison.as_str().to_owned(), operand(with)),
        Operator::Text { negated, test } => {
            let (name, operand) = match test {
                TextTest::Contains(piece) => ("contains", value(piece)),
                TextTest::StartsWith(text) => ("starts_with", template(text)),
                TextTest::EndsWith(text) => ("ends_with", template(text)),
                TextTest::Matches(pattern) => ("matches", string(&pattern.text)),
            };
            (format!("{}{name}", not(*negated)), operand)
        }
        Operator::OneOf { negated, choices } => {
            let choices: Vec<_> = choices.iter().map(operand).collect();
            (
                format!("{}one_of", not(*negated)),
                format!("[{}]", choices.join(", ")),
            )
        }
        Operator::Exists(wanted) => ("exists".to_owned(), wanted.to_string()),
        Operator::Type(wanted) => ("type".to_owned(), string(wanted.as_str())),
        Operator::Count(comparison, count) => (
            format!("count_{}", Comparison::as_str(*comparison)),
            count.to_string(),
        ),
    }
}

/// An operator as people read it: `eq "confirmed"`.
pub(crate) fn operator_text(one: &Operator) -> String {
    let (name, operand) = operator(one);
    format!("{name} {operand}")
}
