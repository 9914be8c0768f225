//! Instants on the command line and in words.

use jiff::{Timestamp, tz::TimeZone};
use std::time::{SystemTime, UNIX_EPOCH};

/// An instant of RFC 3339, in Unix ns.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    let instant: Timestamp = text
        .parse()
        .map_err(|_| "an instant looks like `2026-01-05T10:00:00Z`".to_owned())?;
    i64::try_from(instant.as_nanosecond())
        .ok()
        .filter(|ns| *ns >= 0)
        .ok_or_else(|| "an instant lies between 1970 and 2262".to_owned())
}

/// Now, in Unix ns.
#[expect(
    clippy::disallowed_methods,
    reason = "the edge: a report without `--at` is of now"
)]
pub(crate) fn now() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX)
}

/// `2026-01-05 10:00 UTC`.
pub(crate) fn shown(ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(ns)).map_or_else(
        |_| ns.to_string(),
        |instant| {
            let zoned = instant.to_zoned(TimeZone::UTC);
            zoned.strftime("%Y-%m-%d %H:%M UTC").to_string()
        },
    )
}

/// Seconds in the largest units that matter: `2 d 3 h`, `40 min`, `12 s`.
pub(crate) fn lasting(seconds: f64) -> String {
    // Times here are below 10^10 s and never negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded, bounded"
    )]
    let seconds = seconds.max(0.0).round() as u64;
    let (d, h, m, s) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    match (d, h, m) {
        (0, 0, 0) => format!("{s} s"),
        (0, 0, m) if m < 10 && s > 0 => format!("{m} min {s} s"),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_units_that_matter() {
        for (seconds, expected) in [
            (0.4, "0 s"),
            (59.0, "59 s"),
            (158.8, "2 min 39 s"),
            (2_400.0, "40 min"),
            (7_200.0, "2 h"),
            (183_600.0, "2 d 3 h"),
        ] {
            assert_eq!(lasting(seconds), expected);
        }
        assert!(parse("yesterday").is_err());
        assert!(parse("1960-01-01T00:00:00Z").is_err());
        assert_eq!(
            shown(parse("2026-01-05T10:00:00Z").unwrap()),
            "2026-01-05 10:00 UTC"
        );
    }
}
