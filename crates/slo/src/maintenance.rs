//! Maintenance: time that both sides agreed to leave out.

mod accept;
mod weekly;

pub use accept::{Accepted, Refusal, RefusalReason};
pub use weekly::{Weekly, WeeklyError};

use std::time::Duration;

/// A `[[maintenance]]` entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Maintenance {
    /// When.
    pub when: When,
    /// When it was announced.
    pub announced: Option<jiff::Timestamp>,
    /// Who does it.
    pub by: Option<String>,
    /// Who agreed to it: the other party.
    pub approved_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// When maintenance takes place.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Once: `[from, to)`.
    Once {
        /// From when.
        from: jiff::Timestamp,
        /// Until when.
        to: jiff::Timestamp,
    },
    /// Every week: `Sun 02:00-04:00 Europe/Berlin`.
    Weekly(Weekly),
}

/// On which conditions maintenance is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaintenancePolicy {
    /// How long before it must have been announced.
    pub notice: Duration,
    /// How much of it a window may leave out.
    pub cap: Duration,
}

impl Default for MaintenancePolicy {
    fn default() -> Self {
        Self {
            notice: Duration::from_secs(24 * 3600),
            cap: Duration::from_secs(8 * 3600),
        }
    }
}
