//! Instants at the edge: Unix ns and jiff's timestamps.

use jiff::Timestamp;

/// An instant in Unix ns; one outside of 1677 to 2262 becomes the nearest end.
pub(crate) fn ns(timestamp: Timestamp) -> i64 {
    let ns = timestamp.as_nanosecond();
    i64::try_from(ns).unwrap_or(if ns < 0 { i64::MIN } else { i64::MAX })
}

/// The instant of these Unix ns.
pub(crate) fn timestamp(ns: i64) -> Timestamp {
    // jiff's range (years ±9999) holds every i64 of nanoseconds.
    Timestamp::from_nanosecond(i128::from(ns)).unwrap_or(Timestamp::UNIX_EPOCH)
}
