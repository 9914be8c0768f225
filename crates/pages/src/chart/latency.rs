//! Where a run's time went, over time: the mean of each phase, stacked.
//!
//! Means, since they add up as phases do; the 95th percentile is drawn beside them and never
//! averaged.

use super::plot::{Plot, n, seconds};
use crate::{LatencyBin, show};
use jaunt_record::Phase;
use maud::{Markup, html};
use std::time::Duration;

/// The chart; empty without a run.
pub(crate) fn latency(bins: &[LatencyBin], width_s: u32) -> Markup {
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else {
        return html! {};
    };
    let most = bins
        .iter()
        .map(|bin| bin.p95_s.max(bin.mean_s.iter().sum()))
        .fold(0.0, f64::max);
    if most <= 0.0 {
        return html! {};
    }
    let end = seconds(last.at_ns) + f64::from(width_s);
    let plot = Plot::new(200.0, (seconds(first.at_ns), end), (0.0, most * 1.05));
    let title = format!(
        "Mean time in each phase over time, stacked; the highest 95th percentile is {}.",
        show::took(Duration::from_secs_f64(most))
    );
    plot.svg(
        &title,
        &html! {
            (plot.rule(0.0, "zero", "0"))
            (plot.rule(most / 2.0, "rule", &show::took(Duration::from_secs_f64(most / 2.0))))
            (plot.rule(most, "rule", &show::took(Duration::from_secs_f64(most))))
            @for (index, phase) in Phase::ALL.iter().enumerate() {
                path class={ "p-" (phase.as_str()) } d=(stack(&plot, bins, width_s, index)) {}
            }
            path.ahead d=(percentile(&plot, bins, width_s)) {}
            (plot.dates())
        },
    )
}

/// One phase's rectangle in each bin, on top of the phases before it.
fn stack(plot: &Plot, bins: &[LatencyBin], width_s: u32, phase: usize) -> String {
    let mut path = String::new();
    for bin in bins {
        let own = bin.mean_s.get(phase).copied().unwrap_or(0.0);
        if own <= 0.0 {
            continue;
        }
        let below: f64 = bin.mean_s.iter().take(phase).sum();
        let from = plot.across(seconds(bin.at_ns));
        let to = plot.across(seconds(bin.at_ns) + f64::from(width_s)) - 0.6;
        let (low, high) = (plot.up(below), plot.up(below + own));
        path.push_str(&format!(
            "M{} {}H{}V{}H{}z",
            n(from),
            n(low),
            n(to.max(from + 0.4)),
            n(high),
            n(from)
        ));
    }
    path
}

fn percentile(plot: &Plot, bins: &[LatencyBin], width_s: u32) -> String {
    let mut path = String::new();
    for bin in bins.iter().filter(|bin| bin.runs > 0) {
        let y = n(plot.up(bin.p95_s));
        let from = n(plot.across(seconds(bin.at_ns)));
        let to = n(plot.across(seconds(bin.at_ns) + f64::from(width_s)));
        path.push_str(&format!("M{from} {y}H{to}"));
    }
    path
}
