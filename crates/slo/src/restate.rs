//! Restatements: a figure that was reported and is no longer so, old → new.

use crate::Report;
use serde::Serialize;

/// A figure that people and pipelines act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Figure {
    /// Good runs.
    #[serde(rename = "sli.good")]
    Good,
    /// Bad ones.
    #[serde(rename = "sli.bad")]
    Bad,
    /// The indicator.
    #[serde(rename = "sli.ratio")]
    Sli,
    /// With the excluded runs in.
    #[serde(rename = "sli.felt_ratio")]
    Felt,
    /// Runs seen.
    #[serde(rename = "coverage.observed")]
    Observed,
    /// The budget, seconds.
    #[serde(rename = "budget.budget_seconds")]
    Budget,
    /// The share of it that was spent.
    #[serde(rename = "budget.consumed")]
    Consumed,
    /// How many incidents.
    #[serde(rename = "incidents")]
    Incidents,
    /// User-uptime.
    #[serde(rename = "uptime.ratio")]
    Uptime,
}

/// A figure that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Restated {
    /// Which; its JSON name is the report's.
    pub figure: Figure,
    /// What was said; `None`: nothing could be.
    pub old: Option<f64>,
    /// What is said.
    pub new: Option<f64>,
}

/// The figures in which two reports on the same SLO and period differ: as it was known, and as it
/// is.
pub fn restated(old: &Report, new: &Report) -> Vec<Restated> {
    let before = figures(old);
    let after = figures(new);
    before
        .into_iter()
        .zip(after)
        .filter(|((_, old), (_, new))| old != new)
        .map(|((figure, old), (_, new))| Restated { figure, old, new })
        .collect()
}

fn figures(report: &Report) -> Vec<(Figure, Option<f64>)> {
    let count = |count: u64| u32::try_from(count).ok().map(f64::from);
    let incidents = u64::try_from(report.incidents.len()).unwrap_or(u64::MAX);
    vec![
        (Figure::Good, count(report.sli.good)),
        (Figure::Bad, count(report.sli.bad)),
        (Figure::Sli, report.sli.ratio),
        (Figure::Felt, report.sli.felt_ratio),
        (Figure::Observed, count(report.coverage.observed)),
        (Figure::Budget, Some(report.budget.budget_seconds)),
        (Figure::Consumed, report.budget.consumed),
        (Figure::Incidents, count(incidents)),
        (Figure::Uptime, report.uptime.ratio),
    ]
}
