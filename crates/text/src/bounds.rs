//! Bounds held before a text is parsed, so that no file costs more than it should.
//!
//! `toml` bounds nested brackets by itself, but not dotted keys: `a.a.a.…` of a megabyte makes a
//! tree so deep that merely dropping it overflows the stack. One pass over the bytes, which knows
//! strings and comments and nothing else, finds the depth of both.

use crate::{Diagnostics, code};

/// The largest file that is read, bytes.
pub const LARGEST: usize = 1 << 20;

/// The deepest nesting that is read: brackets, braces and the dots of keys together.
pub const DEEPEST: usize = 64;

/// Whether `text` is small and flat enough to be parsed; notes why it is not.
pub(crate) fn hold(text: &str, found: &mut Diagnostics<'_>) -> bool {
    if text.len() > LARGEST {
        found
            .error(
                code::TOO_LARGE,
                0..0,
                format!("the file has {} bytes, more than we read", text.len()),
            )
            .help(format!("the largest is {LARGEST} bytes (1 MiB)"));
        return false;
    }
    if let Some(place) = too_deep(text.as_bytes()) {
        found
            .error(code::TOO_DEEP, place..place + 1, "nested too deeply")
            .label("one level too many")
            .help(format!(
                "brackets, braces and the dots of keys may be {DEEPEST} deep, together"
            ));
        return false;
    }
    true
}

/// Where the text becomes deeper than [`DEEPEST`].
fn too_deep(text: &[u8]) -> Option<usize> {
    // Dots of the key that each open bracket stands behind; the last is that of the present key.
    let mut dots = vec![0_usize];
    let mut header = false;
    let mut base = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' | b'\'' => {
                at = string_end(text, at);
                continue;
            }
            b'#' => at = line_end(text, at),
            b'[' if dots.len() == 1 && line_start(text, at) => header = true,
            b'[' | b'{' if !header => dots.push(0),
            b']' | b'}' if !header && dots.len() > 1 => {
                dots.pop();
            }
            b'.' => {
                if let Some(last) = dots.last_mut() {
                    *last += 1;
                }
            }
            // A key of the document ends with its line, one of an inline table with a comma.
            b'\n' if dots.len() == 1 => {
                if header {
                    base = dots.first().copied().unwrap_or(0);
                }
                header = false;
                dots = vec![0];
            }
            b',' => {
                if let Some(last) = dots.last_mut() {
                    *last = 0;
                }
            }
            _ => {}
        }
        if base + dots.len() + dots.iter().sum::<usize>() > DEEPEST && !header
            || header && dots.iter().sum::<usize>() > DEEPEST
        {
            return Some(at.min(text.len().saturating_sub(1)));
        }
        at += 1;
    }
    None
}

/// Whether only blanks stand before `at` on its line.
fn line_start(text: &[u8], at: usize) -> bool {
    text.get(..at).is_some_and(|before| {
        before
            .iter()
            .rev()
            .find(|byte| !matches!(byte, b' ' | b'\t' | b'['))
            .is_none_or(|byte| *byte == b'\n')
    })
}

/// The line feed that ends the line at `at`, less one: the caller steps on.
fn line_end(text: &[u8], at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.iter().position(|byte| *byte == b'\n'))
        .map_or(text.len(), |length| (at + length).saturating_sub(1))
}

/// Past the string that opens at `at`; an unterminated one-line string ends with its line.
fn string_end(text: &[u8], at: usize) -> usize {
    let Some(&quote) = text.get(at) else {
        return at + 1;
    };
    let escapes = quote == b'"';
    let long = text.get(at..at + 3) == Some(&[quote; 3][..]);
    let mut at = if long { at + 3 } else { at + 1 };
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' if escapes => at += 1,
            b'\n' if !long => return at,
            _ if byte == quote && !long => return at + 1,
            _ if byte == quote && text.get(at..at + 3) == Some(&[quote; 3][..]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_flat_enough() {
        for text in [
            "a.b.c = [[1, 2], { d.e = 1.5 }]\n[x.y.z]\n[[q.r]]\n",
            "s = \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"",
            "m = \"\"\"\n[\n[\n\"\"\"\n# [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
        ] {
            assert_eq!(too_deep(text.as_bytes()), None, "{text}");
        }
        let many = "a = [1.5, 2.5]\n".repeat(10_000);
        assert_eq!(too_deep(many.as_bytes()), None);
        let numbers = format!("a = [{}]", "1.5, ".repeat(1_000));
        assert_eq!(too_deep(numbers.as_bytes()), None);
        let lines = format!("a = [\n{}]", "1.5, # a. b. c.\n".repeat(1_000));
        assert_eq!(too_deep(lines.as_bytes()), None);
    }

    #[test]
    fn deep_brackets_and_deep_keys_are_both_seen() {
        for text in [
            "a = ".to_owned() + &"[".repeat(100_000),
            "a = ".to_owned() + &"{a=".repeat(100_000),
            "a.".repeat(100_000) + "a = 1",
            format!("[{}a]\n", "a.".repeat(100_000)),
            format!("[[{}a]]\n", "\"a\" . ".repeat(100_000)),
            format!("[{}a]\n{}b = 1", "a.".repeat(40), "b.".repeat(40)),
            format!("a = {}", "{a.a.a.a.a.a.a.a.a.a.a.a = ".repeat(8)),
        ] {
            assert!(too_deep(text.as_bytes()).is_some(), "{}", &text[..20]);
        }
    }
}
