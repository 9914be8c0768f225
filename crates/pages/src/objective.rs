//! One SLO: how much of its budget is left, what spent it, and what may be claimed.

use crate::{Agreed, Frame, Look, chart, link, overview, show};
use jaunt_slo::{
    Report,
    words::{self, lasting, whole},
};
use maud::{Markup, html};

/// What the page of an SLO shows.
#[derive(Clone, Copy, Debug)]
pub struct ObjectiveView<'a> {
    /// Its report.
    pub report: &'a Report,
    /// What both sides agreed for it.
    pub agreed: &'a Agreed,
    /// Times when users said that it hurt, in words.
    pub felt: &'a [String],
}

/// The page.
pub fn objective(frame: &Frame, view: ObjectiveView<'_>) -> String {
    let report = view.report;
    let title = format!("{} · {}", report.journey, report.slo);
    let content = html! {
        p.soft {
            a href="/" { "Overview" } " / " (report.customer) " / "
            a href=(link::journey(&report.customer, &report.journey)) { (report.journey) }
        }
        h1 { (title) ": " (show::said(report.said)) }
        (body(frame.look, view))
    };
    frame.page(&title, &content)
}

/// All of an SLO but its heading; the month's report and the sheet show it too.
pub(crate) fn body(look: Look, view: ObjectiveView<'_>) -> Markup {
    let report = view.report;
    html! {
        p.lead { (show::words(&report.statement)) }
        @if let Some(why) = &report.why { p { (show::words(&show::sentence(why))) } }
        (facts(report))
        @for sentence in words::sentences(report) { p { (show::words(&show::sentence(&sentence))) } }
        p { (view.agreed.says(report.budget.consumed)) }
        @if let Some(sentence) = &view.agreed.sentence { p.soft { (show::words(sentence)) } }
        (figure("Error budget left", "The dashed line shows where the rate of the last six hours leads; shaded stretches are incidents, dotted lines what both sides agreed.", &chart::burn_down(report, view.agreed)))
        (incidents(look, report))
        (figure("The worst window of each length", "A knee at some length says that outages last about as long; no knee says flakiness. User-uptime after Hauer et al., Meaningful Availability, NSDI 2020.", &chart::curve(report)))
        (attribution(report))
        (regions(report))
        (alerts(report))
        (left_out(report))
        @for felt in view.felt { p { (show::words(felt)) } }
    }
}

/// A month shows several SLOs: what is said of one carries its name.
fn label(what: &str, report: &Report) -> String {
    format!("{what}: {} · {}", report.journey, report.slo)
}

fn figure(title: &str, caption: &str, chart: &Markup) -> Markup {
    html! {
        @if !chart.0.is_empty() {
            section { h2 { (title) } figure { (chart) figcaption { (caption) } } }
        }
    }
}

fn facts(report: &Report) -> Markup {
    let interval = report.intervals.wilson.map(|[low, high]| {
        format!(
            "between {} and {}",
            show::ratio(Some(low)),
            show::ratio(Some(high))
        )
    });
    html! {
        dl.facts {
            (fact("measured", &show::ratio(report.sli.ratio), interval.as_deref()))
            (fact("objective", &overview::objective(report), None))
            (fact("budget left", &show::share(report.budget.remaining), Some(&format!("of {}", lasting(report.budget.budget_seconds)))))
            (fact("runs", &show::count(report.sli.valid), Some(&format!("{} bad", show::count(report.sli.bad)))))
            (fact("coverage", &show::share(report.coverage.ratio), Some(&format!("{} of {} planned", show::count(report.coverage.observed), show::count(report.coverage.due)))))
        }
    }
}

fn fact(name: &str, value: &str, more: Option<&str>) -> Markup {
    html! {
        div { dt { (name) } dd { (value) @if let Some(more) = more { small { (more) } } } }
    }
}

fn incidents(look: Look, report: &Report) -> Markup {
    html! {
        section {
            h2 { "Incidents" }
            @if report.incidents.is_empty() {
                p { "No incident; " (show::count(report.background.bad)) " bad runs stood alone." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label=(label("Incidents", report)) { table {
                    thead { tr {
                        th scope="col" { "began" } th scope="col" { "lasted" } th scope="col" { "where" }
                        th scope="col" { "what" } th scope="col" { "whose" }
                        th.n scope="col" { "of the budget" } th scope="col" { "paged after" }
                    } }
                    tbody { @for incident in report.incidents.iter().rev() { tr {
                        td { @match look {
                            Look::Linked => a href=(link::incident(&report.customer, &report.journey, &report.slo, incident.start_ns)) { (show::time(incident.start_ns)) },
                            Look::Alone => (show::time(incident.start_ns)),
                        } }
                        td { (show::lasted(incident)) }
                        td { (incident.scope) ": " (incident.regions.join(", ")) }
                        td { (incident.step) " in " (incident.phase) }
                        td { (incident.party) }
                        td.n { (show::share(incident.budget_burnt)) }
                        td { (incident.page_delay_s.map_or_else(|| "nobody was".to_owned(), lasting)) }
                    } } }
                } }
                p.soft {
                    "And " (show::count(report.background.bad)) " bad runs that stood alone: "
                    (show::share(report.background.budget_burnt)) " of the budget. Incidents and these together are all that was spent: "
                    (show::share(report.attribution.incidents_sum)) "."
                }
            }
        }
    }
}

fn attribution(report: &Report) -> Markup {
    html! {
        @if !report.attribution.by_party.is_empty() {
            section {
                h2 { "Whose it was" }
                div.scroll tabindex="0" role="region" aria-label=(label("By party", report)) { table {
                    thead { tr {
                        th scope="col" { "party" } th.n scope="col" { "bad runs" } th.n scope="col" { "of the budget" }
                    } }
                    tbody { @for (party, bad) in &report.attribution.by_party { tr {
                        th scope="row" { (party) }
                        td.n { (show::count(*bad)) }
                        td.n { (show::share(report.attribution.budget_by_party.get(party).copied())) }
                    } } }
                } }
                p.soft {
                    "By step: " (list(&report.attribution.by_step)) ". By phase: "
                    (list(&report.attribution.by_phase)) "."
                }
            }
        }
    }
}

fn list(counts: &std::collections::BTreeMap<String, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {}", show::count(**count)))
        .collect();
    parts.join(", ")
}

fn regions(report: &Report) -> Markup {
    html! {
        section {
            h2 { "By region" }
            div.scroll tabindex="0" role="region" aria-label=(label("By region", report)) { table {
                thead { tr {
                    th scope="col" { "region" } th.n scope="col" { "good" } th.n scope="col" { "bad" } th.n scope="col" { "good of all" }
                } }
                tbody { @for (region, counts) in &report.sli.by_region { tr {
                    th scope="row" { (region) }
                    td.n { (show::count(counts.good)) } td.n { (show::count(counts.bad)) } td.n { (show::ratio(counts.ratio)) }
                } } }
            } }
            p.soft { (show::count(report.sli.slots_failed_globally)) " slots failed in most regions at once." }
        }
    }
}

fn alerts(report: &Report) -> Markup {
    html! {
        section {
            h2 { "Alerts" }
            div.scroll tabindex="0" role="region" aria-label=(label("Alerts", report)) { table {
                thead { tr {
                    th scope="col" { "rule" } th scope="col" { "severity" } th.n scope="col" { "burn rate" }
                    th.n scope="col" { "bad runs at least" } th scope="col" { "fired" }
                } }
                tbody { @for alert in &report.alerts { tr {
                    th scope="row" { (alert.rule) }
                    td { (alert.severity.as_str()) }
                    td.n { (format!("{:.1} ×", alert.burn)) }
                    td.n { (alert.k_min) }
                    td {
                        @if !alert.reachable { "no outage can fire it at this objective" }
                        @else { @match alert.firing.last() {
                            None => "never in this window",
                            Some((from, None)) => { span.violated { "firing since " (show::time(*from)) } }
                            Some((from, Some(_))) => { (alert.firing.len()) " ×, last " (show::time(*from)) }
                        } }
                    }
                } } }
            } }
        }
    }
}

/// What was left out, and why: nothing is dropped in silence.
fn left_out(report: &Report) -> Markup {
    let ingest = &report.ingest;
    let rows = [
        ("in accepted maintenance", ingest.excluded_maintenance),
        ("that we could not measure, or missed", ingest.invalid_agent),
        ("not what this SLO speaks of", ingest.ineligible),
        ("by hand", ingest.unscheduled),
        ("received more than a day late", ingest.late_dropped),
        ("of a clock that is off", ingest.quarantined_clock),
        ("duplicates", ingest.duplicates),
        ("malformed", ingest.malformed),
    ];
    html! {
        section {
            h2 { "Left out" }
            ul { @for (what, count) in rows.iter().filter(|(_, count)| *count > 0) {
                li { (show::count(*count)) " " (what) }
            } }
            @if rows.iter().all(|(_, count)| *count == 0) { p { "Nothing." } }
            p.soft {
                "The agents measured " (report.agents.ratio.map_or_else(|| "none".to_owned(), |ratio| format!("{} %", whole(ratio))))
                " of their slots: " (show::count(report.agents.void)) " void, " (show::count(report.agents.missed)) " missed."
            }
            @for correction in &report.corrections {
                p { (show::words(&show::sentence(&words::correction(correction)))) "." }
            }
            @for refusal in &report.refusals {
                p {
                    "Maintenance of " (show::time(refusal.from_ns)) " (" (refusal.reason.as_deref().unwrap_or("no reason given"))
                    ") counts as any time: " (refusal.refused) "."
                }
            }
        }
    }
}
