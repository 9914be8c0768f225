//! Places in a text: lines and columns, and the inside of TOML's strings.

use std::ops::Range;

/// A line and column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place of a byte of `text`; past its end, its end.
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..boundary_before(text, offset)).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or("").chars().count() + 1;
        Self { line, column }
    }
}

/// The last character boundary at or before `offset`.
pub(crate) fn boundary_before(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// The first character boundary at or after `offset`.
pub(crate) fn boundary_after(text: &str, offset: usize) -> usize {
    (offset..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len())
}

/// Where `part` of a string's value stands in the text that spells it at `span`, quotes included.
///
/// Escapes make a value shorter than its spelling; this walks both. A span that holds no TOML
/// string comes back as it is.
pub fn inside(text: &str, span: &Range<usize>, part: &Range<usize>) -> Range<usize> {
    let Some(spelling) = text.get(span.clone()) else {
        return span.clone();
    };
    let Some((open, escapes)) = opening(spelling) else {
        return span.clone();
    };
    let start = span.start + offset(spelling, open, escapes, part.start);
    let end = span.start + offset(spelling, open, escapes, part.end);
    start..end.max(start)
}

/// How long the opening is (a line feed after `"""` belongs to it), and whether `\` escapes.
fn opening(spelling: &str) -> Option<(usize, bool)> {
    for (quotes, escapes) in [("\"\"\"", true), ("'''", false)] {
        if let Some(rest) = spelling.strip_prefix(quotes) {
            let feed = if rest.starts_with("\r\n") {
                2
            } else {
                usize::from(rest.starts_with('\n'))
            };
            return Some((3 + feed, escapes));
        }
    }
    match spelling.as_bytes().first() {
        Some(b'"') => Some((1, true)),
        Some(b'\'') => Some((1, false)),
        _ => None,
    }
}

/// The byte of `spelling` at which byte `wanted` of the value is spelled.
fn offset(spelling: &str, open: usize, escapes: bool, wanted: usize) -> usize {
    let mut at = open;
    let mut value = 0;
    while value < wanted {
        let rest = spelling.get(at..).unwrap_or("");
        let Some(first) = rest.chars().next() else {
            return spelling.len();
        };
        let (spelled, means) = if escapes && first == '\\' {
            escape(rest)
        } else {
            (first.len_utf8(), first.len_utf8())
        };
        at += spelled;
        value += means;
    }
    at
}

/// How many bytes an escape takes, and how many its value has (TOML 1.1 §String).
fn escape(rest: &str) -> (usize, usize) {
    let hex = |digits: usize| {
        let code = rest.get(2..2 + digits).unwrap_or("");
        let means = u32::from_str_radix(code, 16)
            .ok()
            .and_then(char::from_u32)
            .map_or(1, char::len_utf8);
        (2 + code.len(), means)
    };
    match rest.as_bytes().get(1) {
        Some(b'x') => hex(2),
        Some(b'u') => hex(4),
        Some(b'U') => hex(8),
        // A backslash at the end of a line swallows all blanks up to the next word.
        Some(b' ' | b'\t' | b'\r' | b'\n') => {
            let tail = rest.get(1..).unwrap_or("");
            (1 + tail.len() - tail.trim_start().len(), 0)
        }
        Some(_) => (2, 1),
        None => (1, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_from_one() {
        let text = "é = 1\nab";
        assert_eq!(Place::of(text, 0), Place { line: 1, column: 1 });
        assert_eq!(Place::of(text, 2), Place { line: 1, column: 2 });
        assert_eq!(Place::of(text, 8), Place { line: 2, column: 2 });
        assert_eq!(Place::of(text, 99), Place { line: 2, column: 3 });
    }

    #[test]
    fn a_part_of_a_value_is_found_where_it_is_spelled() {
        for (spelling, part, expected) in [
            (r#""abc""#, 1..2, "b"),
            (r#""a\tbc""#, 2..3, "b"),
            (r#""\u00e9bc""#, 2..3, "b"),
            (r#""é\x41b""#, 3..4, "b"),
            ("'a\\b'", 2..3, "b"),
            ("\"\"\"\nab\"\"\"", 1..2, "b"),
            ("\"\"\"a\\\n   b\"\"\"", 1..2, "\\\n   b"),
            ("'''\r\nab'''", 1..2, "b"),
            ("\"abc\"", 3..3, ""),
        ] {
            let text = format!("k = {spelling}");
            let span = 4..text.len();
            assert_eq!(&text[inside(&text, &span, &part)], expected, "{spelling}");
        }
    }
}
