//! One journey: every slot of the last day, and where its time went.

use crate::{Frame, chart, link, show};
use jaunt_record::{RunId, Verdict};
use jaunt_slo::report::Said;
use maud::{Markup, html};
use std::time::Duration;

/// What the page of a journey shows.
#[derive(Clone, Debug)]
pub struct JourneyView<'a> {
    /// Whose it is.
    pub customer: &'a str,
    /// Its name.
    pub journey: &'a str,
    /// What it is for, in its author's words.
    pub about: Option<&'a str>,
    /// Seconds between two slots; 0 where it has none.
    pub every_s: u32,
    /// Its SLOs and what is said of them.
    pub slos: Vec<(&'a str, Said)>,
    /// The slots of each region.
    pub regions: Vec<RegionSlots>,
    /// Where the time of runs went, ascending.
    pub latency: Vec<LatencyBin>,
    /// How long a bin is, seconds.
    pub bin_s: u32,
    /// The latest runs that did not pass, and a few that did, the latest first.
    pub runs: Vec<RunLine>,
}

/// The slots of one region, as a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionSlots {
    /// The region.
    pub region: String,
    /// The nominal time of the first cell, Unix seconds.
    pub from_s: i64,
    /// Seconds between two slots.
    pub every_s: u32,
    /// Seconds that a row of the map stands for.
    pub row_s: u32,
    /// What became of each slot; `None` where nothing is known of it.
    pub cells: Vec<Option<Verdict>>,
}

/// Runs that started in one stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LatencyBin {
    /// When it begins, Unix ns.
    pub at_ns: i64,
    /// How many runs.
    pub runs: u64,
    /// The mean time of each phase, seconds, in the phases' order.
    pub mean_s: [f64; 6],
    /// The 95th percentile of whole runs, seconds.
    pub p95_s: f64,
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunLine {
    /// Its id; `None` for a slot that was missed.
    pub id: Option<RunId>,
    /// Where.
    pub region: String,
    /// When it started, Unix ns.
    pub at_ns: i64,
    /// What became of it.
    pub verdict: Verdict,
    /// How long the user waited.
    pub took: Duration,
    /// Why, in words; empty for one that passed.
    pub why: String,
}

/// The window that a slot map shows: seconds a row, and the first cell's nominal time, so that the
/// last of 24 rows holds `now_s`.
pub fn slot_window(every_s: u32, now_s: i64) -> (u32, i64) {
    let every = every_s.max(1);
    let row = [600, 3600, 86_400]
        .into_iter()
        .find(|row| row / every >= 12)
        .unwrap_or(86_400);
    let current = now_s.div_euclid(i64::from(row)) * i64::from(row);
    (row, current - 23 * i64::from(row))
}

/// The page.
pub fn journey(frame: &Frame, view: &JourneyView<'_>) -> String {
    let content = html! {
        p.soft { a href="/" { "Overview" } " / " (view.customer) }
        h1 { (view.journey) }
        @if let Some(about) = view.about { p.lead { (about) } }
        @for (slo, said) in &view.slos {
            p { a href=(link::objective(view.customer, view.journey, slo)) { (slo) } ": " (show::said(*said)) }
        }
        @if frame.counts() { (frame.without_runs()) } @else {
            (map(view))
            (latency(view))
            (runs(&view.runs))
        }
    };
    frame.page(view.journey, &content)
}

fn map(view: &JourneyView<'_>) -> Markup {
    html! {
        section {
            h2 { "Every slot" }
            @if view.regions.is_empty() { p { "No slot is known yet." } } @else { (chart::slots_key()) }
            @for region in &view.regions {
                h3 { (region.region) }
                figure { (chart::slots(region)) }
            }
        }
    }
}

fn latency(view: &JourneyView<'_>) -> Markup {
    let drawn = chart::latency(&view.latency, view.bin_s);
    html! {
        @if !drawn.0.is_empty() {
            section {
                h2 { "Where the time went" }
                (chart::phases_key())
                figure { (drawn) figcaption { "The mean of each phase, stacked; dashes are the 95th percentile of whole runs." } }
            }
        }
    }
}

/// A table of runs.
pub(crate) fn runs(runs: &[RunLine]) -> Markup {
    html! {
        section {
            h2 { "Runs" }
            @if runs.is_empty() { p { "None is kept." } } @else {
                div.scroll tabindex="0" role="region" aria-label="Runs" { table {
                    thead { tr {
                        th scope="col" { "started" } th scope="col" { "region" } th scope="col" { "verdict" }
                        th.n scope="col" { "took" } th scope="col" { "why" }
                    } }
                    tbody { @for run in runs { tr {
                        td { @match &run.id {
                            Some(id) => a href=(link::run(id)) { (show::time(run.at_ns)) },
                            None => (show::time(run.at_ns)),
                        } }
                        td { (run.region) }
                        td { (show::verdict(run.verdict)) }
                        td.n { @if run.verdict == Verdict::Missed { "–" } @else { (show::took(run.took)) } }
                        td { (run.why) }
                    } } }
                } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_map_has_rows_that_a_person_can_count() {
        let now = 1_767_607_200;
        for (every, row) in [
            (10, 600),
            (60, 3600),
            (300, 3600),
            (900, 86_400),
            (86_400, 86_400),
        ] {
            let (row_s, from) = slot_window(every, now);
            assert_eq!(row_s, row, "{every}");
            assert_eq!(from % i64::from(row_s), 0);
            assert!(now - from < 24 * i64::from(row_s) && now - from >= 23 * i64::from(row_s));
        }
    }
}
