//! What is promised of a journey, and what is left out of it.

use super::{Key, Takes, key, must};

/// The keys of `[[slo]]`.
pub const SLO: &[Key] = &[
    must("name", Takes::Text, "its name, unique in the journey"),
    must(
        "objective",
        Takes::Text,
        "how many of the valid runs must be good: `99.9%`",
    ),
    must(
        "window",
        Takes::Text,
        "`28d` rolling, or `month Europe/Madrid` and its kin (day, week, month, quarter, year)",
    ),
    key("under", Takes::Duration, "good means passed within this"),
    key(
        "of",
        Takes::OneOf(&["passed"]),
        "with `under`: of the runs that passed, how many were quick enough",
    ),
    key("good", Takes::OneOf(&["pass"]), "slow runs are bad"),
    key("step", Takes::Text, "judge one step rather than the run"),
    key(
        "weighting",
        Takes::OneOf(&["regions"]),
        "weigh regions by the journey's `weights`",
    ),
    key(
        "slice",
        Takes::Duration,
        "also judge time slices of this length, whole seconds",
    ),
    key(
        "since",
        Takes::Instant,
        "it holds from here; nothing before counts",
    ),
];

/// The keys of `[[maintenance]]`.
pub const MAINTENANCE: &[Key] = &[
    key("from", Takes::Instant, "from when"),
    key("to", Takes::Instant, "until when"),
    key(
        "on",
        Takes::Text,
        "every week, instead of `from` and `to`: `Sun 02:00-04:00 Europe/Berlin`",
    ),
    key("announced", Takes::Instant, "when it was announced"),
    key("by", Takes::Text, "who does it"),
    key(
        "approved_by",
        Takes::Text,
        "who agreed to it: the other party",
    ),
    key("reason", Takes::Text, "why"),
];

/// The keys of `[maintenance_policy]`.
pub const MAINTENANCE_POLICY: &[Key] = &[
    key(
        "notice",
        Takes::Duration,
        "how long before it must have been announced; default `24h`",
    ),
    key(
        "cap",
        Takes::Duration,
        "how much of it a window may leave out; default `8h`",
    ),
];

/// The keys of `[[correction]]`.
pub const CORRECTION: &[Key] = &[
    must("from", Takes::Instant, "from when it corrects"),
    must("to", Takes::Instant, "until when"),
    key(
        "party",
        Takes::Text,
        "whose the bad runs in it were, after all",
    ),
    key(
        "leave_out",
        Takes::OneOf(&["runs"]),
        "its runs are in no SLI, good and bad alike; instead of `party`",
    ),
    must("at", Takes::Instant, "when it was made"),
    must("author", Takes::Text, "who wrote it"),
    must(
        "approved_by",
        Takes::Text,
        "who agreed to it: the other party",
    ),
    must("reason", Takes::Text, "why"),
];

/// The keys of `[[felt]]`.
pub const FELT: &[Key] = &[
    must("from", Takes::Instant, "from when it hurt"),
    must("to", Takes::Instant, "until when"),
    key(
        "tickets",
        Takes::Whole(0, 1_000_000_000),
        "how many tickets came",
    ),
    key("note", Takes::Text, "in their words"),
];
