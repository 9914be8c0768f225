//! A report as one file that can be sent; the hub's pages show the same.

use super::{Entry, Frame, human::felt};
use jaunt_hub::view::agreed_by;
use jaunt_pages::{Agreed, ObjectiveView, SheetView, sheet};

/// The page.
pub(super) fn page(frame: &Frame, entries: &[Entry]) -> String {
    let agreed: Vec<Agreed> = entries.iter().map(agreed).collect();
    let felt: Vec<Vec<String>> = (entries.iter())
        .map(|entry| entry.felt.iter().map(felt).collect())
        .collect();
    let beside = agreed.iter().zip(&felt);
    let slos = entries.iter().zip(beside).map(|(entry, (agreed, felt))| {
        let view = ObjectiveView {
            report: &entry.report,
            agreed,
            felt,
        };
        (view, entry.beside_policy())
    });
    sheet(&SheetView {
        at_ns: entries
            .first()
            .map_or(0, |entry| entry.report.evaluate_at_ns),
        agreed: frame.agreements.sentences(),
        slos: slos.collect(),
        sources: sources(frame, entries),
    })
}

/// What both sides agreed; the page's head says who and when.
fn agreed(entry: &Entry) -> Agreed {
    let agreed = entry.agreement.as_ref();
    let agreed = agreed.map(|agreed| agreed_by(&agreed.agreement));
    Agreed {
        sentence: None,
        ..agreed.unwrap_or_default()
    }
}

/// What the figures come from and cannot tell.
fn sources(frame: &Frame, entries: &[Entry]) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(frame.ahead().map(|ahead| format!("{ahead}.")));
    if !frame.unknown.is_empty() {
        let unknown = frame.unknown.join("; ");
        said.push(format!(
            "These figures come from counters, which cannot tell: {unknown}."
        ));
    }
    let mut configs: Vec<&str> = entries.iter().map(|entry| entry.config.as_str()).collect();
    configs.dedup();
    said.push(format!(
        "{} {}, set {}, journeys {}.",
        frame.lines,
        frame.are(),
        frame.event_set,
        configs.join(" ")
    ));
    said
}
