//! A report for a terminal: first what matters, then each SLO.

use super::{
    Entry, Frame,
    instant::{lasting, shown},
};
use anstyle::{AnsiColor, Style};
use jaunt_slo::{
    Report,
    report::{IncidentReport, Said},
};
use std::fmt::Write;

/// How many incidents of an SLO are told; the JSON and HTML forms have them all.
const MOST_INCIDENTS: usize = 5;

/// The whole report.
pub(super) fn page(frame: &Frame, entries: &[Entry]) -> String {
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_by(|a, b| danger(&b.report).total_cmp(&danger(&a.report)));
    let mut text = summary(&order);
    for entry in order {
        text.push('\n');
        slo(&mut text, entry);
    }
    foot(&mut text, frame);
    text
}

/// The share of the budget that is or may be spent; what cannot be said comes before what is met.
fn danger(report: &Report) -> f64 {
    let spent = report.budget.consumed.unwrap_or(0.0);
    match report.said {
        Said::Violated => 1e9 + spent,
        Said::NoData => 2e6,
        Said::CannotBeSaid => 1e6 + spent,
        Said::Met => spent,
    }
}

fn summary(entries: &[&Entry]) -> String {
    let count = |said| {
        entries
            .iter()
            .filter(|entry| entry.report.said == said)
            .count()
    };
    let mut parts = Vec::new();
    for (said, one, many) in [
        (Said::Violated, "is violated", "are violated"),
        (Said::NoData, "has no data", "have no data"),
        (Said::CannotBeSaid, "cannot be judged", "cannot be judged"),
        (Said::Met, "is met", "are met"),
    ] {
        match count(said) {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            n => parts.push(format!("{n} {many}")),
        }
    }
    format!(
        "{} SLO{}: {}\n",
        entries.len(),
        if entries.len() == 1 { "" } else { "s" },
        parts.join(", ")
    )
}

/// The word for what a reader is told, and its colour.
pub(super) const fn word(said: Said) -> (&'static str, AnsiColor) {
    match said {
        Said::Met => ("met", AnsiColor::Green),
        Said::Violated => ("violated", AnsiColor::Red),
        Said::CannotBeSaid => ("cannot be said", AnsiColor::Yellow),
        Said::NoData => ("no data", AnsiColor::Yellow),
    }
}

fn slo(text: &mut String, entry: &Entry) {
    let report = &entry.report;
    let (word, colour) = word(report.said);
    let style = colour.on_default().bold();
    let bold = Style::new().bold();
    let _ = writeln!(
        text,
        "{style}{word}{style:#}  {bold}{}/{} {}{bold:#}",
        report.customer, report.journey, report.slo
    );
    line(text, &report.statement);
    if let Some(why) = &report.why {
        line(text, why);
    }
    for sentence in sentences(report) {
        line(text, &sentence);
    }
    for incident in report.incidents.iter().rev().take(MOST_INCIDENTS) {
        line(text, &format!("· {}", self::incident(incident)));
    }
    if report.incidents.len() > MOST_INCIDENTS {
        let more = report.incidents.len() - MOST_INCIDENTS;
        line(text, &format!("· and {more} earlier incidents"));
    }
    for felt in &entry.felt {
        line(text, &self::felt(felt));
    }
    for refusal in &report.refusals {
        line(
            text,
            &format!(
                "maintenance of {} counts as any time: {}",
                shown(refusal.from_ns),
                refusal.refused
            ),
        );
    }
}

/// What matters about one SLO, in the order in which it does.
pub(super) fn sentences(report: &Report) -> Vec<String> {
    let mut said = vec![report.evidence_sentence.clone()];
    said.extend(budget(report));
    said.extend(whose(report));
    said.extend(what_it_takes(report));
    said.extend(coverage(report));
    if report.sli.felt_ratio != report.sli.ratio
        && let Some(felt) = report.sli.felt_ratio
    {
        said.push(format!(
            "as users felt it, with maintenance: {} %",
            percent(felt)
        ));
    }
    if report.agents.all_void_minutes > 0 {
        said.push(format!(
            "in {} minutes every region blamed its own agent: what the service did then is unknown",
            report.agents.all_void_minutes
        ));
    }
    if report.period.provisional {
        said.push(
            "provisional: runs may still come in until a day after the period ends".to_owned(),
        );
    }
    said
}

fn budget(report: &Report) -> Option<String> {
    let consumed = report.budget.consumed?;
    let left = report.budget.remaining?;
    let time = lasting((left * report.budget.budget_seconds).abs());
    let budget = lasting(report.budget.budget_seconds);
    let mut text = if left < 0.0 {
        format!(
            "budget: {} % spent of {budget}, {time} over",
            whole(consumed)
        )
    } else {
        format!(
            "budget: {} % spent of {budget}, {time} left",
            whole(consumed)
        )
    };
    let worst = report.budget.consumed_if_missing_bad;
    if report.coverage.missing > 0
        && let (Some(best), Some(worst)) = (report.budget.consumed_if_missing_good, worst)
    {
        let _ = write!(
            text,
            " (between {} and {} %, as missing runs may have been)",
            whole(best),
            whole(worst)
        );
    }
    if let Some(exhausted) = report.budget.exhausted_in_s {
        let _ = write!(
            text,
            "; at the rate of the last 6 h it is gone in {}",
            lasting(exhausted)
        );
    }
    Some(text)
}

/// Whose the spending was, the most first.
fn whose(report: &Report) -> Option<String> {
    let total = report.budget.consumed.filter(|consumed| *consumed > 0.0)?;
    let mut parties: Vec<_> = report.attribution.budget_by_party.iter().collect();
    parties.sort_by(|a, b| b.1.total_cmp(a.1));
    let parts: Vec<_> = parties
        .iter()
        .map(|(party, share)| format!("{party} {} %", whole(**share / total)))
        .collect();
    Some(format!("whose: {}", parts.join(", ")))
}

fn what_it_takes(report: &Report) -> Option<String> {
    match report.said {
        Said::Violated => report.budget.recovers_at_ns.map(|at| {
            format!(
                "if every run is good from now on, it holds again from {}",
                shown(at)
            )
        }),
        Said::Met => {
            let left = report.budget.remaining? * report.budget.budget_events;
            Some(format!(
                "it holds with up to {:.0} more bad runs in this window",
                left.floor()
            ))
        }
        Said::CannotBeSaid | Said::NoData => None,
    }
}

fn coverage(report: &Report) -> Option<String> {
    let ratio = report.coverage.ratio?;
    (report.coverage.missing > 0).then(|| {
        let verdict = if report.coverage.sufficient {
            "sufficient"
        } else {
            "insufficient"
        };
        format!(
            "coverage: {} of {} planned runs, {} %: {verdict}",
            report.coverage.observed,
            report.coverage.due,
            percent(ratio)
        )
    })
}

/// An incident in one line.
pub(super) fn incident(incident: &IncidentReport) -> String {
    let mut text = format!("{}, ", shown(incident.start_ns));
    match incident.end_ns {
        Some(end) => text.push_str(&lasting(seconds_between(incident.start_ns, end))),
        None => text.push_str("still going on"),
    }
    let _ = write!(
        text,
        ", {} ({}), step {} in {}, {}",
        incident.scope,
        incident.regions.join(", "),
        incident.step,
        incident.phase,
        incident.party
    );
    if let Some(burnt) = incident.budget_burnt {
        let _ = write!(text, ": {} % of the budget", whole(burnt));
    }
    match incident.page_delay_s {
        Some(delay) => {
            let _ = write!(text, ", paged after {}", lasting(delay));
        }
        None => text.push_str(", nobody was paged"),
    }
    text
}

/// A felt time in one line.
pub(super) fn felt(felt: &super::Felt) -> String {
    let mut text = format!(
        "users felt {} to {}",
        shown(felt.from_ns),
        shown(felt.to_ns)
    );
    if let Some(tickets) = felt.tickets {
        let _ = write!(text, " ({tickets} tickets)");
    }
    if let Some(note) = &felt.note {
        let _ = write!(text, ": {note}");
    }
    if !felt.seen {
        text.push_str("; users felt this and no journey did: add one");
    }
    text
}

/// The time between two instants, seconds.
pub(super) fn seconds_between(from: i64, to: i64) -> f64 {
    std::time::Duration::from_nanos(to.saturating_sub(from).unsigned_abs()).as_secs_f64()
}

fn foot(text: &mut String, frame: &Frame) {
    text.push('\n');
    match &frame.agreed {
        Some(agreed) => line(text, agreed),
        None => line(text, "proposed: no agreement of both sides was given"),
    }
    if let Some((number, why)) = &frame.malformed {
        line(text, &format!("line {number} is no event: {why}"));
    }
    let as_of = frame
        .as_of_ns
        .map_or_else(String::new, |at| format!(", as known by {}", shown(at)));
    let set = frame.event_set.get(..16).unwrap_or_default();
    line(text, &format!("{} lines, set {set}{as_of}", frame.lines));
}

fn line(text: &mut String, sentence: &str) {
    let _ = writeln!(text, "  {sentence}");
}

/// A share in whole percent; below ten, with one decimal.
pub(super) fn whole(ratio: f64) -> String {
    let percent = 100.0 * ratio;
    if percent.abs() < 10.0 {
        format!("{percent:.1}")
    } else {
        format!("{percent:.0}")
    }
}

/// A ratio in percent with three decimals.
pub(super) fn percent(ratio: f64) -> String {
    format!("{:.3}", 100.0 * ratio)
}
