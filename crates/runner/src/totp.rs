//! One-time passwords by time (RFC 6238): 30 s, six digits, SHA-1, as authenticator apps do.

use aws_lc_rs::hmac;
use std::time::Duration;

const STEP_S: u64 = 30;

/// The bytes of a base32 seed as people are given it: spaces, dashes and case do not matter, nor
/// does padding. `None` if it is none.
pub(crate) fn seed(text: &str) -> Option<Vec<u8>> {
    let bare: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-' && *c != '=')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let bytes = data_encoding::BASE32_NOPAD.decode(bare.as_bytes()).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

/// The code at `now` since the Unix epoch.
pub(crate) fn code(seed: &[u8], now: Duration) -> String {
    format!("{:06}", truncated(seed, now.as_secs() / STEP_S) % 1_000_000)
}

/// The dynamic truncation of RFC 4226 §5.3.
fn truncated(seed: &[u8], counter: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let hash = tag.as_ref();
    let from = usize::from(hash.last().copied().unwrap_or(0) & 0x0f);
    let word = hash
        .iter()
        .skip(from)
        .take(4)
        .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    word & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        // Appendix B, SHA-1; its codes have eight digits.
        for (seconds, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let word = truncated(b"12345678901234567890", seconds / STEP_S);
            assert_eq!(word % 100_000_000, expected, "at {seconds}");
        }
        let at = Duration::from_secs(1_111_111_109);
        assert_eq!(code(b"12345678901234567890", at), "081804");
    }

    #[test]
    fn a_seed_reads_as_people_are_given_it() {
        let expected = Some(b"12345678901234567890".to_vec());
        for text in [
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
            "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ====",
        ] {
            assert_eq!(seed(text), expected, "{text}");
        }
        assert_eq!(seed("not base32!"), None);
        assert_eq!(seed("===="), None);
    }
}
