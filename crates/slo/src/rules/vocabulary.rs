//! The names under which a store keeps what agents count.

/// The names under which a store keeps what agents count: given from outside, since they are
/// written once where they are sent, and this crate knows nobody who sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// Metrics.
    pub metrics: Metrics,
    /// Labels.
    pub labels: Labels,
}

/// Metrics by what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Each SLO's own count of runs by outcome.
    pub sli_events: String,
    /// Slots by verdict.
    pub slots: String,
    /// What let users down.
    pub failures: String,
    /// Expectations graded `warn` that did not hold.
    pub warnings: String,
    /// Clean-up steps that failed.
    pub cleanup_failures: String,
    /// Unix time at which a certificate expires.
    pub certificate_expiry: String,
    /// Unix time of the last slot that has a verdict.
    pub last_slot: String,
    /// Unix time at which an agent's last run finished.
    pub last_run: String,
    /// Journeys kept at a last good version.
    pub journey_stale: String,
    /// Records that will not be delivered.
    pub dropped: String,
}

/// Labels by what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The customer.
    pub customer: String,
    /// The journey.
    pub journey: String,
    /// The region.
    pub region: String,
    /// The SLO.
    pub slo: String,
    /// How the SLO counts a run.
    pub outcome: String,
    /// A slot's verdict.
    pub verdict: String,
    /// A step.
    pub step: String,
    /// Where a failure struck.
    pub phase: String,
    /// The failure's kind.
    pub kind: String,
    /// Whom it points at.
    pub party: String,
    /// Which telemetry was dropped.
    pub signal: String,
    /// Why.
    pub reason: String,
}
