//! Maintenance that comes every week.

use crate::instant;
use jiff::{ToSpan, civil};

/// A weekly window, across midnight where `to` is not after `from`.
#[derive(Clone, Debug, PartialEq)]
pub struct Weekly {
    /// On which day it begins.
    pub day: civil::Weekday,
    /// From when.
    pub from: civil::Time,
    /// Until when.
    pub to: civil::Time,
    /// In which zone.
    pub zone: jiff::tz::TimeZone,
}

/// Why a text is no weekly window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeeklyError {
    /// Not a day, a stretch of time and a zone.
    #[error("not a day, a stretch of time and a zone: `Sun 02:00-04:00 Europe/Berlin`")]
    Form,
    /// No day of the week.
    #[error("`{0}` is none of Mon, Tue, Wed, Thu, Fri, Sat, Sun")]
    Day(String),
    /// No time of day.
    #[error("`{0}` is no time of day such as `02:00`")]
    Time(String),
    /// No such IANA zone.
    #[error("`{0}` is no time zone of the IANA database")]
    Zone(String),
}

/// The days as a file names them.
const DAYS: [(&str, civil::Weekday); 7] = [
    ("Mon", civil::Weekday::Monday),
    ("Tue", civil::Weekday::Tuesday),
    ("Wed", civil::Weekday::Wednesday),
    ("Thu", civil::Weekday::Thursday),
    ("Fri", civil::Weekday::Friday),
    ("Sat", civil::Weekday::Saturday),
    ("Sun", civil::Weekday::Sunday),
];

impl Weekly {
    /// The weekly window of this text: `Sun 02:00-04:00 Europe/Berlin`.
    ///
    /// # Errors
    /// Another form, or a day, time or zone that there is not.
    pub fn parse(text: &str) -> Result<Self, WeeklyError> {
        let mut words = text.split_whitespace();
        let (Some(day), Some(hours), Some(zone), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(WeeklyError::Form);
        };
        let (from, to) = hours.split_once('-').ok_or(WeeklyError::Form)?;
        let (_, weekday) = DAYS
            .into_iter()
            .find(|(name, _)| *name == day)
            .ok_or_else(|| WeeklyError::Day(day.to_owned()))?;
        Ok(Self {
            day: weekday,
            from: time_of_day(from)?,
            to: time_of_day(to)?,
            zone: jiff::tz::TimeZone::get(zone).map_err(|_| WeeklyError::Zone(zone.to_owned()))?,
        })
    }

    /// Its occurrences that meet `[from, to)`, as `[start, end)` in Unix ns, in order.
    ///
    /// Each begins once and ends once, whatever the clock does: a time that the clock skips is the
    /// one as much later, a time that comes twice is the first of the two. One that the clock skips
    /// as a whole does not occur.
    pub fn occurrences(&self, from_ns: i64, to_ns: i64) -> Vec<(i64, i64)> {
        let mut found = Vec::new();
        let local = instant::timestamp(from_ns)
            .to_zoned(self.zone.clone())
            .date();
        // Two weeks back: one that began last week may still last.
        let Ok(mut date) = local.checked_sub(14.days()) else {
            return found;
        };
        while date.weekday() != self.day {
            let Ok(next) = date.tomorrow() else {
                return found;
            };
            date = next;
        }
        while let Some((start, end)) = self.on(date) {
            if start >= to_ns {
                break;
            }
            if start < end && end > from_ns {
                found.push((start, end));
            }
            let Ok(next) = date.checked_add(1.week()) else {
                break;
            };
            date = next;
        }
        found
    }

    fn on(&self, date: civil::Date) -> Option<(i64, i64)> {
        let last = if self.to > self.from {
            date
        } else {
            date.tomorrow().ok()?
        };
        let at = |date: civil::Date, time| {
            let zoned = date.to_datetime(time).to_zoned(self.zone.clone()).ok()?;
            Some(instant::ns(zoned.timestamp()))
        };
        Some((at(date, self.from)?, at(last, self.to)?))
    }
}

impl std::fmt::Display for Weekly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let day = DAYS.iter().find(|(_, day)| *day == self.day);
        write!(
            f,
            "{} {}-{} {}",
            day.map_or("", |(name, _)| name),
            self.from.strftime("%H:%M"),
            self.to.strftime("%H:%M"),
            self.zone.iana_name().unwrap_or("UTC"),
        )
    }
}

/// The time of `02:00`; `24:00` is midnight.
fn time_of_day(text: &str) -> Result<civil::Time, WeeklyError> {
    let wrong = || WeeklyError::Time(text.to_owned());
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| match text.len() {
        2 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<i8>().ok(),
        _ => None,
    };
    match (number(hour), number(minute)) {
        (Some(24), Some(0)) => Ok(civil::Time::midnight()),
        (Some(hour), Some(minute)) => civil::Time::new(hour, minute, 0, 0).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrences(text: &str, from: &str, to: &str) -> Vec<(String, String)> {
        let ns = |text: &str| instant::ns(text.parse().unwrap());
        Weekly::parse(text)
            .unwrap()
            .occurrences(ns(from), ns(to))
            .into_iter()
            .map(|(a, b)| {
                let show = |ns| instant::timestamp(ns).to_string();
                (show(a), show(b))
            })
            .collect()
    }

    fn pair(a: &str, b: &str) -> (String, String) {
        (a.to_owned(), b.to_owned())
    }

    #[test]
    fn a_weekly_window_is_a_day_a_stretch_and_a_zone() {
        let weekly = Weekly::parse("Sun 02:00-04:00 Europe/Berlin").unwrap();
        assert_eq!(weekly.to_string(), "Sun 02:00-04:00 Europe/Berlin");
        for (text, error) in [
            ("Sun 02:00-04:00", WeeklyError::Form),
            ("Sun 02:00 Europe/Berlin", WeeklyError::Form),
            ("sunday 02:00-04:00 UTC", WeeklyError::Day("sunday".into())),
            ("Sun 2:00-04:00 UTC", WeeklyError::Time("2:00".into())),
            ("Sun 02:60-04:00 UTC", WeeklyError::Time("02:60".into())),
            ("Sun 02:00-25:00 UTC", WeeklyError::Time("25:00".into())),
            ("Sun 02:00-04:00 Mars", WeeklyError::Zone("Mars".into())),
        ] {
            assert_eq!(Weekly::parse(text), Err(error), "{text}");
        }
    }

    /// Behaviour 37.
    #[test]
    fn a_window_across_midnight_and_the_weeks_end_begins_once_and_ends_once() {
        assert_eq!(
            occurrences(
                "Sun 23:00-01:00 UTC",
                "2026-01-04T23:30:00Z",
                "2026-01-12T00:00:00Z"
            ),
            [
                pair("2026-01-04T23:00:00Z", "2026-01-05T01:00:00Z"),
                pair("2026-01-11T23:00:00Z", "2026-01-12T01:00:00Z"),
            ]
        );
    }

    /// Behaviour 37.
    #[test]
    fn a_window_across_a_change_of_the_clock_begins_once_and_ends_once() {
        // Berlin: 2026-03-29 02:00 becomes 03:00; 2026-10-25 03:00 becomes 02:00.
        for (text, day, expected) in [
            (
                "Sun 01:30-04:00 Europe/Berlin",
                "2026-03-29",
                Some(("00:30", "02:00")),
            ),
            (
                "Sun 02:30-04:00 Europe/Berlin",
                "2026-03-29",
                Some(("01:30", "02:00")),
            ),
            ("Sun 02:00-03:00 Europe/Berlin", "2026-03-29", None),
            (
                "Sun 02:00-04:00 Europe/Berlin",
                "2026-10-25",
                Some(("00:00", "03:00")),
            ),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(a, b)| pair(&format!("{day}T{a}:00Z"), &format!("{day}T{b}:00Z")))
                .collect();
            let from = format!("{day}T00:00:00Z");
            let to = format!("{day}T23:00:00Z");
            assert_eq!(occurrences(text, &from, &to), expected, "{text} on {day}");
        }
    }
}
