//! A report as one file: no script, nothing to navigate to, fit for print and to be sent.

use crate::{Frame, Look, ObjectiveView, chart, objective, overview, show};
use maud::html;

/// What a report on a sheet shows.
#[derive(Clone, Debug)]
pub struct SheetView<'a> {
    /// The instant of the judgement, Unix ns.
    pub at_ns: i64,
    /// Who agreed when, and where the journeys say otherwise: sentences.
    pub agreed: Vec<String>,
    /// The SLOs, each with what is said beside its figures.
    pub slos: Vec<(ObjectiveView<'a>, Vec<String>)>,
    /// What the figures come from and cannot tell.
    pub sources: Vec<String>,
}

/// The page.
pub fn sheet(view: &SheetView<'_>) -> String {
    let frame = Frame {
        look: Look::Alone,
        at_ns: view.at_ns,
        ..Frame::default()
    };
    let content = html! {
        h1 { "Service levels" }
        @for sentence in &view.agreed { p.soft { (show::words(sentence)) } }
        div.scroll tabindex="0" role="region" aria-label="SLOs" { table {
            thead { tr {
                th scope="col" { "SLO" } th scope="col" { "verdict" } th.n scope="col" { "objective" }
                th.n scope="col" { "measured" } th scope="col" { "budget left" } th.n scope="col" { "budget spent" }
            } }
            tbody { @for (slo, _) in &view.slos { tr {
                th scope="row" { (slo.report.customer) "/" (slo.report.journey) " · " (slo.report.slo) }
                td { (show::said(slo.report.said)) }
                td.n { (overview::objective(slo.report)) }
                td.n { (show::ratio(slo.report.sli.ratio)) }
                td { (chart::meter(slo.report)) }
                td.n { (show::share(slo.report.budget.consumed)) }
            } } }
        } }
        @for (slo, beside) in &view.slos {
            section {
                h2 { (slo.report.customer) "/" (slo.report.journey) " · " (slo.report.slo) ": " (show::said(slo.report.said)) }
                p.soft {
                    (show::time(slo.report.period.from_ns)) " to "
                    (show::time(slo.report.period.end_ns.min(slo.report.evaluate_at_ns)))
                    @if slo.report.period.provisional { ", provisional" } @else { ", final" }
                }
                @for sentence in beside { p { (show::words(&show::sentence(sentence))) } }
                (objective::body(Look::Alone, *slo))
            }
        }
        @for sentence in &view.sources { p.soft { (show::words(sentence)) } }
    };
    frame.page("Service levels", &content)
}
