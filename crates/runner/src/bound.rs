//! How much of what came from outside is kept in a record.

/// Of a text that stands in a message or an expectation, bytes.
pub(crate) const TEXT: usize = 512;
/// Of a response in a failure, bytes.
pub(crate) const EXCERPT: usize = 1024;
/// Of a URL, bytes.
pub(crate) const URL: usize = 2048;

/// The greatest place in `text` at or below `most` that is no place inside a character.
pub(crate) fn floor(text: &str, most: usize) -> usize {
    let mut at = most.min(text.len());
    while !text.is_char_boundary(at) {
        at = at.saturating_sub(1);
    }
    at
}
