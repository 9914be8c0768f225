//! One SLO's case, and what its alerts say: what a person at 3 am needs to know, calmly.

use super::{
    Policy, Standing, Surroundings, alerting,
    alerts::BURN,
    promql,
    promql::Is,
    recording::{Recorded, over_regions},
};
use crate::{Rule, Slo, Subject, Window};
use serde_json::{Map, Value, json};
use std::{fmt::Write, time::Duration};

/// The head of a burn alert: whose it is, how many times the allowed rate was exceeded, and what
/// was promised (`99.9% over 28d`).
pub fn burn_summary(title: &str, times: &str, promise: &str) -> String {
    format!("{title}: users are let down {times} times as often as {promise} allows")
}

/// Everything that the rules of one SLO draw on.
pub(crate) struct Case<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) slo: &'a Slo,
    pub(crate) rules: Vec<Rule>,
    pub(crate) around: &'a Surroundings,
    /// Its rows by share, the greatest first.
    policy: Policy,
}

impl<'a> Case<'a> {
    pub(crate) fn new(
        subject: &'a Subject,
        slo: &'a Slo,
        mut policy: Policy,
        around: &'a Surroundings,
    ) -> Self {
        // a/b > c/d iff a·d > c·b.
        policy
            .rows
            .sort_by(|x, y| (y.at.0 * x.at.1).cmp(&(x.at.0 * y.at.1)));
        Self {
            subject,
            slo,
            rules: alerting(subject, slo),
            around,
            policy,
        }
    }

    /// `acme/checkout can-buy`.
    pub(crate) fn title(&self) -> String {
        format!(
            "{}/{} {}",
            self.subject.customer, self.subject.journey, self.slo.name
        )
    }

    /// The name of its group.
    pub(crate) fn name(&self) -> String {
        format!(
            "jaunt:{}/{}/{}",
            self.subject.customer, self.subject.journey, self.slo.name
        )
    }

    /// The window, where it is a range of Prometheus's.
    pub(crate) fn period(&self) -> Option<Duration> {
        match &self.slo.window {
            Window::Rolling(length) => Some(*length),
            Window::Calendar { .. } => None,
        }
    }

    /// What a burn alert says.
    pub(crate) fn burning(&self, rule: &Rule) -> Map<String, Value> {
        let promise = format!("{} over {}", self.slo.objective, self.slo.window);
        let lines = [
            self.ratio(rule),
            self.spent(rule),
            self.exhaustion(rule),
            self.worst(rule),
            self.regions(rule),
        ];
        self.annotations(
            BURN,
            &burn_summary(
                &self.title(),
                &promql::decimal(rounded(rule.burn)),
                &promise,
            ),
            &lines.join("\n"),
        )
    }

    /// Title, description and links of an alert.
    pub(crate) fn annotations(
        &self,
        alert: &str,
        summary: &str,
        description: &str,
    ) -> Map<String, Value> {
        let page = [
            "slo",
            self.subject.customer.as_str(),
            self.subject.journey.as_str(),
            self.slo.name.as_str(),
        ];
        annotations(self.around, alert, (summary, description), &page)
    }

    fn ratio(&self, rule: &Rule) -> String {
        let recorded = Recorded(self);
        let long = promql::duration(rule.long);
        format!(
            "In the last {long} {} of {} runs were bad, {}; the objective allows {} %.",
            number(&over_regions(&recorded.bad(rule.long))),
            number(&over_regions(&recorded.valid(rule.long))),
            share(&recorded.error(rule.long)),
            percent(self.budget()),
        )
    }

    /// The share of the budget that this window spent, the share of it that is spent in all, and
    /// what is agreed at that share.
    fn spent(&self, rule: &Rule) -> String {
        let recorded = Recorded(self);
        let planned = self.subject.cadence().runs(self.slo.window.nominal());
        let (b, whole) = self.budget();
        let events = promql::decimal((b.saturating_mul(u128::from(planned)), whole));
        let here = share(&format!(
            "{} / {events}",
            over_regions(&recorded.bad(rule.long))
        ));
        let long = promql::duration(rule.long);
        if self.period().is_none() {
            return format!(
                "The last {long} spent {here} of the budget of a {}; `jaunt report` tells what is left. {}",
                self.slo.window,
                self.all_agreed()
            );
        }
        format!(
            "The last {long} spent {here} of the budget; {} of it is spent in all. {}",
            share(&recorded.consumed()),
            self.agreed_at(&recorded.consumed())
        )
    }

    /// What is agreed at the share that `consumed` is.
    pub(crate) fn agreed_at(&self, consumed: &str) -> String {
        if self.policy.rows.is_empty() {
            return self.all_agreed();
        }
        let mut text = format!("{{{{ range query `{consumed}` }}}}");
        for (place, row) in self.policy.rows.iter().enumerate() {
            let else_ = if place == 0 { "" } else { "else " };
            let _ = write!(
                text,
                "{{{{ {else_}if ge .Value {} }}}}{} at {} %: {}.",
                float(row.at),
                self.word(),
                percent(row.at),
                literal(&row.what)
            );
        }
        text.push_str("{{ else }}Nothing is to be done at so small a share.{{ end }}{{ end }}");
        text
    }

    fn all_agreed(&self) -> String {
        if self.policy.rows.is_empty() {
            return "No share of the budget is agreed at which something is to be done.".to_owned();
        }
        let rows = self.policy.rows.iter().rev();
        let rows: Vec<String> = rows
            .map(|row| format!("at {} %: {}", percent(row.at), literal(&row.what)))
            .collect();
        format!("{} {}.", self.word(), rows.join("; "))
    }

    const fn word(&self) -> &'static str {
        match self.policy.standing {
            Standing::Agreed => "Agreed",
            Standing::Proposed => "Proposed",
        }
    }

    /// remaining · W / burn, where a rest is known; else how long a whole budget lasts.
    fn exhaustion(&self, rule: &Rule) -> String {
        let recorded = Recorded(self);
        let (b, whole) = self.budget();
        let seconds = u128::from(self.slo.window.nominal().as_secs());
        let budget = promql::decimal((b.saturating_mul(seconds), whole));
        let error = recorded.error(rule.long);
        match self.period() {
            Some(_) => format!(
                "At this rate the rest is gone in {}.",
                lasting(&format!(
                    "clamp_min(1 - {}, 0) * {budget} / ({error} > 0)",
                    recorded.consumed()
                ))
            ),
            None => format!(
                "At this rate a whole budget lasts {}.",
                lasting(&format!("{budget} / ({error} > 0)"))
            ),
        }
    }

    /// The most frequent failure.
    fn worst(&self, rule: &Rule) -> String {
        let labels = &self.around.vocabulary.labels;
        let names = [&labels.step, &labels.phase, &labels.kind, &labels.party];
        let by: Vec<String> = names.iter().map(|label| promql::name(label)).collect();
        let query = format!(
            "topk(1, sum by ({}) (increase({}[{}])) > 0)",
            by.join(", "),
            self.failures(),
            promql::duration(rule.long)
        );
        let label = |name: &str| format!("{{{{ . | label \"{name}\" }}}}");
        format!(
            "Most often it was step `{}` in `{}` ({}), which points at {}.",
            label(&labels.step),
            label(&labels.phase),
            label(&labels.kind),
            label(&labels.party)
        )
        .wrap(&query, "No failure has a cause: the runs were too slow.")
    }

    fn regions(&self, rule: &Rule) -> String {
        let query = format!("sort_desc({} > 0)", Recorded(self).bad(rule.long));
        format!(
            "Bad runs by region:{{{{ range query `{query}` }}}} {{{{ . | label \"jaunt_region\" }}}} {{{{ printf \"%.0f\" .Value }}}}{{{{ else }}}} none{{{{ end }}}}."
        )
    }

    fn failures(&self) -> String {
        let labels = &self.around.vocabulary.labels;
        promql::selector(
            &self.around.vocabulary.metrics.failures,
            &[
                (&labels.customer, Is::This(&self.subject.customer)),
                (&labels.journey, Is::This(&self.subject.journey)),
            ],
        )
    }
}

/// Text that stands within a query of its own.
trait Wrap {
    /// The text for each sample of `query`, else `otherwise`.
    fn wrap(&self, query: &str, otherwise: &str) -> String;
}

impl Wrap for String {
    fn wrap(&self, query: &str, otherwise: &str) -> String {
        format!("{{{{ range query `{query}` }}}}{self}{{{{ else }}}}{otherwise}{{{{ end }}}}")
    }
}

/// Title, description and links of an alert; `page` is its place in the hub.
pub(crate) fn annotations(
    around: &Surroundings,
    alert: &str,
    (summary, description): (&str, &str),
    page: &[&str],
) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("summary".into(), json!(summary));
    map.insert("description".into(), json!(description));
    if let Some(hub) = &around.hub {
        let mut link = hub.trim_end_matches('/').to_owned();
        for part in page {
            link.push('/');
            link.push_str(&segment(part));
        }
        map.insert("hub_url".into(), json!(literal(&link)));
    }
    if let Some(runbook) = &around.runbook {
        map.insert(
            "runbook_url".into(),
            json!(literal(&format!("{runbook}#{alert}"))),
        );
    }
    map
}

/// A name as one segment of a path: all but what RFC 3986 §2.3 calls unreserved is escaped.
fn segment(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Text that a template gives back as it is.
pub(crate) fn literal(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}

fn number(query: &str) -> String {
    template(query, "printf \"%.0f\"")
}

/// A ratio as a percentage.
pub(crate) fn share(query: &str) -> String {
    template(query, "humanizePercentage")
}

fn lasting(query: &str) -> String {
    template(query, "humanizeDuration")
}

fn template(query: &str, with: &str) -> String {
    format!(
        "{{{{ range query `{query}` }}}}{{{{ .Value | {with} }}}}{{{{ else }}}}(not known){{{{ end }}}}"
    )
}

/// A fraction as a percentage, without its sign.
pub(crate) fn percent((numerator, denominator): (u128, u128)) -> String {
    promql::decimal((numerator * 100, denominator))
}

/// A fraction as a template's float: with a point, or it would be compared as an integer.
fn float(fraction: (u128, u128)) -> String {
    let text = promql::decimal(fraction);
    if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

/// A fraction to one digit after the point, for a sentence.
fn rounded((numerator, denominator): (u128, u128)) -> (u128, u128) {
    ((numerator * 10 + denominator / 2) / denominator.max(1), 10)
}
