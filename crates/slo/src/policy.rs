//! The alert policy: when the rate of spending is worth waking someone for.
//!
//! Four rows after the SRE Workbook's chapter *Alerting on SLOs* (multiwindow, multi-burn-rate),
//! with the burn rates derived from the share of the budget and the SLO's own window, and with a
//! fewest count of failures in place of a floor of traffic, which would silence a total outage too.

use crate::{Cadence, Objective, beta};
use std::time::Duration;

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Wake someone.
    Page,
    /// Look at it in working hours.
    Ticket,
}

impl Severity {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }

    /// How rarely a service exactly on target may raise the alert, and the fewest failures that may.
    const fn bounds(self) -> (f64, u64) {
        match self {
            Self::Page => (0.001, 2),
            Self::Ticket => (0.1, 1),
        }
    }
}

/// A row of the policy, before it knows its SLO.
struct Row {
    rule: &'static str,
    severity: Severity,
    long: Duration,
    /// Percent of the budget that `long` at this rate spends.
    percent: u128,
}

const HOUR: u64 = 3_600;

const ROWS: [Row; 4] = [
    Row {
        rule: "page-fast",
        severity: Severity::Page,
        long: Duration::from_secs(HOUR),
        percent: 2,
    },
    Row {
        rule: "page-slow",
        severity: Severity::Page,
        long: Duration::from_secs(6 * HOUR),
        percent: 5,
    },
    Row {
        rule: "ticket-fast",
        severity: Severity::Ticket,
        long: Duration::from_secs(24 * HOUR),
        percent: 10,
    },
    Row {
        rule: "ticket-slow",
        severity: Severity::Ticket,
        long: Duration::from_secs(72 * HOUR),
        percent: 10,
    },
];

/// A rule: it fires where the error ratio of both windows is above `burn · b`, and the long one
/// holds at least `k_min` failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name: `page-fast`.
    pub name: &'static str,
    /// How urgent.
    pub severity: Severity,
    /// The long window.
    pub long: Duration,
    /// The short one, which lets it end soon after the trouble does.
    pub short: Duration,
    /// Percent of the budget that the long window at this rate spends.
    pub percent: u128,
    /// The burn rate, as a fraction in lowest terms.
    pub burn: (u128, u128),
    /// burn · b as a fraction in lowest terms: the error ratio to exceed.
    pub threshold: (u128, u128),
    /// The fewest failures in the long window.
    pub k_min: u64,
    /// Whether any error ratio can exceed the threshold: burn · b < 1.
    pub reachable: bool,
}

/// The four default rules for `objective` over a window of `window` (a calendar period's own
/// length) at `cadence`.
pub fn default_policy(objective: &Objective, window: Duration, cadence: Cadence) -> Vec<Rule> {
    ROWS.iter()
        .map(|row| row.rule(objective, window, cadence))
        .collect()
}

impl Row {
    fn rule(&self, objective: &Objective, window: Duration, cadence: Cadence) -> Rule {
        // max(1, percent · W / (100 · long))
        let part = (
            self.percent * u128::from(window.as_secs()),
            100 * u128::from(self.long.as_secs()),
        );
        let burn = if part.0 > part.1 {
            reduced(part)
        } else {
            (1, 1)
        };
        let b = reduced(objective.budget());
        let threshold = reduced((burn.0 * b.0, burn.1 * b.1));
        Rule {
            name: self.rule,
            severity: self.severity,
            long: self.long,
            short: (self.long / 12).max(2 * cadence.every),
            percent: self.percent,
            burn,
            threshold,
            k_min: fewest_failures(objective, cadence.runs(self.long), self.severity),
            reachable: threshold.0 < threshold.1,
        }
    }
}

/// The fewest failures that a service exactly on target shows among `runs` with a probability of
/// at most α: 0.001 for a page (never below 2: one failure wakes nobody), 0.1 for a ticket.
fn fewest_failures(objective: &Objective, runs: u64, severity: Severity) -> u64 {
    let (alpha, floor) = severity.bounds();
    let b = objective.budget_ratio();
    let rare = |k: u64| beta::binomial_at_least(k, runs, b) <= alpha;
    if rare(floor) {
        return floor;
    }
    // `rare` is monotone and true beyond `runs`.
    let (mut low, mut high) = (floor, runs.saturating_add(1).max(floor));
    while low + 1 < high {
        let middle = low.midpoint(high);
        if rare(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The fraction in lowest terms.
pub(crate) fn reduced((numerator, denominator): (u128, u128)) -> (u128, u128) {
    let (mut a, mut b) = (numerator, denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let divisor = a.max(1);
    (numerator / divisor, denominator / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn policy(objective: &str, days: u64, every: u64, regions: u64) -> Vec<Rule> {
        let cadence = Cadence {
            every: Duration::from_secs(every),
            regions,
        };
        let window = Duration::from_secs(days * DAY);
        default_policy(&Objective::parse(objective).unwrap(), window, cadence)
    }

    /// *The Site Reliability Workbook*, chapter 5, table 5-8: 2 % of a 30-day budget in 1 h is a burn
    /// rate of 14.4, 5 % in 6 h is 6, 10 % in 3 d is 1.
    #[test]
    fn burn_rates_are_those_of_the_workbook_over_30_days() {
        let burns: Vec<_> = policy("99.9%", 30, 60, 3).iter().map(|r| r.burn).collect();
        assert_eq!(burns, [(72, 5), (6, 1), (3, 1), (1, 1)]);
        let burns: Vec<_> = policy("99.9%", 28, 60, 3).iter().map(|r| r.burn).collect();
        assert_eq!(burns, [(336, 25), (28, 5), (14, 5), (1, 1)]);
    }

    #[test]
    fn the_fewest_failures_are_those_of_the_specification() {
        let k = |rules: Vec<Rule>| rules.iter().map(|r| r.k_min).collect::<Vec<_>>();
        assert_eq!(k(policy("99.9%", 28, 60, 3)), [3, 6, 8, 19]);
        assert_eq!(k(policy("99%", 28, 60, 3)), [8, 23, 53, 145]);
        assert_eq!(k(policy("99.9%", 28, 900, 1)), [2, 2, 1, 2]);
    }

    #[test]
    fn short_windows_hold_two_slots_at_least() {
        let short: Vec<_> = policy("99.9%", 28, 900, 1)
            .iter()
            .map(|r| r.short.as_secs() / 60)
            .collect();
        assert_eq!(short, [30, 30, 120, 360]);
    }

    #[test]
    fn a_rule_that_no_outage_can_reach_says_so() {
        let reachable: Vec<_> = policy("90%", 28, 60, 3)
            .iter()
            .map(|r| r.reachable)
            .collect();
        assert_eq!(reachable, [false, true, true, true]);
    }
}
