//! A validated agreement.

use crate::{Change, Share};
use jaunt_slo::{MaintenancePolicy, Objective, Parties, Window};
use jiff::Timestamp;
use std::{collections::BTreeMap, ops::Range};

/// What customer and provider promise each other.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Agreement {
    /// Its name: `acme-2026`.
    pub name: String,
    /// The tenant, as journeys name it.
    pub customer: String,
    /// Who provides, for people.
    pub provider: String,
    /// From when it holds.
    pub in_force: Timestamp,
    /// Whom to turn to.
    pub contacts: Vec<Contact>,
    /// Whose failure it is: kind, else phase → party.
    pub parties: BTreeMap<String, String>,
    /// What is promised.
    pub slos: Vec<Agreed>,
    /// What happens at how much of the budget; ascending.
    pub policy: Vec<PolicyRow>,
    /// On which conditions maintenance is left out, and where the file says so; `None`: as the
    /// journeys have it.
    pub maintenance: Option<(MaintenancePolicy, Range<usize>)>,
    /// For the planner.
    pub value: Option<Value>,
    /// Who signed, in the file's order; each side at most once.
    pub signed: Vec<Signed>,
}

/// One of the two that sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Who provides.
    Provider,
    /// Whom it is provided to.
    Customer,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Provider, Self::Customer];

    /// Its name in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Customer => "customer",
        }
    }

    /// The side of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.as_str() == name)
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who acts on a policy row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// One side.
    One(Side),
    /// Both of them.
    Both,
}

impl Who {
    /// Who is called so.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "both" => Some(Self::Both),
            name => Side::from_name(name).map(Self::One),
        }
    }

    /// Its name in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One(side) => side.as_str(),
            Self::Both => "both",
        }
    }
}

/// `[[contact]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Whose.
    pub party: Side,
    /// Who or which team.
    pub name: String,
    /// Where to page them.
    pub page: Option<String>,
    /// With which key this party signs: `jaunt-public-key:…`.
    pub key: Option<String>,
}

/// `[[slo]]`: an objective that both sides share.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreed {
    /// The journey's name.
    pub journey: String,
    /// The SLO's.
    pub name: String,
    /// The objective.
    pub objective: Objective,
    /// The window.
    pub window: Window,
    /// Shares of the budget by party; at most the whole of it.
    pub allot: BTreeMap<String, Share>,
    /// Where it stands in the file.
    pub span: Range<usize>,
    /// Where its objective stands.
    pub objective_span: Range<usize>,
    /// Where its window stands.
    pub window_span: Range<usize>,
}

impl Agreed {
    /// Whether a journey of this name is meant; a matrix's are, by the name before it.
    pub fn is_of(&self, journey: &str) -> bool {
        let base = journey.split_once('[').map_or(journey, |(base, _)| base);
        self.journey == journey || self.journey == base
    }
}

/// `[[policy]]`: what happens at how much of the budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    /// From this share of the budget on.
    pub at: Share,
    /// What happens then.
    pub action: String,
    /// Who does it.
    pub who: Who,
    /// Whether a pipeline waits while it is in force.
    pub waits: bool,
}

/// What is proposed where nothing is agreed: information from half of the budget on, a ticket to
/// both from three quarters on, and who spent most freezes risky change once all of it is spent.
pub fn proposed_policy() -> Vec<PolicyRow> {
    [
        ("50%", "both sides are told", false),
        ("75%", "both sides get a ticket", false),
        (
            "100%",
            "whoever spent most of it freezes risky changes",
            true,
        ),
    ]
    .into_iter()
    .filter_map(|(at, action, waits)| {
        Some(PolicyRow {
            at: Share::parse(at).ok()?,
            action: action.to_owned(),
            who: Who::Both,
            waits,
        })
    })
    .collect()
}

/// `[value]`: what reliability is worth and costs, in whatever unit of money both mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What one bad run costs.
    pub per_bad_run: f64,
    /// What holding the present objective costs a year.
    pub per_nine: f64,
}

/// `[[signed]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who.
    pub party: Side,
    /// Which person.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The public key: `jaunt-public-key:…`.
    pub key: String,
    /// Whether the text is still what was signed.
    pub validity: Validity,
}

/// Whether the text is still what was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It is.
    Holds,
    /// It was changed since: what, as the signature's terms tell; empty where only layout or comments
    /// differ. `None`: the signature has no terms.
    Changed(Option<Vec<Change>>),
}

impl Agreement {
    /// Whose failure is whose, for the arithmetic.
    pub fn attribution(&self) -> Parties {
        Parties::new(self.parties.clone())
    }

    /// What was promised for an SLO of a journey.
    pub fn slo(&self, journey: &str, slo: &str) -> Option<&Agreed> {
        self.slos
            .iter()
            .find(|agreed| agreed.is_of(journey) && agreed.name == slo)
    }

    /// The policy row that is in force where so much of the budget is spent: the highest one that
    /// is reached.
    pub fn row(&self, consumed: f64) -> Option<&PolicyRow> {
        self.policy
            .iter()
            .rev()
            .find(|row| consumed >= row.at.ratio())
    }

    /// Where to page a side.
    pub fn contact(&self, side: Side) -> Option<&Contact> {
        self.contacts.iter().find(|contact| contact.party == side)
    }
}
