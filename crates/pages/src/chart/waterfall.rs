//! One exchange on the time line of its run.

use super::plot::n;
use jaunt_record::{Phase, Phases};
use maud::{Markup, html};
use std::time::Duration;

/// What is drawn, and on what scale.
#[derive(Clone, Copy)]
pub(crate) struct Bar {
    /// From the run's start.
    pub(crate) offset: Duration,
    /// As long as it lasted; what the phases leave over is a pause.
    pub(crate) duration: Duration,
    /// Its phases.
    pub(crate) phases: Phases,
    /// The whole run.
    pub(crate) whole: Duration,
}

/// The bar, to the run's scale.
pub(crate) fn bar(bar: Bar) -> Markup {
    let scale = 1000.0 / bar.whole.as_secs_f64().max(1e-9);
    let at = |time: Duration| time.as_secs_f64() * scale;
    let mut from = at(bar.offset);
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            @if bar.phases.iter().next().is_none() {
                rect.p-pause x=(n(from)) y="2" width=(n(at(bar.duration).max(2.0))) height="6" {}
            }
            @for (phase, took) in bar.phases.iter() {
                @let width = at(took);
                rect class={ "p-" (phase.as_str()) } x=(n(from)) y="1" width=(n(width.max(1.0))) height="8" {}
                ({ from += width; "" })
            }
        }
    }
}

/// What the colours mean.
pub(crate) fn key() -> Markup {
    html! {
        ul.key {
            @for phase in Phase::ALL {
                li {
                    svg viewBox="0 0 20 10" aria-hidden="true" {
                        rect class={ "p-" (phase.as_str()) } width="20" height="10" {}
                    }
                    (phase.as_str())
                }
            }
        }
    }
}
