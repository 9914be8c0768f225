//! Where lines ended.

use serde::Serialize;

/// Where lines ended. `lines` is the sum of all but `conflicts`, `skew_corrected` and
/// `maintenance_refused`, which describe lines that are counted elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// All lines that were not blank.
    pub lines: u64,
    /// Not JSON, or a field missing, of the wrong type, negative or unknown.
    pub malformed: u64,
    /// Received after what is known.
    pub not_yet_received: u64,
    /// Of another journey or customer.
    pub other_journey: u64,
    /// Of a region that the journey does not name.
    pub unknown_region: u64,
    /// Copies of an event that was kept.
    pub duplicates: u64,
    /// Copies that differ from the one kept in verdict, duration, start or place.
    pub conflicts: u64,
    /// Not scheduled.
    pub unscheduled: u64,
    /// A clock so far off that the time is not known.
    pub quarantined_clock: u64,
    /// Moved by what the clock was off.
    pub skew_corrected: u64,
    /// Void or missed.
    pub invalid_agent: u64,
    /// Received more than 24 h after its end.
    pub late_dropped: u64,
    /// Ended outside of the time that is judged.
    pub out_of_window: u64,
    /// Met accepted maintenance.
    pub excluded_maintenance: u64,
    /// Not what the SLO speaks of.
    pub ineligible: u64,
    /// What is left.
    pub valid: u64,
    /// Maintenance entries that were refused.
    pub maintenance_refused: u64,
}

impl Counters {
    /// The sum that `lines` is to be.
    pub fn sum(&self) -> u64 {
        self.malformed
            + self.not_yet_received
            + self.other_journey
            + self.unknown_region
            + self.duplicates
            + self.unscheduled
            + self.quarantined_clock
            + self.invalid_agent
            + self.late_dropped
            + self.out_of_window
            + self.excluded_maintenance
            + self.ineligible
            + self.valid
    }
}
