//! The shapes of a report, as `crates/slo` serialises it.

use super::shape::{Shape, shape};

pub(super) const SHAPES: &[Shape] = &[
    shape(
        "Report",
        "One SLO judged at one instant",
        &[
            ("customer", "text", "the tenant"),
            ("journey", "text", "the journey"),
            ("slo", "text", "the SLO's name"),
            ("statement", "text", "the SLO in words"),
            (
                "evaluate_at_ns",
                "instant",
                "the instant of the judgement, Unix ns",
            ),
            ("period", "PeriodReport", "the time that is judged"),
            ("ingest", "Counters", "where the lines ended"),
            ("sli", "SliReport", "the indicator"),
            (
                "coverage",
                "Coverage",
                "how much of what was planned was seen",
            ),
            ("budget", "BudgetReport", "the error budget"),
            ("alerts", "Alert[]", "when alerts would have fired"),
            (
                "nodata_alert",
                "NoDataAlert",
                "when silence would have raised one",
            ),
            (
                "intervals",
                "Intervals",
                "what the count says about the reliability behind it",
            ),
            ("certify", "Certify", "what it takes to know"),
            ("slices", "SlicesReport", "time slices"),
            ("uptime", "UptimeReport", "windowed user-uptime"),
            ("incidents", "IncidentReport[]", "incidents, by start"),
            (
                "background",
                "Background",
                "bad runs outside of all incidents",
            ),
            (
                "attribution",
                "Attribution",
                "whose the bad runs were, and where they struck",
            ),
            ("agents", "Agents", "the agents' own availability"),
            (
                "refusals",
                "RefusalReport[]",
                "maintenance that was asked for in vain",
            ),
            (
                "corrections",
                "CorrectionReport[]",
                "corrections that meet the period",
            ),
            (
                "said",
                "Said",
                "whether the service may be said to meet the objective",
            ),
            ("why", "text?", "why it cannot be said, where it cannot"),
            ("evidence_sentence", "text", "the evidence in words"),
            (
                "not_known",
                "text[]",
                "what the source of the figures cannot tell, in sentences: empty where each run is known",
            ),
            (
                "burn_down",
                "Spent[]",
                "the share of the budget that was spent by when: Unix ns, consumed; at most 120 points",
            ),
        ],
    ),
    shape(
        "PeriodReport",
        "The time that is judged",
        &[
            ("start_ns", "instant", "the window's start, Unix ns"),
            ("end_ns", "instant", "its end"),
            ("from_ns", "instant", "from when runs count"),
            (
                "elapsed_fraction",
                "number?",
                "the share of the eligible window that has passed",
            ),
            (
                "maintenance_s",
                "number",
                "accepted maintenance in the window, seconds",
            ),
            (
                "provisional",
                "bool",
                "whether runs may still come in: until its end + 24 h",
            ),
        ],
    ),
    shape(
        "SliReport",
        "The indicator",
        &[
            ("good", "whole", "good runs"),
            ("bad", "whole", "bad runs"),
            ("valid", "whole", "both"),
            ("ratio", "number?", "the indicator as the SLO weighs it"),
            ("events_ratio", "number?", "good over valid"),
            (
                "weighted_ratio",
                "number?",
                "Σ w·s / Σ w over the regions with data",
            ),
            (
                "weight_with_data",
                "number?",
                "the share of all weight that has data",
            ),
            ("by_region", "RegionReport{}", "by region"),
            (
                "felt_ratio",
                "number?",
                "the indicator with the runs in maintenance",
            ),
            (
                "slots_failed_globally",
                "whole",
                "slots in which a majority (or quorum) of regions failed",
            ),
        ],
    ),
    shape(
        "RegionReport",
        "The indicator of one region",
        &[
            ("good", "whole", "good runs"),
            ("bad", "whole", "bad runs"),
            ("ratio", "number?", "good over both"),
        ],
    ),
    shape(
        "Coverage",
        "How much of what was planned was seen",
        &[
            ("due", "whole", "runs planned to date"),
            ("observed", "whole", "runs seen: valid and ineligible"),
            ("missing", "whole", "runs not seen"),
            ("ratio", "number?", "seen of those due, at most 1"),
            ("sufficient", "bool", "whether that is at least 0.9"),
        ],
    ),
    shape(
        "BudgetReport",
        "The error budget",
        &[
            (
                "objective",
                "text",
                "the objective as a decimal ratio: `0.999`",
            ),
            ("error_budget", "number", "1 − objective"),
            (
                "budget_seconds",
                "number",
                "the budget in seconds of the eligible window",
            ),
            (
                "planned_events",
                "whole",
                "runs planned in the whole window",
            ),
            ("budget_events", "number", "of which so many may be bad"),
            (
                "burn_rate",
                "number?",
                "the error ratio over the budget ratio",
            ),
            (
                "consumed",
                "number?",
                "the share of the budget that was spent",
            ),
            (
                "remaining",
                "number?",
                "what is left; negative where it is overspent",
            ),
            ("consumed_if_missing_good", "number?", "the least it can be"),
            (
                "consumed_if_missing_bad",
                "number?",
                "the most it can be, with as many of the missing runs eligible as of those seen",
            ),
            (
                "consumed_at_most",
                "number?",
                "the most it can be, if each missing run counted and was bad",
            ),
            ("status", "Status", "by count"),
            (
                "burn_rate_6h",
                "number?",
                "the burn rate of the last six hours",
            ),
            (
                "recovers_at_ns",
                "instant?",
                "when an overspent rolling budget holds again if every run is good from now on, Unix ns",
            ),
            (
                "exhausted_in_s",
                "number?",
                "in how many seconds the budget is spent at that rate, where it is above 1",
            ),
        ],
    ),
    shape(
        "Intervals",
        "What the count says about the reliability behind it",
        &[
            ("confidence", "number", "0.95"),
            ("n", "whole", "valid runs"),
            ("design_effect", "number", "how much failures cluster"),
            (
                "n_effective",
                "number",
                "how many independent runs they are worth",
            ),
            ("wilson", "Bounds?", "this window, if runs were independent"),
            ("clopper_pearson", "Bounds?", "the same, never too narrow"),
            ("wilson_clustered", "Bounds?", "the long run"),
            ("lower_one_sided", "number?", "at least, on one side"),
            ("upper_one_sided", "number?", "at most, on one side"),
            ("evidence", "Evidence", "what may be claimed"),
        ],
    ),
    shape(
        "Certify",
        "What it takes to know",
        &[
            (
                "n_if_no_failure",
                "whole",
                "runs that certify the objective without a failure",
            ),
            (
                "n_given_failures",
                "whole",
                "runs that do with the failures seen",
            ),
            ("days_if_no_failure", "number?", "days the former take"),
            ("days_given_failures", "number?", "days the latter take"),
            (
                "best_objective_in_period",
                "number?",
                "the best objective that the planned runs of the window certify",
            ),
        ],
    ),
    shape(
        "SlicesReport",
        "Time slices",
        &[
            ("good", "whole", "good everywhere"),
            ("degraded", "whole", "bad somewhere"),
            ("bad", "whole", "bad for more than half"),
            ("nodata", "whole", "seen by less than half"),
            ("excluded", "whole", "touched by maintenance"),
            ("ratio", "number?", "(good + degraded) over all three"),
        ],
    ),
    shape(
        "UptimeReport",
        "Windowed user-uptime",
        &[
            ("up_s", "number", "seconds up, over all agents"),
            ("down_s", "number", "seconds down"),
            ("ratio", "number?", "up over both"),
            ("mcr", "WorstWindow[]", "the worst window of each length"),
        ],
    ),
    shape(
        "WorstWindow",
        "The worst window of one length",
        &[
            ("window_s", "whole", "its length, seconds"),
            ("ratio", "number?", "its uptime"),
            ("start_ns", "instant", "where it starts, Unix ns"),
        ],
    ),
    shape(
        "IncidentReport",
        "An incident",
        &[
            (
                "start_ns",
                "instant",
                "the start of its first bad run, Unix ns",
            ),
            (
                "end_ns",
                "instant?",
                "the start of the first good run after it",
            ),
            ("ongoing", "bool", "whether it lasts"),
            (
                "start_not_before_ns",
                "instant?",
                "the start of the last good run before it",
            ),
            ("last_bad_ns", "instant", "the start of its last bad run"),
            ("regions", "text[]", "the regions that were out, by name"),
            ("scope", "text", "`global` or `regional`"),
            ("bad", "whole", "bad runs of all regions that started in it"),
            ("valid", "whole", "valid ones"),
            (
                "unknown_region_s",
                "number",
                "seconds that nobody looked, over its regions",
            ),
            ("step", "text", "the step that failed most"),
            ("phase", "text", "the phase"),
            ("party", "text", "whose it was"),
            ("party_before", "text?", "whose it was before a correction"),
            (
                "budget_burnt",
                "number?",
                "the share of the budget that it spent",
            ),
            ("paged_at_ns", "instant?", "when the first page went out"),
            (
                "page_delay_s",
                "number?",
                "how long after the start, seconds",
            ),
        ],
    ),
    shape(
        "Background",
        "Bad runs outside of all incidents",
        &[
            ("bad", "whole", "how many"),
            (
                "budget_burnt",
                "number?",
                "the share of the budget that they spent",
            ),
        ],
    ),
    shape(
        "Attribution",
        "Whose the bad runs were, and where they struck",
        &[
            ("by_party", "whole{}", "bad runs by party"),
            (
                "budget_by_party",
                "number{}",
                "the share of the budget by party; all together are `consumed`",
            ),
            ("by_phase", "whole{}", "bad runs by phase"),
            ("by_step", "whole{}", "bad runs by step"),
            ("parties_sum", "number?", "the sum of what parties spent"),
            (
                "incidents_sum",
                "number?",
                "the sum of what incidents and background spent",
            ),
        ],
    ),
    shape(
        "Agents",
        "The agents' own availability",
        &[
            ("measured", "whole", "slots that they measured"),
            ("void", "whole", "slots that were void"),
            ("missed", "whole", "slots that were missed"),
            ("ratio", "number?", "measured over all"),
            (
                "all_void_minutes",
                "whole",
                "minutes in which every region blamed its own agent: nobody knows what the service did",
            ),
        ],
    ),
    shape(
        "CorrectionReport",
        "A correction of the past",
        &[
            ("from_ns", "instant", "from when it corrects, Unix ns"),
            ("to_ns", "instant", "until when"),
            ("at_ns", "instant", "when it was made"),
            (
                "party",
                "text?",
                "the party that its bad runs are put down to; `None`: its runs are left out",
            ),
            ("author", "text", "who wrote it"),
            ("approved_by", "text", "who agreed to it"),
            ("reason", "text", "why"),
        ],
    ),
    shape(
        "RefusalReport",
        "Maintenance that was asked for in vain",
        &[
            ("from_ns", "instant", "from when, Unix ns"),
            ("to_ns", "instant", "until when"),
            ("by", "text?", "who does it"),
            ("reason", "text?", "what for"),
            ("refused", "text", "why it was refused"),
        ],
    ),
    shape(
        "Counters",
        "Where the lines ended; all but `conflicts`, `skew_corrected` and `maintenance_refused` add up to `lines`",
        &[
            ("lines", "whole", "all lines that were not blank"),
            (
                "malformed",
                "whole",
                "not JSON, or a field missing, of the wrong type, negative or unknown",
            ),
            ("not_yet_received", "whole", "received after what is known"),
            ("other_journey", "whole", "of another journey or customer"),
            (
                "unknown_region",
                "whole",
                "of a region that the journey does not name",
            ),
            ("duplicates", "whole", "copies of an event that was kept"),
            (
                "conflicts",
                "whole",
                "copies that differ from the one kept in verdict, duration, start or place",
            ),
            ("unscheduled", "whole", "not scheduled"),
            (
                "quarantined_clock",
                "whole",
                "of a clock so far off that the time is not known",
            ),
            ("skew_corrected", "whole", "moved by what the clock was off"),
            ("invalid_agent", "whole", "void or missed"),
            (
                "late_dropped",
                "whole",
                "received more than 24 h after its end",
            ),
            (
                "out_of_window",
                "whole",
                "ended outside of the time that is judged",
            ),
            ("excluded_maintenance", "whole", "met accepted maintenance"),
            ("ineligible", "whole", "not what the SLO speaks of"),
            ("valid", "whole", "what is left"),
            (
                "maintenance_refused",
                "whole",
                "maintenance entries that were refused",
            ),
        ],
    ),
    shape(
        "Alert",
        "A rule, and when it fired",
        &[
            ("rule", "text", "the rule's name"),
            ("severity", "Severity", "how urgent"),
            ("burn", "number", "the burn rate to exceed"),
            ("k_min", "whole", "the fewest failures in the long window"),
            ("reachable", "bool", "whether any outage can fire it"),
            (
                "firing",
                "Stretch[]",
                "from when until when, Unix ns; `None` while it lasts",
            ),
            (
                "held_evaluations",
                "whole",
                "evaluations at which it fired on for want of data",
            ),
        ],
    ),
    shape(
        "NoDataAlert",
        "When too few runs ended to say anything",
        &[
            (
                "window_s",
                "whole",
                "the stretch that is looked at: 15 min, or 5 intervals if that is longer; seconds",
            ),
            (
                "firing",
                "Stretch[]",
                "from when until when, Unix ns; `None` while it lasts",
            ),
        ],
    ),
];
