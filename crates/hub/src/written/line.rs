//! One line, which stands for ever: bounded, with author and time.

use super::Refused;
use jaunt_agreement::Side;
use serde::{Deserialize, Serialize};

/// Characters of a reason or a note.
pub(super) const LONGEST: usize = 2_000;
/// Characters of a party's name.
const LONGEST_PARTY: usize = 64;
/// Maintenance that lasts longer is a decision about the service, which belongs in the agreement.
const LONGEST_MAINTENANCE_NS: i64 = 31 * DAY_NS;
/// Times lie within so much of now: beyond it no window looks.
const FARTHEST_NS: i64 = 400 * DAY_NS;
const DAY_NS: i64 = 86_400_000_000_000;

/// What someone wants to write, before it has a place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// When, Unix ns.
    pub at_ns: i64,
    /// About whose objectives.
    pub customer: String,
    /// Who, as the token is named.
    pub author: String,
    /// For which side.
    pub side: Side,
    /// What.
    pub act: Act,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its place; an entry is known by it.
    pub seq: i64,
    /// What it says.
    pub draft: Draft,
}

/// What a line does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Says or proposes something.
    Wrote(Entry),
    /// Answers an entry.
    Answered {
        /// Which, by its place.
        entry: i64,
        /// How.
        answer: Answer,
        /// Why; may be empty.
        reason: String,
    },
}

/// What is said or proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which journey; `None`, for maintenance: all of the customer's.
    pub journey: Option<String>,
    /// What.
    pub what: What,
    /// Why; of a note, the note.
    pub reason: String,
}

/// The kinds of entries. An incident is known by its SLO and the second it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// This time is to be left out. Needs consent.
    Maintenance {
        /// From when, Unix ns.
        from_ns: i64,
        /// Until when.
        to_ns: i64,
    },
    /// An incident was this party's. Needs consent.
    Party {
        /// The SLO whose incident it is.
        slo: String,
        /// When the incident began, Unix seconds.
        incident_s: i64,
        /// The bad runs that started from here, Unix ns,
        from_ns: i64,
        /// until here, are the party's.
        to_ns: i64,
        /// Whose it was.
        party: String,
    },
    /// Users said that it hurt.
    Felt {
        /// From when, Unix ns.
        from_ns: i64,
        /// Until when.
        to_ns: i64,
        /// How many of them wrote a ticket.
        tickets: Option<u32>,
    },
    /// A note about an incident.
    Note {
        /// The SLO whose incident it is.
        slo: String,
        /// When the incident began, Unix seconds.
        incident_s: i64,
    },
}

/// How an entry is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The other side agrees.
    Consent,
    /// The other side does not.
    Decline,
    /// Its own side takes it back.
    Withdraw,
}

impl Answer {
    /// All.
    pub const ALL: [Self; 3] = [Self::Consent, Self::Decline, Self::Withdraw];

    /// Its name in paths and forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Decline => "decline",
            Self::Withdraw => "withdraw",
        }
    }

    /// The answer of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.as_str() == name)
    }
}

impl What {
    /// Its name in the API and in forms.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Maintenance { .. } => "maintenance",
            Self::Party { .. } => "party",
            Self::Felt { .. } => "felt",
            Self::Note { .. } => "note",
        }
    }

    /// Whether it holds only once the other side agreed.
    pub const fn needs_consent(&self) -> bool {
        match self {
            Self::Maintenance { .. } | Self::Party { .. } => true,
            Self::Felt { .. } | Self::Note { .. } => false,
        }
    }

    /// The incident that it is about: its SLO, and the second it began.
    pub fn incident(&self) -> Option<(&str, i64)> {
        match self {
            Self::Party {
                slo, incident_s, ..
            }
            | Self::Note { slo, incident_s } => Some((slo, *incident_s)),
            Self::Maintenance { .. } | Self::Felt { .. } => None,
        }
    }
}

impl Draft {
    /// Whether its texts and times are within bounds, whatever else the log holds.
    pub(super) fn bounded(&self) -> Result<(), Refused> {
        match &self.act {
            Act::Answered { reason, .. } => text("the reason", reason, LONGEST),
            Act::Wrote(entry) => {
                if entry.reason.trim().is_empty() {
                    return Err(Refused::Empty("reason"));
                }
                text("the reason", &entry.reason, LONGEST)?;
                entry.what.bounded(self.at_ns)
            }
        }
    }
}

impl What {
    fn bounded(&self, now_ns: i64) -> Result<(), Refused> {
        match self {
            Self::Maintenance { from_ns, to_ns } => {
                time(*from_ns, *to_ns, now_ns)?;
                match to_ns.saturating_sub(*from_ns) > LONGEST_MAINTENANCE_NS {
                    true => Err(Refused::TooLong),
                    false => Ok(()),
                }
            }
            Self::Felt { from_ns, to_ns, .. } => time(*from_ns, *to_ns, now_ns),
            Self::Party { party, .. } => match party.trim().is_empty() {
                true => Err(Refused::Empty("party")),
                false => text("the party", party, LONGEST_PARTY),
            },
            Self::Note { .. } => Ok(()),
        }
    }
}

/// Text that a page can show and a person can read.
fn text(what: &'static str, text: &str, most: usize) -> Result<(), Refused> {
    if text.chars().count() > most {
        return Err(Refused::Text { what, most });
    }
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match text.chars().any(odd) {
        true => Err(Refused::Control(what)),
        false => Ok(()),
    }
}

fn time(from_ns: i64, to_ns: i64, now_ns: i64) -> Result<(), Refused> {
    if from_ns >= to_ns {
        return Err(Refused::Backwards);
    }
    let far = |ns: i64| ns.abs_diff(now_ns) > FARTHEST_NS.unsigned_abs();
    match far(from_ns) || far(to_ns) {
        true => Err(Refused::Far),
        false => Ok(()),
    }
}
