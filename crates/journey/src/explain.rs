//! What a sound journey will do.

/// A ratio as a percentage for people, rounded down: never more than was shown.
pub(crate) fn percent_below(ratio: f64) -> String {
    let percent = (ratio * 100.0 * 10_000.0).floor() / 10_000.0;
    format!("{percent}%")
}
