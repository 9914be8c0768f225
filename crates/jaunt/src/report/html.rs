//! A report as one page: no script, nothing loaded from elsewhere, fit for print.

mod chart;

use super::{
    Entry, Frame,
    human::{felt, word},
};
use jaunt_slo::{
    Report,
    report::Said,
    words::{lasting, percent, seconds_between, sentences, shown, whole},
};
use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2430;--soft:#667085;--line:#d5dae2;--met:#1a7f4b;--bad:#c0362c;--doubt:#a15c00;--fill:#e8f0fe;--mark:#2f5fd0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#3a4250;--met:#4cc38a;--bad:#ff7b72;--doubt:#e3a341;--fill:#24304a;--mark:#7aa2ff}body{background:#14181f}}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--met:#1a7f4b;--bad:#c0362c;--doubt:#a15c00;--fill:#eef2fb;--mark:#2f5fd0}body{background:#fff}section{break-inside:avoid}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);max-width:54rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2.2rem 0 .2rem;padding-top:1rem;border-top:1px solid var(--line)}h3{font-size:.95rem;margin:1.1rem 0 .3rem}
p{margin:.25rem 0}.soft{color:var(--soft)}.met{color:var(--met)}.violated{color:var(--bad)}.doubt{color:var(--doubt)}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;color:var(--soft)}td.n,th.n{text-align:right}
svg{width:100%;height:auto;display:block}svg text{font:11px system-ui,sans-serif;fill:var(--soft)}code{font-size:.82rem;overflow-wrap:anywhere}
";

/// The page.
pub(super) fn page(frame: &Frame, entries: &[Entry]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Service levels</title><style>{STYLE}</style></head><body>\n"
    );
    head(&mut page, frame, entries);
    for entry in entries {
        slo(&mut page, entry);
    }
    foot(&mut page, frame, entries);
    page.push_str("</body></html>\n");
    page
}

fn class(said: Said) -> &'static str {
    match said {
        Said::Met => "met",
        Said::Violated => "violated",
        Said::CannotBeSaid | Said::NoData => "doubt",
    }
}

fn head(page: &mut String, frame: &Frame, entries: &[Entry]) {
    page.push_str("<h1>Service levels</h1>\n");
    if let Some(entry) = entries.first() {
        let _ = writeln!(
            page,
            "<p class=\"soft\">At {}. {}</p>",
            shown(entry.report.evaluate_at_ns),
            escaped(&frame.agreed())
        );
        for difference in frame.agreed.iter().flat_map(|agreed| &agreed.differs) {
            let _ = writeln!(page, "<p class=\"doubt\">{}</p>", escaped(difference));
        }
    }
    page.push_str(
        "<table><thead><tr><th>SLO</th><th>objective</th><th class=\"n\">measured</th>\
         <th class=\"n\">budget spent</th><th>verdict</th></tr></thead><tbody>\n",
    );
    for Entry { report, .. } in entries {
        let show = |ratio: Option<f64>, how: fn(f64) -> String| {
            ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{} %", how(ratio)))
        };
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"{}\">{}</td></tr>",
            escaped(&format!(
                "{}/{} {}",
                report.customer, report.journey, report.slo
            )),
            escaped(&report.budget.objective),
            show(report.sli.ratio, percent),
            show(report.budget.consumed, whole),
            class(report.said),
            word(report.said).0,
        );
    }
    page.push_str("</tbody></table>\n");
}

fn slo(page: &mut String, entry: &Entry) {
    let report = &entry.report;
    let _ = writeln!(
        page,
        "<section><h2>{} · <span class=\"{}\">{}</span></h2><p>{}</p>",
        escaped(&format!(
            "{}/{} {}",
            report.customer, report.journey, report.slo
        )),
        class(report.said),
        word(report.said).0,
        escaped(&report.statement),
    );
    let _ = writeln!(
        page,
        "<p class=\"soft\">{} to {}{}</p>",
        shown(report.period.from_ns),
        shown(report.period.end_ns.min(report.evaluate_at_ns)),
        if report.period.provisional {
            ", provisional"
        } else {
            ", final"
        },
    );
    let said = report.why.iter().cloned().chain(sentences(report));
    for sentence in said.chain(entry.beside()) {
        let _ = writeln!(page, "<p>{}</p>", escaped(&sentence));
    }
    page.push_str("</section>\n");
    figure(page, "Error budget left", &chart::burn_down(report));
    figure(
        page,
        "Worst window of each length (user-uptime)",
        &chart::curve(report),
    );
    incidents(page, report);
    regions(page, report);
    exclusions(page, entry);
}

fn figure(page: &mut String, title: &str, svg: &str) {
    if !svg.is_empty() {
        let _ = writeln!(page, "<section><h3>{title}</h3>{svg}</section>");
    }
}

fn incidents(page: &mut String, report: &Report) {
    if report.incidents.is_empty() {
        let _ = writeln!(
            page,
            "<p>No incident; {} bad runs stood alone.</p>",
            report.background.bad
        );
        return;
    }
    figure(page, "Incidents", &chart::incidents(report));
    page.push_str(
        "<table><thead><tr><th>from</th><th>for</th><th>where</th><th>what</th><th>whose</th>\
         <th class=\"n\">budget</th><th>paged after</th></tr></thead><tbody>\n",
    );
    for incident in &report.incidents {
        let lasted = incident.end_ns.map_or_else(
            || "going on".to_owned(),
            |end| lasting(seconds_between(incident.start_ns, end)),
        );
        let burnt = incident
            .budget_burnt
            .map_or_else(|| "–".to_owned(), |burnt| format!("{} %", whole(burnt)));
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{lasted}</td><td>{}: {}</td><td>{} in {}</td><td>{}</td>\
             <td class=\"n\">{burnt}</td><td>{}</td></tr>",
            shown(incident.start_ns),
            incident.scope,
            escaped(&incident.regions.join(", ")),
            escaped(&incident.step),
            escaped(&incident.phase),
            escaped(&incident.party),
            incident
                .page_delay_s
                .map_or_else(|| "nobody was".to_owned(), lasting),
        );
    }
    let _ = writeln!(
        page,
        "</tbody></table><p class=\"soft\">and {} bad runs that stood alone</p>",
        report.background.bad
    );
}

fn regions(page: &mut String, report: &Report) {
    page.push_str(
        "<table><thead><tr><th>region</th><th class=\"n\">good</th><th class=\"n\">bad</th>\
         <th class=\"n\">ratio</th></tr></thead><tbody>\n",
    );
    for (region, counts) in &report.sli.by_region {
        let ratio = counts
            .ratio
            .map_or_else(|| "–".to_owned(), |ratio| format!("{} %", percent(ratio)));
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{ratio}</td></tr>",
            escaped(region),
            counts.good,
            counts.bad
        );
    }
    page.push_str("</tbody></table>\n");
}

/// What was left out, what was refused, and what users said.
fn exclusions(page: &mut String, entry: &Entry) {
    let report = &entry.report;
    let ingest = &report.ingest;
    let _ = writeln!(
        page,
        "<p class=\"soft\">Left out: {} runs in accepted maintenance ({}), {} that we could not \
         measure or missed, {} late, {} of a clock that is off, {} duplicates, {} malformed lines. \
         The agents measured {} of their slots.</p>",
        ingest.excluded_maintenance,
        lasting(report.period.maintenance_s),
        ingest.invalid_agent,
        ingest.late_dropped,
        ingest.quarantined_clock,
        ingest.duplicates,
        ingest.malformed,
        report.agents.ratio.map_or_else(
            || "none".to_owned(),
            |ratio| format!("{} %", percent(ratio))
        ),
    );
    for refusal in &report.refusals {
        let _ = writeln!(
            page,
            "<p>Maintenance of {} ({}) counts as any time: {}.</p>",
            shown(refusal.from_ns),
            escaped(refusal.reason.as_deref().unwrap_or("no reason given")),
            escaped(&refusal.refused)
        );
    }
    for time in &entry.felt {
        let _ = writeln!(page, "<p>{}</p>", escaped(&felt(time)));
    }
}

fn foot(page: &mut String, frame: &Frame, entries: &[Entry]) {
    if !frame.unknown.is_empty() {
        page.push_str(
            "<p class=\"soft\">These figures come from counters, which cannot tell:</p><ul>",
        );
        for unknown in frame.unknown {
            let _ = write!(page, "<li>{}</li>", escaped(unknown));
        }
        page.push_str("</ul>\n");
    }
    let mut configs: Vec<&str> = entries.iter().map(|entry| entry.config.as_str()).collect();
    configs.dedup();
    let _ = writeln!(
        page,
        "<p class=\"soft\">Anyone with the events and the journeys recomputes every figure: {} \
         {}, set <code>{}</code>, journeys <code>{}</code>, jaunt {}.</p>",
        frame.lines,
        frame.are(),
        frame.event_set,
        configs.join(" "),
        env!("CARGO_PKG_VERSION"),
    );
}

/// Text that is safe in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
