//! One cell per slot: a row an hour (or ten minutes, or a day), so that a pattern in time is seen.
//!
//! Verdicts differ in shape: a failure fills its cell, a slow run its upper half, a void run is
//! hollow, a missed slot a dash. One path per verdict keeps a day of five regions small.

use super::plot::n;
use crate::RegionSlots;
use jaunt_record::Verdict;
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};
use std::fmt::Write;

const WIDTH: f64 = 940.0;
const LEFT: f64 = 54.0;
const ROW: f64 = 9.0;

/// The map of one region.
pub(crate) fn slots(region: &RegionSlots) -> Markup {
    let per_row = usize::try_from((region.row_s / region.every_s.max(1)).max(1)).unwrap_or(1);
    let rows = region.cells.len().div_ceil(per_row);
    let height = ROW * lines(rows) + 4.0;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (n(height)) } role="img" aria-label=(title(region)) {
            title { (title(region)) }
            @for verdict in Verdict::ALL {
                @let d = path(region, per_row, *verdict);
                @if !d.is_empty() { path class={ (crate::show::class(*verdict)) "-cell" } d=(d) {} }
            }
            @for row in (0..rows).step_by(3) {
                text x=(n(LEFT - 6.0)) y=(n(ROW * lines(row) + 8.0)) text-anchor="end" {
                    (when(region, row))
                }
            }
        }
    }
}

/// What the shapes mean.
pub(crate) fn key() -> Markup {
    html! {
        ul.key {
            @for verdict in Verdict::ALL {
                li {
                    svg viewBox="0 0 20 10" aria-hidden="true" {
                        path class={ (crate::show::class(*verdict)) "-cell" }
                            d=(cell(*verdict, 2.0, 1.0, 14.0)) {}
                    }
                    (verdict.as_str())
                }
            }
        }
    }
}

fn path(region: &RegionSlots, per_row: usize, verdict: Verdict) -> String {
    let width = (WIDTH - LEFT) / lines(per_row);
    let mut path = String::new();
    for (index, found) in region.cells.iter().enumerate() {
        if *found == Some(verdict) {
            let x = LEFT + width * lines(index % per_row);
            let y = ROW * lines(index / per_row);
            path.push_str(&cell(verdict, x, y, width));
        }
    }
    path
}

/// The shape of a verdict in a cell whose upper left corner is at (x, y).
fn cell(verdict: Verdict, x: f64, y: f64, width: f64) -> String {
    let w = (width - 0.8).max(0.6);
    let mut path = String::new();
    let mut rect = |x: f64, y: f64, w: f64, h: f64| {
        let _ = write!(path, "M{x:.1} {y:.1}h{w:.1}v{h:.1}h-{w:.1}z");
    };
    match verdict {
        Verdict::Pass => rect(x, y + 1.5, w, ROW - 3.0),
        Verdict::Slow => rect(x, y + 0.5, w, (ROW - 1.0) / 2.0),
        Verdict::Fail => rect(x, y + 0.2, w, ROW - 0.6),
        Verdict::Void => rect(x + 0.4, y + 2.0, (w - 0.8).max(0.4), ROW - 4.0),
        Verdict::Missed => {
            let _ = write!(path, "M{:.1} {:.1}h{w:.1}", x, y + ROW / 2.0);
        }
    }
    path
}

fn title(region: &RegionSlots) -> String {
    let mut text = format!("Slots of {}:", region.region);
    for verdict in Verdict::ALL {
        let count = region
            .cells
            .iter()
            .filter(|cell| **cell == Some(*verdict))
            .count();
        let _ = write!(text, " {count} {},", verdict.as_str());
    }
    text.pop();
    text.push('.');
    text
}

/// When a row begins: the time of day, or the date where a row is a day.
fn when(region: &RegionSlots, row: usize) -> String {
    let offset = i64::try_from(row).unwrap_or(0) * i64::from(region.row_s);
    let form = if region.row_s >= 86_400 {
        "%-d %b"
    } else {
        "%H:%M"
    };
    Timestamp::from_second(region.from_s.saturating_add(offset)).map_or_else(
        |_| String::new(),
        |at| at.to_zoned(TimeZone::UTC).strftime(form).to_string(),
    )
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand cells at most")]
fn lines(count: usize) -> f64 {
    count as f64
}
