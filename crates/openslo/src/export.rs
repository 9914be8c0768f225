//! Journeys' SLOs as OpenSLO documents.

use crate::annotation as name;
use jaunt_slo::{
    Good, Maintenance, MaintenancePolicy, Period, Population, Rule, Severity, Slo, Subject,
    Weighting, When, Window, default_policy, rules::Vocabulary, yaml,
};
use jaunt_text::duration_text;
use serde_json::{Map, Number, Value, json};
use std::{collections::HashSet, time::Duration};

/// The share of good runs below which one of our time slices is bad.
pub(crate) const SLICE_TARGET: &str = "0.8";
/// The share of due runs below which a report says nothing.
const COVERAGE: &str = "0.9";

const HEAD: &str = "\
# Made by `jaunt slo rules --format openslo`; change the journeys, not this file.
# What OpenSLO has no words for stands in annotations `jaunt.dev/…`; `jaunt slo import` reads it back.
";

/// These journeys' SLOs as OpenSLO v1: one YAML document for each, after those of whom their alerts
/// tell.
pub fn export(journeys: &[&Subject], vocabulary: &Vocabulary) -> String {
    let mut text = String::from(HEAD);
    let mut names = Names::default();
    let targets = [Severity::Page, Severity::Ticket].map(target);
    let slos = journeys.iter().flat_map(|subject| {
        let of = subject.slos.iter();
        of.map(move |slo| (*subject, slo))
    });
    let slos = slos.map(|(subject, slo)| document(subject, slo, &mut names, vocabulary));
    let documents: Vec<Value> = targets.into_iter().chain(slos).collect();
    for document in documents {
        text.push_str("---\n");
        text.push_str(&yaml(&document));
    }
    text
}

/// Names of objects: labels of RFC 1123, each once.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// The longest that every implementation must support.
    const LONGEST: usize = 63;

    fn label(&mut self, parts: &[&str]) -> String {
        let text = parts.join("-").to_ascii_lowercase();
        let text = text.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-");
        let text = text.trim_matches('-');
        let mut label = cut(text, Self::LONGEST).to_owned();
        let mut number = 2_u32;
        while !self.0.insert(label.clone()) {
            let tail = format!("-{number}");
            label = format!("{}{tail}", cut(text, Self::LONGEST - tail.len()));
            number += 1;
        }
        label
    }
}

/// The first so many bytes of ASCII text, not ending in a hyphen.
fn cut(text: &str, length: usize) -> &str {
    text.get(..length).unwrap_or(text).trim_end_matches('-')
}

fn target(severity: Severity) -> Value {
    json!({
        "apiVersion": "openslo/v1",
        "kind": "AlertNotificationTarget",
        "metadata": { "name": severity.as_str() },
        "spec": { "target": severity.as_str() },
    })
}

fn document(subject: &Subject, slo: &Slo, names: &mut Names, vocabulary: &Vocabulary) -> Value {
    let label = names.label(&[&subject.customer, &subject.journey, &slo.name]);
    let policies: Vec<Value> =
        default_policy(&slo.objective, slo.window.nominal(), subject.cadence())
            .iter()
            .filter(|rule| rule.reachable)
            .map(|rule| policy(rule, names.label(&[&label, rule.name])))
            .collect();
    json!({
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {
            "name": label,
            "displayName": format!("{}/{} {}", subject.customer, subject.journey, slo.name),
            "annotations": annotations(subject, slo),
        },
        "spec": {
            "description": description(slo),
            "service": cut(&subject.journey, Names::LONGEST),
            "indicator": indicator(subject, slo, &label, vocabulary),
            "timeWindow": [window(&slo.window)],
            "budgetingMethod": if slo.slice.is_some() { "Timeslices" } else { "Occurrences" },
            "objectives": [objective(slo)],
            "alertPolicies": policies,
        },
    })
}

/// What is good, in a sentence.
fn description(slo: &Slo) -> String {
    let what = match &slo.step {
        Some(step) => format!("step {step} of a run"),
        None => "a run".to_owned(),
    };
    match (slo.of, slo.under) {
        (Population::Passed, Some(under)) => {
            format!(
                "of those that passed, {what} takes {} at most",
                duration_text(under)
            )
        }
        (Population::Valid, Some(under)) => {
            format!("{what} passes within {}", duration_text(under))
        }
        (Population::Valid | Population::Passed, None) => match slo.good {
            Good::PassOrSlow => format!("{what} passes"),
            Good::Pass => format!("{what} passes and is not slow"),
        },
    }
}

fn indicator(subject: &Subject, slo: &Slo, label: &str, vocabulary: &Vocabulary) -> Value {
    let query = |outcome: Option<&str>| {
        let labels = &vocabulary.labels;
        let mut matchers = vec![
            (labels.customer.as_str(), subject.customer.as_str()),
            (&labels.journey, &subject.journey),
            (&labels.slo, &slo.name),
        ];
        matchers.extend(outcome.map(|outcome| (labels.outcome.as_str(), outcome)));
        jaunt_slo::rules::selector(&vocabulary.metrics.sli_events, &matchers)
    };
    let source = |query: String| json!({ "metricSource": { "type": "Prometheus", "spec": { "query": query } } });
    let [good, bad] = ["good", "bad"].map(|outcome| query(Some(outcome)));
    json!({
        "metadata": { "name": label },
        "spec": {
            "ratioMetric": {
                "counter": true,
                "bad": source(format!("sum({bad})")),
                // Not all outcomes: excluded, invalid and ineligible runs are in no ratio.
                "total": source(format!("sum({good}) + sum({bad})")),
            },
        },
    })
}

fn window(window: &Window) -> Value {
    match window {
        Window::Rolling(length) => {
            json!({ "duration": shorthand(*length).0, "isRolling": true })
        }
        Window::Calendar { period, zone } => json!({
            "duration": match period {
                Period::Day => "1d",
                Period::Week => "1w",
                Period::Month => "1M",
                Period::Quarter => "1Q",
                Period::Year => "1Y",
            },
            "isRolling": false,
            "calendar": {
                // A Monday, and the first of a year: each of our periods begins there.
                "startTime": "2024-01-01 00:00:00",
                "timeZone": zone.iana_name().unwrap_or("UTC"),
            },
        }),
    }
}

fn objective(slo: &Slo) -> Value {
    let mut objective = Map::new();
    objective.insert("displayName".into(), json!(slo.name));
    objective.insert("target".into(), number(&slo.objective.decimal()));
    if let Some(slice) = slo.slice {
        objective.insert("timeSliceTarget".into(), number(SLICE_TARGET));
        objective.insert("timeSliceWindow".into(), json!(shorthand(slice).0));
    }
    objective.into()
}

fn policy(rule: &Rule, label: String) -> Value {
    let (numerator, denominator) = rule.burn;
    json!({
        "kind": "AlertPolicy",
        "metadata": {
            "name": label,
            "annotations": annotated([
                (name::SHORT, Some(duration_text(rule.short))),
                (name::K_MIN, Some(rule.k_min.to_string())),
            ]),
        },
        "spec": {
            "description": format!(
                "{} % of the budget within {}", rule.percent, duration_text(rule.long)
            ),
            "alertWhenNoData": false,
            "alertWhenResolved": true,
            "alertWhenBreaching": true,
            "conditions": [{
                "kind": "AlertCondition",
                "metadata": { "name": label },
                "spec": {
                    "severity": rule.severity.as_str(),
                    "condition": {
                        "kind": "burnrate",
                        "op": "gt",
                        "threshold": number(&decimal(numerator, denominator)),
                        "lookbackWindow": shorthand(rule.long).0,
                        "alertAfter": "0m",
                    },
                },
            }],
            "notificationTargets": [{ "targetRef": rule.severity.as_str() }],
        },
    })
}

/// A fraction as decimal text of at most six digits after the point.
fn decimal(numerator: u128, denominator: u128) -> String {
    const SCALE: u128 = 1_000_000;
    let scaled = numerator.saturating_mul(SCALE) / denominator.max(1);
    let text = format!("{}.{:06}", scaled / SCALE, scaled % SCALE);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number as it is written; text that is none stays text.
fn number(decimal: &str) -> Value {
    decimal
        .parse::<Number>()
        .map_or_else(|_| json!(decimal), Value::Number)
}

/// A time in OpenSLO's units, of which the shortest is a minute, and whether that is exact.
pub(crate) fn shorthand(time: Duration) -> (String, Exactly) {
    let seconds = time.as_secs();
    let exactly = if seconds.is_multiple_of(60) && time.subsec_nanos() == 0 {
        Exactly::Yes
    } else {
        Exactly::No
    };
    let minutes = seconds.div_ceil(60).max(1);
    let (size, unit) = [(1_440, "d"), (60, "h")]
        .into_iter()
        .find(|(size, _)| minutes.is_multiple_of(*size))
        .unwrap_or((1, "m"));
    (format!("{}{unit}", minutes / size), exactly)
}

/// Whether a text says a time to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exactly {
    /// It does.
    Yes,
    /// It is the minute above.
    No,
}

fn annotations(subject: &Subject, slo: &Slo) -> Value {
    let pairs = |of: &std::collections::BTreeMap<String, String>| {
        let pairs: Vec<_> = of.iter().map(|(k, v)| format!("{k}={v}")).collect();
        (!pairs.is_empty()).then(|| pairs.join(","))
    };
    let inexact = |time: Option<Duration>| {
        time.filter(|time| shorthand(*time).1 == Exactly::No)
            .map(duration_text)
    };
    let rolling = match &slo.window {
        Window::Rolling(length) => Some(*length),
        Window::Calendar { .. } => None,
    };
    let standard = MaintenancePolicy::default();
    let policy = subject.policy;
    annotated([
        (name::CUSTOMER, Some(subject.customer.clone())),
        (name::JOURNEY, Some(subject.journey.clone())),
        (name::SLO, Some(slo.name.clone())),
        (name::EVERY, Some(duration_text(subject.every))),
        (name::REGIONS, Some(subject.regions.join(","))),
        (name::WEIGHTS, pairs(&subject.weights)),
        (
            name::QUORUM,
            subject.quorum.map(|quorum| quorum.to_string()),
        ),
        (name::PARTIES, pairs(&subject.parties)),
        (name::MAINTENANCE, maintenance(&subject.maintenance)),
        (
            name::NOTICE,
            (policy.notice != standard.notice).then(|| duration_text(policy.notice)),
        ),
        (
            name::CAP,
            (policy.cap != standard.cap).then(|| duration_text(policy.cap)),
        ),
        (name::COVERAGE, Some(COVERAGE.to_owned())),
        (name::OBJECTIVE, spelling(slo)),
        (name::WINDOW, inexact(rolling)),
        (name::UNDER, slo.under.map(duration_text)),
        (
            name::OF,
            (slo.of == Population::Passed).then(|| "passed".into()),
        ),
        (name::GOOD, (slo.good == Good::Pass).then(|| "pass".into())),
        (name::STEP, slo.step.clone()),
        (
            name::WEIGHTING,
            (slo.weighting == Weighting::Regions).then(|| "regions".into()),
        ),
        (name::SLICE, inexact(slo.slice)),
        (name::SINCE, slo.since.map(|since| since.to_string())),
    ])
}

/// The objective's text, where its decimal would be read as another.
fn spelling(slo: &Slo) -> Option<String> {
    let text = slo.objective.to_string();
    let read = super::import::percent(&slo.objective.decimal());
    (read.as_deref() != Some(text.as_str())).then_some(text)
}

fn annotated<const N: usize>(told: [(&str, Option<String>); N]) -> Value {
    let told = told.into_iter().filter_map(|(name, text)| {
        let text = text?;
        Some((format!("{}{name}", name::PREFIX), Value::String(text)))
    });
    told.collect::<Map<_, _>>().into()
}

fn maintenance(entries: &[Maintenance]) -> Option<String> {
    let entry = |entry: &Maintenance| {
        let mut told = Map::new();
        match &entry.when {
            When::Once { from, to } => {
                told.insert("from".into(), json!(from.to_string()));
                told.insert("to".into(), json!(to.to_string()));
            }
            When::Weekly(weekly) => {
                told.insert("on".into(), json!(weekly.to_string()));
            }
        }
        let announced = entry.announced.map(|at| at.to_string());
        let words = [
            ("announced", &announced),
            ("by", &entry.by),
            ("approved_by", &entry.approved_by),
            ("reason", &entry.reason),
        ];
        for (key, text) in words {
            if let Some(text) = text {
                told.insert(key.into(), json!(text));
            }
        }
        Value::Object(told)
    };
    let entries: Vec<Value> = entries.iter().map(entry).collect();
    (!entries.is_empty()).then(|| Value::Array(entries).to_string())
}
