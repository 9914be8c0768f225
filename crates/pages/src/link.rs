//! Where each page is. Names in a path are escaped: `checkout[host=a.example]` is one segment.

use jaunt_record::RunId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but what RFC 3986 §2.3 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// The page of an SLO.
pub(crate) fn objective(customer: &str, journey: &str, slo: &str) -> String {
    format!(
        "/slo/{}/{}/{}",
        segment(customer),
        segment(journey),
        segment(slo)
    )
}

/// The page of a journey.
pub(crate) fn journey(customer: &str, journey: &str) -> String {
    format!("/journey/{}/{}", segment(customer), segment(journey))
}

/// The page of a run.
pub(crate) fn run(id: &RunId) -> String {
    format!("/run/{id}")
}

/// The page of an incident. Its id, on both sides' pages, is its SLO and the second it began.
pub(crate) fn incident(customer: &str, journey: &str, slo: &str, start_ns: i64) -> String {
    format!(
        "/incident/{}/{}/{}/{}",
        segment(customer),
        segment(journey),
        segment(slo),
        start_ns.div_euclid(1_000_000_000)
    )
}

/// The report of a customer for a month: `2026-11`.
pub(crate) fn month(customer: &str, period: &str) -> String {
    format!("/report/{}?period={}", segment(customer), segment(period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_whatever_is_in_it() {
        assert_eq!(
            objective("acme", "checkout[host=a/b]", "can buy"),
            "/slo/acme/checkout%5Bhost%3Da%2Fb%5D/can%20buy"
        );
        assert_eq!(
            incident("a", "b", "c", 1_500_000_000_999),
            "/incident/a/b/c/1500"
        );
    }
}
