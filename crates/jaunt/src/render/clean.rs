//! Text from outside, made fit for a terminal.
//!
//! A server's text may hold escape sequences that move the cursor, rename the window or turn the
//! direction of writing: they are shown, never obeyed.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` on one line, with what a terminal would obey spelled out.
pub(crate) fn line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        push(character, &mut clean);
    }
    clean
}

/// The lines of `text`, each made fit.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(line)
}

fn push(character: char, clean: &mut String) {
    match character {
        '\n' => clean.push_str("\\n"),
        '\r' => clean.push_str("\\r"),
        '\t' => clean.push_str("\\t"),
        // Marks that turn the direction of what follows.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            clean.extend(character.escape_unicode());
        }
        control if control.is_control() => clean.extend(control.escape_unicode()),
        other => clean.push(other),
    }
}

/// How many columns `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in exactly `columns`: padded, or cut with an ellipsis.
pub(crate) fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    let cut = cut(text, columns, ellipsis);
    let pad = columns.saturating_sub(width(&cut));
    cut + &" ".repeat(pad)
}

/// `text` in at most `columns`.
pub(crate) fn cut(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(ellipsis));
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > room {
            break;
        }
        kept.push(character);
    }
    kept + ellipsis
}

/// `text` broken at spaces into lines of at most `columns`; a longer word stands alone.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(last) = lines.last_mut() else { break };
        if last.is_empty() {
            last.push_str(word);
        } else if width(last) + 1 + width(word) <= columns {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        assert_eq!(line("a\u{1b}[2Jb\nc\u{202e}"), "a\\u{1b}[2Jb\\nc\\u{202e}");
        assert_eq!(line("größe 東京"), "größe 東京");
    }

    #[test]
    fn a_cut_never_splits_a_wide_character() {
        assert_eq!(fit("東京都", 4, "…"), "東… ");
        assert_eq!(fit("abc", 5, "…"), "abc  ");
        assert_eq!(fit("abcdef", 4, "…"), "abc…");
    }

    #[test]
    fn text_is_broken_at_spaces() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("extraordinary", 5), ["extraordinary"]);
    }
}
