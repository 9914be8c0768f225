//! The reliability arithmetic: what the counts mean.
//!
//! Pure: no clock, file, network or global. Counts and instants are integers, ratios are compared
//! as exact rationals; a float appears only where a number is shown.

mod beta;
mod cadence;
mod certify;
mod classify;
mod instant;
mod interval;
mod maintenance;
mod objective;
mod policy;
mod slo;
mod spans;
mod window;

pub use cadence::Cadence;
pub use certify::{Confidence, best_certifiable, certifying_runs};
pub use classify::{Calendar, Judged, classify};
pub use interval::{Interval, Sample, design_effect};
pub use maintenance::{
    Accepted, Maintenance, MaintenancePolicy, Refusal, RefusalReason, Weekly, WeeklyError, When,
};
pub use objective::{Objective, ObjectiveError};
pub use policy::{Rule, Severity, default_policy};
pub use slo::{Good, Population, Slo, Weighting};
pub use spans::Spans;
pub use window::{Period, Window, WindowError};
