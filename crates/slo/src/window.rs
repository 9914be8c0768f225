//! The time over which an objective is held.

use crate::instant;
use jiff::{ToSpan, Zoned, civil};
use std::time::Duration;

/// The time over which an objective is held.
#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    /// The last so much time: `28d`; whole seconds.
    Rolling(Duration),
    /// A calendar period in a zone: `month Europe/Madrid`.
    Calendar {
        /// Which period.
        period: Period,
        /// In which zone.
        zone: jiff::tz::TimeZone,
    },
}

/// A calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
    /// From January, April, July, October.
    Quarter,
    /// From January.
    Year,
}

/// Why a text is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Neither a duration with a unit nor a period with a zone.
    #[error(
        "neither a duration such as `28d` nor a period with its zone such as `month Europe/Madrid`"
    )]
    Form,
    /// No such IANA zone.
    #[error("`{0}` is no time zone of the IANA database")]
    Zone(String),
    /// Shorter than an hour or longer than 400 days.
    #[error("a window is at least `1h` and at most `400d`")]
    Range,
}

/// The shortest window: below it a budget is a handful of runs.
const SHORTEST: Duration = Duration::from_secs(3_600);
/// The longest: a year and its late corrections.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);

impl Window {
    /// The window of this text: `28d`, `720h`, `month Europe/Madrid`.
    ///
    /// # Errors
    /// Neither form, an unknown zone, or a length out of range.
    pub fn parse(text: &str) -> Result<Self, WindowError> {
        let text = text.trim();
        match text.split_once(char::is_whitespace) {
            Some((period, zone)) => {
                let period = Period::from_name(period).ok_or(WindowError::Form)?;
                let zone = zone.trim();
                let zone = jiff::tz::TimeZone::get(zone)
                    .map_err(|_| WindowError::Zone(zone.to_owned()))?;
                Ok(Self::Calendar { period, zone })
            }
            None => rolling(text).map(Self::Rolling),
        }
    }

    /// The `[start, end)` that is judged at `at_ns`, in Unix ns: the last so much time, or the
    /// calendar period that holds the instant just before.
    pub fn at(&self, at_ns: i64) -> (i64, i64) {
        match self {
            Self::Rolling(length) => {
                let length = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
                (at_ns.saturating_sub(length), at_ns)
            }
            Self::Calendar { period, zone } => {
                let held = instant::timestamp(at_ns.saturating_sub(1)).to_zoned(zone.clone());
                // Only dates at the ends of jiff's range (years ±9999) have no such period, and
                // i64 nanoseconds end in 2262.
                period.bounds(&held).unwrap_or((at_ns, at_ns))
            }
        }
    }

    /// How long it usually is: a calendar period's mean length.
    pub fn nominal(&self) -> Duration {
        const DAY: u64 = 86_400;
        match self {
            Self::Rolling(length) => *length,
            // The Gregorian year has 365.2425 days: 31 556 952 s.
            Self::Calendar { period, .. } => Duration::from_secs(match period {
                Period::Day => DAY,
                Period::Week => 7 * DAY,
                Period::Month => 31_556_952 / 12,
                Period::Quarter => 31_556_952 / 4,
                Period::Year => 31_556_952,
            }),
        }
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rolling(length) => {
                let seconds = length.as_secs();
                let (count, unit) = [(86_400, "d"), (3_600, "h"), (60, "m")]
                    .into_iter()
                    .find(|(size, _)| seconds % size == 0)
                    .map_or((seconds, "s"), |(size, unit)| (seconds / size, unit));
                write!(f, "{count}{unit}")
            }
            Self::Calendar { period, zone } => {
                write!(
                    f,
                    "{} {}",
                    period.as_str(),
                    zone.iana_name().unwrap_or("UTC")
                )
            }
        }
    }
}

/// The length of `28d` and its kin.
fn rolling(text: &str) -> Result<Duration, WindowError> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .ok_or(WindowError::Form)?;
    let (count, unit) = text.split_at(digits);
    let unit: u64 = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ => return Err(WindowError::Form),
    };
    if count.is_empty() {
        return Err(WindowError::Form);
    }
    let length = count
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(unit))
        .map(Duration::from_secs)
        .ok_or(WindowError::Range)?;
    if (SHORTEST..=LONGEST).contains(&length) {
        Ok(length)
    } else {
        Err(WindowError::Range)
    }
}

impl Period {
    /// Every period.
    pub const ALL: [Self; 5] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// Its name: `month`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The period of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == name)
    }

    /// From when until when the period lasts that holds `instant`.
    fn bounds(self, instant: &Zoned) -> Option<(i64, i64)> {
        let date = instant.date();
        let first = match self {
            Self::Day => date,
            Self::Week => {
                let since_monday = i64::from(date.weekday().to_monday_zero_offset());
                date.checked_sub(since_monday.days()).ok()?
            }
            Self::Month => date.first_of_month(),
            Self::Quarter => {
                let month = (date.month() - 1) / 3 * 3 + 1;
                civil::Date::new(date.year(), month, 1).ok()?
            }
            Self::Year => date.first_of_year(),
        };
        let length = match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        };
        let next = first.checked_add(length).ok()?;
        // The start of a day, not midnight: in some zones the clock skips it.
        let start_of = |date: civil::Date| {
            let noon = date
                .at(12, 0, 0, 0)
                .to_zoned(instant.time_zone().clone())
                .ok()?;
            Some(instant::ns(noon.start_of_day().ok()?.timestamp()))
        };
        Some((start_of(first)?, start_of(next)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(text: &str) -> i64 {
        instant::ns(text.parse().unwrap())
    }

    #[test]
    fn a_window_is_a_duration_or_a_period_with_its_zone() {
        for (text, shown) in [
            ("28d", "28d"),
            ("672h", "28d"),
            ("90m", "90m"),
            ("month Europe/Madrid", "month Europe/Madrid"),
            ("week  UTC", "week UTC"),
        ] {
            assert_eq!(Window::parse(text).unwrap().to_string(), shown, "{text}");
        }
        for (text, error) in [
            ("28", WindowError::Form),
            ("d", WindowError::Form),
            ("", WindowError::Form),
            ("month", WindowError::Form),
            ("fortnight UTC", WindowError::Form),
            (
                "month Mars/Olympus",
                WindowError::Zone("Mars/Olympus".into()),
            ),
            ("59m", WindowError::Range),
            ("401d", WindowError::Range),
            ("99999999999999999999d", WindowError::Range),
        ] {
            assert_eq!(Window::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn march_in_madrid_has_743_hours() {
        let window = Window::parse("month Europe/Madrid").unwrap();
        let (start, end) = window.at(ns("2026-03-15T00:00:00Z"));
        assert_eq!(start, ns("2026-02-28T23:00:00Z"));
        assert_eq!((end - start) / 3_600_000_000_000, 743);
    }

    #[test]
    fn a_period_that_ends_at_the_instant_is_the_one_judged() {
        let window = Window::parse("month UTC").unwrap();
        let at = ns("2026-02-01T00:00:00Z");
        assert_eq!(window.at(at), (ns("2026-01-01T00:00:00Z"), at));
        assert_eq!(window.at(at + 1).0, at);
    }

    #[test]
    fn weeks_begin_on_monday_and_quarters_in_january_april_july_october() {
        let at = ns("2026-05-20T12:00:00Z"); // a Wednesday
        let of = |text: &str| Window::parse(text).unwrap().at(at);
        assert_eq!(
            of("week UTC"),
            (ns("2026-05-18T00:00:00Z"), ns("2026-05-25T00:00:00Z"))
        );
        assert_eq!(
            of("quarter UTC"),
            (ns("2026-04-01T00:00:00Z"), ns("2026-07-01T00:00:00Z"))
        );
        assert_eq!(
            of("year UTC"),
            (ns("2026-01-01T00:00:00Z"), ns("2027-01-01T00:00:00Z"))
        );
        assert_eq!(
            of("day Asia/Tokyo"),
            (ns("2026-05-19T15:00:00Z"), ns("2026-05-20T15:00:00Z"))
        );
    }
}
