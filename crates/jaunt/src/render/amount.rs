//! Durations and sizes for people.

use super::look::{Glyphs, Look};
use std::time::Duration;

/// A duration in the unit that suits it, with three digits: `35 µs`, `1.23 ms`, `12.3 s`, `2m05s`.
///
/// Nothing but zero is shown as 0.
pub(crate) fn duration(took: Duration, look: &Look) -> String {
    let ns = took.as_nanos();
    let micro = match look.glyphs {
        Glyphs::Unicode => "µs",
        Glyphs::Ascii => "us",
    };
    // The bounds are where three digits would round up to the next unit.
    match ns {
        0 => "0 ms".into(),
        1..1_000 => format!("{ns} ns"),
        1_000..999_500 => three_digits(ns, 1_000, micro),
        999_500..999_500_000 => three_digits(ns, 1_000_000, "ms"),
        999_500_000..59_950_000_000 => three_digits(ns, 1_000_000_000, "s"),
        _ => {
            let seconds = (ns + 500_000_000) / 1_000_000_000;
            format!("{}m{:02}s", seconds / 60, seconds % 60)
        }
    }
}

fn three_digits(ns: u128, unit: u128, name: &str) -> String {
    let hundredths = (ns * 100 + unit / 2) / unit;
    match hundredths {
        0..1_000 => format!("{}.{:02} {name}", hundredths / 100, hundredths % 100),
        1_000..9_995 => {
            let tenths = (ns * 10 + unit / 2) / unit;
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        _ => format!("{} {name}", (ns + unit / 2) / unit),
    }
}

/// A number of bytes: `812 B`, `1.4 KiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut tenths = u128::from(count) * 10 / 1024;
    let mut unit = "KiB";
    for next in UNITS.into_iter().skip(1) {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = next;
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Paint;

    #[test]
    fn a_duration_keeps_three_digits_and_is_never_cut_to_zero() {
        let look = Look {
            width: 80,
            glyphs: Glyphs::Unicode,
            paint: Paint::Plain,
        };
        for (ns, text) in [
            (0, "0 ms"),
            (1, "1 ns"),
            (999, "999 ns"),
            (35_000, "35.0 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (1_234_567, "1.23 ms"),
            (9_994_999, "9.99 ms"),
            (9_995_000, "10.0 ms"),
            (99_950_000, "100 ms"),
            (999_499_999, "999 ms"),
            (999_500_000, "1.00 s"),
            (59_949_999_999, "59.9 s"),
            (59_950_000_000, "1m00s"),
            (125_000_000_000, "2m05s"),
        ] {
            assert_eq!(duration(Duration::from_nanos(ns), &look), text, "{ns} ns");
        }
    }

    #[test]
    fn a_size_has_the_unit_that_suits_it() {
        for (count, text) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1.0 KiB"),
            (1_048_576, "1.0 MiB"),
            (u64::MAX, "17179869183.9 GiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }
}
