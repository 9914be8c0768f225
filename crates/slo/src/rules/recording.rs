//! What is recorded: counts, their ratios, and how fresh they are.

use super::{
    annotate::Case,
    promql::{self, Is, duration, quoted},
};
use crate::{Weighting, policy::reduced};
use jaunt_record::Outcome;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The labels that every recorded series of an SLO has; `jaunt_region` beside them where counts are
/// by region.
pub(crate) const CUSTOMER: &str = "jaunt_customer";
pub(crate) const JOURNEY: &str = "jaunt_journey";
pub(crate) const SLO: &str = "jaunt_slo";
pub(crate) const REGION: &str = "jaunt_region";

/// How far back the last word of a region is looked for when it has been silent.
const REMEMBERED: &str = "1d";

/// What an SLO has recorded, as names.
#[derive(Clone, Copy)]
pub(crate) struct Recorded<'a>(pub(crate) &'a Case<'a>);

impl Recorded<'_> {
    /// Bad runs by region within `window`.
    pub(crate) fn bad(self, window: Duration) -> String {
        self.own(&format!("sli_bad:increase{}", duration(window)))
    }

    /// Valid runs by region within `window`.
    pub(crate) fn valid(self, window: Duration) -> String {
        self.own(&format!("sli_valid:increase{}", duration(window)))
    }

    /// The error ratio within `window`; absent without data.
    pub(crate) fn error(self, window: Duration) -> String {
        self.own(&format!("sli_error:ratio{}", duration(window)))
    }

    /// How old the newest slot with a verdict is, seconds.
    pub(crate) fn slot_age(self) -> String {
        self.own("slot_age:seconds")
    }

    /// The farthest that a region's newest slot moved within `window`, seconds: more than the
    /// window where a backlog was caught up.
    pub(crate) fn slot_advance(self, window: Duration) -> String {
        self.own(&format!("slot_advance:seconds{}", duration(window)))
    }

    /// 1 − objective.
    pub(crate) fn error_budget(self) -> String {
        self.own("error_budget:ratio")
    }

    /// The share of the budget that is spent.
    pub(crate) fn consumed(self) -> String {
        self.own("budget_consumed:ratio")
    }

    fn burn(self) -> String {
        self.own("period_burn:rate")
    }

    fn weight(self) -> String {
        self.own("region_weight:ratio")
    }

    fn own(self, name: &str) -> String {
        promql::selector(&format!("jaunt_slo:{name}"), &self.0.identity())
    }
}

/// `sum by` what makes an SLO.
pub(crate) fn over_regions(inner: &str) -> String {
    format!("sum by ({CUSTOMER}, {JOURNEY}, {SLO}) ({inner})")
}

/// Counts and ratios of every window of the policy, then how fresh they are.
pub(super) fn fast(case: &Case<'_>) -> Vec<Value> {
    let mut rules = Vec::new();
    if case.slo.weighting == Weighting::Regions {
        rules.extend(weights(case));
    }
    for window in Recorded::windows(&case.rules) {
        rules.extend(window_counts(case, window));
    }
    rules.extend(freshness(case));
    rules
}

/// Objective and budget as decimals of the text, not as 1 − o in floats; and where the window is a
/// range of Prometheus's, how much of the budget is spent.
pub(super) fn slow(case: &Case<'_>) -> Vec<Value> {
    let recorded = Recorded(case);
    let objective = &case.slo.objective;
    let mut rules = vec![
        case.record(
            "objective:ratio",
            &format!("vector({})", objective.decimal()),
        ),
        case.record(
            "error_budget:ratio",
            &format!("vector({})", objective.budget_decimal()),
        ),
    ];
    if let Some(period) = case.period() {
        rules.extend(window_counts(case, period));
        rules.push(case.record(
            "period_burn:rate",
            &format!("{}\n/ {}", recorded.error(period), recorded.error_budget()),
        ));
        rules.push(case.record(
            "budget_consumed:ratio",
            &format!("{}{}", recorded.burn(), elapsed(case, period)),
        ));
        rules.push(case.record(
            "budget_remaining:ratio",
            &format!("1 - {}", recorded.consumed()),
        ));
    }
    rules
}

/// What a young SLO's burn rate is multiplied by: the share of its window that has passed.
fn elapsed(case: &Case<'_>, period: Duration) -> String {
    case.slo.since.map_or_else(String::new, |since| {
        format!(
            "\n* scalar(clamp(vector((time() - {}) / {}), 0, 1))",
            since.as_second(),
            period.as_secs()
        )
    })
}

fn window_counts(case: &Case<'_>, window: Duration) -> [Value; 3] {
    let recorded = Recorded(case);
    let length = duration(window);
    [
        case.record(
            &format!("sli_bad:increase{length}"),
            &case.increase(&[Outcome::Bad], window),
        ),
        case.record(
            &format!("sli_valid:increase{length}"),
            &case.increase(&[Outcome::Good, Outcome::Bad], window),
        ),
        case.record(
            &format!("sli_error:ratio{length}"),
            &error(case, recorded, window),
        ),
    ]
}

fn error(case: &Case<'_>, recorded: Recorded<'_>, window: Duration) -> String {
    let (bad, valid) = (recorded.bad(window), recorded.valid(window));
    match case.slo.weighting {
        Weighting::Events => format!("{}\n/ ({} > 0)", over_regions(&bad), over_regions(&valid)),
        // Σ w·e / Σ w over the regions with data.
        Weighting::Regions => {
            let weight = recorded.weight();
            format!(
                "{}\n/ {}",
                over_regions(&format!("\n  {weight}\n  * {bad}\n  / ({valid} > 0)\n")),
                over_regions(&format!("{weight} and ({valid} > 0)")),
            )
        }
    }
}

/// Every region's weight, as the journey writes it.
fn weights(case: &Case<'_>) -> Vec<Value> {
    let weights = case.subject.regions.iter().map(|region| {
        let weight = case.subject.weights.get(region).map_or("1", String::as_str);
        let mut rule = case.record("region_weight:ratio", &format!("vector({weight})"));
        if let Some(labels) = rule.get_mut("labels").and_then(Value::as_object_mut) {
            labels.insert(REGION.into(), json!(region));
        }
        rule
    });
    weights.collect()
}

/// How old the newest slot is, and how far it moved within each short window.
fn freshness(case: &Case<'_>) -> Vec<Value> {
    let newest = case.newest_slot("");
    let mut rules = vec![case.record("slot_age:seconds", &format!("time() - max({newest})"))];
    let mut shorts: Vec<Duration> = case.rules.iter().map(|rule| rule.short).collect();
    shorts.sort_unstable();
    shorts.dedup();
    for short in shorts {
        let length = duration(short);
        // What a region last said, however long ago within reason: it may have been silent since.
        let before = case.newest_slot(&format!("[{REMEMBERED}] offset {length}"));
        rules.push(case.record(
            &format!("slot_advance:seconds{length}"),
            &format!("max(\n  {newest}\n  - {before}\n)"),
        ));
    }
    rules
}

impl Case<'_> {
    /// A rule that records `name` for this SLO.
    pub(crate) fn record(&self, name: &str, expr: &str) -> Value {
        json!({ "record": format!("jaunt_slo:{name}"), "expr": expr, "labels": self.labels() })
    }

    /// The labels of what is recorded.
    pub(crate) fn labels(&self) -> Map<String, Value> {
        let labels = self.identity().map(|(label, is)| match is {
            Is::This(value) => (label.to_owned(), json!(value)),
            Is::OneOf(words) => (label.to_owned(), json!(words.join("|"))),
        });
        labels.into_iter().collect()
    }

    /// What sets this SLO's recorded series apart.
    pub(crate) fn identity(&self) -> [(&str, Is<'_>); 3] {
        [
            (CUSTOMER, Is::This(&self.subject.customer)),
            (JOURNEY, Is::This(&self.subject.journey)),
            (SLO, Is::This(&self.slo.name)),
        ]
    }

    /// How many runs with these outcomes ended within `window`, by region.
    pub(crate) fn increase(&self, outcomes: &[Outcome], window: Duration) -> String {
        let labels = &self.around.vocabulary.labels;
        let words: Vec<&str> = outcomes.iter().map(|outcome| outcome.as_str()).collect();
        let events = promql::selector(
            &self.around.vocabulary.metrics.sli_events,
            &[
                (&labels.customer, Is::This(&self.subject.customer)),
                (&labels.journey, Is::This(&self.subject.journey)),
                (&labels.slo, Is::This(&self.slo.name)),
                match words.as_slice() {
                    [word] => (&labels.outcome, Is::This(word)),
                    words => (&labels.outcome, Is::OneOf(words)),
                },
            ],
        );
        self.by_region("sum", &format!("increase({events}[{}])", duration(window)))
    }

    /// The newest slot of each region, `range` (`[1d] offset 5m`) ago.
    fn newest_slot(&self, range: &str) -> String {
        let labels = &self.around.vocabulary.labels;
        let slot = promql::selector(
            &self.around.vocabulary.metrics.last_slot,
            &[
                (&labels.customer, Is::This(&self.subject.customer)),
                (&labels.journey, Is::This(&self.subject.journey)),
            ],
        );
        if range.is_empty() {
            self.by_region("max", &slot)
        } else {
            self.by_region("max", &format!("last_over_time({slot}{range})"))
        }
    }

    /// `with by (region)`; recorded series have the same label whatever the store calls it.
    fn by_region(&self, with: &str, inner: &str) -> String {
        by_region(with, &self.around.vocabulary.labels.region, inner)
    }

    /// burn · b in lowest terms.
    pub(crate) fn budget(&self) -> (u128, u128) {
        reduced(self.slo.objective.budget())
    }
}

/// `with by (jaunt_region) (inner)`, where the store calls it `region`.
pub(crate) fn by_region(with: &str, region: &str, inner: &str) -> String {
    if region == REGION {
        return format!("{with} by ({REGION}) ({inner})");
    }
    format!(
        "{with} by ({REGION}) (label_replace({inner}, {}, \"$1\", {}, \"(.*)\"))",
        quoted(REGION),
        quoted(region)
    )
}
