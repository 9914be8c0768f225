//! The share of the error budget that was left by when, and when it will be gone.

use super::plot::{Plot, n, seconds};
use crate::Agreed;
use jaunt_slo::{
    Report,
    words::{lasting, whole},
};
use maud::{Markup, html};

/// Where the budget is heading.
struct Forecast {
    /// The instant at which it is spent at the rate of the last six hours, Unix seconds.
    spent_at: f64,
    /// What is left now.
    left: f64,
}

impl Forecast {
    /// Where this budget is heading, if it is being spent faster than it grows back.
    fn of(report: &Report) -> Option<Self> {
        let left = report.budget.remaining.filter(|left| *left > 0.0)?;
        let spent_at = seconds(report.evaluate_at_ns) + report.budget.exhausted_in_s?;
        Some(Self { spent_at, left })
    }
}

/// The chart; empty where nothing was measured.
pub(crate) fn burn_down(report: &Report, agreed: &Agreed) -> Markup {
    let (Some((first, _)), Some((last, spent))) =
        (report.burn_down.first(), report.burn_down.last())
    else {
        return html! {};
    };
    let forecast = Forecast::of(report);
    let plot = frame(report, forecast.as_ref(), *first);
    let left: Vec<String> = report
        .burn_down
        .iter()
        .map(|(at, spent)| plot.point(seconds(*at), 1.0 - spent))
        .collect();
    let line = left.join(" ");
    let zero = n(plot.up(0.0));
    let (start, end) = (
        n(plot.across(seconds(*first))),
        n(plot.across(seconds(*last))),
    );
    plot.svg(
        &title(report),
        &html! {
            (rules(&plot, report, agreed))
            (bands(&plot, report))
            polygon.area points={ (start) "," (zero) " " (line) " " (end) "," (zero) } {}
            polyline.curve points=(line) {}
            circle.dot cx=(end) cy=(n(plot.up(1.0 - spent))) r="4" {}
            @if let Some(forecast) = &forecast { (ahead(&plot, report, forecast)) }
            (plot.dates())
        },
    )
}

/// The window, or as far beyond now as the budget lasts, but not more than half a window.
fn frame(report: &Report, forecast: Option<&Forecast>, first: i64) -> Plot {
    let from = seconds(first.min(report.period.from_ns));
    let now = seconds(report.evaluate_at_ns);
    let window = (seconds(report.period.end_ns) - seconds(report.period.start_ns)).max(1.0);
    let end = match forecast {
        Some(forecast) => forecast.spent_at.min(now + window / 2.0),
        None => now,
    };
    let to = end.max(seconds(report.period.end_ns).min(now + window));
    let lowest = report
        .burn_down
        .iter()
        .map(|(_, spent)| 1.0 - spent)
        .fold(0.0, f64::min);
    Plot::new(220.0, (from, to), (lowest, 1.0))
}

fn rules(plot: &Plot, report: &Report, agreed: &Agreed) -> Markup {
    let overspent = report.burn_down.last().map(|(_, spent)| 1.0 - spent);
    html! {
        (plot.rule(1.0, "rule", "100 %"))
        (plot.rule(0.0, "zero", "0 %"))
        @if let Some(left) = overspent.filter(|left| *left < -0.2) {
            (plot.rule(left, "rule", &format!("{} %", whole(left))))
        }
        @for row in agreed.policy.iter().filter(|row| row.at > 0.0 && row.at < 1.0) {
            (plot.rule(1.0 - row.at, "policy", &format!("{} %", whole(1.0 - row.at))))
        }
    }
}

fn bands(plot: &Plot, report: &Report) -> Markup {
    let now = report.evaluate_at_ns;
    html! {
        @for incident in &report.incidents {
            @let from = plot.across(seconds(incident.start_ns));
            @let to = plot.across(seconds(incident.end_ns.unwrap_or(now)));
            rect.band x=(n(from)) width=(n((to - from).max(1.5))) y=(n(plot.up(1.0)))
                height=(n(plot.up(0.0) - plot.up(1.0))) {}
        }
    }
}

fn ahead(plot: &Plot, report: &Report, forecast: &Forecast) -> Markup {
    let now = seconds(report.evaluate_at_ns);
    let (x1, y1) = (plot.across(now), plot.up(forecast.left));
    let (x2, y2) = (plot.across(forecast.spent_at), plot.up(0.0));
    // Cut at the frame where the budget lasts beyond it.
    let share = ((plot.right() - x1) / (x2 - x1).max(1e-9)).clamp(0.0, 1.0);
    html! {
        line.now x1=(n(x1)) x2=(n(x1)) y1=(n(plot.up(1.0))) y2=(n(plot.up(0.0))) {}
        line.ahead x1=(n(x1)) y1=(n(y1)) x2=(n(x1 + share * (x2 - x1))) y2=(n(y1 + share * (y2 - y1))) {}
    }
}

fn title(report: &Report) -> String {
    let left = report.budget.remaining.map_or_else(
        || "what is left cannot be said".to_owned(),
        |left| format!("{} % is left", whole(left)),
    );
    let ahead = report
        .budget
        .exhausted_in_s
        .map_or_else(String::new, |seconds| {
            format!(
                "; at the rate of the last 6 h it is gone in {}",
                lasting(seconds)
            )
        });
    format!("Error budget left over time: {left}{ahead}.")
}
