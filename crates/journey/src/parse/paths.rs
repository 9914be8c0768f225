//! Regular expressions, JSON paths, CSS selectors and XPaths: compiled here, never in a run.

use super::{cost, scope::literal};
use crate::{CssPath, JsonPath, Pattern, XPath, code};
use jaunt_text::{Diagnostics, Item, inside};
use std::ops::Range;

/// The longest path or regular expression, bytes.
const LONGEST: usize = 2_048;
/// How deep brackets of a path may be nested: its parsers recurse.
const DEEPEST: usize = 24;
/// The most memory that a compiled regular expression may take, bytes.
const REGEX_SIZE: usize = 2 << 20;

/// A regular expression.
pub(super) fn regex(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Pattern> {
    let text = bounded(item, code::BAD_REGEX, found)?;
    let compiled = regex::RegexBuilder::new(text)
        .size_limit(REGEX_SIZE)
        .nest_limit(64)
        .build();
    match compiled {
        Ok(regex) => Some(Pattern {
            text: text.to_owned(),
            regex,
        }),
        Err(_) => {
            let (part, why) = regex_error(text);
            refuse(item, code::BAD_REGEX, part, &why, found);
            None
        }
    }
}

/// Where and why a regular expression does not compile.
fn regex_error(text: &str) -> (Range<usize>, String) {
    let error = regex_syntax::ParserBuilder::new()
        .nest_limit(64)
        .build()
        .parse(text);
    match error {
        Err(regex_syntax::Error::Parse(error)) => (
            error.span().start.offset..error.span().end.offset,
            error.kind().to_string(),
        ),
        Err(regex_syntax::Error::Translate(error)) => (
            error.span().start.offset..error.span().end.offset,
            error.kind().to_string(),
        ),
        _ => (0..text.len(), "it takes too much memory".to_owned()),
    }
}

/// A regular expression with exactly one group.
pub(super) fn one_group(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Pattern> {
    let pattern = regex(item, found)?;
    let groups = pattern.regex.captures_len() - 1;
    if groups != 1 {
        found
            .error(
                code::ONE_GROUP,
                item.span(),
                format!("a capture's regular expression has one group, and this has {groups}"),
            )
            .help("put `(…)` round what is kept, and `(?:…)` round what is not");
        return None;
    }
    Some(pattern)
}

/// A JSON path (RFC 9535).
pub(super) fn json(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<JsonPath> {
    let text = bounded(item, code::BAD_PATH, found)?;
    match serde_json_path::JsonPath::parse(text) {
        Ok(_) if costs(item, cost::of_json(text), found) => None,
        Ok(path) => Some(JsonPath {
            text: text.to_owned(),
            path,
        }),
        Err(error) => {
            let start = error.position().saturating_sub(1).min(text.len());
            // The library's word for what it has no word for.
            let why = match error.message() {
                "parser error" => "from here on it is no JSON path (RFC 9535)".to_owned(),
                why => format!("{why} (RFC 9535)"),
            };
            refuse(item, code::BAD_PATH, start..text.len(), &why, found);
            None
        }
    }
}

/// A CSS selector.
pub(super) fn css(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<CssPath> {
    let text = bounded(item, code::BAD_PATH, found)?;
    match scraper::Selector::parse(text) {
        Ok(selector) => Some(CssPath {
            text: text.to_owned(),
            selector,
        }),
        Err(error) => {
            let why = error.to_string();
            refuse(item, code::BAD_PATH, 0..text.len(), &why, found);
            None
        }
    }
}

/// An XPath.
pub(super) fn xpath(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<XPath> {
    let text = bounded(item, code::BAD_PATH, found)?;
    match compile_xpath(text) {
        Ok(()) if costs(item, cost::of_xpath(text), found) => None,
        Ok(()) => Some(XPath {
            text: text.to_owned(),
        }),
        Err((part, why)) => {
            refuse(item, code::BAD_PATH, part, &why, found);
            None
        }
    }
}

fn compile_xpath(text: &str) -> Result<(), (Range<usize>, String)> {
    let whole = 0..text.len();
    let queries = xee_xpath::Queries::default();
    // The compiler is young: what makes it panic is refused as what it cannot read.
    let compiled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        queries.sequence(text).map(|_| ())
    }));
    match compiled {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let part = error.span.map_or(whole, |span| span.range());
            Err((
                part,
                format!("{} ({})", error.error.message(), error.error.code()),
            ))
        }
        Err(_) => Err((whole, "it cannot be read".to_owned())),
    }
}

/// Whether a path asks for more work than is done for anybody; that is then said.
fn costs(item: &Item<'_>, cost: Result<(), cost::Costly>, found: &mut Diagnostics<'_>) -> bool {
    let Err((part, why)) = cost else {
        return false;
    };
    let place = inside(found.text(), &item.span(), &part);
    let place = if place.is_empty() { item.span() } else { place };
    found
        .error(
            code::COSTLY_PATH,
            place,
            format!("{} asks for too much work", item.name()),
        )
        .label(why)
        .help("its cost must grow with what is searched and no faster: look up one thing, and capture it for the next step");
    true
}

/// The text of a path, if it is short and flat enough to be compiled.
fn bounded<'d>(
    item: &Item<'d>,
    code: &'static str,
    found: &mut Diagnostics<'_>,
) -> Option<&'d str> {
    let text = literal(item, found)?;
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if text.len() > LONGEST || deepest > DEEPEST {
        let why = format!("it is longer than {LONGEST} bytes or nested deeper than {DEEPEST}");
        refuse(item, code, 0..text.len(), &why, found);
        return None;
    }
    Some(text)
}

fn refuse(
    item: &Item<'_>,
    kind: &'static str,
    part: Range<usize>,
    why: &str,
    found: &mut Diagnostics<'_>,
) {
    let place = inside(found.text(), &item.span(), &part);
    let place = if place.is_empty() { item.span() } else { place };
    found
        .error(kind, place, format!("{} cannot be read", item.name()))
        .label(why.replace('\n', " "))
        .help(match item.key() {
            "css" => "a CSS selector, such as `ul.items > li`",
            "xpath" => "an XPath expression, such as `//item/price`",
            _ if kind == code::BAD_REGEX => {
                "regular expressions are those of RE2: no look-around, no back-references; `\\` takes a letter as it stands"
            }
            _ => "a JSON path begins with `$`, such as `$.items[*].price`",
        });
}
