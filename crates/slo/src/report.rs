//! One SLO judged: every figure that a report shows.
//!
//! Decisions are made on exact rationals; the doubles here are what is shown. `None` is "cannot be
//! said". The JSON form is lasting: fields are added, never renamed.

mod budget;
mod incidents;
mod judge;
mod sentence;

pub use judge::{Question, judge};
pub(crate) use sentence::statement;

use crate::{Alert, Counters, NoDataAlert};
use serde::Serialize;
use std::collections::BTreeMap;

/// One SLO judged at one instant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The tenant.
    pub customer: String,
    /// The journey.
    pub journey: String,
    /// The SLO's name.
    pub slo: String,
    /// The SLO in words.
    pub statement: String,
    /// The instant of the judgement, Unix ns.
    pub evaluate_at_ns: i64,
    /// The time that is judged.
    pub period: PeriodReport,
    /// Where the lines ended.
    pub ingest: Counters,
    /// The indicator.
    pub sli: SliReport,
    /// How much of what was planned was seen.
    pub coverage: Coverage,
    /// The error budget.
    pub budget: BudgetReport,
    /// When alerts would have fired.
    pub alerts: Vec<Alert>,
    /// When silence would have raised one.
    pub nodata_alert: NoDataAlert,
    /// What the count says about the reliability behind it.
    pub intervals: Intervals,
    /// What it takes to know.
    pub certify: Certify,
    /// Time slices.
    pub slices: SlicesReport,
    /// Windowed user-uptime.
    pub uptime: UptimeReport,
    /// Incidents, by start.
    pub incidents: Vec<IncidentReport>,
    /// Bad runs outside of all incidents.
    pub background: Background,
    /// Whose the bad runs were, and where they struck.
    pub attribution: Attribution,
    /// The agents' own availability.
    pub agents: Agents,
    /// Maintenance that was asked for in vain.
    pub refusals: Vec<RefusalReport>,
    /// Corrections that meet the period.
    pub corrections: Vec<CorrectionReport>,
    /// Whether the service may be said to meet the objective.
    pub said: Said,
    /// Why it cannot be said, where it cannot.
    pub why: Option<String>,
    /// The evidence in words.
    pub evidence_sentence: String,
    /// The share of the budget that was spent by when: Unix ns, consumed; at most 120 points.
    pub burn_down: Vec<(i64, f64)>,
    /// The starts of the bad runs, Unix ns, ascending.
    #[serde(skip)]
    pub bad_starts_ns: Vec<i64>,
}

impl Report {
    /// By which reports are ordered, the greatest first: the share of the budget that is or may be
    /// spent. What is violated comes first, and what cannot be said before what is met.
    pub fn danger(&self) -> f64 {
        let spent = self.budget.consumed.unwrap_or(0.0);
        match self.said {
            Said::Violated => 1e9 + spent,
            Said::NoData => 2e6,
            Said::CannotBeSaid => 1e6 + spent,
            Said::Met => spent,
        }
    }

    /// Whether `[from, to)` meets the time that is judged.
    pub fn judges(&self, from_ns: i64, to_ns: i64) -> bool {
        from_ns < self.evaluate_at_ns && to_ns > self.period.from_ns
    }

    /// Whether a bad run started in `[from, to)`.
    pub fn bad_between(&self, from_ns: i64, to_ns: i64) -> bool {
        let next = self.bad_starts_ns.partition_point(|start| *start < from_ns);
        self.bad_starts_ns
            .get(next)
            .is_some_and(|start| *start < to_ns)
    }
}

/// What a reader is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The objective is met, also if every missing run was bad.
    Met,
    /// The budget is overspent.
    Violated,
    /// Too little was seen.
    CannotBeSaid,
    /// Nothing was seen.
    NoData,
}

/// The time that is judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeriodReport {
    /// The window's start, Unix ns.
    pub start_ns: i64,
    /// Its end.
    pub end_ns: i64,
    /// From when runs count.
    pub from_ns: i64,
    /// The share of the eligible window that has passed.
    pub elapsed_fraction: Option<f64>,
    /// Accepted maintenance in the window, seconds.
    pub maintenance_s: f64,
    /// Whether runs may still come in: until its end + 24 h.
    pub provisional: bool,
}

/// The indicator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SliReport {
    /// Good runs.
    pub good: u64,
    /// Bad runs.
    pub bad: u64,
    /// Both.
    pub valid: u64,
    /// The indicator as the SLO weighs it.
    pub ratio: Option<f64>,
    /// Good over valid.
    pub events_ratio: Option<f64>,
    /// Σ w·s / Σ w over the regions with data.
    pub weighted_ratio: Option<f64>,
    /// The share of all weight that has data.
    pub weight_with_data: Option<f64>,
    /// By region.
    pub by_region: BTreeMap<String, RegionReport>,
    /// The indicator with the runs in maintenance.
    pub felt_ratio: Option<f64>,
    /// Slots in which a majority (or quorum) of regions failed.
    pub slots_failed_globally: u64,
}

/// The indicator of one region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegionReport {
    /// Good runs.
    pub good: u64,
    /// Bad runs.
    pub bad: u64,
    /// Good over both.
    pub ratio: Option<f64>,
}

/// How much of what was planned was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Runs planned to date.
    pub due: u64,
    /// Runs seen: valid and ineligible.
    pub observed: u64,
    /// Planned runs that were not seen: what one region or agent saw beyond its plan makes up for
    /// none of them.
    pub missing: u64,
    /// Seen of those due, at most 1.
    pub ratio: Option<f64>,
    /// Whether that is at least 0.9.
    pub sufficient: bool,
}

/// The error budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BudgetReport {
    /// The objective as a decimal ratio: `0.999`.
    pub objective: String,
    /// 1 − objective.
    pub error_budget: f64,
    /// The budget in seconds of the eligible window.
    pub budget_seconds: f64,
    /// Runs planned in the whole window.
    pub planned_events: u64,
    /// Of which so many may be bad.
    pub budget_events: f64,
    /// The error ratio over the budget ratio.
    pub burn_rate: Option<f64>,
    /// The share of the budget that was spent.
    pub consumed: Option<f64>,
    /// What is left; negative where it is overspent.
    pub remaining: Option<f64>,
    /// The least it can be.
    pub consumed_if_missing_good: Option<f64>,
    /// The most it can be, with as many of the missing runs eligible as of those that were seen.
    pub consumed_if_missing_bad: Option<f64>,
    /// The most it can be, if each missing run counted and was bad: by this it is "met", or not.
    pub consumed_at_most: Option<f64>,
    /// By count.
    pub status: Status,
    /// The burn rate of the last six hours.
    pub burn_rate_6h: Option<f64>,
    /// When an overspent rolling budget holds again if every run is good from now on, Unix ns.
    pub recovers_at_ns: Option<i64>,
    /// In how many seconds the budget is spent at that rate, where it is above 1.
    pub exhausted_in_s: Option<f64>,
}

/// What the count says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// No valid run.
    NoData,
    /// Not more was spent than there was.
    Met,
    /// More was.
    Violated,
}

/// What the count says about the reliability behind it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Intervals {
    /// 0.95.
    pub confidence: f64,
    /// Valid runs.
    pub n: u64,
    /// How much failures cluster.
    pub design_effect: f64,
    /// How many independent runs they are worth.
    pub n_effective: f64,
    /// This window, if runs were independent.
    pub wilson: Option<[f64; 2]>,
    /// The same, never too narrow.
    pub clopper_pearson: Option<[f64; 2]>,
    /// The long run.
    pub wilson_clustered: Option<[f64; 2]>,
    /// At least, on one side.
    pub lower_one_sided: Option<f64>,
    /// At most, on one side.
    pub upper_one_sided: Option<f64>,
    /// What may be claimed.
    pub evidence: Evidence,
}

/// What may be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The service meets the objective.
    Certified,
    /// It does not.
    Refuted,
    /// Neither.
    Undecided,
}

/// What it takes to know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certify {
    /// Runs that certify the objective without a failure.
    pub n_if_no_failure: u64,
    /// Runs that do with the failures seen.
    pub n_given_failures: u64,
    /// Days the former take.
    pub days_if_no_failure: Option<f64>,
    /// Days the latter take.
    pub days_given_failures: Option<f64>,
    /// The best objective that the planned runs of the window certify.
    pub best_objective_in_period: Option<f64>,
}

/// Time slices.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlicesReport {
    /// Good everywhere.
    pub good: u64,
    /// Bad somewhere.
    pub degraded: u64,
    /// Bad for more than half.
    pub bad: u64,
    /// Seen by less than half.
    pub nodata: u64,
    /// Touched by maintenance.
    pub excluded: u64,
    /// (good + degraded) over all three.
    pub ratio: Option<f64>,
}

/// Windowed user-uptime.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UptimeReport {
    /// Seconds up, over all agents.
    pub up_s: f64,
    /// Seconds down.
    pub down_s: f64,
    /// up over both.
    pub ratio: Option<f64>,
    /// The worst window of each length.
    pub mcr: Vec<WorstWindow>,
}

/// The worst window of one length.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorstWindow {
    /// Its length, seconds.
    pub window_s: u64,
    /// Its uptime.
    pub ratio: Option<f64>,
    /// Where it starts, Unix ns.
    pub start_ns: i64,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IncidentReport {
    /// The start of its first bad run, Unix ns.
    pub start_ns: i64,
    /// The start of the first good run after it.
    pub end_ns: Option<i64>,
    /// Whether it lasts.
    pub ongoing: bool,
    /// The start of the last good run before it.
    pub start_not_before_ns: Option<i64>,
    /// The start of its last bad run.
    pub last_bad_ns: i64,
    /// The regions that were out, by name.
    pub regions: Vec<String>,
    /// `global` or `regional`.
    pub scope: &'static str,
    /// Bad runs of all regions that started in it.
    pub bad: u64,
    /// Valid ones.
    pub valid: u64,
    /// Seconds that nobody looked, over its regions.
    pub unknown_region_s: f64,
    /// The step that failed most.
    pub step: String,
    /// The phase.
    pub phase: String,
    /// Whose it was.
    pub party: String,
    /// Whose it was before a correction.
    pub party_before: Option<String>,
    /// The share of the budget that it spent.
    pub budget_burnt: Option<f64>,
    /// When the first page went out.
    pub paged_at_ns: Option<i64>,
    /// How long after the start, seconds.
    pub page_delay_s: Option<f64>,
}

/// Bad runs outside of all incidents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Background {
    /// How many.
    pub bad: u64,
    /// The share of the budget that they spent.
    pub budget_burnt: Option<f64>,
}

/// Whose the bad runs were, and where they struck.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attribution {
    /// Bad runs by party.
    pub by_party: BTreeMap<String, u64>,
    /// The share of the budget by party; all together are `consumed`.
    pub budget_by_party: BTreeMap<String, f64>,
    /// Bad runs by phase.
    pub by_phase: BTreeMap<String, u64>,
    /// Bad runs by step.
    pub by_step: BTreeMap<String, u64>,
    /// The sum of what parties spent.
    pub parties_sum: Option<f64>,
    /// The sum of what incidents and background spent.
    pub incidents_sum: Option<f64>,
}

/// The agents' own availability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agents {
    /// Slots that they measured.
    pub measured: u64,
    /// Slots that were void.
    pub void: u64,
    /// Slots that were missed.
    pub missed: u64,
    /// Measured over all.
    pub ratio: Option<f64>,
    /// Minutes in which every region blamed its own agent: nobody knows what the service did.
    pub all_void_minutes: u64,
}

/// A correction of the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CorrectionReport {
    /// From when it corrects, Unix ns.
    pub from_ns: i64,
    /// Until when.
    pub to_ns: i64,
    /// When it was made.
    pub at_ns: i64,
    /// The party that its bad runs are put down to; `None`: its runs are left out.
    pub party: Option<String>,
    /// Who wrote it.
    pub author: String,
    /// Who agreed to it.
    pub approved_by: String,
    /// Why.
    pub reason: String,
}

/// Maintenance that was asked for in vain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalReport {
    /// From when, Unix ns.
    pub from_ns: i64,
    /// Until when.
    pub to_ns: i64,
    /// Who does it.
    pub by: Option<String>,
    /// What for.
    pub reason: Option<String>,
    /// Why it was refused.
    pub refused: String,
}
