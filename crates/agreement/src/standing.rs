//! Who agreed when, and whether that still is what stands there.

use crate::{Agreement, Side, Signed, Validity};
use std::fmt;

/// Who agreed when; `Display` says it in a sentence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing<'a> {
    /// Not both sides have signed.
    Proposed(&'a Agreement),
    /// Both have, and nothing changed since.
    Agreed(&'a Agreement),
    /// Something changed after a side signed.
    Changed(&'a Agreement),
}

impl Agreement {
    /// Who agreed when, and whether that still is what stands there.
    pub fn standing(&self) -> Standing<'_> {
        let changed = |signed: &Signed| signed.validity != Validity::Holds;
        if self.signed.iter().any(changed) {
            return Standing::Changed(self);
        }
        let both = Side::ALL
            .into_iter()
            .all(|side| self.signature(side).is_some());
        if both {
            Standing::Agreed(self)
        } else {
            Standing::Proposed(self)
        }
    }

    /// The signature of a side.
    pub fn signature(&self, side: Side) -> Option<&Signed> {
        self.signed.iter().find(|signed| signed.party == side)
    }
}

impl PartialEq for Agreement {
    /// By what makes a standing: the name, and who signed what.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.in_force == other.in_force && self.signed == other.signed
    }
}

impl Standing<'_> {
    /// `proposed`, `agreed` or `changed since signed`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Proposed(_) => "proposed",
            Self::Agreed(_) => "agreed",
            Self::Changed(_) => "changed since signed",
        }
    }
}

impl fmt::Display for Standing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.word())?;
        match self {
            Self::Proposed(agreement) => match agreement.signed.as_slice() {
                [] => f.write_str("nobody has signed it yet"),
                signed => {
                    let missing = Side::ALL
                        .into_iter()
                        .find(|side| agreement.signature(*side).is_none());
                    write!(f, "{}", list(signed))?;
                    missing.map_or(Ok(()), |side| write!(f, "; {side} has not signed yet"))
                }
            },
            Self::Agreed(agreement) => {
                let signed = list(&agreement.signed);
                write!(f, "{signed}; in force from {}", agreement.in_force)
            }
            Self::Changed(agreement) => {
                let mut first = true;
                for signed in &agreement.signed {
                    if let Validity::Changed(changes) = &signed.validity {
                        if !std::mem::take(&mut first) {
                            f.write_str("; ")?;
                        }
                        write!(f, "after {}: ", one(signed))?;
                        told(changes.as_deref(), f)?;
                    }
                }
                Ok(())
            }
        }
    }
}

fn told(changes: Option<&[crate::Change]>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    /// So many changes are told one by one.
    const MOST: usize = 6;
    let Some(changes) = changes else {
        return f.write_str("the signature does not tell what");
    };
    if changes.is_empty() {
        return f.write_str("comments or layout, no term");
    }
    for (index, change) in changes.iter().take(MOST).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{change}")?;
    }
    if changes.len() > MOST {
        write!(f, " and {} more", changes.len() - MOST)?;
    }
    Ok(())
}

fn list(signed: &[Signed]) -> String {
    let signed: Vec<String> = signed.iter().map(one).collect();
    signed.join(", ")
}

fn one(signed: &Signed) -> String {
    format!(
        "{} ({}) signed {}",
        signed.party,
        signed.by,
        signed.at.strftime("%Y-%m-%d %H:%M UTC")
    )
}
