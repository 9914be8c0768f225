//! `[[correction]]`: what both sides found out about the past.

use super::{
    calendar::{instant, span, tables},
    capture::optional,
    scope::literal,
};
use crate::{code, spec};
use jaunt_slo::{Corrected, Correction};
use jaunt_text::{Diagnostics, Item, Table};

/// `[[correction]]`.
pub(super) fn corrections(root: &Table<'_>, found: &mut Diagnostics<'_>) -> Vec<Correction> {
    tables(root, "correction", found)
        .iter()
        .filter_map(|table| correction(table, found))
        .collect()
}

fn correction(table: &Table<'_>, found: &mut Diagnostics<'_>) -> Option<Correction> {
    table.only(&spec::key_names(spec::CORRECTION), &[], found);
    let time = span(table, found);
    let what = what(table, found);
    let at_item = table.required("at", found);
    let at = at_item.as_ref().and_then(|item| instant(item, found));
    let author = said(table, "author", found);
    let approved = table.required("approved_by", found);
    let approved_by = approved.as_ref().and_then(|item| word(item, found));
    let reason = said(table, "reason", found);
    let (from, to) = time?;
    let (at, author, approved_by) = (at?, author?, approved_by?);
    if author == approved_by {
        found
            .error(
                code::BAD_CORRECTION,
                approved?.span(),
                format!("`{author}` approves its own correction"),
            )
            .help("the other party agrees to it, or it is none");
    }
    if at < from {
        found
            .error(
                code::BAD_CORRECTION,
                at_item?.span(),
                "it was made before the time that it corrects",
            )
            .help("what is announced ahead is `[[maintenance]]`");
    }
    Some(Correction {
        from,
        to,
        at,
        what: what?,
        author,
        approved_by,
        reason: reason?,
    })
}

/// Either `party` or `leave_out`.
fn what(table: &Table<'_>, found: &mut Diagnostics<'_>) -> Option<Corrected> {
    let party = optional(table, "party", found, word);
    let left_out = optional(table, "leave_out", found, |item, found| {
        let runs = |text: &str| (text == "runs").then_some(Corrected::LeftOut);
        item.one_of(&["runs"], runs, found)
    });
    if table.has("party") == table.has("leave_out") {
        found
            .error(
                code::BAD_CORRECTION,
                table.span(),
                "a correction changes one thing",
            )
            .help("give it either `party` or `leave_out = \"runs\"`");
    }
    party.map(Corrected::Party).or(left_out)
}

fn said(table: &Table<'_>, key: &str, found: &mut Diagnostics<'_>) -> Option<String> {
    let item = table.required(key, found)?;
    word(&item, found)
}

/// A text that says something.
fn word(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    let text = literal(item, found)?;
    if text.trim().is_empty() {
        found.error(
            code::BAD_CORRECTION,
            item.span(),
            format!("{} is empty", item.name()),
        );
        return None;
    }
    Some(text.to_owned())
}
