//! What an objective is worth: a further nine costs about ten times more, and avoids nine tenths of
//! the loss.
//!
//! cost(o) = K/b, loss(o) = L · b; their sum is least at b* = √(K/L). K follows from what holding the
//! present objective costs, L from what a bad run does. Both are estimates of people, so these are
//! doubles and decide nothing.

use crate::Objective;

/// Money a year, in the unit of who gave it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// What holding the objective costs.
    pub cost: f64,
    /// What bad runs cost where all of the budget is spent.
    pub loss: f64,
    /// What a further nine costs on top.
    pub next_cost: f64,
    /// The loss that it avoids.
    pub next_avoids: f64,
    /// The budget ratio at which cost and loss together are least; below 1.
    pub best_budget: Option<f64>,
}

/// What `objective` is worth over `runs` a year, of which a bad one costs `per_bad_run`, where
/// holding the objective costs `per_nine` a year.
pub fn worth(objective: &Objective, runs: u64, per_bad_run: f64, per_nine: f64) -> Worth {
    let b = objective.budget_ratio();
    #[expect(clippy::cast_precision_loss, reason = "an estimate in money")]
    let at_stake = runs as f64 * per_bad_run;
    let best = (per_nine * b / at_stake).sqrt();
    Worth {
        cost: per_nine,
        loss: at_stake * b,
        next_cost: 9.0 * per_nine,
        next_avoids: 0.9 * at_stake * b,
        best_budget: (best.is_finite() && best < 1.0).then_some(best),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_and_loss_together_are_least_at_the_best_budget() {
        let objective = Objective::parse("99.9%").unwrap();
        let worth = worth(&objective, 1_000_000, 12.0, 40_000.0);
        assert!((worth.loss - 12_000.0).abs() < 1e-6);
        assert!((worth.next_cost - 360_000.0).abs() < 1e-6);
        assert!((worth.next_avoids - 10_800.0).abs() < 1e-6);
        let best = worth.best_budget.unwrap();
        let total = |b: f64| 40.0 / b + 12_000_000.0 * b;
        assert!((best - (40.0_f64 / 12e6).sqrt()).abs() < 1e-12);
        assert!(total(best) < total(best * 1.01) && total(best) < total(best * 0.99));
    }

    #[test]
    fn where_nothing_is_at_stake_no_budget_is_the_best() {
        let objective = Objective::parse("99.9%").unwrap();
        assert_eq!(worth(&objective, 0, 12.0, 40_000.0).best_budget, None);
        assert_eq!(worth(&objective, 10, 0.01, 40_000.0).best_budget, None);
    }
}
