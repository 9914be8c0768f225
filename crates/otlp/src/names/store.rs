//! The names as a store for Prometheus's language keeps them.

use super::{Attribute, Metric, attribute as a, metric as m};
use jaunt_slo::rules::{Labels, Metrics, Vocabulary};

/// How a store spells names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// `jaunt_sli_events_total`: what scraping gives, and what most stores make of OTLP.
    #[default]
    Underscore,
    /// `jaunt.sli.events`, as it was sent: Prometheus's `translation_strategy: NoTranslation`, and
    /// stores that keep what they get.
    Utf8,
}

impl Spelling {
    /// The name of a metric.
    pub fn metric(self, metric: &Metric) -> String {
        match self {
            Self::Underscore => metric.prometheus(),
            Self::Utf8 => metric.name.to_owned(),
        }
    }

    /// The label that an attribute becomes.
    pub fn label(self, attribute: Attribute) -> String {
        match self {
            Self::Underscore => attribute.name.replace('.', "_"),
            Self::Utf8 => attribute.name.to_owned(),
        }
    }

    /// All names that rules and reports ask for.
    pub fn vocabulary(self) -> Vocabulary {
        Vocabulary {
            metrics: Metrics {
                sli_events: self.metric(&m::SLI_EVENTS),
                slots: self.metric(&m::SLOTS),
                failures: self.metric(&m::FAILURES),
                warnings: self.metric(&m::WARNINGS),
                cleanup_failures: self.metric(&m::CLEANUP_FAILURES),
                certificate_expiry: self.metric(&m::CERTIFICATE_EXPIRY),
                last_slot: self.metric(&m::LAST_SLOT),
                last_run: self.metric(&m::LAST_RUN),
                journey_stale: self.metric(&m::JOURNEY_STALE),
                dropped: self.metric(&m::JOURNAL_DROPPED),
            },
            labels: Labels {
                customer: self.label(a::CUSTOMER),
                journey: self.label(a::JOURNEY),
                region: self.label(a::REGION),
                slo: self.label(a::SLO),
                outcome: self.label(a::OUTCOME),
                verdict: self.label(a::VERDICT),
                step: self.label(a::STEP),
                phase: self.label(a::PHASE),
                kind: self.label(a::ERROR_TYPE),
                party: self.label(a::PARTY),
                signal: self.label(a::SIGNAL),
                reason: self.label(a::REASON),
            },
        }
    }
}
