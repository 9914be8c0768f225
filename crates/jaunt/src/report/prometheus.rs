//! Reads counters from a store that speaks Prometheus's query API.
//!
//! Raw readings are asked for (`metric{…}[1d]` at the end of each day), not `increase()`, which
//! extrapolates: what an agent counted is a whole number, and both sides are to agree on it.

mod client;

use super::events::hex;
use aws_lc_rs::digest::{Context, SHA256, digest};
pub(super) use client::PrometheusError;
use client::{Client, Series};
use jaunt_otlp::names::Spelling;
use jaunt_record::{FailurePhase, Outcome, Party};
use jaunt_slo::{
    Cause, Slo, Subject,
    counted::{Counted, FailureCounter, RunCounter, needed},
    rules::{Labels, Metrics, Vocabulary},
};

/// A day of readings at a time: a quarter of a million where five regions are scraped each 15 s.
const AT_ONCE_S: i64 = 86_400;

const SECOND: i64 = 1_000_000_000;

/// A store, and what was read from it.
pub(super) struct Store {
    client: Client,
    vocabulary: Vocabulary,
    set: Vec<[u8; 32]>,
}

impl Store {
    /// The store at `url`, which spells names like this.
    pub(super) fn new(url: &url::Url, spelling: Spelling) -> Result<Self, PrometheusError> {
        Ok(Self {
            client: Client::new(url)?,
            vocabulary: spelling.vocabulary(),
            set: Vec::new(),
        })
    }

    /// What it has of one SLO, as far as a judgement at `at_ns` asks.
    pub(super) fn counted(
        &mut self,
        subject: &Subject,
        slo: &Slo,
        at_ns: i64,
    ) -> Result<Counted, PrometheusError> {
        let Vocabulary { metrics, labels } = self.vocabulary.clone();
        let mine = [
            (labels.customer.as_str(), subject.customer.as_str()),
            (labels.journey.as_str(), subject.journey.as_str()),
        ];
        let of_slo = [mine.as_slice(), &[(labels.slo.as_str(), slo.name.as_str())]].concat();
        let span = needed(subject, slo, at_ns);
        let Metrics {
            sli_events,
            failures,
            ..
        } = &metrics;
        let runs = self.series(sli_events, &of_slo, span)?;
        let failures = self.series(failures, &mine, span)?;
        Ok(Counted {
            runs: runs
                .into_iter()
                .filter_map(|series| run_counter(series, &labels))
                .collect(),
            failures: failures
                .into_iter()
                .map(|series| failure_counter(series, &labels))
                .collect(),
        })
    }

    /// How many readings there were, and the SHA-256 of their set in hex, as for lines of events.
    pub(super) fn readings(mut self) -> (u64, String) {
        self.set.sort_unstable();
        self.set.dedup();
        let mut context = Context::new(&SHA256);
        for reading in &self.set {
            context.update(reading);
        }
        let count = u64::try_from(self.set.len()).unwrap_or(u64::MAX);
        (count, hex(context.finish().as_ref()))
    }

    fn series(
        &mut self,
        metric: &str,
        matchers: &[(&str, &str)],
        (from_ns, to_ns): (i64, i64),
    ) -> Result<Vec<Series>, PrometheusError> {
        let selector = jaunt_slo::rules::selector(metric, matchers);
        let (from, to) = (from_ns.div_euclid(SECOND), to_ns.div_euclid(SECOND));
        let mut whole: Vec<Series> = Vec::new();
        let mut since = from;
        while since < to {
            let until = to.min(since.saturating_add(AT_ONCE_S));
            for series in self.client.readings(&selector, since, until)? {
                self.note(&series);
                match whole.iter_mut().find(|known| known.labels == series.labels) {
                    Some(known) => known.join(series),
                    None => whole.push(series),
                }
            }
            since = until;
        }
        Ok(whole)
    }

    fn note(&mut self, series: &Series) {
        for reading in &series.readings {
            let text = format!("{:?} {} {}", series.labels, reading.at_ns, reading.total);
            self.set.extend(<[u8; 32]>::try_from(
                digest(&SHA256, text.as_bytes()).as_ref(),
            ));
        }
    }
}

/// `None` where the outcome is none that this version knows.
fn run_counter(mut series: Series, labels: &Labels) -> Option<RunCounter> {
    let outcome = Outcome::from_name(&series.labels.remove(&labels.outcome)?)?;
    let region = series.labels.remove(&labels.region).unwrap_or_default();
    Some(RunCounter {
        region,
        agent: format!("{:?}", series.labels),
        outcome,
        readings: series.readings,
    })
}

fn is_presumed(party: &str) -> bool {
    let mut presumed = FailurePhase::ALL
        .iter()
        .map(|phase| Party::presumed(*phase));
    presumed.any(|presumed| presumed.as_str() == party)
}

fn failure_counter(mut series: Series, labels: &Labels) -> FailureCounter {
    let mut take = |label: &str| {
        series
            .labels
            .remove(label)
            .filter(|value| !value.is_empty())
    };
    let region = take(&labels.region).unwrap_or_default();
    let cause = Cause {
        step: take(&labels.step),
        phase: take(&labels.phase),
        kind: take(&labels.kind),
        // A presumption is no word of the agent's: an agreement may say otherwise.
        party: take(&labels.party).filter(|party| !is_presumed(party)),
    };
    FailureCounter {
        region,
        cause,
        readings: series.readings,
    }
}
