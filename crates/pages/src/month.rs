//! A month that a customer can be sent: printable, each SLO in full.

use crate::{Frame, ObjectiveView, link, objective, show};
use jaunt_slo::report::Said;
use maud::html;

/// What a month's report shows.
#[derive(Clone, Debug)]
pub struct MonthView<'a> {
    /// Whose it is.
    pub customer: &'a str,
    /// The month: `2026-11`.
    pub period: &'a str,
    /// The month before, and the one after if it began.
    pub beside: (String, Option<String>),
    /// The SLOs.
    pub slos: Vec<ObjectiveView<'a>>,
}

/// The page.
pub fn month(frame: &Frame, view: &MonthView<'_>) -> String {
    let title = format!("{}, {}", view.customer, view.period);
    let met = view
        .slos
        .iter()
        .filter(|slo| slo.report.said == Said::Met)
        .count();
    let content = html! {
        p.soft {
            a href=(link::month(view.customer, &view.beside.0)) { "← " (view.beside.0) }
            @if let Some(next) = &view.beside.1 { " · " a href=(link::month(view.customer, next)) { (next) " →" } }
        }
        h1 { "Service levels of " (view.customer) " in " (view.period) }
        p.lead { (met) " of " (view.slos.len()) " SLOs are met." }
        div.scroll tabindex="0" role="region" aria-label="SLOs" { table {
            thead { tr {
                th scope="col" { "SLO" } th scope="col" { "verdict" } th.n scope="col" { "measured" } th.n scope="col" { "budget spent" } th.n scope="col" { "incidents" }
            } }
            tbody { @for slo in &view.slos { tr {
                th scope="row" { (slo.report.journey) " · " (slo.report.slo) }
                td { (show::said(slo.report.said)) }
                td.n { (show::ratio(slo.report.sli.ratio)) }
                td.n { (show::share(slo.report.budget.consumed)) }
                td.n { (slo.report.incidents.len()) }
            } } }
        } }
        @for slo in &view.slos {
            section {
                h2 { (slo.report.journey) " · " (slo.report.slo) ": " (show::said(slo.report.said)) }
                (objective::body(frame.look, *slo))
            }
        }
    };
    frame.page(&title, &content)
}
