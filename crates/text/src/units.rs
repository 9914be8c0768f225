//! Numbers that carry their units: durations and sizes.

use std::time::Duration;

/// Why a text is no duration or size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitError {
    /// It does not end with a unit that is known.
    Unit,
    /// Before the unit stands no plain decimal number.
    Number,
    /// It is negative, finer than a nanosecond or a byte, or too large.
    Range,
}

/// Units of time, longest name first, with their length in nanoseconds.
const TIMES: [(&str, u128); 5] = [
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// Units of size, longest name first.
const SIZES: [(&str, u128); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// The longest duration that is read: ten thousand days.
const LONGEST_NS: u128 = 10_000 * 86_400_000_000_000;

/// The duration of `text`: a decimal number and one of `ms s m h d`, as in `1500ms` or `1.5s`.
///
/// # Errors
/// No unit, no number, or a negative or absurdly long time.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let nanos = scaled(text, &TIMES)?;
    if nanos > LONGEST_NS {
        return Err(UnitError::Range);
    }
    let seconds = u64::try_from(nanos / 1_000_000_000).map_err(|_| UnitError::Range)?;
    let rest = u32::try_from(nanos % 1_000_000_000).map_err(|_| UnitError::Range)?;
    Ok(Duration::new(seconds, rest))
}

/// The size of `text` in bytes: a decimal number and one of `B KiB MiB GiB`.
///
/// # Errors
/// No unit, no number, or not a whole number of bytes.
pub fn parse_size(text: &str) -> Result<u64, UnitError> {
    u64::try_from(scaled(text, &SIZES)?).map_err(|_| UnitError::Range)
}

/// `text` in the smallest of its units, exactly.
fn scaled(text: &str, units: &[(&str, u128)]) -> Result<u128, UnitError> {
    let (number, unit) = units
        .iter()
        .find_map(|(name, unit)| text.strip_suffix(name).map(|number| (number, *unit)))
        .ok_or(UnitError::Unit)?;
    if number.starts_with('-') {
        return Err(UnitError::Range);
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let dot = number.contains('.');
    if whole.is_empty() || !digits(whole) || !digits(fraction) || dot && fraction.is_empty() {
        return Err(UnitError::Number);
    }
    if whole.len() > 18 || fraction.len() > 15 {
        return Err(UnitError::Range);
    }
    let places = u32::try_from(fraction.len()).map_err(|_| UnitError::Range)?;
    let scale = 10_u128.pow(places);
    let digits: u128 = format!("{whole}{fraction}")
        .parse()
        .map_err(|_| UnitError::Number)?;
    let scaled = digits.checked_mul(unit).ok_or(UnitError::Range)?;
    if scaled % scale != 0 {
        return Err(UnitError::Range);
    }
    Ok(scaled / scale)
}

/// A duration as these files write it, in the longest unit that keeps it whole: `90s`, `1500ms`.
pub fn duration_text(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let exact = TIMES
        .iter()
        .rev()
        .find(|(_, unit)| nanos >= *unit && nanos.is_multiple_of(*unit));
    match exact {
        Some((name, unit)) => format!("{}{name}", nanos / unit),
        None if nanos == 0 => "0s".to_owned(),
        None => {
            let text = format!("{}.{:06}", nanos / 1_000_000, nanos % 1_000_000);
            format!("{}ms", text.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

/// A size as these files write it, in the largest unit that keeps it whole: `8MiB`, `1500B`.
pub fn size_text(bytes: u64) -> String {
    let bytes = u128::from(bytes);
    SIZES
        .iter()
        .find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit))
        .map_or_else(
            || "0B".to_owned(),
            |(name, unit)| format!("{}{name}", bytes / unit),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_carries_its_unit() {
        for (text, expected) in [
            ("1500ms", Ok(1_500_000_000)),
            ("1.5s", Ok(1_500_000_000)),
            ("0.000001ms", Ok(1)),
            ("28d", Ok(28 * 86_400_000_000_000)),
            ("1500", Err(UnitError::Unit)),
            ("-1s", Err(UnitError::Range)),
            ("0.0000001ms", Err(UnitError::Range)),
            ("1h30m", Err(UnitError::Number)),
            ("s", Err(UnitError::Number)),
            ("1. s", Err(UnitError::Number)),
            ("1.s", Err(UnitError::Number)),
            ("20000d", Err(UnitError::Range)),
            ("999999999999999999999999999s", Err(UnitError::Range)),
        ] {
            let nanos = parse_duration(text).map(|duration| duration.as_nanos());
            assert_eq!(nanos, expected, "{text}");
        }
    }

    #[test]
    fn a_size_is_a_whole_number_of_bytes() {
        for (text, expected) in [
            ("8MiB", Ok(8 << 20)),
            ("1.5KiB", Ok(1_536)),
            ("17B", Ok(17)),
            ("8MB", Err(UnitError::Number)),
            ("8", Err(UnitError::Unit)),
            ("0.5B", Err(UnitError::Range)),
        ] {
            assert_eq!(parse_size(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for nanos in [
            0,
            1,
            999,
            1_000_000,
            1_500_000_000,
            60_000_000_000,
            86_400_000_000_000,
        ] {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(parse_duration(&duration_text(duration)), Ok(duration));
        }
        for bytes in [0, 1, 1_024, 1_500, 8 << 20, 3 << 30] {
            assert_eq!(parse_size(&size_text(bytes)), Ok(bytes));
        }
    }
}
