//! Instants on the command line.

use jiff::Timestamp;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_as_rfc_3339_has_it_and_lies_after_1970() {
        assert_eq!(parse("2026-01-05T10:00:00Z"), Ok(1_767_607_200_000_000_000));
        assert!(parse("yesterday").is_err());
        assert!(parse("1960-01-01T00:00:00Z").is_err());
    }
}
