//! The reliability arithmetic: what the counts mean.
//!
//! Pure: no clock, file, network or global. Counts and instants are integers, ratios are compared
//! as exact rationals; a float appears only where a number is shown.

mod alert;
mod attribution;
mod beta;
mod cadence;
mod certify;
mod classify;
mod correction;
pub mod counted;
mod event;
mod exact;
mod grid;
mod history;
mod incident;
mod ingest;
mod instant;
mod interval;
mod maintenance;
mod nodata;
mod objective;
mod observe;
mod outage;
mod period;
mod policy;
pub mod report;
mod restate;
pub mod rules;
mod sli;
mod slices;
mod slo;
mod spans;
mod subject;
mod uptime;
mod window;
pub mod words;
mod worth;
mod yaml;

pub use alert::Alert;
pub use attribution::Parties;
pub use cadence::Cadence;
pub use certify::{Confidence, best_certifiable, certifying_runs};
pub use classify::{Calendar, Judged, classify};
pub use correction::{Corrected, Correction};
pub use event::{Cause, Event, Kind, Malformed};
pub use history::{History, Measured, OutOfOrder, Unmeasured};
pub use incident::Scope;
pub use ingest::{Counters, Ingest, Ingested, Intake, Later, Runs, Taken, Usual};
pub use interval::{Interval, Sample, design_effect};
pub use maintenance::{
    Accepted, Maintenance, MaintenancePolicy, Refusal, RefusalReason, Weekly, WeeklyError, When,
};
pub use nodata::NoDataAlert;
pub use objective::{Objective, ObjectiveError};
pub use policy::{Rule, Severity, default_policy};
pub use report::{Question, Report, judge};
pub use restate::{Figure, Restated, restated};
pub(crate) use sli::Sli;
pub use slo::{Good, Population, Slo, Weighting};
pub use spans::Spans;
pub use subject::Subject;
pub use window::{Period, Window, WindowError};
pub use worth::{Worth, worth};
pub use yaml::yaml;
