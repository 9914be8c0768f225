//! The reliability arithmetic: what the counts mean.
//!
//! Pure: no clock, file, network or global. Counts and instants are integers, ratios are compared
//! as exact rationals; a float appears only where a number is shown.

mod classify;
mod maintenance;
mod objective;
mod slo;
mod window;

pub use classify::{Calendar, Judged, classify};
pub use maintenance::{Maintenance, MaintenancePolicy, Weekly, When};
pub use objective::{Objective, ObjectiveError};
pub use slo::{Good, Population, Slo, Weighting};
pub use window::{Period, Window, WindowError};
