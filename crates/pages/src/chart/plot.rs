//! Axes: from values to places.

use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

/// A chart's frame in its own units: 1 is about a pixel on a wide screen.
pub(crate) struct Plot {
    pub(crate) width: f64,
    pub(crate) height: f64,
    left: f64,
    bottom: f64,
    top: f64,
    x: (f64, f64),
    y: (f64, f64),
}

/// What a chart spans: from, to.
pub(crate) type Span = (f64, f64);

impl Plot {
    /// A chart `height` high over these spans; y points upwards.
    pub(crate) const fn new(height: f64, x: Span, y: Span) -> Self {
        Self {
            width: 940.0,
            height,
            left: 54.0,
            bottom: 22.0,
            top: 12.0,
            x,
            y,
        }
    }

    pub(crate) fn right(&self) -> f64 {
        self.width - 8.0
    }

    pub(crate) fn across(&self, value: f64) -> f64 {
        self.left + part(value, self.x) * (self.right() - self.left)
    }

    pub(crate) fn up(&self, value: f64) -> f64 {
        let floor = self.height - self.bottom;
        floor - part(value, self.y) * (floor - self.top)
    }

    /// `x,y` of a point.
    pub(crate) fn point(&self, x: f64, y: f64) -> String {
        format!("{:.1},{:.1}", self.across(x), self.up(y))
    }

    /// The SVG around what is drawn. `title` says in words what the chart shows.
    pub(crate) fn svg(&self, title: &str, drawn: &Markup) -> Markup {
        html! {
            svg viewBox={ "0 0 " (self.width) " " (self.height) } role="img" aria-label=(title) {
                title { (title) }
                (drawn)
            }
        }
    }

    /// A horizontal line with its label at the left.
    pub(crate) fn rule(&self, value: f64, class: &str, label: &str) -> Markup {
        let y = self.up(value);
        html! {
            line class=(class) x1=(n(self.left)) x2=(n(self.right())) y1=(n(y)) y2=(n(y)) {}
            text x=(n(self.left - 6.0)) y=(n(y + 4.0)) text-anchor="end" { (label) }
        }
    }

    /// A label under the chart.
    pub(crate) fn label(&self, value: f64, anchor: &str, text: &str) -> Markup {
        html! {
            text x=(n(self.across(value))) y=(n(self.height - 6.0)) text-anchor=(anchor) { (text) }
        }
    }

    /// Dates under the chart, at round instants. The axis is in Unix seconds.
    pub(crate) fn dates(&self) -> Markup {
        let (step, form) = step(self.x.1 - self.x.0);
        let first = (self.x.0 / step).ceil() * step;
        let ticks = (0..40)
            .map(|n| first + f64::from(n) * step)
            .take_while(|at| *at <= self.x.1);
        html! {
            @for at in ticks {
                @let x = n(self.across(at));
                line class="rule" x1=(x) x2=(x) y1=(n(self.height - self.bottom)) y2=(n(self.height - self.bottom + 4.0)) {}
                (self.label(at, "middle", &date(at, form)))
            }
        }
    }
}

/// The share of a span at which a value lies; a span of nothing has all at its start.
fn part(value: f64, (from, to): Span) -> f64 {
    let span = to - from;
    if span.abs() < f64::EPSILON {
        0.0
    } else {
        (value - from) / span
    }
}

/// The distance between two dates on an axis of so many seconds, and how they are written.
fn step(seconds: f64) -> (f64, &'static str) {
    const HOUR: f64 = 3600.0;
    const DAY: f64 = 86_400.0;
    match seconds {
        s if s <= 3.0 * HOUR => (HOUR / 4.0, "%H:%M"),
        s if s <= 30.0 * HOUR => (3.0 * HOUR, "%H:%M"),
        s if s <= 8.0 * DAY => (DAY, "%-d %b"),
        s if s <= 16.0 * DAY => (2.0 * DAY, "%-d %b"),
        s if s <= 45.0 * DAY => (4.0 * DAY, "%-d %b"),
        s if s <= 130.0 * DAY => (14.0 * DAY, "%-d %b"),
        _ => (30.0 * DAY, "%-d %b"),
    }
}

fn date(at: f64, form: &str) -> String {
    // A tick is a whole second between 1970 and 2262.
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds of this era")]
    let seconds = at as i64;
    Timestamp::from_second(seconds).map_or_else(
        |_| String::new(),
        |at| at.to_zoned(TimeZone::UTC).strftime(form).to_string(),
    )
}

/// A coordinate, to a tenth.
pub(crate) fn n(value: f64) -> String {
    format!("{value:.1}")
}

/// Unix seconds of an instant: a chart is far coarser than what this rounds.
#[expect(
    clippy::cast_precision_loss,
    reason = "a pixel is worth more than 2^11 ns"
)]
pub(crate) fn seconds(ns: i64) -> f64 {
    ns as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_within_the_frame_and_dates_are_round() {
        let plot = Plot::new(160.0, (0.0, 28.0 * 86_400.0), (0.0, 1.0));
        assert!((plot.across(0.0) - plot.left).abs() < 1e-9);
        assert!((plot.across(28.0 * 86_400.0) - plot.right()).abs() < 1e-9);
        assert!(plot.up(1.0) < plot.up(0.0));
        let dates = plot.dates().into_string();
        assert!(
            dates.contains("1 Jan") && dates.contains("5 Jan"),
            "{dates}"
        );
    }

    #[test]
    fn a_span_of_nothing_draws_something() {
        let plot = Plot::new(160.0, (5.0, 5.0), (1.0, 1.0));
        assert!(plot.across(5.0).is_finite() && plot.up(1.0).is_finite());
    }
}
