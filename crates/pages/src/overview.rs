//! Every SLO that the reader may see, the one in danger first.

use crate::{Agreed, Frame, chart, link, show};
use jaunt_slo::{
    Report,
    report::{IncidentReport, Said},
    words::{lasting, whole},
};
use maud::{Markup, html};

/// The page. Each SLO comes with what both sides agreed for it.
pub fn overview(frame: &Frame, slos: &[(&Report, &Agreed)]) -> String {
    let mut order: Vec<&(&Report, &Agreed)> = slos.iter().collect();
    order.sort_by(|a, b| b.0.danger().total_cmp(&a.0.danger()));
    let headline = headline(&order);
    let content = html! {
        h1 { (headline) @if frame.judging > 0 && !order.is_empty() { ", so far" } }
        @if let Some((report, agreed)) = order.first() { p.lead { (worst(report, agreed)) } }
        @if order.is_empty() && frame.judging > 0 {
            p { "The first ones are here in a moment." }
        } @else if order.is_empty() {
            p { "No SLO is loaded yet. An SLO stands in a journey's file, under " code { "[[slo]]" } "." }
        } @else {
            (table(&order))
            (going_on(&order))
        }
    };
    frame.page("Overview", &content)
}

fn headline(slos: &[&(&Report, &Agreed)]) -> String {
    let count = |said| {
        slos.iter()
            .filter(|(report, _)| report.said == said)
            .count()
    };
    let (met, violated) = (count(Said::Met), count(Said::Violated));
    let unknown = slos.len() - met - violated;
    match (slos.len(), violated, unknown) {
        (0, _, _) => "Nothing is judged yet".to_owned(),
        (1, 0, 0) => "The one SLO is met".to_owned(),
        (all, 0, 0) => format!("All {all} SLOs are met"),
        (all, 0, _) => format!("{met} of {all} SLOs are met; of {unknown} it cannot be said"),
        (all, _, 0) => format!("{met} of {all} SLOs are met, {violated} not"),
        (all, _, _) => {
            format!("{met} of {all} SLOs are met, {violated} not; of {unknown} it cannot be said")
        }
    }
}

/// What to know about the one that is most in danger.
fn worst(report: &Report, agreed: &Agreed) -> String {
    let name = format!("{}/{}", report.journey, report.slo);
    let Some(consumed) = report.budget.consumed else {
        return format!("{name}: nothing was measured yet.");
    };
    let ahead = report
        .budget
        .exhausted_in_s
        .filter(|_| consumed < 1.0)
        .map_or_else(String::new, |seconds| {
            format!(
                ", and at the rate of the last 6 h it is gone in {}",
                lasting(seconds)
            )
        });
    format!(
        "{name} has spent {} % of its budget{ahead}. {}",
        whole(consumed),
        agreed.says(Some(consumed))
    )
}

fn table(slos: &[&(&Report, &Agreed)]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="SLOs" {
            table {
                thead { tr {
                    th scope="col" { "SLO" }
                    th scope="col" { "verdict" }
                    th.n scope="col" { "objective" }
                    th.n scope="col" { "measured" }
                    th scope="col" { "budget left" }
                    th scope="col" { "over time" }
                    th.n scope="col" { "burn, 6 h" }
                    th scope="col" { "regions" }
                } }
                tbody { @for (report, _) in slos { (row(report)) } }
            }
        }
    }
}

fn row(report: &Report) -> Markup {
    html! {
        tr {
            th.whole scope="row" {
                a href=(link::objective(&report.customer, &report.journey, &report.slo)) {
                    (report.journey) " · " (report.slo)
                }
                br; span.soft { (report.customer) }
            }
            td { (show::said(report.said)) }
            td.n { (objective(report)) }
            td.n {
                (show::ratio(report.sli.ratio))
                @if let Some([low, high]) = report.intervals.wilson {
                    br; span.soft { (show::ratio(Some(low))) " to " (show::ratio(Some(high))) }
                }
            }
            td.whole { (chart::meter(report)) " " (show::share(report.budget.remaining)) }
            td { (chart::spark(report)) }
            td.n { (burn(report)) }
            td { (regions(report)) }
        }
    }
}

/// The objective as a percentage; it comes as an exact decimal ratio.
pub(crate) fn objective(report: &Report) -> String {
    report.budget.objective.parse::<f64>().map_or_else(
        |_| report.budget.objective.clone(),
        |ratio| {
            let percent = format!("{:.6}", 100.0 * ratio);
            format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
        },
    )
}

fn burn(report: &Report) -> String {
    report
        .budget
        .burn_rate_6h
        .map_or_else(|| "–".to_owned(), |burn| format!("{burn:.1} ×"))
}

fn regions(report: &Report) -> Markup {
    html! {
        @for (region, counts) in &report.sli.by_region {
            span.soft.whole { @if counts.bad == 0 { span.met aria-hidden="true" { "●" } }
                @else { span.violated aria-hidden="true" { "◆" } }
                " " (region) @if counts.bad > 0 { " " (show::count(counts.bad)) " bad" }
            } " "
        }
    }
}

fn going_on(slos: &[&(&Report, &Agreed)]) -> Markup {
    let mut incidents: Vec<(&Report, &IncidentReport)> = slos
        .iter()
        .flat_map(|(report, _)| {
            report
                .incidents
                .iter()
                .map(move |incident| (*report, incident))
        })
        .collect();
    incidents.sort_by_key(|(_, incident)| std::cmp::Reverse(incident.start_ns));
    incidents.truncate(8);
    html! {
        h2 { "Latest incidents" }
        @if incidents.is_empty() { p { "None in any window." } } @else {
            div.scroll tabindex="0" role="region" aria-label="Latest incidents" { table {
                thead { tr {
                    th scope="col" { "began" } th scope="col" { "lasted" } th scope="col" { "SLO" }
                    th scope="col" { "where" } th scope="col" { "what" } th scope="col" { "whose" }
                    th.n scope="col" { "of the budget" }
                } }
                tbody { @for (report, incident) in incidents { tr {
                    td { a href=(link::incident(&report.customer, &report.journey, &report.slo, incident.start_ns)) { (show::time(incident.start_ns)) } }
                    td { (show::lasted(incident)) }
                    td { (report.journey) " · " (report.slo) }
                    td { (incident.scope) ": " (incident.regions.join(", ")) }
                    td { (incident.step) " in " (incident.phase) }
                    td { (incident.party) }
                    td.n { (show::share(incident.budget_burnt)) }
                } } }
            } }
        }
    }
}
