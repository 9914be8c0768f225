//! What was agreed, as the arithmetic takes it.

use super::{Book, Draft, Standing, What, Written};
use jaunt_slo::{Corrected, Correction, Maintenance, Subject, When};
use jiff::Timestamp;

impl Book {
    /// The journey with what both sides agreed in writing beside what its file says.
    ///
    /// Maintenance still needs its notice (from when it was proposed) and its room under the cap: it
    /// is for the arithmetic to accept or refuse, with its reason.
    pub fn applied(&self, subject: &Subject) -> Subject {
        let mut subject = subject.clone();
        for written in self.entries(&subject.customer) {
            if !written.is_of(&subject.journey) {
                continue;
            }
            let Standing::Agreed(consent) = written.standing else {
                continue;
            };
            let (wrote, agreed) = (&written.line.draft, &consent.draft);
            let reason = written.entry.reason.clone();
            match &written.entry.what {
                What::Maintenance { from_ns, to_ns } => subject.maintenance.push(Maintenance {
                    when: When::Once {
                        from: at(*from_ns),
                        to: at(*to_ns),
                    },
                    announced: Some(at(wrote.at_ns)),
                    by: Some(who(wrote)),
                    approved_by: Some(who(agreed)),
                    reason: Some(reason),
                }),
                What::Party {
                    from_ns,
                    to_ns,
                    party,
                    ..
                } => subject.corrections.push(Correction {
                    from: at(*from_ns),
                    to: at(*to_ns),
                    at: at(agreed.at_ns),
                    what: Corrected::Party(party.clone()),
                    author: who(wrote),
                    approved_by: who(agreed),
                    reason,
                }),
                What::Felt { .. } | What::Note { .. } => {}
            }
        }
        subject
    }
}

impl Written<'_> {
    /// Whether it is about this journey.
    pub fn is_of(&self, journey: &str) -> bool {
        let of = self.entry.journey.as_deref();
        of.is_none_or(|of| of == journey)
    }
}

/// Who wrote a line: the side, and how its token is named.
pub fn who(draft: &Draft) -> String {
    format!("{} ({})", draft.side, draft.author)
}

fn at(ns: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(ns)).unwrap_or_default()
}
