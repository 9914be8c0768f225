//! Corrections: what both sides found out about the past, by author, consent and reason.

use crate::instant;

/// A `[[correction]]` entry: an incident's party changed, or time that was no user's left out.
///
/// Both sides stand behind it: who wrote it is not who approved it. It is known from `at` on, so a
/// report as of an earlier instant does not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// From when it corrects.
    pub from: jiff::Timestamp,
    /// Until when.
    pub to: jiff::Timestamp,
    /// When it was made.
    pub at: jiff::Timestamp,
    /// What it makes of the time.
    pub what: Corrected,
    /// Who wrote it.
    pub author: String,
    /// Who agreed to it: the other party.
    pub approved_by: String,
    /// Why.
    pub reason: String,
}

/// What a correction makes of its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Corrected {
    /// The bad runs that started in it are this party's.
    Party(String),
    /// Its runs are left out, good and bad alike.
    LeftOut,
}

impl Correction {
    /// Its time, Unix ns.
    pub(crate) fn span(&self) -> (i64, i64) {
        (instant::ns(self.from), instant::ns(self.to))
    }

    /// The party that it puts a bad run down to, where it does.
    pub(crate) fn party_at(&self, start_ns: i64) -> Option<&str> {
        let (from, to) = self.span();
        match &self.what {
            Corrected::Party(party) if (from..to).contains(&start_ns) => Some(party),
            Corrected::Party(_) | Corrected::LeftOut => None,
        }
    }

    /// Whether it was known at an instant, Unix ns.
    pub fn is_known(&self, at_ns: i64) -> bool {
        instant::ns(self.at) <= at_ns
    }
}
