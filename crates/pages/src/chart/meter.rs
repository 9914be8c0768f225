//! Small charts that stand in a table.

use super::plot::n;
use jaunt_slo::{Report, report::Said, words::whole};
use maud::{Markup, html};

/// How much of the budget is left, as a bar; overspent is full of the other colour.
pub(crate) fn meter(report: &Report) -> Markup {
    let class = match report.said {
        Said::Met => "fill-met",
        Said::Violated => "fill-violated",
        Said::CannotBeSaid | Said::NoData => "fill-doubt",
    };
    let left = report.budget.remaining.unwrap_or(0.0);
    let width = if left < 0.0 {
        100.0
    } else {
        100.0 * left.min(1.0)
    };
    let title = report.budget.remaining.map_or_else(
        || "budget left: cannot be said".to_owned(),
        |left| format!("budget left: {} %", whole(left)),
    );
    html! {
        svg.meter viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=(title) {
            rect.track width="100" height="8" {}
            rect class=(class) width=(n(width)) height="8" {}
        }
    }
}

/// The budget over time without axes.
pub(crate) fn spark(report: &Report) -> Markup {
    let count = report.burn_down.len();
    if count < 2 {
        return html! {};
    }
    let lowest = report
        .burn_down
        .iter()
        .map(|(_, spent)| 1.0 - spent)
        .fold(0.0, f64::min);
    let points: Vec<String> = report
        .burn_down
        .iter()
        .enumerate()
        .map(|(index, (_, spent))| {
            let x = 100.0 * share(index, count - 1);
            let y = 18.0 * (1.0 - (1.0 - spent - lowest) / (1.0 - lowest));
            format!("{x:.1},{y:.1}")
        })
        .collect();
    html! {
        svg.meter viewBox="0 0 100 18" preserveAspectRatio="none" aria-hidden="true" {
            polyline.curve points=(points.join(" ")) vector-effect="non-scaling-stroke" {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most 120 points")]
fn share(index: usize, last: usize) -> f64 {
    index as f64 / last as f64
}
