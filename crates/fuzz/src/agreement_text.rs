//! An agreement: a text that two sides who do not trust each other hand to and fro.

use crate::found::{self, Made};
use jaunt_agreement::parse;

/// Any bytes as an agreement.
pub(crate) fn feed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parsed = parse(&text);
    let made = parsed
        .agreement
        .as_ref()
        .map_or(Made::Nothing, |_| Made::Something);
    found::is_sound(&text, &parsed.diagnostics, made);
}
