//! An entry as the API tells it, and how a report reads it again: as lines, so that what they come
//! to is decided by the same rules on both ends.

use super::{Act, Answer, Draft, Entry, Line, Standing, What, Written};
use jaunt_agreement::Side;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// An entry as JSON; keys that its kind does not have are absent.
pub fn told(written: &Written<'_>) -> Value {
    let wrote = &written.line.draft;
    let mut about = Map::new();
    let mut add = |name: &str, value: Value| about.insert(name.to_owned(), value);
    add("id", json!(written.line.seq));
    add("at_ns", json!(wrote.at_ns));
    add("author", json!(wrote.author));
    add("side", json!(wrote.side.as_str()));
    add("customer", json!(wrote.customer));
    add("journey", json!(written.entry.journey));
    add("what", json!(written.entry.what.as_str()));
    if let Some((slo, incident_s)) = written.entry.what.incident() {
        add("slo", json!(slo));
        add("incident", json!(incident_s));
    }
    match &written.entry.what {
        What::Maintenance { from_ns, to_ns } => {
            add("from_ns", json!(from_ns));
            add("to_ns", json!(to_ns));
        }
        What::Felt {
            from_ns,
            to_ns,
            tickets,
        } => {
            add("from_ns", json!(from_ns));
            add("to_ns", json!(to_ns));
            add("tickets", json!(tickets));
        }
        What::Party {
            from_ns,
            to_ns,
            party,
            ..
        } => {
            add("from_ns", json!(from_ns));
            add("to_ns", json!(to_ns));
            add("party", json!(party));
        }
        What::Note { .. } => {}
    }
    add("reason", json!(written.entry.reason));
    add("standing", json!(written.standing.as_str()));
    add("settled", json!(written.standing.settled().map(settled)));
    Value::Object(about)
}

/// The line that settled an entry.
fn settled(line: &Line) -> Value {
    let reason = match &line.draft.act {
        Act::Answered { reason, .. } => reason.as_str(),
        Act::Wrote(_) => "",
    };
    json!({
        "id": line.seq,
        "at_ns": line.draft.at_ns,
        "author": line.draft.author,
        "side": line.draft.side.as_str(),
        "reason": reason,
    })
}

/// What [`told`] wrote.
#[derive(Debug, Deserialize)]
struct Told {
    id: i64,
    at_ns: i64,
    author: String,
    side: String,
    customer: String,
    journey: Option<String>,
    what: String,
    slo: Option<String>,
    incident: Option<i64>,
    from_ns: Option<i64>,
    to_ns: Option<i64>,
    tickets: Option<u32>,
    party: Option<String>,
    reason: String,
    standing: String,
    settled: Option<Settled>,
}

#[derive(Debug, Deserialize)]
struct Settled {
    id: i64,
    at_ns: i64,
    author: String,
    side: String,
    reason: String,
}

/// The lines behind an entry that was [`told`]: its own, and that which settled it. `None`: it is no
/// such entry.
pub fn retold(entry: Value) -> Option<Vec<Line>> {
    let told: Told = serde_json::from_value(entry).ok()?;
    let what = told.what()?;
    let line = |seq, at_ns, author, side: &str, act| {
        let draft = Draft {
            at_ns,
            customer: told.customer.clone(),
            author,
            side: Side::from_name(side)?,
            act,
        };
        Some(Line { seq, draft })
    };
    let entry = Entry {
        journey: told.journey.clone(),
        what,
        reason: told.reason.clone(),
    };
    let wrote = Act::Wrote(entry);
    let author = told.author.clone();
    let mut lines = vec![line(told.id, told.at_ns, author, &told.side, wrote)?];
    if let Some(settled) = &told.settled {
        let answered = Act::Answered {
            entry: told.id,
            answer: Standing::answer(&told.standing)?,
            reason: settled.reason.clone(),
        };
        let author = settled.author.clone();
        let answered = line(settled.id, settled.at_ns, author, &settled.side, answered);
        lines.push(answered?);
    }
    Some(lines)
}

impl Told {
    fn what(&self) -> Option<What> {
        let span = || Some((self.from_ns?, self.to_ns?));
        let incident = || Some((self.slo.clone()?, self.incident?));
        Some(match self.what.as_str() {
            "maintenance" => {
                let (from_ns, to_ns) = span()?;
                What::Maintenance { from_ns, to_ns }
            }
            "felt" => {
                let (from_ns, to_ns) = span()?;
                What::Felt {
                    from_ns,
                    to_ns,
                    tickets: self.tickets,
                }
            }
            "party" => {
                let ((from_ns, to_ns), (slo, incident_s)) = (span()?, incident()?);
                What::Party {
                    slo,
                    incident_s,
                    from_ns,
                    to_ns,
                    party: self.party.clone()?,
                }
            }
            "note" => {
                let (slo, incident_s) = incident()?;
                What::Note { slo, incident_s }
            }
            _ => return None,
        })
    }
}

impl Standing<'_> {
    /// The answer that leads to a standing of this name.
    fn answer(name: &str) -> Option<Answer> {
        match name {
            "agreed" => Some(Answer::Consent),
            "declined" => Some(Answer::Decline),
            "withdrawn" => Some(Answer::Withdraw),
            _ => None,
        }
    }
}
