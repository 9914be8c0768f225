//! What both sides agreed, as far as a page repeats it.

use jaunt_slo::words::whole;

/// The agreement behind an SLO.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreed {
    /// Who agreed and when, or that it is proposed, or what was changed since it was signed.
    pub sentence: Option<String>,
    /// What is to happen at how much of the budget, ascending.
    pub policy: Vec<PolicyRow>,
}

/// What is to happen once so much of the budget is spent.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyRow {
    /// The share of the budget spent, from which it holds: 0.75.
    pub at: f64,
    /// What is done.
    pub action: String,
    /// Who does it.
    pub who: String,
}

impl Agreed {
    /// The row that is in force at this share of the budget.
    pub fn in_force(&self, consumed: f64) -> Option<&PolicyRow> {
        self.policy.iter().rev().find(|row| consumed >= row.at)
    }

    /// What both sides agreed for this share, in a sentence.
    pub fn says(&self, consumed: Option<f64>) -> String {
        let Some(consumed) = consumed else {
            return "Nothing can be said about the budget yet.".to_owned();
        };
        match (self.in_force(consumed), self.policy.first()) {
            (Some(row), _) => format!(
                "Agreed from {} % on: {} ({}).",
                whole(row.at),
                row.action,
                row.who
            ),
            (None, Some(first)) => format!(
                "Nothing is to be done below {} % of the budget; then: {} ({}).",
                whole(first.at),
                first.action,
                first.who
            ),
            (None, None) => "No agreement says what is to happen at this share.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_in_force_is_the_highest_that_was_reached() {
        let row = |at, action: &str| PolicyRow {
            at,
            action: action.to_owned(),
            who: "both".to_owned(),
        };
        let agreed = Agreed {
            sentence: None,
            policy: vec![row(0.5, "talk"), row(1.0, "freeze")],
        };
        for (consumed, expected) in [
            (0.1, None),
            (0.5, Some("talk")),
            (0.99, Some("talk")),
            (1.3, Some("freeze")),
        ] {
            let found = agreed.in_force(consumed).map(|row| row.action.as_str());
            assert_eq!(found, expected, "{consumed}");
        }
        assert!(agreed.says(Some(0.1)).contains("below 50 %"));
        assert!(Agreed::default().says(Some(0.1)).contains("No agreement"));
    }
}
