//! A service level objective, as a journey states it.

use crate::{Objective, Window};
use std::time::Duration;

/// A service level objective: of which runs, how many must be good, over which window.
#[derive(Clone, Debug, PartialEq)]
pub struct Slo {
    /// Its name, unique in the journey.
    pub name: String,
    /// How many of the valid events must be good.
    pub objective: Objective,
    /// The time it is held over.
    pub window: Window,
    /// Good means passed within this.
    pub under: Option<Duration>,
    /// Of which runs (`of = "passed"` needs `under`).
    pub of: Population,
    /// Which verdicts are good.
    pub good: Good,
    /// Judge this step rather than the whole run.
    pub step: Option<String>,
    /// How regions are weighed.
    pub weighting: Weighting,
    /// Length of a time slice, where slices are asked for; whole seconds.
    pub slice: Option<Duration>,
    /// It holds from here; nothing before counts.
    pub since: Option<jiff::Timestamp>,
}

/// Of which runs an SLO speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Population {
    /// Every valid run.
    #[default]
    Valid,
    /// Runs that passed: the others are ineligible.
    Passed,
}

/// Which verdicts are good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Good {
    /// Pass and slow.
    #[default]
    PassOrSlow,
    /// Pass alone: slow runs are bad.
    Pass,
}

/// How regions are weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weighting {
    /// Every event weighs the same.
    #[default]
    Events,
    /// By the journey's `weights`.
    Regions,
}
