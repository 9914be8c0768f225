//! Whose failures they were, and where they struck.

use crate::{Cause, Subject};
use jaunt_record::{FailurePhase, Party};
use std::collections::BTreeMap;

/// What nobody knows; it is shown, never distributed.
pub(crate) const UNKNOWN: &str = "unknown";

/// Whose failure is whose, as both sides agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties(BTreeMap<String, String>);

impl Parties {
    /// From failure kinds (`http.5xx`) and phases to parties.
    pub fn new(parties: BTreeMap<String, String>) -> Self {
        Self(parties)
    }

    /// What was agreed for a failure: by its kind, else by its phase.
    fn agreed(&self, cause: &Cause) -> Option<&str> {
        let by = |key: &Option<String>| key.as_ref().and_then(|key| self.0.get(key));
        by(&cause.kind)
            .or_else(|| by(&cause.phase))
            .map(String::as_str)
    }
}

/// Where a bad run is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) party: String,
    pub(crate) phase: String,
    pub(crate) step: String,
}

/// Where a bad run with this cause is booked.
pub(crate) fn book(cause: Option<&Cause>, subject: &Subject, parties: &Parties) -> Booked {
    let none = Cause::default();
    let cause = cause.unwrap_or(&none);
    let named = |name: &Option<String>| name.clone().unwrap_or_else(|| UNKNOWN.to_owned());
    Booked {
        party: party(cause, subject, parties),
        phase: named(&cause.phase),
        step: named(&cause.step),
    }
}

/// A party in the event is final; without a phase nobody knows; a step's own party replaces the
/// service, and whatever the agreement made of it; else the agreement, else what is presumed.
fn party(cause: &Cause, subject: &Subject, parties: &Parties) -> String {
    if let Some(party) = &cause.party {
        return party.clone();
    }
    let Some(phase) = &cause.phase else {
        return UNKNOWN.to_owned();
    };
    // A phase that this version does not know is the service's, as all but resolve, connect and
    // send are.
    let presumed = FailurePhase::from_name(phase).unwrap_or(FailurePhase::Wait);
    let presumed = Party::presumed(presumed);
    if presumed.as_str() == SERVICE {
        let step = cause.step.as_ref();
        if let Some(party) = step.and_then(|step| subject.parties.get(step)) {
            return party.clone();
        }
    }
    parties
        .agreed(cause)
        .unwrap_or(presumed.as_str())
        .to_owned()
}

/// The party that a step's own replaces.
const SERVICE: &str = "service";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MaintenancePolicy;
    use std::time::Duration;

    fn subject() -> Subject {
        Subject {
            customer: "acme".into(),
            journey: "checkout".into(),
            every: Duration::from_secs(60),
            regions: vec!["fra".into()],
            weights: BTreeMap::new(),
            quorum: None,
            maintenance: Vec::new(),
            policy: MaintenancePolicy::default(),
            parties: [("pay".into(), "provider:payments".into())].into(),
            corrections: Vec::new(),
            slos: Vec::new(),
        }
    }

    #[test]
    fn whose_failure_it_is_follows_event_step_agreement_presumption() {
        let agreed = Parties::new(
            [
                ("connect", "provider"),
                ("http.5xx", "customer"),
                ("wait", "cdn"),
            ]
            .map(|(key, party)| (key.into(), party.into()))
            .into(),
        );
        for (step, phase, kind, event, without, with) in [
            ("login", Some("resolve"), None, None, "resolver", "resolver"),
            ("login", Some("connect"), None, None, "network", "provider"),
            (
                "login",
                Some("wait"),
                Some("http.5xx"),
                None,
                "service",
                "customer",
            ),
            (
                "login",
                Some("wait"),
                Some("timeout.wait"),
                None,
                "service",
                "cdn",
            ),
            ("login", Some("render"), None, None, "service", "service"),
            (
                "pay",
                Some("wait"),
                Some("http.5xx"),
                None,
                "provider:payments",
                "provider:payments",
            ),
            ("pay", Some("connect"), None, None, "network", "provider"),
            ("pay", None, None, None, "unknown", "unknown"),
            ("pay", Some("tls"), None, Some("bank"), "bank", "bank"),
        ] {
            let cause = Cause {
                step: Some(step.into()),
                phase: phase.map(Into::into),
                kind: kind.map(Into::into),
                party: event.map(Into::into),
            };
            let alone = book(Some(&cause), &subject(), &Parties::default());
            assert_eq!(alone.party, without, "{cause:?}");
            let both = book(Some(&cause), &subject(), &agreed);
            assert_eq!(both.party, with, "{cause:?}");
        }
        assert_eq!(book(None, &subject(), &agreed).step, "unknown");
    }
}
