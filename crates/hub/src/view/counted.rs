//! Judging by counters, where a Prometheus-compatible store is read instead of the embedded one.
//!
//! One judgement at a time asks the store, so that a crowd of readers is no crowd there; whoever
//! waited finds the days that are over remembered. A store that is away is not asked again for a
//! moment, and one that refuses a journey (too many series, say) not for a while about that one, so
//! that nobody waits for what is known to fail.

use crate::{
    catalog::Agreements,
    prometheus::{Counters, PrometheusError},
    store::StoreError,
};
use jaunt_slo::{Report, Subject};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// A store that is away is asked again after this.
const AWAY: Duration = Duration::from_secs(5);
/// One that refuses a journey is asked about it again after this.
const REFUSED: Duration = Duration::from_secs(60);

/// The store that is read instead of the embedded one.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    counters: Counters,
    runtime: Handle,
    stop: CancellationToken,
    failed: Mutex<Failed>,
}

/// When the store failed us last, and how.
#[derive(Debug, Default)]
struct Failed {
    away: Option<Failure>,
    /// By customer and journey.
    refused: HashMap<(String, String), Failure>,
}

#[derive(Debug)]
struct Failure {
    until: Instant,
    why: Arc<PrometheusError>,
}

impl Elsewhere {
    /// Reads `counters` on the runtime that it is made on, until `stop`.
    pub(crate) fn new(counters: Counters, stop: CancellationToken) -> Self {
        Self {
            counters: counters.remembering(),
            runtime: Handle::current(),
            stop,
            failed: Mutex::default(),
        }
    }

    /// The report of each SLO of a journey. Blocks.
    pub(super) fn judge(
        &self,
        subject: &Subject,
        agreements: &Agreements,
        at_ns: i64,
    ) -> Result<Vec<Report>, StoreError> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = failed.known(subject) {
            return Err(StoreError::Counters(why));
        }
        let judging = async {
            let mut reports = Vec::with_capacity(subject.slos.len());
            for slo in &subject.slos {
                let of = (&*subject.customer, &*subject.journey, &*slo.name);
                let agreed = agreements.of(of, at_ns);
                let of = (subject, slo);
                let judged = self.counters.judge(of, agreed, at_ns, &mut |_| ()).await;
                reports.push(judged?);
            }
            Ok(reports)
        };
        let judged = self
            .runtime
            .block_on(self.stop.run_until_cancelled(judging));
        match judged.ok_or(StoreError::Closed)? {
            Ok(reports) => {
                failed.over(subject);
                Ok(reports)
            }
            Err(error) => Err(StoreError::Counters(failed.note(subject, error))),
        }
    }
}

impl Failed {
    /// Why asking about a journey would fail now, as far as that is known.
    fn known(&self, subject: &Subject) -> Option<Arc<PrometheusError>> {
        let of = (subject.customer.clone(), subject.journey.clone());
        let known = self.away.iter().chain(self.refused.get(&of));
        let mut holds = known.filter(|failure| failure.until > Instant::now());
        holds.next().map(|failure| Arc::clone(&failure.why))
    }

    fn note(&mut self, subject: &Subject, error: PrometheusError) -> Arc<PrometheusError> {
        let why = Arc::new(error);
        let failure = |holds| Failure {
            until: Instant::now() + holds,
            why: Arc::clone(&why),
        };
        let cause = std::error::Error::source(&*why).map(ToString::to_string);
        match &*why {
            PrometheusError::Token(_) | PrometheusError::Ask { .. } => {
                if self.away.replace(failure(AWAY)).is_none() {
                    tracing::error!(error = %why, cause, "the store of counters is away; it is asked on");
                }
            }
            PrometheusError::Refused { .. } => {
                let (customer, journey) = (subject.customer.clone(), subject.journey.clone());
                tracing::error!(customer, journey, error = %why, "a journey cannot be judged");
                self.refused.insert((customer, journey), failure(REFUSED));
            }
        }
        why
    }

    /// A judgement went well.
    fn over(&mut self, subject: &Subject) {
        let of = (subject.customer.clone(), subject.journey.clone());
        self.refused.remove(&of);
        if self.away.take().is_some() {
            tracing::info!("the store of counters answers again");
        }
    }
}
