//! The worst window of each length (Hauer et al., *Meaningful Availability*, NSDI 2020).

use super::plot::{Plot, n};
use crate::show;
use jaunt_slo::{Report, words::lasting};
use maud::{Markup, html};

/// The chart, lengths by their logarithm; empty where there is no window with data.
pub(crate) fn curve(report: &Report) -> Markup {
    let points: Vec<(u32, f64)> = report
        .uptime
        .mcr
        .iter()
        .filter_map(|worst| Some((u32::try_from(worst.window_s).ok()?, worst.ratio?)))
        .collect();
    let (Some((first, worst)), Some((last, _))) = (points.first(), points.last()) else {
        return html! {};
    };
    let lowest = points.iter().map(|(_, ratio)| *ratio).fold(1.0, f64::min);
    let bottom = floor(lowest);
    let plot = Plot::new(180.0, (log(*first), log(*last)), (bottom, 1.0));
    let line: Vec<String> = points
        .iter()
        .map(|(size, ratio)| plot.point(log(*size), *ratio))
        .collect();
    let title = format!(
        "Uptime of the worst window by its length: {} of the worst {}.",
        show::ratio(Some(*worst)),
        lasting(f64::from(*first))
    );
    plot.svg(
        &title,
        &html! {
            (plot.rule(1.0, "rule", "100 %"))
            (plot.rule(f64::midpoint(1.0, bottom), "rule", &percent(f64::midpoint(1.0, bottom))))
            (plot.rule(bottom, "zero", &percent(bottom)))
            polyline.curve points=(line.join(" ")) {}
            @for (size, ratio) in &points {
                circle.dot cx=(n(plot.across(log(*size)))) cy=(n(plot.up(*ratio))) r="3" {
                    title { (lasting(f64::from(*size))) ": " (show::ratio(Some(*ratio))) }
                }
            }
            @for (size, _) in points.iter().step_by(2) {
                (plot.label(log(*size), "middle", &lasting(f64::from(*size))))
            }
        },
    )
}

fn log(seconds: u32) -> f64 {
    f64::from(seconds.max(1)).ln()
}

/// Where the axis begins: at 0 for what was gravely out, else a little below the lowest.
fn floor(lowest: f64) -> f64 {
    [0.0, 0.5, 0.9, 0.95, 0.99, 0.995, 0.999]
        .into_iter()
        .rev()
        .find(|floor| *floor <= lowest)
        .unwrap_or(0.0)
}

fn percent(ratio: f64) -> String {
    let percent = 100.0 * ratio;
    if (percent - percent.round()).abs() < 1e-9 {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.2} %")
    }
}
