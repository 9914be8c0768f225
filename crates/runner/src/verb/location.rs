//! URLs of requests: who named them, where they may send one, and how they are shown.

use crate::{
    attempt::{End, fault, named},
    known::{Filled, Known},
};
use jaunt_journey::Origin;
use jaunt_probe::Named;
use jaunt_record::{FailureKind, FailurePhase};
use std::ops::Range;
use url::Url;

/// Query parameters that are credentials or signatures by their very name, in lower case.
const SIGNATURES: [&str; 16] = [
    "access_token",
    "api_key",
    "apikey",
    "awsaccesskeyid",
    "client_secret",
    "id_token",
    "password",
    "refresh_token",
    "sig",
    "signature",
    "token",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-credential",
    "x-goog-signature",
];

/// A URL, and who named its host.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) url: Url,
    pub(crate) named: Named,
}

impl Place {
    /// The place of a filled text.
    pub(crate) fn of(filled: &Filled) -> Result<Self, End> {
        let wrong = |why: &str| {
            let message = format!("`{}` is no URL that can be asked: {why}", filled.text);
            End::Failed(fault(
                FailurePhase::Capture,
                FailureKind::CaptureType,
                message,
            ))
        };
        let mut url = Url::parse(&filled.text).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("it is neither http nor https"));
        }
        url.set_fragment(None);
        let named = named(&filled.captured, &authority(&filled.text));
        Ok(Self { url, named })
    }

    /// Where a Location of this place leads.
    pub(super) fn follow(&self, location: &str) -> Result<Self, String> {
        let mut url = self
            .url
            .join(location.trim())
            .map_err(|error| format!("the Location `{location}` is no URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(format!(
                "the Location `{location}` is neither http nor https"
            ));
        }
        url.set_fragment(None);
        // What a server writes there is no credential of ours.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let named = Named::Location;
        Ok(Self { url, named })
    }

    pub(super) fn origin(&self) -> Origin {
        Origin {
            scheme: self.url.scheme().to_owned(),
            host: self.url.host_str().unwrap_or_default().to_lowercase(),
            port: self.url.port_or_known_default().unwrap_or_default(),
        }
    }

    /// Whether credentials may go there: the file itself spells it out.
    pub(crate) fn at_home(&self, known: &Known) -> bool {
        self.named == Named::Journey || known.journey.origins.contains(&self.origin())
    }
}

/// Where scheme, host and port stand in the text of a URL, read as widely as parsers do: any number
/// of slashes, either way round, before it.
fn authority(text: &str) -> Range<usize> {
    let Some((scheme, rest)) = text.split_once(':') else {
        return 0..text.len();
    };
    let bare = rest.trim_start_matches(['/', '\\', '\t', '\r', '\n']);
    let start = scheme.len() + 1 + (rest.len() - bare.len());
    let length = bare.find(['/', '\\', '?', '#']).unwrap_or(bare.len());
    0..start + length
}

/// A URL as it may be shown: without user and password, signatures or secrets.
pub(super) fn shown(url: &Url, known: &Known) -> String {
    let mut url = url.clone();
    if !url.username().is_empty() || url.password().is_some() {
        let _ = url.set_username("***");
        let _ = url.set_password(None);
    }
    if let Some(query) = url.query() {
        let pieces: Vec<String> = query.split('&').map(parameter).collect();
        let query = pieces.join("&");
        url.set_query(Some(&query));
    }
    known.redactor.excerpt(url.as_str(), crate::bound::URL)
}

fn parameter(piece: &str) -> String {
    match piece.split_once('=') {
        Some((name, value))
            if !value.is_empty() && SIGNATURES.contains(&name.to_ascii_lowercase().as_str()) =>
        {
            format!("{name}=***")
        }
        _ => piece.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named_by(before: &str, capture: &str, after: &str) -> Named {
        let filled = Filled {
            text: format!("{before}{capture}{after}"),
            captured: std::iter::once(before.len()..before.len() + capture.len()).collect(),
            secret: false,
        };
        Place::of(&filled).unwrap().named
    }

    #[test]
    fn a_capture_that_touches_the_host_has_named_it() {
        for (before, capture, after, expected) in [
            ("https://a.example/", "x", "", Named::Journey),
            ("https://a.example", "/x", "", Named::Journey),
            ("https://a.example", ".evil.example/", "", Named::Capture),
            ("https://a.example:", "8443", "/", Named::Capture),
            ("https://", "a.example", "/x", Named::Capture),
            ("https:///", "a.example", "/x", Named::Capture),
            ("https:/\\", "a.example", "\\x", Named::Capture),
            ("", "https://a.example/", "x", Named::Capture),
            ("https://a.example?q=", "b", "", Named::Journey),
            ("https://user@", "a.example", "/", Named::Capture),
            ("https://a.example/", "", "", Named::Journey),
        ] {
            assert_eq!(
                named_by(before, capture, after),
                expected,
                "{before}|{capture}|{after}"
            );
        }
    }

    #[test]
    fn a_location_is_resolved_once_whatever_its_form() {
        let place = Place::of(&Filled {
            text: "https://A.example/x/y?q".into(),
            ..Filled::default()
        })
        .unwrap();
        for (location, expected) in [
            ("z", "https://a.example/x/z"),
            ("/z#part", "https://a.example/z"),
            ("//b.example/z", "https://b.example/z"),
            ("HTTP://B.example:80/Z", "http://b.example/Z"),
            ("https://user:pass@b.example/", "https://b.example/"),
            ("?p", "https://a.example/x/y?p"),
        ] {
            let next = place.follow(location).unwrap();
            assert_eq!(next.url.as_str(), expected, "{location}");
            assert_eq!(next.named, Named::Location);
        }
        for location in ["ftp://b.example/", "https://", "javascript:alert(1)"] {
            assert!(place.follow(location).is_err(), "{location}");
        }
    }

    #[test]
    fn signatures_do_not_show() {
        assert_eq!(parameter("X-Amz-Signature=abc"), "X-Amz-Signature=***");
        assert_eq!(parameter("page=2"), "page=2");
        assert_eq!(parameter("sig="), "sig=");
    }
}
