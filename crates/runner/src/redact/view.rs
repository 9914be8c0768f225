//! A text as it reads with an encoding undone, and where each byte came from.

use std::{borrow::Cow, ops::Range};

/// A text with an encoding undone.
pub(super) struct View<'a> {
    bytes: Cow<'a, [u8]>,
    /// Where each byte came from in the text; `None`: from its own place.
    from: Option<Vec<(u32, u32)>>,
}

/// An encoding that can be undone wherever it stands.
#[derive(Clone, Copy)]
enum Coding {
    Percent,
    Form,
    Json,
    Html,
}

impl<'a> View<'a> {
    /// `text` as it stands, and with each encoding undone that it shows a mark of.
    pub(super) fn all(text: &'a str) -> Vec<Self> {
        use Coding::{Form, Html, Json, Percent};
        let plain = Self {
            bytes: Cow::Borrowed(text.as_bytes()),
            from: None,
        };
        let mut views = vec![plain];
        // Positions are kept in four bytes; no text of ours is longer.
        if u32::try_from(text.len()).is_err() {
            return views;
        }
        let chains: [&[Coding]; 10] = [
            &[Percent],
            &[Form],
            &[Json],
            &[Html],
            &[Json, Percent],
            &[Json, Form],
            &[Json, Json],
            &[Html, Json],
            &[Html, Percent],
            &[Percent, Percent],
        ];
        for chain in chains {
            views.extend(Self::through(text, chain));
        }
        views
    }

    /// The text with `chain` undone in turn; `None` where one of them has nothing to undo.
    fn through(text: &str, chain: &[Coding]) -> Option<Self> {
        let mut bytes = Cow::Borrowed(text.as_bytes());
        let mut from: Option<Vec<(u32, u32)>> = None;
        for coding in chain {
            if !coding.marks(&bytes) {
                return None;
            }
            let (undone, places) = coding.undo(&bytes);
            from = Some(match from {
                None => places,
                Some(before) => places
                    .into_iter()
                    .map(|(start, end)| {
                        let first = before.get(start as usize).map_or(0, |place| place.0);
                        let last = before.get((end as usize).saturating_sub(1));
                        (first, last.map_or(first, |place| place.1))
                    })
                    .collect(),
            });
            bytes = Cow::Owned(undone);
        }
        let bytes = Cow::Owned(bytes.into_owned());
        Some(Self { bytes, from })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where in the text the bytes of `range` came from.
    pub(super) fn back(&self, range: Range<usize>) -> Range<usize> {
        match &self.from {
            None => range,
            Some(from) => {
                let first = from.get(range.start).map_or(0, |place| place.0 as usize);
                let last = from.get(range.end.saturating_sub(1));
                first..last.map_or(first, |place| place.1 as usize)
            }
        }
    }
}

impl Coding {
    /// Whether `bytes` may hold something to undo.
    fn marks(self, bytes: &[u8]) -> bool {
        match self {
            Self::Percent => bytes.contains(&b'%'),
            Self::Form => bytes.contains(&b'+'),
            Self::Json => bytes.contains(&b'\\'),
            Self::Html => bytes.contains(&b'&'),
        }
    }

    /// `bytes` undone, with the place of each byte that results.
    fn undo(self, bytes: &[u8]) -> (Vec<u8>, Vec<(u32, u32)>) {
        let mut undone = Vec::with_capacity(bytes.len());
        let mut places = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (decoded, length) = self.one(rest);
            let mut buffer = [0; 4];
            let piece: &[u8] = match decoded {
                Decoded::Byte(byte) => {
                    buffer[0] = byte;
                    buffer.get(..1).unwrap_or_default()
                }
                Decoded::Char(c) => c.encode_utf8(&mut buffer).as_bytes(),
            };
            let end = at + length;
            #[expect(clippy::cast_possible_truncation, reason = "the text is below 4 GiB")]
            places.extend(piece.iter().map(|_| (at as u32, end as u32)));
            undone.extend_from_slice(piece);
            at = end;
        }
        (undone, places)
    }

    /// What `rest` begins with, and how many bytes of it that takes: at least one.
    fn one(self, rest: &[u8]) -> (Decoded, usize) {
        let first = rest.first().copied().unwrap_or(0);
        let decoded = match (self, first) {
            (Self::Percent | Self::Form, b'%') => percent(rest),
            (Self::Form, b'+') => Some((Decoded::Byte(b' '), 1)),
            (Self::Json, b'\\') => json(rest),
            (Self::Html, b'&') => html(rest),
            _ => None,
        };
        decoded.unwrap_or((Decoded::Byte(first), 1))
    }
}

enum Decoded {
    Byte(u8),
    Char(char),
}

fn hex(bytes: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(bytes).ok()?, 16).ok()
}

fn percent(rest: &[u8]) -> Option<(Decoded, usize)> {
    let byte = u8::try_from(hex(rest.get(1..3)?)?).ok()?;
    Some((Decoded::Byte(byte), 3))
}

fn json(rest: &[u8]) -> Option<(Decoded, usize)> {
    let byte = match rest.get(1)? {
        b'u' => return unicode(rest),
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        other @ (b'"' | b'\\' | b'/' | b'\'') => *other,
        _ => return None,
    };
    Some((Decoded::Byte(byte), 2))
}

fn unicode(rest: &[u8]) -> Option<(Decoded, usize)> {
    let high = hex(rest.get(2..6)?)?;
    if let Some(c) = char::from_u32(high) {
        return Some((Decoded::Char(c), 6));
    }
    let low = hex(rest.get(6..12)?.strip_prefix(b"\\u")?)?;
    let both = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    let c = char::decode_utf16(both).next()?.ok()?;
    Some((Decoded::Char(c), 12))
}

fn html(rest: &[u8]) -> Option<(Decoded, usize)> {
    let end = rest.iter().take(12).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(rest.get(1..end)?).ok()?;
    let c = match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "sol" => '/',
        "equals" => '=',
        "plus" => '+',
        "grave" => '`',
        "commat" => '@',
        "num" => '#',
        "excl" => '!',
        "dollar" => '$',
        "percnt" => '%',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => hex(digits.as_bytes())?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((Decoded::Char(c), end + 1))
}
