//! `/status` for people: one plain page, without scripts.

use super::Status;
use std::fmt::Write as _;

/// How many journeys a page lists; JSON has all of them.
const LISTED: usize = 1000;

pub(super) fn html(status: &Status) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>jaunt agent</title>\
         <style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:70rem}\
         table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:left;\
         border-bottom:1px solid #ccc}</style>",
    );
    let title = format!("jaunt agent {} in {}", status.instance, status.region);
    let told = format!(
        "{}, version {}; {} runs go on; the journal takes {} bytes; {} records were dropped",
        status.state.as_str(),
        status.version,
        status.runs,
        status.journal_bytes,
        status.dropped
    );
    // Writing to a String does not fail.
    let _ = write!(page, "<h1>{}</h1><p>{}.</p>", text(&title), text(&told));
    if status.isolated {
        page.push_str("<p><strong>No reference can be reached.</strong></p>");
    }
    if status.resolver_fails {
        page.push_str("<p><strong>The resolver fails every control name.</strong></p>");
    }
    table(
        &mut page,
        "Delivery",
        ["export", "records that wait"],
        (status.cursors.iter()).map(|cursor| [cursor.cursor.clone(), cursor.records.to_string()]),
    );
    table(
        &mut page,
        "Refused",
        ["where", "kind", "what"],
        status.troubles.iter().map(|trouble| {
            let trouble = trouble.clone();
            [trouble.path, trouble.kind, trouble.text]
        }),
    );
    table(
        &mut page,
        "Journeys",
        ["journey", "last verdict", "late by"],
        status.journeys.iter().take(LISTED).map(|journey| {
            let verdict = journey.verdict.map_or("–", |verdict| verdict.as_str());
            let late = journey.lateness_ms;
            [
                format!("{}/{}", journey.customer, journey.journey),
                verdict.to_owned(),
                late.map_or_else(|| "–".to_owned(), |late| format!("{late:.1} ms")),
            ]
        }),
    );
    let more = status.journeys.len().saturating_sub(LISTED);
    if more > 0 {
        let _ = write!(page, "<p>and {more} more, in JSON</p>");
    }
    page
}

/// A table under a heading; nothing where it has no rows.
fn table<const COLUMNS: usize>(
    page: &mut String,
    heading: &str,
    columns: [&str; COLUMNS],
    rows: impl Iterator<Item = [String; COLUMNS]>,
) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = write!(page, "<h2>{heading}</h2><table><tr>");
    for column in columns {
        let _ = write!(page, "<th>{column}</th>");
    }
    page.push_str("</tr>");
    for row in rows {
        page.push_str("<tr>");
        for cell in row {
            let _ = write!(page, "<td>{}</td>", text(&cell));
        }
        page.push_str("</tr>");
    }
    page.push_str("</table>");
}

/// Text as HTML shows it as it is.
fn text(plain: &str) -> String {
    let mut safe = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}
