//! What a server's `Date` (RFC 9110 §6.6.1) proves about our clock.
//!
//! It is cut to whole seconds, and was written at some moment between our request and its answer. So it
//! proves no single offset but a span of them, a second and the time of the visit wide. What is told is
//! the offset of that span that is nearest to 0: a clock that may be right is not said to be wrong, and
//! one that is wrong is wrong by that much at least.

/// The whole seconds of a `Date`.
const CUT_NS: i64 = 1_000_000_000;

/// A `Date`, Unix seconds; `None` for anything else.
pub(super) fn read(text: &str) -> Option<i64> {
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(date.timestamp().as_second())
}

/// How far our clock is ahead of the one that said `date_s` (Unix seconds), at least, in ns; negative
/// where it is behind. We asked at `sent_ns` and had the answer at `answered_ns`, both by our clock.
pub(crate) fn ahead_ns(date_s: i64, sent_ns: i64, answered_ns: i64) -> i64 {
    let date_ns = date_s.saturating_mul(1_000_000_000);
    // Our clock may have been set meanwhile.
    let (first, last) = (sent_ns.min(answered_ns), sent_ns.max(answered_ns));
    let least = first.saturating_sub(date_ns.saturating_add(CUT_NS));
    let most = last.saturating_sub(date_ns);
    0_i64.clamp(least, most.max(least))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_date_is_read_and_nothing_else_is_taken_for_one() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:01:00 GMT", Some(60)),
            (" Wed, 25 Nov 2026 10:00:00 GMT ", Some(1_795_600_800)),
            ("60", None),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_clock_is_wrong_by_what_is_proven_and_no_more() {
        let ms = |ms: i64| ms * 1_000_000;
        for (sent, answered, expected) in [
            // The server said 100 s: it was 100 to 101 s there.
            (ms(100_000), ms(100_010), 0),
            (ms(100_990), ms(101_010), 0),
            (ms(99_500), ms(100_200), 0),
            (ms(103_000), ms(103_500), ms(2_000)),
            (ms(97_000), ms(97_500), ms(-2_500)),
            // An answer that took long proves little.
            (ms(95_000), ms(105_000), 0),
            // Set back by an hour meanwhile.
            (ms(3_700_000), ms(100_010), 0),
        ] {
            assert_eq!(ahead_ns(100, sent, answered), expected, "{sent} {answered}");
        }
        assert_eq!(ahead_ns(i64::MAX, 0, 0), i64::MIN + 1);
    }

    proptest! {
        /// Whatever the offset is, what is told is between it and 0, and less than a second and the
        /// visit short of it.
        #[test]
        fn what_is_told_is_never_more_than_what_is(
            sent_ns in 0..4_000_000_000_000_000_000_i64,
            took_ns in 0..10_000_000_000_i64,
            share in 0..=1_000_i64,
            ahead_ns in -100_000_000_000_i64..100_000_000_000,
        ) {
            let said_ns = sent_ns + took_ns / 1_000 * share - ahead_ns;
            let date_s = said_ns.div_euclid(1_000_000_000);
            let told = super::ahead_ns(date_s, sent_ns, sent_ns + took_ns);
            prop_assert!(told.signum() == 0 || told.signum() == ahead_ns.signum());
            prop_assert!(told.abs() <= ahead_ns.abs());
            prop_assert!((ahead_ns - told).abs() <= 1_000_000_000 + took_ns);
        }
    }
}
