//! A report for a terminal: first what matters, then each SLO.

use super::{Entry, Frame};
use anstyle::{AnsiColor, Style};
use jaunt_slo::{
    report::Said,
    words::{self, sentences, shown},
};
use std::fmt::Write;

/// How many incidents of an SLO are told; the JSON and HTML forms have them all.
const MOST_INCIDENTS: usize = 5;

/// The whole report.
pub(super) fn page(frame: &Frame, entries: &[Entry]) -> String {
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_by(|a, b| b.report.danger().total_cmp(&a.report.danger()));
    let mut text = summary(&order);
    if let Some(ahead) = frame.ahead() {
        line(&mut text, &ahead);
    }
    for entry in order {
        text.push('\n');
        slo(&mut text, entry);
        // Counters hold no single runs.
        if frame.unknown.is_empty()
            && let Some(left_out) = words::left_out(&entry.report)
        {
            line(&mut text, &left_out);
        }
    }
    foot(&mut text, frame);
    text
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
        line(text, &format!("· {}", words::incident(incident)));
    }
    if report.incidents.len() > MOST_INCIDENTS {
        let more = report.incidents.len() - MOST_INCIDENTS;
        line(text, &format!("· and {more} earlier incidents"));
    }
    for sentence in entry.beside() {
        line(text, &sentence);
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

/// A felt time in one line.
pub(super) fn felt(felt: &super::Felt) -> String {
    let mut text = format!(
        "users felt {} to {}",
        shown(felt.from_ns),
        shown(felt.to_ns)
    );
    let tickets = felt.tickets.map(|tickets| format!("{tickets} tickets"));
    let by = felt.by.as_ref().map(|by| format!("written by the {by}"));
    let more: Vec<String> = tickets.into_iter().chain(by).collect();
    if !more.is_empty() {
        let _ = write!(text, " ({})", more.join(", "));
    }
    if let Some(note) = &felt.note {
        let _ = write!(text, ": {note}");
    }
    if !felt.seen {
        text.push_str("; users felt this and no journey did: add one");
    }
    text
}

fn foot(text: &mut String, frame: &Frame) {
    text.push('\n');
    for sentence in frame.agreements.sentences() {
        line(text, &sentence);
    }
    if let Some((number, why)) = &frame.malformed {
        line(text, &format!("line {number} is no event: {why}"));
    }
    let as_of = frame
        .as_of_ns
        .map_or_else(String::new, |at| format!(", as known by {}", shown(at)));
    if !frame.unknown.is_empty() {
        line(text, "from counters, which cannot tell:");
        for unknown in frame.unknown {
            line(text, &format!("· {unknown}"));
        }
    }
    let set = frame.event_set.get(..16).unwrap_or_default();
    line(
        text,
        &format!("{} {}, set {set}{as_of}", frame.lines, frame.are()),
    );
}

fn line(text: &mut String, sentence: &str) {
    let _ = writeln!(text, "  {sentence}");
}
