//! The alerts of one SLO.

use super::{
    annotate::{Case, share},
    promql::{Is, decimal, duration, selector},
    recording::{CUSTOMER, JOURNEY, Recorded, SLO, over_regions},
};
use crate::{Rule, Severity, nodata};
use jaunt_record::Outcome;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The name of a burn alert.
pub const BURN: &str = "JauntBudgetBurn";

/// The labels that tell a burn alert from all others: of which customer, journey and SLO it is, by
/// which rule. Whoever raises it gives it the same ones, so that one routing does for all.
pub fn burn_labels(
    [customer, journey, slo]: [&str; 3],
    (rule, severity): (&str, Severity),
    long: Duration,
) -> [(&'static str, String); 6] {
    [
        (CUSTOMER, customer.to_owned()),
        (JOURNEY, journey.to_owned()),
        (SLO, slo.to_owned()),
        (SEVERITY, severity.as_str().to_owned()),
        ("burn_window", duration(long)),
        (BURN_RULE, rule.to_owned()),
    ]
}

const SEVERITY: &str = "severity";
const BURN_RULE: &str = "burn_rule";

/// Spending too fast, one alert for each row of the policy that can be reached.
pub(super) fn burn(case: &Case<'_>) -> Vec<Value> {
    let reachable = case.rules.iter().filter(|rule| rule.reachable);
    reachable
        .map(|rule| {
            let slo = [
                case.subject.customer.as_str(),
                case.subject.journey.as_str(),
                case.slo.name.as_str(),
            ];
            let labels = burn_labels(slo, (rule.name, rule.severity), rule.long);
            let labels = labels.map(|(label, value)| (label.to_owned(), json!(value)));
            let labels = labels.into_iter().collect();
            alert(BURN, &burning(case, rule), None, labels, case.burning(rule))
        })
        .collect()
}

/// Both windows burn, and enough failed to be no accident. What starts the alert must be of now,
/// lest a backlog caught up late pages for the past. What fires goes on while nobody can say that
/// it is over.
fn burning(case: &Case<'_>, rule: &Rule) -> String {
    let recorded = Recorded(case);
    let threshold = decimal(rule.threshold);
    let fresh = fresh(case);
    let firing = firing(case, rule);
    format!(
        "(
  {short} > {threshold}
  and {long} > {threshold}
  and {bad} > {enough}
  and (
    ({age} < {fresh_s} unless {advance} > {advance_s})
    or {firing}
  )
)
or (
  {firing}
  unless {valid} > 0
)",
        short = recorded.error(rule.short),
        long = recorded.error(rule.long),
        bad = over_regions(&recorded.bad(rule.long)),
        // `increase` extrapolates: k failures are never counted as exactly k.
        enough = decimal((u128::from(rule.k_min) * 2 - 1, 2)),
        age = recorded.slot_age(),
        fresh_s = fresh.as_secs(),
        advance = recorded.slot_advance(rule.short),
        advance_s = (rule.short + fresh).as_secs(),
        valid = over_regions(&recorded.valid(rule.short)),
    )
}

/// The same alert, where it fires already, under the labels of what is recorded.
fn firing(case: &Case<'_>, rule: &Rule) -> String {
    let mut matchers = vec![
        ("alertname", Is::This(BURN)),
        ("alertstate", Is::This("firing")),
        (BURN_RULE, Is::This(rule.name)),
    ];
    matchers.extend(case.identity());
    let firing = selector("ALERTS", &matchers);
    format!("max by ({CUSTOMER}, {JOURNEY}, {SLO}) ({firing})")
}

/// A slot is fresh for five intervals, and never less than what collecting and scraping take.
fn fresh(case: &Case<'_>) -> Duration {
    Duration::from_secs(300).max(5 * case.subject.every)
}

/// Fewer than half of the planned runs ended: nobody can say how users fare. It pages, since the
/// burn alerts are blind meanwhile.
pub(super) fn no_data(case: &Case<'_>) -> Value {
    let window = nodata::window(case.subject.cadence());
    let planned = u128::from(case.subject.cadence().runs(window));
    let ended = case.increase(
        &[
            Outcome::Good,
            Outcome::Bad,
            Outcome::Excluded,
            Outcome::Ineligible,
        ],
        window,
    );
    let expr = format!("(sum({ended}) or vector(0)) < {}", decimal((planned, 2)));
    let length = duration(window);
    let description = format!(
        "Fewer than half of the {planned} runs planned within {length} ended. That is no statement about the service, good or bad: look at the agents and at what carries their counts here. A burn alert that fires is held until there is data again."
    );
    alert(
        "JauntSliNoData",
        &expr,
        // So long after a start the window is filled well enough.
        Some(window * 2 / 3),
        labels(case, Severity::Page),
        case.annotations(
            "JauntSliNoData",
            &format!("{}: too few runs to say how users fare", case.title()),
            &description,
        ),
    )
}

/// The budget of a rolling window is spent.
pub(super) fn budget_spent(case: &Case<'_>) -> Option<Value> {
    case.period()?;
    let consumed = Recorded(case).consumed();
    let description = format!(
        "{} of what {} over {} allows is spent. {} It comes back as the oldest bad runs leave the window; `jaunt report` says when, and whose they were.",
        share(&consumed),
        case.slo.objective,
        case.slo.window,
        case.agreed_at(&consumed),
    );
    Some(alert(
        "JauntBudgetSpent",
        &format!("{consumed} > 1"),
        None,
        labels(case, Severity::Ticket),
        case.annotations(
            "JauntBudgetSpent",
            &format!("{}: the error budget is spent", case.title()),
            &description,
        ),
    ))
}

fn labels(case: &Case<'_>, severity: Severity) -> Map<String, Value> {
    let mut labels = case.labels();
    labels.insert(SEVERITY.into(), json!(severity.as_str()));
    labels
}

/// An alerting rule.
pub(super) fn alert(
    name: &str,
    expr: &str,
    lasting: Option<Duration>,
    labels: Map<String, Value>,
    annotations: Map<String, Value>,
) -> Value {
    let mut rule = Map::new();
    rule.insert("alert".into(), json!(name));
    rule.insert("expr".into(), json!(expr));
    if let Some(lasting) = lasting {
        rule.insert("for".into(), json!(duration(lasting)));
    }
    rule.insert("labels".into(), Value::Object(labels));
    rule.insert("annotations".into(), Value::Object(annotations));
    Value::Object(rule)
}
