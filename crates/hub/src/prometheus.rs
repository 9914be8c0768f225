//! Reads counters from a store that speaks Prometheus's query API: for `jaunt report` as for a hub
//! that reads such a store instead of its own.
//!
//! Raw readings are asked for (`metric{…}[1d]` at the end of each day), not `increase()`, which
//! extrapolates: what an agent counted is a whole number, and both sides are to agree on it.

mod client;
mod days;

pub use client::{PrometheusError, Series};

use client::Client;
use days::Days;
use jaunt_agreement::{Agreement, Terms};
use jaunt_otlp::names::Spelling;
use jaunt_record::{FailurePhase, Outcome, Party};
use jaunt_slo::{
    Cause, Question, Report, Slo, Subject,
    counted::{Counted, FailureCounter, RunCounter, judge_counted, needed},
    rules::{Labels, Metrics, Vocabulary},
};

/// A day of readings at a time: a quarter of a million where five regions are scraped each 15 s.
const DAY_S: i64 = 86_400;
/// What comes this late to a day that is over is read with the day at its next reading.
const LATE_S: i64 = 3_600;

const SECOND: i64 = 1_000_000_000;

/// A store of counters.
#[derive(Debug)]
pub struct Counters {
    client: Client,
    vocabulary: Vocabulary,
    /// Days that are over, where they are remembered.
    days: Option<Days>,
}

impl Counters {
    /// The store at `url`, which spells names like this, asked by `http`: a client that follows no
    /// redirect, since a token goes along.
    pub fn new(url: &url::Url, spelling: Spelling, http: reqwest::Client) -> Self {
        Self {
            client: Client::new(url, http),
            vocabulary: spelling.vocabulary(),
            days: None,
        }
    }

    /// The same, which remembers days that are over for an hour: who judges four weeks each minute
    /// does not read them each minute.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self {
            days: Some(Days::default()),
            ..self
        }
    }

    /// `slo` of `subject`, judged at an instant (Unix ns) by what both sides agreed on it. `each`
    /// hears what was read.
    ///
    /// # Errors
    /// The store is away, or does not answer.
    pub async fn judge(
        &self,
        (subject, slo): (&Subject, &Slo),
        agreement: Option<&Agreement>,
        at_ns: i64,
        each: &mut (dyn FnMut(&Series) + Send),
    ) -> Result<Report, PrometheusError> {
        let counted = self.counted((subject, slo), at_ns, each).await?;
        let terms = Terms::of(agreement, subject);
        let question = Question {
            at_ns,
            known_until_ns: at_ns,
            parties: &terms.parties,
        };
        Ok(judge_counted(&terms.subject, slo, &counted, question))
    }

    /// What it has of one SLO, as far as a judgement at `at_ns` asks.
    async fn counted(
        &self,
        (subject, slo): (&Subject, &Slo),
        at_ns: i64,
        each: &mut (dyn FnMut(&Series) + Send),
    ) -> Result<Counted, PrometheusError> {
        let Vocabulary { metrics, labels } = &self.vocabulary;
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
        } = metrics;
        let asked = Asked { span, at_ns };
        let runs = self.series((sli_events, &of_slo), &asked, each).await?;
        let failures = self.series((failures, &mine), &asked, each).await?;
        Ok(Counted {
            runs: runs
                .into_iter()
                .filter_map(|series| run_counter(series, labels))
                .collect(),
            failures: failures
                .into_iter()
                .map(|series| failure_counter(series, labels))
                .collect(),
        })
    }

    /// What was read of some series, day by day.
    async fn series(
        &self,
        (metric, matchers): (&str, &[(&str, &str)]),
        asked: &Asked,
        each: &mut (dyn FnMut(&Series) + Send),
    ) -> Result<Vec<Series>, PrometheusError> {
        let selector = jaunt_slo::rules::selector(metric, matchers);
        let mut whole: Vec<Series> = Vec::new();
        for day in asked.days() {
            for series in self.day(&selector, day, asked).await? {
                each(&series);
                match whole.iter_mut().find(|known| known.labels == series.labels) {
                    Some(known) => known.join(series),
                    None => whole.push(series),
                }
            }
        }
        Ok(whole)
    }

    /// What was read of some series on a day (Unix seconds of its start), as far as it is asked for.
    async fn day(
        &self,
        selector: &str,
        day: i64,
        asked: &Asked,
    ) -> Result<Vec<Series>, PrometheusError> {
        let (from, to) = asked.seconds();
        let end = day.saturating_add(DAY_S);
        let Some(days) = self.days.as_ref().filter(|_| asked.is_over(day)) else {
            let (since, until) = (from.max(day), to.min(end));
            return self.client.readings(selector, since, until).await;
        };
        let known = match days.known(selector, day) {
            Some(known) => known,
            None => {
                let read = self.client.readings(selector, day, end).await?;
                days.keep(selector, day, read)
            }
        };
        let since_ns = from.saturating_mul(SECOND);
        let within = known.iter().map(|series| series.since(since_ns));
        Ok(within
            .filter(|series| !series.readings.is_empty())
            .collect())
    }
}

/// Of when readings are asked for.
struct Asked {
    /// From when until when, Unix ns.
    span: (i64, i64),
    /// The instant of the judgement, Unix ns.
    at_ns: i64,
}

impl Asked {
    fn seconds(&self) -> (i64, i64) {
        let (from, to) = self.span;
        (from.div_euclid(SECOND), to.div_euclid(SECOND))
    }

    /// The days that it meets, each by the second that it begins with.
    fn days(&self) -> impl Iterator<Item = i64> + use<> {
        let (from, to) = self.seconds();
        (from.div_euclid(DAY_S)..(to - 1).div_euclid(DAY_S) + 1).map(|day| day * DAY_S)
    }

    /// Whether a day ended so long before the judgement that nothing more is scraped of it.
    fn is_over(&self, day: i64) -> bool {
        day + DAY_S + LATE_S <= self.at_ns.div_euclid(SECOND)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_asked_for_by_whole_days_and_the_last_ones_are_not_over() {
        let asked = Asked {
            span: (100 * SECOND, (3 * DAY_S + 900) * SECOND),
            at_ns: 3 * DAY_S * SECOND,
        };
        let days: Vec<_> = asked.days().collect();
        assert_eq!(days, [0, DAY_S, 2 * DAY_S, 3 * DAY_S]);
        let over = days.into_iter().filter(|day| asked.is_over(*day));
        assert_eq!(over.collect::<Vec<_>>(), [0, DAY_S]);
        let to_midnight = Asked {
            span: (0, DAY_S * SECOND),
            at_ns: 0,
        };
        assert_eq!(to_midnight.days().collect::<Vec<_>>(), [0]);
    }
}
