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
/// is given back all the same. `None` where it is too large or too deep to be read at all.
pub fn document<'a>(text: &'a str, found: &mut Diagnostics<'_>) -> Option<Spanned<DeTable<'a>>> {
    if !bounds::hold(text, found) {
        return None;
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let mut words = error.message().chars();
        let message: String = words
            .next()
            .map(|first| first.to_lowercase().chain(words).collect())
            .unwrap_or_default();
        found.error(code::SYNTAX, span, message);
    }
    Some(document)
}
