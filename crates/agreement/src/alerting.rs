//! The policy as alerts tell it.

use crate::{Agreement, PolicyRow, Standing, Who, proposed_policy};
use jaunt_slo::{Slo, Subject, rules};

impl Agreement {
    /// What alerts say of an SLO's budget: the rows that are agreed where this names it, else those
    /// that are proposed.
    pub fn alerting(&self, subject: &Subject, slo: &Slo) -> rules::Policy {
        if self.customer != subject.customer || self.slo(&subject.journey, &slo.name).is_none() {
            return proposed_alerting();
        }
        let standing = match self.standing() {
            Standing::Agreed(_) => rules::Standing::Agreed,
            Standing::Proposed(_) | Standing::Changed(_) => rules::Standing::Proposed,
        };
        policy(&self.policy, standing)
    }
}

/// What alerts say of a budget where nothing is agreed.
pub fn proposed_alerting() -> rules::Policy {
    policy(&proposed_policy(), rules::Standing::Proposed)
}

fn policy(rows: &[PolicyRow], standing: rules::Standing) -> rules::Policy {
    let rows = rows.iter().map(|row| rules::Row {
        at: (row.at.millionths().into(), 1_000_000),
        what: match row.who {
            Who::Both => row.action.clone(),
            Who::One(_) => format!("{} ({})", row.action, row.who.as_str()),
        },
    });
    rules::Policy {
        rows: rows.collect(),
        standing,
    }
}
