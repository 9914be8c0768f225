//! `wait`: think time.

use crate::{Wait, code};
use jaunt_text::{Diagnostics, Item, parse_duration};

/// A `wait` step's verb: `"3s"` or `"2s..5s"`.
pub(super) fn wait(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Wait> {
    const FORMS: &str = "write `\"3s\"`, or `\"2s..5s\"` for a different time in each run";
    let text = item.text(found)?;
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    let (Ok(least), Ok(most)) = (parse_duration(least), parse_duration(most)) else {
        found
            .error(
                code::BAD_WAIT,
                item.span(),
                format!("`{text}` is no time to wait"),
            )
            .help(FORMS);
        return None;
    };
    if most < least || most.is_zero() {
        found
            .error(
                code::BAD_WAIT,
                item.span(),
                format!("`{text}` is an empty wait"),
            )
            .help(FORMS);
        return None;
    }
    Some(Wait { least, most })
}
