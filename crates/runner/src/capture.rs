//! Taking what later steps need out of what came back.

use crate::{
    known::Captured,
    secret,
    subject::{Broken, Found},
    value::{self, Node},
};
use jaunt_journey::{Capture, Decode, JsonPath, Pattern, Pick};
use jaunt_record::FailureKind;
use serde_json::Value as Json;
use std::cmp::Ordering;
use url::Url;

/// Why nothing was captured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lost {
    pub(crate) kind: FailureKind,
    /// A sentence; not redacted yet.
    pub(crate) message: String,
}

/// Takes `capture` out of what its subject is. `base` is the URL that relative ones are of;
/// `choose` picks one of so many.
pub(crate) fn take(
    capture: &Capture,
    found: Found,
    base: Option<&Url>,
    choose: impl FnMut(usize) -> usize,
) -> Result<Captured, Lost> {
    let nodes = match found {
        Found::Nodes(nodes) => nodes,
        Found::Broken(Broken { kind, message }) => {
            return Err(lost(
                capture,
                kind.unwrap_or(FailureKind::CaptureType),
                &message,
            ));
        }
    };
    let mut value = pick(capture, nodes, choose)?;
    if let Some(path) = &capture.then {
        value = within(capture, &value, path)?;
    }
    if let Some(pattern) = &capture.matches {
        value = Json::String(group(capture, &value, pattern)?);
    }
    if let Some(decode) = capture.decode {
        value = Json::String(decoded(capture, &value, decode)?);
    }
    if capture.as_url {
        value = Json::String(absolute(capture, &value, base)?);
    }
    if capture.secret && value::bare(&value).len() < secret::SHORTEST {
        return Err(lost(
            capture,
            FailureKind::CaptureType,
            "what was found is shorter than 6 bytes, too short to be kept out of what is reported",
        ));
    }
    Ok(Captured {
        value,
        secret: capture.secret,
    })
}

fn lost(capture: &Capture, kind: FailureKind, why: &str) -> Lost {
    Lost {
        kind,
        message: format!(
            "capture `{}` by {}: {why}",
            capture.name, capture.subject_text
        ),
    }
}

fn pick(
    capture: &Capture,
    nodes: Vec<Node>,
    mut choose: impl FnMut(usize) -> usize,
) -> Result<Json, Lost> {
    let count = nodes.len();
    let place = match (&capture.pick, count) {
        (_, 0) => return Err(lost(capture, FailureKind::CaptureNone, "found nothing")),
        (None, 1) | (Some(Pick::First), _) => 0,
        (None, _) => {
            let why = format!("found {count} nodes, and no `pick` says which is meant");
            return Err(lost(capture, FailureKind::CaptureSeveral, &why));
        }
        (Some(Pick::Last), _) => count - 1,
        (Some(Pick::Random), _) => choose(count),
        (Some(Pick::Min(path)), _) => extreme(capture, &nodes, path, Ordering::Less)?,
        (Some(Pick::Max(path)), _) => extreme(capture, &nodes, path, Ordering::Greater)?,
    };
    let picked = nodes.into_iter().nth(place).map(Node::into_json);
    picked.ok_or_else(|| lost(capture, FailureKind::CaptureNone, "found nothing"))
}

/// The place of the first node whose number at `path` comes before all others in this sense.
fn extreme(
    capture: &Capture,
    nodes: &[Node],
    path: &JsonPath,
    sense: Ordering,
) -> Result<usize, Lost> {
    let mut best: Option<(usize, Json)> = None;
    for (place, node) in nodes.iter().enumerate() {
        let Node::Json(json) = node else { continue };
        let numbers = path.path.query(json);
        let [number @ Json::Number(_)] = numbers.all()[..] else {
            continue;
        };
        let better = match &best {
            None => true,
            Some((_, least)) => value::order(number, least) == Some(sense),
        };
        if better {
            best = Some((place, number.clone()));
        }
    }
    best.map(|(place, _)| place).ok_or_else(|| {
        let why = format!(
            "found {} nodes, none of which has one number at `{}`",
            nodes.len(),
            path.text
        );
        lost(capture, FailureKind::CaptureType, &why)
    })
}

fn within(capture: &Capture, value: &Json, path: &JsonPath) -> Result<Json, Lost> {
    match path.path.query(value).all()[..] {
        [] => {
            let why = format!("found nothing at `{}` of what was picked", path.text);
            Err(lost(capture, FailureKind::CaptureNone, &why))
        }
        [node] => Ok(node.clone()),
        [..] => {
            let why = format!("found several nodes at `{}` of what was picked", path.text);
            Err(lost(capture, FailureKind::CaptureSeveral, &why))
        }
    }
}

fn text(capture: &Capture, value: &Json) -> Result<String, Lost> {
    match value {
        Json::String(_) | Json::Number(_) | Json::Bool(_) => Ok(value::bare(value)),
        Json::Null | Json::Array(_) | Json::Object(_) => {
            let why = format!("needs a text, and found {}", value::show(value));
            Err(lost(capture, FailureKind::CaptureType, &why))
        }
    }
}

fn group(capture: &Capture, value: &Json, pattern: &Pattern) -> Result<String, Lost> {
    let text = text(capture, value)?;
    let groups = pattern.regex.captures(&text);
    match groups.and_then(|groups| Some(groups.get(1)?.as_str().to_owned())) {
        Some(found) => Ok(found),
        None => {
            let why = format!("what was found does not match `{}`", pattern.text);
            Err(lost(capture, FailureKind::CaptureNone, &why))
        }
    }
}

fn decoded(capture: &Capture, value: &Json, decode: Decode) -> Result<String, Lost> {
    let text = text(capture, value)?;
    let wrong = |what: &str| {
        let why = format!("what was found is not valid {what}");
        lost(capture, FailureKind::CaptureType, &why)
    };
    match decode {
        Decode::Base64 => base64(&text).ok_or_else(|| wrong("base64 of UTF-8 text")),
        Decode::Url => percent_encoding::percent_decode_str(&text)
            .decode_utf8()
            .map(Into::into)
            .map_err(|_| wrong("percent-encoded UTF-8")),
        Decode::Html => Ok(html(&text)),
    }
}

/// Either alphabet, padded or not, line breaks left out.
fn base64(text: &str) -> Option<String> {
    let bare: String = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && *c != '=')
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let bytes = data_encoding::BASE64_NOPAD.decode(bare.as_bytes()).ok()?;
    String::from_utf8(bytes).ok()
}

/// HTML character references, all of the standard's names, by the parser that has the table: with
/// `<` itself made a reference nothing in the text can become an element.
fn html(text: &str) -> String {
    let safe = text.replace('<', "&lt;").replace('\r', "&#13;");
    // In a <textarea> the first newline would go, whitespace in a fragment stays.
    let html = scraper::Html::parse_fragment(&safe);
    html.root_element().text().collect()
}

fn absolute(capture: &Capture, value: &Json, base: Option<&Url>) -> Result<String, Lost> {
    let text = text(capture, value)?;
    let url = match base {
        Some(base) => base.join(text.trim()),
        None => Url::parse(text.trim()),
    };
    url.map(Into::into).map_err(|error| {
        let why = format!("what was found is no URL: {error}");
        lost(capture, FailureKind::CaptureType, &why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_decode_as_they_are_met_in_the_wild() {
        assert_eq!(base64("aMOpPz8-").as_deref(), Some("hé??>"));
        assert_eq!(base64("aMOp\nPz8+").as_deref(), Some("hé??>"));
        assert_eq!(base64("YQ==").as_deref(), Some("a"));
        assert_eq!(base64("YQ").as_deref(), Some("a"));
        assert_eq!(base64("!"), None);
        assert_eq!(base64("/w=="), None, "not UTF-8");
        assert_eq!(
            html("a &amp; b &lt;i&gt; &eacute; &#x2713; <b> &copy;  \r\n &nope;"),
            "a & b <i> é ✓ <b> ©  \r\n &nope;"
        );
        assert_eq!(html("  keep  "), "  keep  ");
    }
}
