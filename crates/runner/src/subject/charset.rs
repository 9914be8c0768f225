//! Text out of bytes, by the charset that Content-Type names.

use super::Broken;
use encoding_rs::{Encoding, UTF_8};
use jaunt_record::FailureKind;
use std::borrow::Cow;

/// The text of `bytes`.
///
/// A byte order mark wins over `content_type`, that over what an HTML page says of itself in its
/// first KiB (as browsers do), and UTF-8 is the rest.
pub(super) fn decode<'a>(bytes: &'a [u8], content_type: &str) -> Result<Cow<'a, str>, Broken> {
    let encoding = match named(content_type) {
        Some(label) => Encoding::for_label(label.as_bytes())
            .ok_or_else(|| broken(format!("the charset `{label}` is not known")))?,
        None => said(bytes, content_type).unwrap_or(UTF_8),
    };
    let (text, used, wrong) = encoding.decode(bytes);
    if wrong {
        return Err(broken(format!(
            "the body is not valid {}, which {}",
            used.name(),
            match named(content_type) {
                Some(_) => "its Content-Type claims",
                None => "a body is that claims nothing else",
            }
        )));
    }
    Ok(text)
}

fn broken(message: String) -> Broken {
    Broken {
        kind: Some(FailureKind::HttpCharset),
        message,
    }
}

/// The charset that a Content-Type names.
fn named(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

/// The charset that an HTML page says of itself.
fn said(bytes: &[u8], content_type: &str) -> Option<&'static Encoding> {
    if !content_type.to_ascii_lowercase().contains("html") {
        return None;
    }
    let head = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes)).to_ascii_lowercase();
    let (_, after) = head.split_once("charset=")?;
    let label: String = after
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c))
        .collect();
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charset_of_content_type_is_honoured_and_what_cannot_be_decoded_fails() {
        for (bytes, content_type, expected) in [
            (&b"caf\xc3\xa9"[..], "text/plain", Some("café")),
            (b"caf\xe9", "text/plain; charset=ISO-8859-1", Some("café")),
            (b"caf\xe9", "text/plain; Charset=\"latin1\"", Some("café")),
            (
                b"\x93\xfa\x96\x7b",
                "text/html;charset=Shift_JIS",
                Some("日本"),
            ),
            (
                b"\xef\xbb\xbfcaf\xc3\xa9",
                "text/plain; charset=latin1",
                Some("café"),
            ),
            (
                b"<meta charset=latin1>\xe9",
                "text/html",
                Some("<meta charset=latin1>é"),
            ),
            (b"caf\xe9", "text/plain", None),
            (b"caf\xe9", "text/plain; charset=utf-8", None),
            (b"cafe", "text/plain; charset=klingon", None),
        ] {
            let text = decode(bytes, content_type);
            assert_eq!(text.as_deref().ok(), expected, "{bytes:?} {content_type}");
            if let Err(broken) = text {
                assert_eq!(broken.kind, Some(FailureKind::HttpCharset));
            }
        }
    }
}
