//! The time over which an objective is held.

use std::time::Duration;

/// The time over which an objective is held.
#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    /// The last so much time: `28d`; whole seconds.
    Rolling(Duration),
    /// A calendar period in a zone: `month Europe/Madrid`.
    Calendar {
        /// Which period.
        period: Period,
        /// In which zone.
        zone: jiff::tz::TimeZone,
    },
}

/// A calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
    /// From January, April, July, October.
    Quarter,
    /// From January.
    Year,
}

/// Why a text is no window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WindowError {
    /// Neither a duration with a unit nor a period with a zone.
    Form,
    /// No such IANA zone.
    Zone(String),
    /// Shorter than an hour or longer than 400 days.
    Range,
}
