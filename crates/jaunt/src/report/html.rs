//! A report as one file that can be sent; the hub's pages show the same.

use super::{Entry, Frame, human::felt};
use jaunt_hub::view::agreed_by;
use jaunt_pages::{Agreed, ObjectiveView, SheetView, sheet};

/// The page.
pub(super) fn page(frame: &Frame, entries: &[Entry]) -> String {
    let agreed = agreed(frame);
    let felt: Vec<Vec<String>> = (entries.iter())
        .map(|entry| entry.felt.iter().map(felt).collect())
        .collect();
    let slos = entries.iter().zip(&felt).map(|(entry, felt)| {
        let view = ObjectiveView {
            report: &entry.report,
            agreed: &agreed,
            felt,
        };
        (view, entry.beside_policy())
    });
    let differs = frame.agreed.iter().flat_map(|agreed| &agreed.differs);
    sheet(&SheetView {
        at_ns: entries
            .first()
            .map_or(0, |entry| entry.report.evaluate_at_ns),
        agreed: std::iter::once(frame.agreed())
            .chain(differs.cloned())
            .collect(),
        slos: slos.collect(),
        sources: sources(frame, entries),
    })
}

/// What both sides agreed; the page's head says who and when.
fn agreed(frame: &Frame) -> Agreed {
    let agreed = frame.agreed.as_ref();
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
