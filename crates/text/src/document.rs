//! From bytes to a tree of values with their places.

use crate::{Diagnostic, Diagnostics, LARGEST, Severity, bounds, code, place::boundary_after};
use toml::Spanned;
use toml::de::DeTable;

/// The text of `bytes`; where they are not UTF-8, what can be read of them and the problem.
///
/// The problem's span lies within the text that comes back, at the first replaced byte.
pub fn decode(bytes: &[u8]) -> (String, Option<Diagnostic>) {
    // What is far too large is told by its size, and is not worth decoding.
    let bytes = bytes.get(..LARGEST + 1).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(error) if error.error_len().is_none() && bytes.len() > LARGEST => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            (text, None)
        }
        Err(error) => {
            let start = error.valid_up_to();
            let byte = bytes.get(start).copied().unwrap_or_default();
            let text = String::from_utf8_lossy(bytes).into_owned();
            let end = boundary_after(&text, start + 1);
            let problem = Diagnostic {
                severity: Severity::Error,
                code: code::NOT_UTF8,
                span: start..end,
                message: format!("the file is not UTF-8: byte 0x{byte:02x} stands here"),
                label: Some("no character".to_owned()),
                help: Some("save the file as UTF-8".to_owned()),
            };
            (text, Some(problem))
        }
    }
}

/// The document that `text` holds; what is wrong with its syntax is noted, and what can be read
/// is given back all the same. `None` where it is too large or too deep to be read at all, or written
/// in another notation.
pub fn document<'a>(text: &'a str, found: &mut Diagnostics<'_>) -> Option<Spanned<DeTable<'a>>> {
    if !bounds::hold(text, found) {
        return None;
    }
    let (document, mut errors) = DeTable::parse_recoverable(text);
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    let mut slip = None;
    let mut yaml = false;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let start = text
            .get(..span.start)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |end| end + 1);
        // One way out mends a whole line, whatever else the parser makes of the rest of it.
        if slip == Some(start) {
            continue;
        }
        let line = text.get(start..).and_then(|rest| rest.lines().next());
        let notation = line.and_then(other_notation);
        if let Some((is_yaml, _)) = notation {
            slip = Some(start);
            yaml |= is_yaml;
        }
        let mut words = error.message().chars();
        let message: String = words
            .next()
            .map(|first| first.to_lowercase().chain(words).collect())
            .unwrap_or_default();
        found
            .error(code::SYNTAX, span, message)
            .maybe_help(notation.map(|(_, help)| help));
    }
    // What such lines say is lost to the parser, and to miss it would only be noise.
    (!yaml).then_some(document)
}

/// How to write a line in TOML that was written in another notation: YAML's `key: value`, or text
/// without quotes; and whether it was YAML's.
fn other_notation(line: &str) -> Option<(bool, String)> {
    let line = line.trim();
    let key_end =
        line.find(|letter: char| !(letter.is_ascii_alphanumeric() || "_-.".contains(letter)))?;
    let (key, rest) = line
        .split_at_checked(key_end)
        .filter(|(key, _)| !key.is_empty())?;
    let rest = rest.trim_start();
    let colon = rest.strip_prefix(':');
    let value = colon.or_else(|| rest.strip_prefix('='))?;
    let value = value.split(" #").next().unwrap_or_default().trim();
    let bare = !value.contains('"') && (is_word(value) || is_quantity(value));
    if colon.is_none() && !bare {
        return None;
    }
    let value = match value {
        "" => "…".to_owned(),
        text if bare => format!("\"{text}\""),
        other => other.to_owned(),
    };
    Some(match colon {
        Some(_) => (true, format!("this is TOML: write `{key} = {value}`")),
        None => (false, format!("text stands in quotes: `{key} = {value}`")),
    })
}

/// Whether it begins as a word does, and is none that TOML knows.
fn is_word(value: &str) -> bool {
    value.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !["true", "false", "inf", "nan"].contains(&value)
}

/// Whether it is a number and its unit: `5s`, `99.9%`.
fn is_quantity(value: &str) -> bool {
    let unit = value.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let is_unit = |letter: char| letter.is_ascii_alphabetic() || letter == '%';
    unit.len() < value.len() && !unit.is_empty() && unit.len() <= 3 && unit.chars().all(is_unit)
}
