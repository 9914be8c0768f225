//! Recording and alerting rules for Prometheus and its kin, made from what journeys say.
//!
//! Agents decide how each run counts and count it per SLO, so no bucket stands in for a threshold
//! here: rules add up counts, first counts and then their ratio, never a mean of ratios. The
//! policy is that of [`default_policy`], the same that a report evaluates.
//! What only exists as a rule (`jaunt_slo:…`, the alerts' names) is named here; what agents send is
//! named where it is sent, and comes in as a [`Vocabulary`].
//!
//! Groups: one for each SLO (what pages, each minute), one for its period (every five minutes), one
//! for each journey, one for the agents. Prometheus evaluates a group in order and groups apart, so
//! an SLO's alerts see the records of the same instant, and one SLO does not wait for another.

mod alerts;
mod annotate;
mod journey;
pub(crate) mod promql;
mod recording;
mod vocabulary;

pub use alerts::{BURN, burn_labels};
pub use annotate::burn_summary;
pub use vocabulary::{Labels, Metrics, Vocabulary};

use crate::{Rule, Slo, Subject, default_policy, yaml::yaml};
use annotate::Case;
use recording::Recorded;
use serde_json::{Value, json};
use std::time::Duration;

/// A metric's selector, by labels that equal something.
pub fn selector(metric: &str, labels: &[(&str, &str)]) -> String {
    let matchers: Vec<_> = labels
        .iter()
        .map(|(label, value)| (*label, promql::Is::This(value)))
        .collect();
    promql::selector(metric, &matchers)
}

/// How often what pages is evaluated: as often as a report does.
pub(crate) const FAST: Duration = Duration::from_secs(60);
/// How often the period's figures are: they move slowly, and read far back.
pub(crate) const SLOW: Duration = Duration::from_secs(300);

/// What stands around the rules.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// How the store names what agents count.
    pub vocabulary: Vocabulary,
    /// Where the hub is: alerts link to an SLO's page there.
    pub hub: Option<String>,
    /// Where the runbook is: alerts link to `…#NAME`.
    pub runbook: Option<String>,
}

/// What happens at which share of an SLO's budget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Whether both sides stand behind it.
    pub standing: Standing,
}

/// Whether both sides stand behind a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Both have signed it.
    Agreed,
    /// Nobody has, or only one, or it changed since.
    #[default]
    Proposed,
}

/// What is to happen once so much of the budget is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The share of the budget, as a fraction.
    pub at: (u128, u128),
    /// What is done, in the words of those who agreed.
    pub what: String,
}

/// Rules, and what is to be known about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The file for Prometheus, without its head.
    pub groups: Value,
    /// What was left out or is worth a thought, in sentences.
    pub notes: Vec<String>,
}

/// The rules of these journeys; `policy` says what happens at which share of an SLO's budget.
pub fn rules(
    journeys: &[&Subject],
    policy: impl Fn(&Subject, &Slo) -> Policy,
    around: &Surroundings,
) -> Rules {
    let mut groups = Vec::new();
    let mut notes = Vec::new();
    for subject in journeys {
        for slo in &subject.slos {
            let case = Case::new(subject, slo, policy(subject, slo), around);
            groups.push(fast(&case));
            groups.push(slow(&case));
            notes.extend(remarks(&case));
        }
        if !subject.slos.is_empty() {
            groups.push(journey::group(subject, around));
        }
    }
    let shortest = journeys.iter().map(|subject| subject.every).min();
    if let Some(every) = shortest {
        groups.push(journey::agents(every, around));
    }
    Rules {
        groups: json!({ "groups": groups }),
        notes,
    }
}

impl Rules {
    /// The file: a head that says what it is, then the rules.
    pub fn text(&self) -> String {
        let mut text = String::from(HEAD);
        for note in &self.notes {
            text.push_str(&format!("# - {note}\n"));
        }
        text.push_str(&yaml(&self.groups));
        text
    }
}

const HEAD: &str = "\
# Made by `jaunt slo rules`; change the journeys, not this file.
#
# A page inhibits the tickets of its SLO. For Alertmanager:
#   inhibit_rules:
#     - source_matchers: [ alertname = JauntBudgetBurn, severity = page ]
#       target_matchers: [ alertname = JauntBudgetBurn, severity = ticket ]
#       equal: [ jaunt_customer, jaunt_journey, jaunt_slo ]
#
# Announced maintenance is left out by the agents. It also shortens the time that a budget is of,
# which only the report knows: here a budget is of the whole window.
";

/// The group that pages: counts, ratios, how fresh they are, then the alerts.
fn fast(case: &Case<'_>) -> Value {
    let mut rules = recording::fast(case);
    rules.extend(alerts::burn(case));
    rules.push(alerts::no_data(case));
    group(&case.name(), FAST, rules)
}

/// The group of the period: objective, budget, what is spent and left of it.
fn slow(case: &Case<'_>) -> Value {
    let mut rules = recording::slow(case);
    rules.extend(alerts::budget_spent(case));
    group(&format!("{}:period", case.name()), SLOW, rules)
}

fn group(name: &str, interval: Duration, rules: Vec<Value>) -> Value {
    json!({ "name": name, "interval": promql::duration(interval), "rules": rules })
}

/// What is left out, and what weighs heavily.
fn remarks(case: &Case<'_>) -> Vec<String> {
    let whose = case.title();
    let unreachable = case.rules.iter().filter(|rule| !rule.reachable);
    let mut notes: Vec<String> = unreachable
        .map(|rule| {
            format!(
                "{whose}: {} is left out: not even a total outage burns {} times as fast as the budget allows",
                rule.name,
                promql::decimal(rule.burn)
            )
        })
        .collect();
    let cadence = case.subject.cadence();
    if let Some(share) = cadence.share_of_one(case.slo.window.nominal(), &case.slo.objective)
        && share > 0.02
    {
        notes.push(format!(
            "{whose}: a single failure spends {:.1} % of the budget; probe more, or promise less",
            100.0 * share
        ));
    }
    if case.period().is_none() {
        notes.push(format!(
            "{whose}: a calendar window is no range of Prometheus's: `jaunt report` owns the period"
        ));
    }
    notes
}

impl Recorded<'_> {
    /// The windows that the policy looks at, shortest first.
    fn windows(rules: &[Rule]) -> Vec<Duration> {
        let mut windows: Vec<Duration> = rules.iter().flat_map(|r| [r.short, r.long]).collect();
        windows.sort_unstable();
        windows.dedup();
        windows
    }
}

/// The alerts of an SLO, over its window's usual length.
fn alerting(subject: &Subject, slo: &Slo) -> Vec<Rule> {
    default_policy(&slo.objective, slo.window.nominal(), subject.cadence())
}
