//! The codes of what can be wrong with an OpenSLO file: a closed list, lasting, written once.
//!
//! Those of any file are [`jaunt_text::code`]'s.

jaunt_text::codes! {
    /// Every code of an OpenSLO file.
    ALL {
        /// No YAML.
        YAML = "yaml",
        /// An alias (`*name`): what it stands for must be written out.
        ALIAS = "yaml-alias",
        /// Another version or kind of object than those of OpenSLO v1.
        OBJECT = "openslo-object",
        /// A file without an SLO.
        NO_SLO = "openslo-no-slo",
        /// An objective of several indicators.
        COMPOSITE = "openslo-composite",
        /// More than one objective, or none.
        OBJECTIVES = "openslo-objectives",
        /// Both or neither of `target` and `targetPercent`, or one that is no objective.
        TARGET = "openslo-target",
        /// An indicator that compares a gauge with a threshold.
        THRESHOLD = "openslo-threshold",
        /// An indicator of ratios that someone else computed.
        RAW = "openslo-raw",
        /// An indicator that does not count bad (or good) events and all of them.
        INDICATOR = "openslo-indicator",
        /// A time window that a journey cannot hold.
        WINDOW = "openslo-window",
        /// No time window (a warning): it is 28 days.
        NO_WINDOW = "openslo-no-window",
        /// A way to spend the budget that a journey does not know.
        BUDGETING = "openslo-budgeting",
        /// A time slice that counts as good from another share on (a warning).
        SLICE_TARGET = "openslo-slice-target",
        /// An alert on a burn rate below a threshold, or on something else than a burn rate.
        ALERT = "openslo-alert",
        /// Queries and alerts are the store's and are not taken (a warning).
        NOT_TAKEN = "openslo-not-taken",
        /// An annotation `jaunt.dev/…` that says nothing sensible.
        ANNOTATION = "openslo-annotation",
        /// Two SLOs of one journey that say different things of it, or have one name.
        DIFFERS = "openslo-differs",
        /// A name out of which no name of ours can be made.
        NAME = "openslo-name",
    }
}
