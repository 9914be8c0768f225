//! JSON values written as YAML, the same every time.
//!
//! Written here rather than taken from a crate: what is written is one small subset (block maps,
//! block lists, literal blocks for text of several lines, JSON's own strings for the rest), which
//! every YAML reader takes, and whose order and line ends are part of what a review of generated
//! files sees.

use serde_json::Value;

/// `value` as a YAML document without `---`; keys in their order.
pub fn yaml(value: &Value) -> String {
    let mut text = String::new();
    node(&mut text, value, 0);
    text
}

fn node(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                indent(text, depth);
                entry(text, key, value, depth);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                indent(text, depth);
                self::item(text, item, depth);
            }
        }
        Value::Object(_)
        | Value::Array(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => {
            indent(text, depth);
            scalar(text, value, depth);
            text.push('\n');
        }
    }
}

/// `key: value`, where the indent is written.
fn entry(text: &mut String, key: &str, value: &Value, depth: usize) {
    text.push_str(&plain_or_quoted(key));
    text.push(':');
    if is_nested(value) {
        text.push('\n');
        node(text, value, depth + 1);
    } else {
        text.push(' ');
        scalar(text, value, depth + 1);
        text.push('\n');
    }
}

/// `- value`, where the indent is written; a map begins on the same line.
fn item(text: &mut String, value: &Value, depth: usize) {
    text.push('-');
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push(' ');
            for (place, (key, value)) in map.iter().enumerate() {
                if place > 0 {
                    indent(text, depth + 1);
                }
                entry(text, key, value, depth + 1);
            }
        }
        _ if is_nested(value) => {
            text.push('\n');
            node(text, value, depth + 1);
        }
        _ => {
            text.push(' ');
            scalar(text, value, depth + 1);
            text.push('\n');
        }
    }
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A scalar without its line end; empty collections are `{}` and `[]`, as in JSON.
fn scalar(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::String(string) if fits_block(string) => {
            text.push_str("|-");
            for line in string.split('\n') {
                text.push('\n');
                if !line.is_empty() {
                    indent(text, depth);
                    text.push_str(line);
                }
            }
        }
        Value::String(string) => text.push_str(&plain_or_quoted(string)),
        other => text.push_str(&other.to_string()),
    }
}

/// Whether a literal block gives the text back as it is: several lines, the first of them not
/// indented (its indent is the block's), the last not empty, none of them ending in white space,
/// nothing that cannot be printed.
fn fits_block(text: &str) -> bool {
    let sound = |line: &str| !line.ends_with([' ', '\t']) && !line.chars().any(is_unprintable);
    let begins = !text.starts_with([' ', '\t', '\n']);
    begins && text.contains('\n') && !text.ends_with('\n') && text.split('\n').all(sound)
}

fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{feff}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A word that no YAML reader takes for something else, or a JSON string, which YAML's double
/// quotes include.
fn plain_or_quoted(text: &str) -> String {
    let begins = |c: char| c.is_ascii_alphabetic();
    let follows = |c: char| c.is_ascii_alphanumeric() || "_.-/:".contains(c);
    // `yes`, `null` and their kin, in whatever case, are no strings to some readers.
    const OTHER: [&str; 10] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan",
    ];
    let plain = text.starts_with(begins)
        && text.chars().all(follows)
        && !text.ends_with(':')
        && !OTHER.contains(&text.to_ascii_lowercase().as_str());
    if plain {
        return text.to_owned();
    }
    // What has double quotes itself is easier on the eye in single ones.
    if text.contains('"') && !text.chars().any(is_unprintable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_unprintable(c) => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn indent(text: &mut String, depth: usize) {
    text.push_str(&"  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_blocks_words_and_quoted_text() {
        let value = json!({
            "groups": [
                { "name": "jaunt:a/b", "empty": {}, "list": [1, "two words", [true, null]] },
                { "expr": "a\n  and b", "no": "yes" },
            ],
        });
        assert_eq!(
            yaml(&value),
            "groups:\n  - name: jaunt:a/b\n    empty: {}\n    list:\n      - 1\n      - \"two words\"\n      -\n        - true\n        - null\n  - expr: |-\n      a\n        and b\n    \"no\": \"yes\"\n"
        );
    }

    #[test]
    fn text_that_a_block_would_change_is_quoted() {
        for text in ["a\n", "\na", " a\nb", "a \nb", "a\r\nb", "a\n\u{1b}b"] {
            assert!(!fits_block(text), "{text:?}");
            assert!(plain_or_quoted(text).starts_with('"'), "{text:?}");
        }
        assert_eq!(plain_or_quoted("it's {a=\"b\"}"), "'it''s {a=\"b\"}'");
        assert!(fits_block("a\n\n  b\nc"));
    }
}
