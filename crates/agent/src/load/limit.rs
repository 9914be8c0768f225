//! Limits: what is refused at load, by its name.

use crate::config::Limits;
use jaunt_journey::{Journey, Verb, explain};
use jaunt_text::{duration_text, size_text};

/// A limit of the configuration, by the key that sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// How many journeys.
    Journeys,
    /// The shortest `every`.
    Every,
    /// How many steps a journey has.
    Steps,
    /// The largest body that is read.
    Body,
    /// How many metric series.
    Series,
}

impl Limit {
    /// The name by which refusals are counted: `limit.` and the key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Journeys => "limit.journeys",
            Self::Every => "limit.every",
            Self::Steps => "limit.steps",
            Self::Body => "limit.body",
            Self::Series => "limit.series",
        }
    }
}

/// The limits that a journey exceeds by itself, each with a sentence.
pub(crate) fn exceeded(journey: &Journey, limits: &Limits) -> Vec<(Limit, String)> {
    let mut exceeded = Vec::new();
    let mut note = |limit: Limit, sentence| exceeded.push((limit, sentence));
    if journey.every < limits.every {
        let (every, floor) = (duration_text(journey.every), duration_text(limits.every));
        note(
            Limit::Every,
            format!(
                "`every = \"{every}\"` is below the customer's limit `every`, which is {floor}"
            ),
        );
    }
    if journey.steps.len() > limits.steps {
        let (steps, most) = (journey.steps.len(), limits.steps);
        note(
            Limit::Steps,
            format!("{steps} steps exceed the customer's limit `steps`, which is {most}"),
        );
    }
    let bodies = journey.steps.iter().filter_map(|step| match &step.verb {
        Verb::Request(request) => Some((&step.id, request.max_body)),
        Verb::Resolve(_) | Verb::Connect(_) | Verb::Handshake(_) | Verb::Wait(_) => None,
    });
    for (step, body) in bodies.filter(|(_, body)| *body > limits.body) {
        let (body, most) = (size_text(body), size_text(limits.body));
        note(
            Limit::Body,
            format!(
                "`max_body` of step `{step}`, {body}, exceeds the customer's limit `body`, which is {most}"
            ),
        );
    }
    exceeded
}

/// How many metric series a journey adds at this agent, which stands in one region.
pub(super) fn series(journey: &Journey) -> u64 {
    let regions = u64::try_from(journey.regions.len().max(1)).unwrap_or(1);
    explain(journey).series / regions
}
