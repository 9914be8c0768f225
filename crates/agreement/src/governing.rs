//! Which agreement speaks of an SLO, and what that changes in how it is judged: the same on a hub's
//! pages and in a report.

use crate::Agreement;
use jaunt_slo::{Parties, Subject};
use std::borrow::Cow;

/// By what an SLO is judged.
#[derive(Debug)]
pub struct Terms<'s> {
    /// The journey, on the conditions for maintenance that hold for this SLO.
    pub subject: Cow<'s, Subject>,
    /// Whose failure is whose.
    pub parties: Parties,
}

/// The agreement on `slo` of `subject` at an instant (Unix ns): of several the one that came into
/// force last, before any is in force the one that will be next.
pub fn governing<'a>(
    agreements: impl IntoIterator<Item = &'a Agreement>,
    (customer, journey, slo): (&str, &str, &str),
    at_ns: i64,
) -> Option<&'a Agreement> {
    let at = i128::from(at_ns);
    let named = agreements
        .into_iter()
        .filter(|it| it.customer == customer && it.slo(journey, slo).is_some());
    named.max_by_key(|agreement| {
        let begins = agreement.in_force.as_nanosecond();
        let holds = begins <= at;
        (holds, if holds { begins } else { -begins })
    })
}

impl<'s> Terms<'s> {
    /// By this agreement; `None`: by what the journey says alone. What both sides agreed on
    /// maintenance stands over what the journey says.
    pub fn of(agreement: Option<&Agreement>, subject: &'s Subject) -> Self {
        let parties = agreement.map_or_else(Parties::default, Agreement::attribution);
        let agreed = agreement.and_then(|agreement| agreement.maintenance.as_ref());
        let subject = match agreed {
            Some((policy, _)) if *policy != subject.policy => Cow::Owned(Subject {
                policy: *policy,
                ..subject.clone()
            }),
            _ => Cow::Borrowed(subject),
        };
        Self { subject, parties }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreement(name: &str, in_force: &str) -> Agreement {
        let text = format!(
            "agreement = \"{name}\"\ncustomer = \"acme\"\nprovider = \"cloud\"\n\
             in_force = {in_force}T00:00:00Z\n[[slo]]\njourney = \"checkout\"\n\
             name = \"can-buy\"\nobjective = \"99.9%\"\nwindow = \"28d\"\n"
        );
        crate::parse(&text).agreement.unwrap()
    }

    #[test]
    fn the_agreement_that_came_into_force_last_speaks_of_an_slo() {
        let all = ["2026-01-01", "2027-01-01", "2028-01-01"]
            .map(|in_force| agreement(&in_force[..4], in_force));
        let of = |slo: (&str, &str, &str), at: &str| {
            let at: jiff::Timestamp = at.parse().unwrap();
            let at_ns = i64::try_from(at.as_nanosecond()).unwrap();
            governing(&all, slo, at_ns).map(|agreement| agreement.name.clone())
        };
        let slo = ("acme", "checkout", "can-buy");
        for (at, name) in [
            ("2025-06-01T00:00:00Z", "2026"),
            ("2026-01-01T00:00:00Z", "2026"),
            ("2027-06-01T00:00:00Z", "2027"),
            ("2030-06-01T00:00:00Z", "2028"),
        ] {
            assert_eq!(of(slo, at).as_deref(), Some(name), "{at}");
        }
        for other in [
            ("globex", "checkout", "can-buy"),
            ("acme", "home", "can-buy"),
            ("acme", "checkout", "fast"),
        ] {
            assert_eq!(of(other, "2027-06-01T00:00:00Z"), None, "{other:?}");
        }
        assert_eq!(
            of(("acme", "checkout[eu]", "can-buy"), "2027-06-01T00:00:00Z").as_deref(),
            Some("2027"),
            "a matrix's journey is meant by the name before it"
        );
    }
}
