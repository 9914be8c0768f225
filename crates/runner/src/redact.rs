//! Secrets out of every text that leaves, in whatever clothes they come.
//!
//! Two ways together. What cannot be undone without its neighbours is listed as a needle: base64
//! in each of its three alignments, in both alphabets, and hex. What can be undone is undone: the
//! text is read once more with its percent-encoding, its JSON escapes and its HTML references
//! decoded (and some of these inside one another), and a find there is carried back to the bytes
//! that it came from. So it does not matter which of the many sets of characters a server chose to
//! escape, or in which case. All needles are sought in one pass (Aho-Corasick); finds that overlap
//! or touch become one `***`.

mod view;

use crate::bound;
use aho_corasick::{AhoCorasick, MatchKind};
use std::{borrow::Cow, collections::BTreeSet, ops::Range};
use view::View;

/// What stands where a secret stood.
pub(crate) const MASK: &str = "***";

/// Hides secrets.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    needles: BTreeSet<Vec<u8>>,
    longest: usize,
    automaton: Option<AhoCorasick>,
}

impl Redactor {
    /// From now on, hides `secret` too. Whether it was new.
    pub(crate) fn hide(&mut self, secret: &str) -> bool {
        if secret.len() < crate::secret::SHORTEST || self.needles.contains(secret.as_bytes()) {
            return false;
        }
        self.needles.extend(needles(secret.as_bytes()));
        // What servers trim must not show for it.
        let trimmed = secret.trim();
        if trimmed.len() >= crate::secret::SHORTEST {
            self.needles.insert(trimmed.as_bytes().to_vec());
        }
        self.longest = self.needles.iter().map(Vec::len).max().unwrap_or(0);
        self.automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&self.needles)
            .ok();
        true
    }

    /// Whether `text` holds a secret in any of its forms.
    pub(crate) fn finds(&self, text: &str) -> bool {
        !self.ranges(text).is_empty()
    }

    /// `text` without secrets.
    pub(crate) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let ranges = self.ranges(text);
        if ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(masked(text, text.len(), &ranges))
    }

    /// The first `most` bytes of `text` without secrets, cut at a character, `…` where it was cut.
    ///
    /// A secret that reaches across the cut is found whole, and nothing from behind the cut moves up.
    pub(crate) fn excerpt(&self, text: &str, most: usize) -> String {
        // One byte in the clear takes at most six in JSON (`\u0061`) and more only by nesting.
        let window = bound::floor(text, most.saturating_add(self.longest.saturating_mul(12)));
        let end = bound::floor(text, most);
        let seen = text.get(..window).unwrap_or(text);
        let mut shown = masked(seen, end, &self.ranges(seen));
        if end < text.len() {
            shown.push('…');
        }
        shown
    }

    /// Where secrets are in `text`: ascending, apart from each other.
    fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for view in View::all(text) {
            found.extend(
                automaton
                    .find_overlapping_iter(view.bytes())
                    .map(|hit| view.back(hit.range())),
            );
        }
        found.sort_unstable_by_key(|range| (range.start, range.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for range in found {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        apart
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} needles)", self.needles.len())
    }
}

/// `text` up to `end`, each of `ranges` that begins before it masked.
fn masked(text: &str, end: usize, ranges: &[Range<usize>]) -> String {
    let mut shown = String::new();
    let mut at = 0;
    for range in ranges.iter().take_while(|range| range.start < end) {
        shown.push_str(text.get(at..range.start).unwrap_or_default());
        shown.push_str(MASK);
        at = range.end;
    }
    shown.push_str(text.get(at..end).unwrap_or_default());
    shown
}

/// The forms of `secret` that no decoding of the text around it brings back.
fn needles(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut needles = vec![
        secret.to_vec(),
        data_encoding::HEXLOWER.encode(secret).into_bytes(),
        data_encoding::HEXUPPER.encode(secret).into_bytes(),
    ];
    for shift in 0..3 {
        let mut padded = vec![0; shift];
        padded.extend_from_slice(secret);
        // Characters that no neighbour has a bit in: 6 bits each.
        let from = (shift * 8).div_ceil(6);
        let to = padded.len() * 8 / 6;
        for encoding in [data_encoding::BASE64_NOPAD, data_encoding::BASE64URL_NOPAD] {
            let text = encoding.encode(&padded);
            needles.extend(text.get(from..to).map(|piece| piece.as_bytes().to_vec()));
        }
    }
    needles
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hiding(secrets: &[&str]) -> Redactor {
        let mut redactor = Redactor::default();
        for secret in secrets {
            redactor.hide(secret);
        }
        redactor
    }

    #[test]
    fn a_secret_is_hidden_in_whatever_clothes_it_comes() {
        let redactor = hiding(&["p@ss \"w&rd'<1>/é"]);
        for text in [
            "before p@ss \"w&rd'<1>/é after",
            "before p%40ss%20%22w%26rd%27%3C1%3E%2F%C3%A9 after",
            "before p%40ss+%22w%26rd%27%3c1%3e%2f%c3%a9 after",
            "before p@ss%20\"w&rd'<1>/%C3%A9 after",
            r#"before p@ss \"w&rd'<1>\/é after"#,
            r"before p@ss \u0022w\u0026rd\u0027\u003c1\u003E\/\u00e9 after",
            "before p@ss &quot;w&amp;rd&#39;&lt;1&gt;/é after",
            "before p@ss &#34;w&#38;rd&#x27;&#60;1&#x3e;&#x2F;&#233; after",
            "before 70407373202277267264273c313e2fc3a9 after",
            r"before p%40ss%20%22w%26rd%27%3C1%3E%2F\u00e9 after",
            r#"before p@ss \&quot;w&amp;rd'<1>\/é after"#,
        ] {
            assert_eq!(redactor.text(text), "before *** after", "{text}");
        }
    }

    #[test]
    fn base64_of_a_text_that_holds_a_secret_is_hidden_in_each_of_its_three_alignments() {
        let redactor = hiding(&["hunter2-?>>"]);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "z", "zy", "zyx"] {
                let whole = format!("{before}hunter2-?>>{after}");
                for encoding in [data_encoding::BASE64, data_encoding::BASE64URL_NOPAD] {
                    let text = encoding.encode(whole.as_bytes());
                    let shown = redactor.text(&text);
                    assert!(shown.contains(MASK), "{whole}: {text}");
                    // What is left of it are the neighbours, and at most two characters with a few
                    // bits of its first and last byte.
                    let left = shown.len() - MASK.len();
                    let most = (before.len() + after.len()) * 4 / 3 + 6;
                    assert!(left <= most, "{whole}: {shown}");
                }
            }
        }
    }

    #[test]
    fn overlapping_secrets_leave_nothing_between_them() {
        let redactor = hiding(&["abcdefgh", "efghijkl", "abcdefghijklmnop"]);
        assert_eq!(redactor.text("-abcdefghijkl-"), "-***-");
        assert_eq!(redactor.text("-abcdefghijklmnop-"), "-***-");
        assert_eq!(redactor.text("-abcdefghabcdefgh-"), "-***-");
    }

    #[test]
    fn a_secret_across_the_cut_of_an_excerpt_does_not_show_in_part() {
        let redactor = hiding(&["topsecret"]);
        let text = "0123456topsecret9 and more";
        assert_eq!(redactor.excerpt(text, 10), "0123456***…");
        assert_eq!(redactor.excerpt(text, 7), "0123456…");
        let many = "topsecret".repeat(100);
        assert_eq!(redactor.excerpt(&many, 13), "***…");
        assert_eq!(redactor.excerpt("éééé", 3), "é…");
        assert_eq!(redactor.excerpt("short", 10), "short");
    }

    proptest! {
        #[test]
        fn no_text_panics_and_no_secret_stays(
            before in ".{0,20}", secret in "[ -~é]{6,20}", after in ".{0,20}", most in 0_usize..60,
        ) {
            let redactor = hiding(&[&secret]);
            for text in [
                format!("{before}{secret}{after}"),
                format!("{before}{}{after}", serde_json::to_string(&secret).unwrap()),
                percent_encoding::utf8_percent_encode(
                    &format!("{before}{secret}{after}"), percent_encoding::NON_ALPHANUMERIC).to_string(),
            ] {
                let shown = redactor.text(&text);
                prop_assert!(!shown.contains(&secret) || MASK.contains(&secret));
                prop_assert!(shown.contains(MASK), "{}", text);
                let _ = redactor.excerpt(&text, most);
            }
        }
    }
}
