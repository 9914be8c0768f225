//! The alerts of a journey, and those of the agents: none of them pages.

use super::{
    FAST, Surroundings, alerts,
    annotate::annotations,
    group as rule_group,
    promql::{Is, duration, name, selector},
    recording::{CUSTOMER, JOURNEY, REGION, by_region},
};
use crate::{Severity, Subject};
use jaunt_record::Verdict;
use serde_json::{Map, Value, json};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

/// A certificate is renewed well before: of one that lives 47 days a third is left by then.
const EXPIRES_WITHIN_S: u64 = 14 * 86_400;

/// The alerts of one journey.
pub(super) fn group(subject: &Subject, around: &Surroundings) -> Value {
    let journey = OfJourney { subject, around };
    let name = format!("jaunt:{}/{}", subject.customer, subject.journey);
    let rules = vec![
        journey.region_outage(),
        journey.void_high(),
        journey.warning(),
        journey.cleanup(),
        journey.certificate(),
    ];
    rule_group(&name, FAST, rules)
}

struct OfJourney<'a> {
    subject: &'a Subject,
    around: &'a Surroundings,
}

impl OfJourney<'_> {
    /// Four intervals (five minutes at least) in which a region had two failures and nothing else:
    /// an outage of the report opens at two in a row.
    fn region_outage(&self) -> Value {
        let window = Duration::from_secs(300).max(4 * self.subject.every);
        let fails = self.slots(&[Verdict::Fail], window);
        let passes = self.slots(&[Verdict::Pass, Verdict::Slow], window);
        self.alert(
            "JauntRegionOutage",
            &format!("{fails} > 1.5\nunless {passes} > 0"),
            None,
            (
                "no run passes in {{ $labels.jaunt_region }}",
                &format!(
                    "Every run of the last {} failed there. Whether users elsewhere are served, and whether the budget is in danger, the burn alerts say.",
                    duration(window)
                ),
            ),
        )
    }

    /// More than a tenth of an hour's slots could not be measured.
    fn void_high(&self) -> Value {
        let void = self.slots(&[Verdict::Void, Verdict::Missed], HOUR);
        let all = self.slots(Verdict::ALL, HOUR);
        self.alert(
            "JauntVoidHigh",
            &format!("{void} / ({all} > 0) > 0.1\nand {void} > 1.5"),
            None,
            (
                "{{ $value | humanizePercentage }} of the slots in {{ $labels.jaunt_region }} could not be measured",
                "We, not the service, are to blame: the agent there was overloaded, cut off or not running. These slots count neither as good nor as bad.",
            ),
        )
    }

    fn warning(&self) -> Value {
        self.by_step(
            "JauntWarning",
            &self.around.vocabulary.metrics.warnings,
            (
                "an expectation graded `warn` did not hold",
                "It changes no verdict. The runs say what was expected and what was seen.",
            ),
        )
    }

    fn cleanup(&self) -> Value {
        self.by_step(
            "JauntCleanup",
            &self.around.vocabulary.metrics.cleanup_failures,
            (
                "a clean-up step failed",
                "It changes no verdict, but the service may now hold what the journey left behind.",
            ),
        )
    }

    fn certificate(&self) -> Value {
        let labels = &self.around.vocabulary.labels;
        let expiry = self.selector(&self.around.vocabulary.metrics.certificate_expiry, &[]);
        self.alert(
            "JauntCertificate",
            &format!(
                "min by ({}) ({expiry}) - time() < {EXPIRES_WITHIN_S}",
                name(&labels.step)
            ),
            None,
            (
                "a certificate of the chain expires in {{ $value | humanizeDuration }}",
                "Once it has, every user is turned away. It is the earliest of the chain that the step met.",
            ),
        )
    }

    fn by_step(&self, alert: &str, metric: &str, said: (&str, &str)) -> Value {
        let counter = self.selector(metric, &[]);
        let step = name(&self.around.vocabulary.labels.step);
        let expr = format!("sum by ({step}) (increase({counter}[1h])) > 0");
        self.alert(alert, &expr, None, said)
    }

    fn slots(&self, verdicts: &[Verdict], window: Duration) -> String {
        let labels = &self.around.vocabulary.labels;
        let words: Vec<&str> = verdicts.iter().map(|verdict| verdict.as_str()).collect();
        let slots = self.selector(
            &self.around.vocabulary.metrics.slots,
            &[(&labels.verdict, Is::OneOf(&words))],
        );
        by_region(
            "sum",
            &labels.region,
            &format!("increase({slots}[{}])", duration(window)),
        )
    }

    fn selector(&self, metric: &str, more: &[(&str, Is<'_>)]) -> String {
        let labels = &self.around.vocabulary.labels;
        let mut matchers: Vec<(&str, Is<'_>)> = vec![
            (&labels.customer, Is::This(&self.subject.customer)),
            (&labels.journey, Is::This(&self.subject.journey)),
        ];
        matchers.extend_from_slice(more);
        selector(metric, &matchers)
    }

    fn alert(
        &self,
        alert: &str,
        expr: &str,
        lasting: Option<Duration>,
        (summary, description): (&str, &str),
    ) -> Value {
        let mut labels = Map::new();
        labels.insert(CUSTOMER.into(), json!(self.subject.customer));
        labels.insert(JOURNEY.into(), json!(self.subject.journey));
        labels.insert("severity".into(), json!(Severity::Ticket.as_str()));
        let page = [
            "journey",
            self.subject.customer.as_str(),
            self.subject.journey.as_str(),
        ];
        let summary = format!(
            "{}/{}: {summary}",
            self.subject.customer, self.subject.journey
        );
        let said = annotations(self.around, alert, (&summary, description), &page);
        alerts::alert(alert, expr, lasting, labels, said)
    }
}

/// The agents' own health, whatever they run: an agent is silent after five of the shortest
/// intervals (a quarter of an hour at least).
pub(super) fn agents(shortest: Duration, around: &Surroundings) -> Value {
    let (metrics, labels) = (&around.vocabulary.metrics, &around.vocabulary.labels);
    let silent = Duration::from_secs(900).max(5 * shortest);
    // What a region last said, for as long as a day: one that is gone has no present value.
    let last = by_region(
        "max",
        &labels.region,
        &format!("last_over_time({}[1d])", selector(&metrics.last_run, &[])),
    );
    let stale = by_region(
        "sum",
        &labels.region,
        &selector(&metrics.journey_stale, &[]),
    );
    let dropped = format!(
        "sum by ({}, {}) (increase({}[1h])) > 0",
        name(&labels.signal),
        name(&labels.reason),
        selector(&metrics.dropped, &[])
    );
    let rules = vec![
        agent(
            around,
            "JauntAgentSilent",
            (&format!("time() - {last} > {}", silent.as_secs()), None),
            (
                &format!(
                    "no run has finished in {{{{ $labels.{REGION} }}}} for {{{{ $value | humanizeDuration }}}}"
                ),
                "Users there are not measured. Other regions still are, and alerts go on with them.",
            ),
        ),
        agent(
            around,
            "JauntJourneyStale",
            (&format!("{stale} > 0"), Some(Duration::from_secs(600))),
            (
                &format!(
                    "{{{{ $value }}}} journeys in {{{{ $labels.{REGION} }}}} run at an older version"
                ),
                "Their newest text was refused; the last good one is measured meanwhile. `jaunt check` says what is wrong with it.",
            ),
        ),
        agent(
            around,
            "JauntDropped",
            (&dropped, None),
            (
                "{{ printf \"%.0f\" $value }} records will not be delivered",
                "They were too old, too many, or refused by what receives them; the agent's log says which. What they counted is missing here.",
            ),
        ),
    ];
    rule_group("jaunt:agents", FAST, rules)
}

fn agent(
    around: &Surroundings,
    alert: &str,
    (expr, lasting): (&str, Option<Duration>),
    said: (&str, &str),
) -> Value {
    let mut labels = Map::new();
    labels.insert("severity".into(), json!(Severity::Ticket.as_str()));
    let said = annotations(around, alert, said, &[]);
    alerts::alert(alert, expr, lasting, labels, said)
}
