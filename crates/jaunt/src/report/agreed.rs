//! The agreement beside the figures: who agreed when, what was allotted, which row is in force.

use super::{Entry, journeys::Judged};
use crate::{agreement::File, args::Format, output::Output};
use jaunt_agreement::{Agreement, PolicyRow, governing};
use jaunt_slo::{
    Report,
    words::{percent, whole},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};

/// The agreements that a report stands on.
#[derive(Default)]
pub(crate) struct Agreements(Vec<Arc<Agreed>>);

/// An agreement that a report stands on.
pub(crate) struct Agreed {
    pub(crate) agreement: Agreement,
    /// Where the journeys say otherwise, in sentences.
    pub(crate) differs: Vec<String>,
    /// Whether it holds at the instant of the judgement.
    in_force: bool,
}

/// What an agreement makes of one SLO.
pub(crate) struct Shares {
    /// By party: what was allotted to it and what it spent, both of the whole budget.
    pub(crate) parties: Vec<Share>,
    /// What is agreed to happen at what is spent.
    pub(crate) row: Option<PolicyRow>,
    /// What the parts together promise: the product of 1 − b · allotted.
    expected: Option<f64>,
    felt: Option<f64>,
}

/// One party's share of the budget.
pub(crate) struct Share {
    party: String,
    allotted: Option<f64>,
    spent: f64,
}

/// The agreement of `path`; `None` where it is not sound, which is told.
pub(super) fn load(
    path: &Path,
    judged: &[Judged],
    at_ns: i64,
    format: Format,
    output: &mut Output,
) -> Result<Option<Agreed>, crate::sources::SourceError> {
    let mut file = File::open(path)?;
    let journeys: Vec<_> = judged.iter().map(|judged| &judged.journey).collect();
    let differs = file.hold_against(&journeys);
    file.tell(format, output);
    let Some(agreement) = file.agreement else {
        return Ok(None);
    };
    Ok(Some(Agreed::new(agreement, differs, at_ns)))
}

impl From<Agreed> for Agreements {
    fn from(agreed: Agreed) -> Self {
        Self(vec![Arc::new(agreed)])
    }
}

impl FromIterator<Agreed> for Agreements {
    fn from_iter<T: IntoIterator<Item = Agreed>>(agreed: T) -> Self {
        Self(agreed.into_iter().map(Arc::new).collect())
    }
}

impl Agreements {
    /// The one that speaks of the SLO of a report.
    pub(super) fn of(&self, report: &Report) -> Option<&Arc<Agreed>> {
        let slo = (&*report.customer, &*report.journey, &*report.slo);
        self.on(slo, report.evaluate_at_ns)
    }

    /// The one that speaks of an SLO at an instant, Unix ns.
    pub(super) fn on(&self, slo: (&str, &str, &str), at_ns: i64) -> Option<&Arc<Agreed>> {
        let found = governing(self.0.iter().map(|it| &it.agreement), slo, at_ns)?;
        self.0.iter().find(|it| std::ptr::eq(&it.agreement, found))
    }

    /// Who agreed when, and where the journeys say otherwise.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let of = |it: &Arc<Agreed>| {
            let differs = it.differs.iter().cloned();
            std::iter::once(it.sentence())
                .chain(differs)
                .collect::<Vec<_>>()
        };
        match self.0.as_slice() {
            [] => vec![NOT_AGREED.to_owned()],
            all => all.iter().flat_map(of).collect(),
        }
    }

    /// Who agreed when on an SLO, in a sentence.
    pub(crate) fn sentence(&self, entry: &Entry) -> String {
        let agreed = self.beside(entry).map(Agreed::sentence);
        agreed.unwrap_or_else(|| NOT_AGREED.to_owned())
    }

    /// The one that is told beside an SLO: that which names it, or the only one that was given.
    pub(super) fn beside<'a>(&'a self, entry: &'a Entry) -> Option<&'a Agreed> {
        match (&entry.agreement, self.0.as_slice()) {
            (Some(agreed), _) | (None, [agreed]) => Some(agreed),
            (None, _) => None,
        }
    }
}

/// What is said where nothing is agreed.
const NOT_AGREED: &str = "proposed: no agreement of both sides was given";

impl Agreed {
    /// An agreement as it stands at an instant, Unix ns.
    pub(super) fn new(agreement: Agreement, differs: Vec<String>, at_ns: i64) -> Self {
        let at = Timestamp::from_nanosecond(i128::from(at_ns)).unwrap_or(Timestamp::MAX);
        Self {
            in_force: at >= agreement.in_force,
            agreement,
            differs,
        }
    }

    /// Who agreed when.
    pub(crate) fn sentence(&self) -> String {
        let standing = self.agreement.standing();
        let later = if self.in_force {
            ""
        } else {
            " (after the time of this report)"
        };
        format!("agreement `{}`, {standing}{later}", self.agreement.name)
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let ns = |at: Timestamp| i64::try_from(at.as_nanosecond()).ok();
        let signed = self.agreement.signed.iter().map(|signed| {
            json!({
                "party": signed.party.as_str(), "by": signed.by, "at_ns": ns(signed.at),
                "key": signed.key,
                "holds": signed.validity == jaunt_agreement::Validity::Holds,
            })
        });
        json!({
            "name": self.agreement.name,
            "standing": self.agreement.standing().word(),
            "in_force_ns": ns(self.agreement.in_force),
            "in_force": self.in_force,
            "signed": signed.collect::<Vec<_>>(),
            "differs": self.differs,
        })
    }

    /// What it makes of the SLO of a report; `None` for one that it does not name.
    pub(crate) fn shares(&self, report: &Report) -> Option<Shares> {
        let agreed = self.agreement.slo(&report.journey, &report.slo)?;
        let mut parties: Vec<Share> = agreed
            .allot
            .iter()
            .map(|(party, share)| Share {
                party: party.clone(),
                allotted: Some(share.ratio()),
                spent: 0.0,
            })
            .collect();
        for (party, spent) in &report.attribution.budget_by_party {
            let own = owner(party, &parties).unwrap_or(party).to_owned();
            match parties.iter_mut().find(|share| share.party == own) {
                Some(share) => share.spent += spent,
                None => parties.push(Share {
                    party: own,
                    allotted: None,
                    spent: *spent,
                }),
            }
        }
        let b = report.budget.error_budget;
        let part = |share: &Share| share.allotted.map(|allotted| 1.0 - b * allotted);
        Some(Shares {
            expected: (!agreed.allot.is_empty()).then(|| parties.iter().filter_map(part).product()),
            felt: report.sli.felt_ratio,
            parties,
            row: report
                .budget
                .consumed
                .and_then(|consumed| self.agreement.row(consumed))
                .cloned(),
        })
    }
}

/// Whose share a party spends: its own, or that of whom it belongs to (`provider` for
/// `provider:payments`).
fn owner<'p>(party: &str, shares: &'p [Share]) -> Option<&'p str> {
    let allotted = |name: &str| {
        let share = shares.iter().find(|share| share.party == name)?;
        Some(share.party.as_str())
    };
    allotted(party).or_else(|| allotted(party.split_once(':')?.0))
}

impl Shares {
    /// What is said of them.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let row = self.row.as_ref().map(|row| {
            format!(
                "agreed from {} of the budget on: {} ({})",
                row.at,
                row.action,
                row.who.as_str()
            )
        });
        self.parts().into_iter().chain(row).collect()
    }

    /// What the parties were allotted, spent and promise together.
    pub(crate) fn parts(&self) -> Vec<String> {
        let mut said = Vec::new();
        let parts: Vec<String> = self.parties.iter().map(Share::sentence).collect();
        if !parts.is_empty() {
            said.push(format!("shares of the budget: {}", parts.join("; ")));
        }
        if let (Some(expected), Some(felt)) = (self.expected, self.felt) {
            said.push(format!(
                "the parts promise {} % together; users felt {} %, {:+.3} points",
                percent(expected),
                percent(felt),
                100.0 * (felt - expected)
            ));
        }
        said
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let parties = self.parties.iter().map(|share| {
            json!({ "party": share.party, "allotted": share.allotted, "spent": share.spent })
        });
        let row = self.row.as_ref().map(|row| {
            json!({
                "at": row.at.to_string(), "do": row.action, "who": row.who.as_str(),
                "gate": if row.waits { "wait" } else { "go" },
            })
        });
        json!({
            "parties": parties.collect::<Vec<_>>(),
            "policy_row": row,
            "expected_ratio": self.expected,
            "felt_minus_expected": self.felt.zip(self.expected).map(|(felt, expected)| felt - expected),
        })
    }
}

impl Share {
    fn sentence(&self) -> String {
        let spent = whole(self.spent);
        match self.allotted {
            None => format!(
                "{} spent {spent} %, and nothing is allotted to it",
                self.party
            ),
            Some(allotted) => {
                let over = if self.spent > allotted {
                    ", more than its share"
                } else {
                    ""
                };
                format!(
                    "{} spent {spent} of {} %{over}",
                    self.party,
                    whole(allotted)
                )
            }
        }
    }
}
