//! Alerts for Alertmanagers: what the reports say fires, told until it is over.
//!
//! Nothing of it is kept on disk. When a rule began to fire, and when it stopped, is made of the
//! slots by `crates/slo`, so a hub that restarts says the same of the same alert: it neither pages
//! twice nor forgets to say that it is over. What stops without having ended (a journey that went,
//! maintenance agreed afterwards) is no longer told, and ends by itself at the Alertmanager.

mod deliver;

pub(crate) use deliver::Managers;

use crate::{access::Grant, catalog::Watched, view::Desk};
use jaunt_pages::{calm, link};
use jaunt_slo::{
    Alert, Report,
    report::IncidentReport,
    rules::{BURN, burn_labels, burn_summary},
    words::{lasting, shown},
};
use std::{collections::BTreeMap, time::Duration};

/// So long it is told that an alert is over, as Prometheus does: who was away hears of it.
const OVER: Duration = Duration::from_secs(15 * 60);

/// An alert that fires, or did until a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Burning {
    /// What tells it from others.
    labels: BTreeMap<&'static str, String>,
    /// What a person reads.
    annotations: BTreeMap<&'static str, String>,
    /// The SLO's page.
    page: String,
    /// When it began, Unix ns.
    from_ns: i64,
    /// When it ended, where it has.
    to_ns: Option<i64>,
}

impl Burning {
    /// Whether the other tells the same news, whatever the figures in its words. When it began is
    /// not of it: a rolling window is evaluated at minutes of its own, so that moves by seconds.
    fn is_no_news(&self, other: &Self) -> bool {
        self.labels == other.labels && self.to_ns.is_some() == other.to_ns.is_some()
    }
}

/// What fires, and what has ended not long ago, by the reports that were judged last.
fn burning(desk: &Desk, hub: &str) -> Vec<Burning> {
    let view = desk.view(Grant::Open);
    let over_ns = i64::try_from(OVER.as_nanos()).unwrap_or(i64::MAX);
    let since_ns = view.now_ns().saturating_sub(over_ns);
    let mut all = Vec::new();
    for watched in desk.catalog.journeys().values() {
        let reports = desk.judged_last(watched).unwrap_or_default();
        for report in reports.iter() {
            let mut agreed = None;
            for alert in &report.alerts {
                let Some((from_ns, to_ns)) = alert.firing.last().copied() else {
                    continue;
                };
                if to_ns.is_some_and(|to_ns| to_ns < since_ns) {
                    continue;
                }
                let agreed = agreed.get_or_insert_with(|| view.agreed(report));
                let case = Case {
                    hub,
                    watched,
                    report,
                    alert,
                    from_ns,
                };
                all.push(Burning {
                    labels: case.labels(),
                    annotations: case.annotations(agreed),
                    page: case.page(),
                    from_ns,
                    to_ns,
                });
            }
        }
    }
    all
}

/// One alert of one SLO.
struct Case<'a> {
    hub: &'a str,
    watched: &'a Watched,
    report: &'a Report,
    alert: &'a Alert,
    from_ns: i64,
}

impl Case<'_> {
    fn slo(&self) -> [&str; 3] {
        let Report {
            customer,
            journey,
            slo,
            ..
        } = self.report;
        [customer, journey, slo]
    }

    fn page(&self) -> String {
        let [customer, journey, slo] = self.slo();
        format!("{}{}", self.hub, link::objective(customer, journey, slo))
    }

    fn labels(&self) -> BTreeMap<&'static str, String> {
        let rule = (self.alert.rule, self.alert.severity);
        let labels = burn_labels(self.slo(), rule, self.alert.long);
        [("alertname", BURN.to_owned())]
            .into_iter()
            .chain(labels)
            .collect()
    }

    fn annotations(&self, agreed: &jaunt_pages::Agreed) -> BTreeMap<&'static str, String> {
        let incident = self.incident();
        let mut texts = BTreeMap::from([
            ("summary", self.summary()),
            ("description", self.description(incident, agreed)),
            ("hub_url", self.page()),
        ]);
        if let Some(incident) = incident {
            let [customer, journey, slo] = self.slo();
            let start_ns = incident.start_ns;
            let page = link::incident(customer, journey, slo, start_ns);
            texts.insert(
                "incident",
                link::incident_id(customer, journey, slo, start_ns),
            );
            texts.insert("incident_url", format!("{}{page}", self.hub));
        }
        texts
    }

    /// The latest incident that the rule's long window has seen. Flakiness raises alerts without one.
    fn incident(&self) -> Option<&IncidentReport> {
        let long_ns = i64::try_from(self.alert.long.as_nanos()).unwrap_or(i64::MAX);
        let since_ns = self.from_ns.saturating_sub(long_ns);
        let mut incidents = self.report.incidents.iter();
        incidents.rfind(|it| it.last_bad_ns >= since_ns)
    }

    fn summary(&self) -> String {
        let [customer, journey, slo] = self.slo();
        let title = format!("{customer}/{journey} {slo}");
        let slos = &self.watched.subject.slos;
        let slo = slos.iter().find(|slo| slo.name == self.report.slo);
        let promise = match slo {
            Some(slo) => format!("{} over {}", slo.objective, slo.window),
            None => self.report.budget.objective.clone(),
        };
        let times = format!("{:.1}", self.alert.burn);
        burn_summary(&title, times.trim_end_matches(".0"), &promise)
    }

    /// What a person at 3 am needs to know, calmly.
    fn description(
        &self,
        incident: Option<&IncidentReport>,
        agreed: &jaunt_pages::Agreed,
    ) -> String {
        let mut lines = Vec::new();
        if let Some(incident) = incident {
            let regions = incident.regions.join(", ");
            lines.push(match incident.end_ns {
                None => format!("Out since {}: {regions}.", shown(incident.start_ns)),
                Some(end_ns) => {
                    let start = shown(incident.start_ns);
                    format!("Was out from {start} to {}: {regions}.", shown(end_ns))
                }
            });
        }
        lines.push(calm(self.report, incident, agreed));
        if let Some(seconds) = self.report.budget.exhausted_in_s {
            lines.push(format!(
                "At the rate of the last 6 h the rest is gone in {}.",
                lasting(seconds)
            ));
        }
        if let Some(IncidentReport {
            step, phase, party, ..
        }) = incident
        {
            lines.push(format!(
                "Most often it was step `{step}` in `{phase}`, which points at {party}."
            ));
        }
        lines.join("\n")
    }
}
