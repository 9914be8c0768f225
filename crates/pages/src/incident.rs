//! One incident, as both sides see it.

use crate::{Agreed, Entry, Frame, RunLine, journey, link, show, written};
use jaunt_slo::{
    Report,
    report::IncidentReport,
    words::{lasting, whole},
};
use maud::{Markup, html};

/// What the page of an incident shows.
#[derive(Clone, Copy, Debug)]
pub struct IncidentView<'a> {
    /// The SLO's report.
    pub report: &'a Report,
    /// The incident in it.
    pub incident: &'a IncidentReport,
    /// What both sides agreed.
    pub agreed: &'a Agreed,
    /// Its runs that are kept.
    pub runs: &'a [RunLine],
    /// What either side wrote about it, the oldest first.
    pub entries: &'a [Entry],
}

/// The page.
pub fn incident(frame: &Frame, view: IncidentView<'_>) -> String {
    let IncidentView {
        report, incident, ..
    } = view;
    let title = format!("{} · {}: incident", report.journey, report.slo);
    let content = html! {
        p.soft {
            a href="/" { "Overview" } " / " (report.customer) " / "
            a href=(link::objective(&report.customer, &report.journey, &report.slo)) { (report.journey) " · " (report.slo) }
        }
        h1 { (headline(incident)) }
        p.lead { (calm(report, Some(incident), view.agreed)) }
        (facts(report, incident))
        (entries(frame, view))
        @if frame.counts() { (frame.without_runs()) } @else { (journey::runs(view.runs)) }
    };
    frame.page(&title, &content)
}

fn headline(incident: &IncidentReport) -> String {
    let one = incident.regions.len() == 1;
    let lasted = match (incident.ongoing, one) {
        (true, true) => "has been out since".to_owned(),
        (true, false) => "have been out since".to_owned(),
        (false, true) => format!("was out for {} from", show::lasted(incident)),
        (false, false) => format!("were out for {} from", show::lasted(incident)),
    };
    format!(
        "{} {lasted} {}",
        incident.regions.join(", "),
        jaunt_slo::words::shown(incident.start_ns)
    )
}

/// What share of the budget an incident is, how much of it is spent in all, and what was agreed for
/// that share.
pub fn calm(report: &Report, incident: Option<&IncidentReport>, agreed: &Agreed) -> String {
    let share = incident.map(|incident| match incident.budget_burnt {
        None => "How much of the budget it spent cannot be said yet.".to_owned(),
        Some(burnt) => format!("It spent {} % of the budget.", whole(burnt)),
    });
    let consumed = report.budget.consumed;
    let all = consumed.map(|consumed| format!("{} % of it is spent in all.", whole(consumed)));
    let agreed = Some(agreed.says(consumed));
    let sentences: Vec<_> = [share, all, agreed].into_iter().flatten().collect();
    sentences.join(" ")
}

fn facts(report: &Report, incident: &IncidentReport) -> Markup {
    let id = link::incident_id(
        &report.customer,
        &report.journey,
        &report.slo,
        incident.start_ns,
    );
    html! {
        section {
            h2 { "What is known" }
            table { tbody {
                tr { th scope="row" { "began" } td {
                    (show::time(incident.start_ns))
                    @if let Some(good) = incident.start_not_before_ns { span.soft { ", not before the last good run at " (show::time(good)) } }
                } }
                tr { th scope="row" { "ended" } td { @match incident.end_ns {
                    Some(end) => { (show::time(end)) span.soft { ", the first good run; the last bad one was at " (show::time(incident.last_bad_ns)) } }
                    None => { "it goes on; the last bad run was at " (show::time(incident.last_bad_ns)) }
                } } }
                tr { th scope="row" { "where" } td { (incident.scope) ": " (incident.regions.join(", ")) } }
                tr { th scope="row" { "what" } td { "step " (incident.step) ", phase " (incident.phase) } }
                tr { th scope="row" { "whose" } td {
                    (incident.party)
                    @if let Some(before) = &incident.party_before { span.soft { ", as both sides agreed; before that: " (before) } }
                } }
                tr { th scope="row" { "runs" } td { (show::count(incident.bad)) " bad of " (show::count(incident.valid)) } }
                @if incident.unknown_region_s > 0.0 {
                    tr { th scope="row" { "not seen" } td { (lasting(incident.unknown_region_s)) " over its regions, when nobody looked" } }
                }
                tr { th scope="row" { "paged" } td { @match (incident.paged_at_ns, incident.page_delay_s) {
                    (Some(at), Some(delay)) => { (show::time(at)) ", " (lasting(delay)) " after it began" }
                    _ => "nobody was paged",
                } } }
                tr { th scope="row" { "id" } td { code { (id) } } }
            } }
        }
    }
}

/// What either side wrote.
fn entries(frame: &Frame, view: IncidentView<'_>) -> Markup {
    let guard = frame.writes.as_deref();
    let entries: Vec<_> = view.entries.iter().collect();
    let of = (
        view.report.customer.as_str(),
        view.report.journey.as_str(),
        view.report.slo.as_str(),
        view.incident.start_ns.div_euclid(1_000_000_000),
    );
    html! {
        @if !entries.is_empty() {
            section { h2 { "What both sides wrote" } (written::list(&entries, guard)) }
        }
        @if let Some(guard) = guard { (written::about_incident(of, guard)) }
    }
}
