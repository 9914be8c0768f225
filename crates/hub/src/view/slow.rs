//! Where slow runs were slow: found while whole runs are there, kept when they are gone.

use super::Desk;
use crate::{
    catalog::Watched,
    store::{Placed, Series, StoreError},
};
use jaunt_record::Verdict;
use jaunt_slo::{Event, Kind, Subject, Usual};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const DAY_NS: i64 = 86_400_000_000_000;
/// Whole runs that passed are kept for a week: of older slow runs nobody knows what was usual.
const RECENT_NS: i64 = 7 * DAY_NS;
/// Slow runs of a journey that are looked at in one pass, the newest first.
const MOST: usize = 2_000;
/// What is usual is asked for again after so long.
const FRESH_NS: i64 = 3_600_000_000_000;
/// Journeys' regions and days of which what is usual is known at once.
const KNOWN: usize = 5_000;

/// Slow runs of which nobody knows yet where, and what is usual.
#[derive(Debug, Default)]
pub(super) struct Slow {
    waiting: Mutex<HashMap<(String, String), Vec<Event>>>,
    usual: Mutex<HashMap<Of, (i64, Arc<Usual>)>>,
}

/// Customer, journey, region, and day.
type Of = (String, String, String, i64);

/// Slow runs that a judgement came by.
pub(super) struct Found {
    limit: Option<Duration>,
    since_ns: i64,
    events: Vec<Event>,
}

impl Found {
    /// None yet, of a journey that is judged at an instant, Unix ns.
    pub(super) fn of(subject: &Subject, at_ns: i64) -> Self {
        Self {
            limit: subject.limit(),
            since_ns: at_ns.saturating_sub(RECENT_NS),
            events: Vec::new(),
        }
    }

    /// Notes a run that may be bad for how long it took, and of which nobody knows why.
    pub(super) fn note(&mut self, event: &Event) {
        if event.cause.is_empty() && event.start_ns >= self.since_ns && event.is_slow(self.limit) {
            self.events.push(event.clone());
        }
    }
}

impl Slow {
    /// Lets what was found wait for its place, in the stead of what waited before.
    pub(super) fn wait(&self, subject: &Subject, mut found: Found) {
        found
            .events
            .sort_by_key(|event| std::cmp::Reverse(event.start_ns));
        found.events.truncate(MOST);
        let name = (subject.customer.clone(), subject.journey.clone());
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match found.events.is_empty() {
            true => drop(waiting.remove(&name)),
            false => drop(waiting.insert(name, found.events)),
        }
    }

    fn take(&self, subject: &Subject) -> Vec<Event> {
        let name = (subject.customer.clone(), subject.journey.clone());
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.remove(&name).unwrap_or_default()
    }
}

impl Desk {
    /// Finds where the slow runs of a journey were slow, of those whose whole run is there, and
    /// keeps that; whether any was new.
    pub(super) fn place(&self, watched: &Watched, now_ns: i64) -> Result<bool, StoreError> {
        let subject = &watched.subject;
        let mut found = Vec::new();
        for event in self.slow.take(subject) {
            let Some(slot) = event.slot else { continue };
            let Some(run) = self.store.whole_event(subject, &event)? else {
                continue;
            };
            let usual = self.usual(subject, &event, now_ns)?;
            if let Some(cause) = usual.exceeded_most(&run) {
                let series = Series {
                    customer: subject.customer.clone(),
                    journey: subject.journey.clone(),
                    region: event.region,
                    agent: event.agent,
                };
                found.push(Placed {
                    series,
                    slot,
                    cause,
                });
            }
        }
        Ok(!found.is_empty() && self.store.place(found)? > 0)
    }

    /// What good runs of the region took, over the day of a run and the six before it.
    fn usual(
        &self,
        subject: &Subject,
        event: &Event,
        now_ns: i64,
    ) -> Result<Arc<Usual>, StoreError> {
        let day = event.start_ns.div_euclid(DAY_NS);
        let (customer, journey) = (subject.customer.clone(), subject.journey.clone());
        let of = (customer, journey, event.region.clone(), day);
        let known = || {
            self.slow
                .usual
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some((at_ns, usual)) = known().get(&of)
            && now_ns.saturating_sub(*at_ns) < FRESH_NS
        {
            return Ok(Arc::clone(usual));
        }
        let days = (day - Usual::DAYS + 1) * DAY_NS..(day + 1) * DAY_NS;
        let limit = subject.limit();
        let mut usual = Usual::default();
        self.store.passed(subject, &event.region, days, |run| {
            if run.verdict == Verdict::Pass && run.kind == Kind::Scheduled && !run.is_slow(limit) {
                usual.add(run);
            }
        })?;
        let usual = Arc::new(usual.settled());
        let mut known = known();
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(of, (now_ns, Arc::clone(&usual)));
        Ok(usual)
    }
}
