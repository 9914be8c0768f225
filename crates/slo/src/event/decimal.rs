//! Decimal milliseconds as whole nanoseconds, without a float between.

/// The whole ns of a JSON number of ms; what is finer than 1 ns is cut off. `None` where it is
/// negative or beyond 64 bits.
pub(super) fn millis_to_ns(text: &str) -> Option<u64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => {
            let (mantissa, exponent) = text.split_at(at);
            (mantissa, exponent.get(1..)?.parse::<i64>().ok())
        }
        None => (text, Some(0)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0); // also -0: it is not below zero
    }
    if negative {
        return None;
    }
    // ns = digits · 10^(exponent − fraction + 6)
    let shift = exponent?
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(6)?;
    if shift >= 0 {
        let scale = 10_u64.checked_pow(u32::try_from(shift).ok()?)?;
        digits.parse::<u64>().ok()?.checked_mul(scale)
    } else {
        let cut = usize::try_from(-shift).ok()?;
        match digits.len().checked_sub(cut) {
            None | Some(0) => Some(0),
            Some(kept) => digits.get(..kept)?.parse().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_become_whole_nanoseconds_exactly() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0.0", Some(0)),
            ("500", Some(500_000_000)),
            ("812.5", Some(812_500_000)),
            ("2000.000001", Some(2_000_000_001)),
            ("2000.0000009", Some(2_000_000_000)),
            ("5e2", Some(500_000_000)),
            ("1.5E+1", Some(15_000_000)),
            ("25e-1", Some(2_500_000)),
            ("1e-999", Some(0)),
            ("0e999", Some(0)),
            ("18446744073709.551615", Some(u64::MAX)),
            ("18446744073709.551616", None),
            ("1e99", None),
            ("1e99999999999999999999", None),
            ("-5", None),
        ] {
            assert_eq!(millis_to_ns(text), expected, "{text}");
        }
    }
}
