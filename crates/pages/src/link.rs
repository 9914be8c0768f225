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
pub fn objective(customer: &str, journey: &str, slo: &str) -> String {
    format!(
        "/slo/{}/{}/{}",
        segment(customer),
        segment(journey),
        segment(slo)
    )
}

/// The page of a journey.
pub fn journey(customer: &str, journey: &str) -> String {
    format!("/journey/{}/{}", segment(customer), segment(journey))
}

/// The page of a run.
pub fn run(id: &RunId) -> String {
    format!("/run/{id}")
}

/// The page of an incident: its id, each part of it escaped.
pub fn incident(customer: &str, journey: &str, slo: &str, start_ns: i64) -> String {
    let [customer, journey, slo] = [customer, journey, slo].map(segment);
    format!(
        "/incident/{}",
        incident_id(&customer, &journey, &slo, start_ns)
    )
}

/// The id of an incident, the same on both sides' pages and in its alerts: its SLO and the second
/// it began.
pub fn incident_id(customer: &str, journey: &str, slo: &str, start_ns: i64) -> String {
    let start_s = start_ns.div_euclid(1_000_000_000);
    format!("{customer}/{journey}/{slo}/{start_s}")
}

/// What both sides wrote about a customer.
pub fn written(customer: &str) -> String {
    format!("/written/{}", segment(customer))
}

/// The report of a customer for a month: `2026-11`.
pub fn month(customer: &str, period: &str) -> String {
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
