//! What a sound journey will do: what `check` prints where there is nothing to complain of.

use crate::{
    Journey, Step, Template, Verb,
    parse::{fill, nominal},
};
use jaunt_slo::{Cadence, Confidence};
use serde::Serialize;
use std::{collections::BTreeSet, time::Duration};

/// What a journey will do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Its name.
    pub journey: String,
    /// Its customer.
    pub customer: String,
    /// Distance of slots, seconds.
    pub every_s: u64,
    /// Regions it names; empty: every region, and the figures are those of one.
    pub regions: Vec<String>,
    /// The hosts it contacts; what a capture brings is known only in a run.
    pub hosts: Vec<String>,
    /// How long a run could take if nothing stopped it, seconds.
    pub worst_case_s: f64,
    /// What stops it, seconds.
    pub deadline_s: f64,
    /// Time series that it adds, over the regions it names. Not in it: failures, voids and missed
    /// slots, whose series begin as their kinds are first seen.
    pub series: u64,
    /// What its objectives mean at this cadence.
    pub slos: Vec<SloExplanation>,
}

/// What an objective means at a journey's cadence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SloExplanation {
    /// Its name.
    pub name: String,
    /// As written.
    pub objective: String,
    /// How long its window usually is, seconds.
    pub window_s: u64,
    /// Slots in a window, over all regions named.
    pub slots: u64,
    /// How many of them may be bad.
    pub allowed: u64,
    /// The finest objective that a window without a failure shows, at 95 % confidence.
    pub finest: Option<String>,
}

/// What `journey` will do.
pub fn explain(journey: &Journey) -> Explanation {
    let hosts: BTreeSet<String> = journey
        .steps
        .iter()
        .flat_map(|step| hosts(journey, step))
        .collect();
    Explanation {
        journey: journey.name.clone(),
        customer: journey.customer.clone(),
        every_s: journey.every.as_secs(),
        regions: journey.regions.clone(),
        hosts: hosts.into_iter().collect(),
        worst_case_s: journey
            .steps
            .iter()
            .map(longest)
            .sum::<Duration>()
            .as_secs_f64(),
        deadline_s: journey.deadline.as_secs_f64(),
        series: series(journey),
        slos: slos(journey),
    }
}

fn regions(journey: &Journey) -> u64 {
    u64::try_from(journey.regions.len().max(1)).unwrap_or(1)
}

fn slos(journey: &Journey) -> Vec<SloExplanation> {
    let cadence = Cadence {
        every: journey.every,
        regions: regions(journey),
    };
    let explained = |slo: &jaunt_slo::Slo| {
        let window = nominal(&slo.window);
        SloExplanation {
            name: slo.name.clone(),
            objective: slo.objective.to_string(),
            window_s: window.as_secs(),
            slots: cadence.runs(window),
            allowed: cadence.allowed(window, &slo.objective),
            finest: cadence
                .finest(window, Confidence::DEFAULT)
                .map(percent_below),
        }
    };
    journey.slos.iter().map(explained).collect()
}

/// How long a step could take: its attempts, to the end of the last one that may start.
fn longest(step: &Step) -> Duration {
    match (&step.verb, &step.poll) {
        (Verb::Wait(wait), _) => wait.most,
        (_, Some(poll)) => poll.within.saturating_add(step.timeout),
        (_, None) => step.timeout,
    }
}

/// Per region: five verdicts, five outcomes of each SLO, durations by verdict that has one, the
/// last slot; of each step its duration, attempts, warnings and clean-up failures, and the expiry
/// of a certificate it may meet.
fn series(journey: &Journey) -> u64 {
    let slos = u64::try_from(journey.slos.len()).unwrap_or(u64::MAX);
    let steps = journey.steps.iter().map(|step| match step.verb {
        Verb::Wait(_) => 1,
        Verb::Resolve(_) => 4,
        Verb::Request(_) | Verb::Connect(_) | Verb::Handshake(_) => 5,
    });
    let per_region = steps.fold(5 + 3 + 1, u64::saturating_add);
    per_region
        .saturating_add(slos.saturating_mul(5))
        .saturating_mul(regions(journey))
}

fn hosts(journey: &Journey, step: &Step) -> Vec<String> {
    let filled = |template: &Template| fill(template, &journey.vars, &journey.matrix);
    match &step.verb {
        Verb::Request(request) => filled(&request.url)
            .iter()
            .filter_map(|text| url::Url::parse(&text.text).ok())
            .filter_map(|url| url.host_str().map(ToOwned::to_owned))
            .collect(),
        Verb::Connect(connect) => endpoint_hosts(&filled(&connect.endpoint.text)),
        Verb::Handshake(handshake) => endpoint_hosts(&filled(&handshake.endpoint.text)),
        Verb::Resolve(resolve) => resolve
            .server
            .iter()
            .flat_map(|server| filled(&server.text))
            .filter(|text| text.whole)
            .map(|text| text.text)
            .collect(),
        Verb::Wait(_) => Vec::new(),
    }
}

fn endpoint_hosts(filled: &[crate::parse::Filled]) -> Vec<String> {
    filled
        .iter()
        .filter_map(|text| text.text.rsplit_once(':'))
        .map(|(host, _)| host.to_owned())
        .collect()
}

/// A ratio as a percentage for people, rounded down: never more than was shown.
pub(crate) fn percent_below(ratio: f64) -> String {
    let percent = (ratio * 100.0 * 10_000.0).floor() / 10_000.0;
    format!("{percent}%")
}
