//! Signing an agreement: ed25519 over the file's text without its `[[signed]]` tables.
//!
//! The text is signed as people wrote it, comments and layout included, so that nothing that
//! someone reads in it can change unseen. Line ends and blank lines around a `[[signed]]` table are
//! left out of it: version control and editors touch those. Keys are those of `jaunt bundle
//! keygen`, one line of text each; the same seed signs bundles and agreements, which cannot be
//! taken for one another, since a bundle's signed text is JSON.

use crate::{Parsed, Side, parse, terms};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use data_encoding::BASE64;
use jiff::Timestamp;
use std::{fmt::Write, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

const SECRET: &str = "jaunt-secret-key:";
const PUBLIC: &str = "jaunt-public-key:";

/// A key that signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// The key of a line that `jaunt bundle keygen` made; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let seed = BASE64
            .decode(text.trim().strip_prefix(SECRET)?.as_bytes())
            .ok()?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        Some(Self { pair })
    }

    /// Its public half, as text.
    pub fn public(&self) -> String {
        format!("{PUBLIC}{}", BASE64.encode(self.pair.public_key().as_ref()))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// Why an agreement cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignError {
    /// It is not sound: its own problems say why.
    Unsound,
    /// It is in force already; `in_force` comes after the last signature.
    InForce(Timestamp),
    /// The contact of this side names another key.
    OtherKey(Side),
    /// The other side signed with this key: whoever holds it would have agreed with themselves.
    SameKey(Side),
}

impl std::error::Error for SignError {}

impl std::fmt::Display for SignError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsound => f.write_str("the agreement is not sound: `jaunt check` tells why"),
            Self::InForce(at) => write!(
                f,
                "it is in force since {at}: what is signed holds from a later `in_force` on"
            ),
            Self::OtherKey(side) => {
                write!(f, "the `[[contact]]` of `{side}` names another key")
            }
            Self::SameKey(side) => write!(
                f,
                "`{side}` signed with this key: each side signs with its own, so that neither can for both"
            ),
        }
    }
}

/// The agreement's text with the signature of `party`; an earlier one of the same party goes. All
/// else stays as it was written.
///
/// # Errors
/// The agreement is not sound, is in force already, names another key for this party, or the other
/// side signed with this one.
pub fn sign(
    text: &str,
    party: Side,
    by: &str,
    at: Timestamp,
    key: &SigningKey,
) -> Result<String, SignError> {
    // A signature that is to be replaced may be what is wrong.
    let bare = without(text, |side| side == Some(party.as_str()));
    let Parsed {
        agreement: Some(agreement),
        ..
    } = parse(&bare)
    else {
        return Err(SignError::Unsound);
    };
    if at >= agreement.in_force {
        return Err(SignError::InForce(agreement.in_force));
    }
    let own = agreement.contact(party).and_then(|c| c.key.as_deref());
    if own.is_some_and(|own| own != key.public()) {
        return Err(SignError::OtherKey(party));
    }
    let mut signed = agreement.signed.iter();
    if let Some(other) = signed.find(|signed| signed.key == key.public()) {
        return Err(SignError::SameKey(other.party));
    }
    let signed = signed_text(&bare);
    let signature = BASE64.encode(key.pair.sign(signed.as_bytes()).as_ref());
    let mut out = bare.trim_end().to_owned();
    let end = if bare.contains("\r\n") { "\r\n" } else { "\n" };
    let mut line = |text: std::fmt::Arguments<'_>| {
        let _ = write!(out, "{text}{end}");
    };
    line(format_args!("{end}"));
    line(format_args!("[[signed]]"));
    line(format_args!("party     = \"{party}\""));
    line(format_args!("by        = {}", quoted(by)));
    line(format_args!("at        = {at:.0}"));
    line(format_args!("key       = {}", quoted(&key.public())));
    line(format_args!("signature = \"{signature}\""));
    line(format_args!("terms     = ["));
    for term in terms::of(&bare) {
        line(format_args!("  {},", quoted(&term)));
    }
    line(format_args!("]"));
    Ok(out)
}

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What a signature of this file is over.
pub(crate) fn signed_text(text: &str) -> String {
    let kept = without(text, |_| true).replace("\r\n", "\n");
    format!("{}\n", kept.trim())
}

/// Whether `signature` of `key` is over `signed`; `None` where either is none at all.
pub(crate) fn verify(signed: &str, key: &str, signature: &str) -> Option<bool> {
    let key = BASE64
        .decode(key.strip_prefix(PUBLIC)?.as_bytes())
        .ok()
        .filter(|key| key.len() == 32)?;
    let signature = BASE64
        .decode(signature.as_bytes())
        .ok()
        .filter(|signature| signature.len() == 64)?;
    let key = UnparsedPublicKey::new(&ED25519, key);
    Some(key.verify(signed.as_bytes(), &signature).is_ok())
}

/// Whether a text is a public key.
pub(crate) fn is_public_key(text: &str) -> bool {
    let bytes = text
        .strip_prefix(PUBLIC)
        .and_then(|key| BASE64.decode(key.as_bytes()).ok());
    bytes.is_some_and(|bytes| bytes.len() == 32)
}

/// The text without those `[[signed]]` tables whose party `goes`.
fn without(text: &str, goes: impl Fn(Option<&str>) -> bool) -> String {
    let (document, _) = DeTable::parse_recoverable(text);
    let mut headers = Vec::new();
    for value in document.get_ref().values() {
        gather(text, value, &mut headers);
    }
    headers.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (start, party) in signed(document.get_ref()) {
        if !goes(party) || !text.get(start..).is_some_and(|rest| rest.starts_with('[')) {
            continue;
        }
        let next = headers.iter().find(|header| **header > start);
        out.push_str(text.get(from..start).unwrap_or_default());
        from = next.copied().unwrap_or(text.len());
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Where the `[[signed]]` tables begin, and of whom they are.
fn signed<'d>(root: &'d DeTable<'d>) -> Vec<(usize, Option<&'d str>)> {
    let Some(DeValue::Array(tables)) = root.get("signed").map(Spanned::get_ref) else {
        return Vec::new();
    };
    let party = |table: &'d Spanned<DeValue<'d>>| match table.get_ref() {
        DeValue::Table(table) => match table.get("party").map(Spanned::get_ref) {
            Some(DeValue::String(party)) => Some(&**party),
            _ => None,
        },
        _ => None,
    };
    let mut found: Vec<_> = tables
        .iter()
        .map(|table| (table.span().start, party(table)))
        .collect();
    found.sort_unstable();
    found
}

/// Where the tables with a header of their own begin.
fn gather(text: &str, value: &Spanned<DeValue<'_>>, headers: &mut Vec<usize>) {
    match value.get_ref() {
        DeValue::Table(table) => {
            let Range { start, .. } = value.span();
            if text.get(start..).is_some_and(|rest| rest.starts_with('[')) {
                headers.push(start);
            }
            for value in table.values() {
                gather(text, value, headers);
            }
        }
        DeValue::Array(values) => {
            for value in values.iter() {
                gather(text, value, headers);
            }
        }
        _ => {}
    }
}
