//! What OpenSLO has no words for: the names of our annotations, written once.

/// What every one of them begins with.
pub(crate) const PREFIX: &str = "jaunt.dev/";

/// The tenant.
pub(crate) const CUSTOMER: &str = "customer";
/// The journey's name.
pub(crate) const JOURNEY: &str = "journey";
/// The SLO's name.
pub(crate) const SLO: &str = "slo";
/// The interval of slots.
pub(crate) const EVERY: &str = "every";
/// The regions, with commas between.
pub(crate) const REGIONS: &str = "regions";
/// `REGION=WEIGHT`, with commas between.
pub(crate) const WEIGHTS: &str = "weights";
/// How many regions make a failure global.
pub(crate) const QUORUM: &str = "quorum";
/// `STEP=PARTY`, with commas between.
pub(crate) const PARTIES: &str = "parties";
/// Maintenance, as a JSON list of what a journey's `[[maintenance]]` says.
pub(crate) const MAINTENANCE: &str = "maintenance";
/// How long before maintenance must be announced.
pub(crate) const NOTICE: &str = "maintenance-notice";
/// How much maintenance a window may leave out.
pub(crate) const CAP: &str = "maintenance-cap";
/// The share of due runs below which a report says nothing; for readers.
pub(crate) const COVERAGE: &str = "coverage";
/// The objective as the journey writes it, where the decimal reads otherwise (`99.90%`).
pub(crate) const OBJECTIVE: &str = "objective";
/// The window, where OpenSLO's units have no word for it.
pub(crate) const WINDOW: &str = "window";
/// Good means passed within this.
pub(crate) const UNDER: &str = "under";
/// `passed`: only runs that passed are judged.
pub(crate) const OF: &str = "of";
/// `pass`: slow runs are bad.
pub(crate) const GOOD: &str = "good";
/// The step that is judged, not the whole run.
pub(crate) const STEP: &str = "step";
/// `regions`: by their weights.
pub(crate) const WEIGHTING: &str = "weighting";
/// The length of a time slice, where OpenSLO's units have no word for it.
pub(crate) const SLICE: &str = "slice";
/// From when on it holds.
pub(crate) const SINCE: &str = "since";
/// An alert's short window; for readers.
pub(crate) const SHORT: &str = "short-window";
/// The fewest failures of an alert's long window; for readers.
pub(crate) const K_MIN: &str = "k-min";

/// Those of an SLO.
pub(crate) const OF_AN_SLO: [&str; 21] = [
    CUSTOMER,
    JOURNEY,
    SLO,
    EVERY,
    REGIONS,
    WEIGHTS,
    QUORUM,
    PARTIES,
    MAINTENANCE,
    NOTICE,
    CAP,
    COVERAGE,
    OBJECTIVE,
    WINDOW,
    UNDER,
    OF,
    GOOD,
    STEP,
    WEIGHTING,
    SLICE,
    SINCE,
];
