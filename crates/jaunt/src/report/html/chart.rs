//! Charts as inline SVG.

use jaunt_slo::{
    Report,
    words::{lasting, shown},
};
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 170.0;
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 12.0;

/// A stretch of values, drawn to a stretch of the chart.
struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        let span = self.to - self.from;
        let share = if span.abs() < f64::EPSILON {
            0.0
        } else {
            (value - self.from) / span
        };
        self.start + share * (self.end - self.start)
    }

    /// Over the chart's width.
    fn across(from: f64, to: f64) -> Self {
        Self {
            from,
            to,
            start: LEFT,
            end: WIDTH - 8.0,
        }
    }

    /// Over the chart's height, upwards.
    fn upwards(from: f64, to: f64) -> Self {
        Self {
            from,
            to,
            start: HEIGHT - BOTTOM,
            end: TOP,
        }
    }
}

/// Instants as doubles: a chart is far coarser than what that rounds.
#[expect(
    clippy::cast_precision_loss,
    reason = "a pixel is worth more than 2^11 ns"
)]
fn number(ns: i64) -> f64 {
    ns as f64
}

fn open() -> String {
    format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">")
}

fn rule(svg: &mut String, y: f64, label: &str) {
    let _ = write!(
        svg,
        "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"var(--line)\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
        WIDTH - 8.0,
        LEFT - 6.0,
        y + 4.0
    );
}

fn label(svg: &mut String, x: f64, anchor: &str, text: &str) {
    let _ = write!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{text}</text>",
        HEIGHT - 6.0
    );
}

fn dates(svg: &mut String, from: i64, to: i64) {
    label(svg, LEFT, "start", &shown(from));
    label(svg, WIDTH - 8.0, "end", &shown(to));
}

/// The share of the budget that was left by when.
pub(super) fn burn_down(report: &Report) -> String {
    let (Some((from, _)), Some((to, spent))) = (report.burn_down.first(), report.burn_down.last())
    else {
        return String::new();
    };
    let x = Scale::across(number(*from), number(*to));
    let y = Scale::upwards((1.0 - spent).min(0.0), 1.0);
    let mut svg = open();
    rule(&mut svg, y.at(1.0), "100 %");
    rule(&mut svg, y.at(0.0), "0 %");
    if *spent > 1.0 {
        rule(
            &mut svg,
            y.at(1.0 - spent),
            &format!("{:.0} %", 100.0 * (1.0 - spent)),
        );
    }
    let points: Vec<String> = report
        .burn_down
        .iter()
        .map(|(at, spent)| format!("{:.1},{:.1}", x.at(number(*at)), y.at(1.0 - spent)))
        .collect();
    let _ = write!(
        svg,
        "<polygon points=\"{:.1},{zero:.1} {} {:.1},{zero:.1}\" fill=\"var(--fill)\"/>\
         <polyline points=\"{}\" fill=\"none\" stroke=\"var(--mark)\" stroke-width=\"2\"/>",
        x.start,
        points.join(" "),
        x.end,
        points.join(" "),
        zero = y.at(0.0),
    );
    dates(&mut svg, *from, *to);
    svg.push_str("</svg>");
    svg
}

/// The worst window of each length, lengths by their logarithm.
pub(super) fn curve(report: &Report) -> String {
    let points: Vec<(u32, f64)> = report
        .uptime
        .mcr
        .iter()
        .filter_map(|worst| Some((u32::try_from(worst.window_s).ok()?, worst.ratio?)))
        .collect();
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else {
        return String::new();
    };
    let log = |seconds: u32| f64::from(seconds).ln();
    let x = Scale::across(log(*first), log(*last));
    let lowest = points.iter().map(|(_, ratio)| *ratio).fold(1.0, f64::min);
    let bottom = if lowest < 0.9 {
        0.0
    } else {
        1.0 - 1.2 * (1.0 - lowest).max(0.001)
    };
    let y = Scale::upwards(bottom, 1.0);
    let mut svg = open();
    rule(&mut svg, y.at(1.0), "100 %");
    rule(&mut svg, y.at(bottom), &format!("{:.1} %", 100.0 * bottom));
    let drawn: Vec<String> = points
        .iter()
        .map(|(size, ratio)| format!("{:.1},{:.1}", x.at(log(*size)), y.at(*ratio)))
        .collect();
    let _ = write!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"var(--mark)\" stroke-width=\"2\"/>",
        drawn.join(" ")
    );
    for (size, ratio) in &points {
        let _ = write!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"var(--mark)\"><title>{}: {:.4} %</title></circle>",
            x.at(log(*size)),
            y.at(*ratio),
            lasting(f64::from(*size)),
            100.0 * ratio
        );
    }
    for (size, _) in points.iter().step_by(3) {
        label(
            &mut svg,
            x.at(log(*size)),
            "middle",
            &lasting(f64::from(*size)),
        );
    }
    svg.push_str("</svg>");
    svg
}

/// When incidents were, as high as what they spent.
pub(super) fn incidents(report: &Report) -> String {
    let (from, to) = (report.period.from_ns, report.evaluate_at_ns);
    let x = Scale::across(number(from), number(to));
    let burnt = |incident: &jaunt_slo::report::IncidentReport| incident.budget_burnt.unwrap_or(0.0);
    let most = report.incidents.iter().map(burnt).fold(1e-9, f64::max);
    let y = Scale::upwards(0.0, most);
    let mut svg = open();
    rule(&mut svg, y.at(0.0), "0 %");
    rule(&mut svg, y.at(most), &format!("{:.0} %", 100.0 * most));
    for incident in &report.incidents {
        let start = x.at(number(incident.start_ns));
        let end = x.at(number(incident.end_ns.unwrap_or(to)));
        let top = y.at(burnt(incident));
        let _ = write!(
            svg,
            "<rect x=\"{start:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"var(--bad)\">\
             <title>{}: {:.1} % of the budget</title></rect>",
            (end - start).max(2.0),
            (y.at(0.0) - top).max(1.0),
            shown(incident.start_ns),
            100.0 * burnt(incident)
        );
    }
    dates(&mut svg, from, to);
    svg.push_str("</svg>");
    svg
}
