//! What someone asks to have written, from JSON or from a form.

use crate::{
    store::StoreError,
    view::View,
    written::{Act, Answer, Entry, What},
};
use serde::Deserialize;
use std::{collections::HashMap, ops::Range};

/// An entry as it is asked for; which keys are needed depends on `what`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) what: String,
    pub(super) customer: String,
    pub(super) journey: Option<String>,
    /// The SLO of the incident that it is about.
    slo: Option<String>,
    /// The second in which that incident began, as in its page's address.
    incident: Option<i64>,
    from: Option<String>,
    to: Option<String>,
    tickets: Option<u32>,
    party: Option<String>,
    #[serde(default)]
    reason: String,
}

/// An answer as it is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    #[serde(default)]
    pub(super) reason: String,
}

/// Why it cannot be put into words.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unclear {
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{0}` is no kind of entry: `maintenance`, `felt`, `party` or `note`")]
    What(String),
    #[error("`{0}` is no instant: such as `2026-12-01T02:00Z`")]
    Instant(String),
    #[error("`{0}` is no number")]
    Number(&'static str),
    #[error("there is no such journey or incident, or it is not yours to see")]
    NotFound,
    #[error("whose an incident was is agreed once it has ended; write a note until then")]
    GoesOn,
    #[error("the store cannot be read")]
    Store(#[from] StoreError),
}

impl Asked {
    /// What a form says; a field that was left empty is none.
    pub(super) fn of_form(fields: &mut HashMap<String, String>) -> Result<Self, Unclear> {
        let mut field = |name: &str| {
            let text = fields.remove(name)?;
            (!text.trim().is_empty()).then(|| text.trim().to_owned())
        };
        let number = |name, text: Option<String>| {
            let number = text.map(|text| text.parse::<i64>());
            number.transpose().map_err(|_| Unclear::Number(name))
        };
        let tickets = number("tickets", field("tickets"))?;
        Ok(Self {
            what: field("what").unwrap_or_default(),
            customer: field("customer").unwrap_or_default(),
            journey: field("journey"),
            slo: field("slo"),
            incident: number("incident", field("incident"))?,
            from: field("from"),
            to: field("to"),
            tickets: tickets
                .map(|count| u32::try_from(count).map_err(|_| Unclear::Number("tickets")))
                .transpose()?,
            party: field("party"),
            reason: field("reason").unwrap_or_default(),
        })
    }

    /// The line that it comes to, for one who may see what it is about. Blocks.
    pub(super) fn act(self, view: &View) -> Result<Act, Unclear> {
        let journey = self.journey.clone();
        let known = match &journey {
            Some(journey) => view.journey(&self.customer, journey).is_some(),
            None => view.customers()?.contains(&self.customer),
        };
        if !known {
            return Err(Unclear::NotFound);
        }
        let what = match self.what.as_str() {
            "maintenance" => {
                let (from_ns, to_ns) = self.time()?;
                What::Maintenance { from_ns, to_ns }
            }
            "felt" => {
                self.journey()?;
                let (from_ns, to_ns) = self.time()?;
                let tickets = self.tickets;
                What::Felt {
                    from_ns,
                    to_ns,
                    tickets,
                }
            }
            "party" => self.whose(view)?,
            "note" => {
                let about = self.incident(view)?;
                What::Note {
                    slo: about.slo,
                    incident_s: about.start_s,
                }
            }
            _ => return Err(Unclear::What(self.what.chars().take(32).collect())),
        };
        Ok(Act::Wrote(Entry {
            journey,
            what,
            reason: self.reason,
        }))
    }

    fn journey(&self) -> Result<&str, Unclear> {
        self.journey.as_deref().ok_or(Unclear::Missing("journey"))
    }

    fn time(&self) -> Result<(i64, i64), Unclear> {
        let of =
            |text: &Option<String>, key| instant(text.as_deref().ok_or(Unclear::Missing(key))?);
        Ok((of(&self.from, "from")?, of(&self.to, "to")?))
    }

    fn whose(&self, view: &View) -> Result<What, Unclear> {
        let about = self.incident(view)?;
        if about.goes_on {
            return Err(Unclear::GoesOn);
        }
        Ok(What::Party {
            slo: about.slo,
            incident_s: about.start_s,
            from_ns: about.runs.start,
            to_ns: about.runs.end,
            party: self.party.clone().ok_or(Unclear::Missing("party"))?,
        })
    }

    fn incident(&self, view: &View) -> Result<About, Unclear> {
        let slo = self.slo.clone().ok_or(Unclear::Missing("slo"))?;
        let start_s = self.incident.ok_or(Unclear::Missing("incident"))?;
        let of = (self.customer.as_str(), self.journey()?, slo.as_str());
        let (runs, goes_on) = view.incident(of, start_s)?.ok_or(Unclear::NotFound)?;
        Ok(About {
            slo,
            start_s,
            runs,
            goes_on,
        })
    }
}

/// The incident that an entry is about.
struct About {
    slo: String,
    start_s: i64,
    /// When its bad runs started, Unix ns.
    runs: Range<i64>,
    goes_on: bool,
}

/// An answer, by the name in its path.
pub(super) fn answer(entry: i64, name: &str, reason: String) -> Result<Act, Unclear> {
    let answer = Answer::from_name(name).ok_or(Unclear::NotFound)?;
    Ok(Act::Answered {
        entry,
        answer,
        reason,
    })
}

/// RFC 3339; Unix ns; or, as a browser's field gives it, a time of day in UTC.
fn instant(text: &str) -> Result<i64, Unclear> {
    if let Ok(ns) = text.parse::<i64>() {
        return Ok(ns);
    }
    let civil = || {
        let at = text.parse::<jiff::civil::DateTime>().ok()?;
        Some(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    let at = text.parse::<jiff::Timestamp>().ok().or_else(civil);
    let ns = at.and_then(|at| i64::try_from(at.as_nanosecond()).ok());
    ns.ok_or_else(|| Unclear::Instant(text.chars().take(64).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_utc_where_nothing_else_is_said() {
        let expected = 1_764_554_400_000_000_000;
        for text in [
            "2025-12-01T02:00Z",
            "2025-12-01T02:00:00+00:00",
            "2025-12-01T02:00",
            "1764554400000000000",
        ] {
            assert_eq!(instant(text).unwrap(), expected, "{text}");
        }
        for text in ["", "tomorrow", "9999-99-99T00:00", "25:00"] {
            assert!(instant(text).is_err(), "{text}");
        }
    }
}
