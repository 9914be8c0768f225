//! Charts as inline SVG: no script, no inline style, a title for those who cannot see them.

mod burn;
mod curve;
mod latency;
mod meter;
mod plot;
mod slots;
mod waterfall;

pub(crate) use burn::burn_down;
pub(crate) use curve::curve;
pub(crate) use latency::latency;
pub(crate) use meter::{meter, spark};
pub(crate) use slots::{key as slots_key, slots};
pub(crate) use waterfall::{Bar, bar, key as phases_key};
