//! Loading, as the scheduler sees it: scans go on beside it, and what they found is put in force.

use super::scheduler::Scheduler;
use crate::{
    Gone, Note, Station, Stood,
    load::{Loaded, Loader, Set, Trouble},
};
use jaunt_otlp::{
    Described, Number,
    names::{attribute, metric},
};
use std::collections::BTreeSet;
use tokio::sync::oneshot;

impl Scheduler {
    /// Looks at all sources; a scan that goes on is followed by another.
    pub(super) fn scan(&mut self, done: Option<oneshot::Sender<()>>) {
        let Some(mut loader) = self.loader.take() else {
            self.again.get_or_insert_default().extend(done);
            return;
        };
        self.told.extend(done);
        let running: BTreeSet<Station> = self.roster.stations();
        self.scans.spawn_blocking(move || {
            let (set, troubles) = loader.scan(&|station| running.contains(station));
            (loader, set, troubles)
        });
    }

    /// Puts in force what a scan found.
    pub(super) async fn scanned(
        &mut self,
        (loader, set, troubles): (Loader, Set, Vec<Trouble>),
    ) -> Result<(), Gone> {
        let standing: Vec<Trouble> = loader.standing().cloned().collect();
        self.loader = Some(loader);
        troubles.iter().for_each(tell);
        self.apply(set).await?;
        self.reloaded(&troubles);
        let journeys = self.roster.all();
        self.shared.board.loaded(journeys, &standing);
        for done in self.told.drain(..) {
            // Whoever asked for it may have gone meanwhile.
            let _ = done.send(());
        }
        if let Some(waiting) = self.again.take() {
            self.scan(None);
            self.told.extend(waiting);
        }
        Ok(())
    }

    /// Counts how a look at all sources went.
    fn reloaded(&self, troubles: &[Trouble]) {
        let count = |customer: &str, outcome: &str, kind: &str| {
            let labels = [
                (attribute::CUSTOMER, customer),
                (attribute::OUTCOME, outcome),
                (attribute::ERROR_TYPE, kind),
            ];
            let said = if kind.is_empty() { 2 } else { 3 };
            self.own
                .count(&metric::RELOADS, labels.get(..said).unwrap_or(&labels), 1);
        };
        for trouble in troubles {
            count(
                trouble.customer.as_deref().unwrap_or(""),
                "refused",
                trouble.kind,
            );
        }
        for customer in &self.customers {
            if !troubles
                .iter()
                .any(|trouble| trouble.customer.as_ref() == Some(customer))
            {
                count(customer, "ok", "");
            }
        }
    }

    async fn apply(&mut self, set: Set) -> Result<(), Gone> {
        let (mut added, mut changed, mut removed) = (0, 0, 0);
        for station in self.roster.stations() {
            if !set.journeys.contains_key(&station) {
                self.remove(station).await?;
                removed += 1;
            }
        }
        self.desk
            .resize(set.customers.len(), self.config.limits.runs);
        let loaded = set.journeys.len();
        self.figures(&set);
        let described = set.journeys.values().map(described).collect();
        let mut flushed = false;
        for (station, journey) in set.journeys {
            let known = self.roster.by_name(&station).map(|(number, known)| {
                let same = known.plan.journey.definition == journey.plan.journey.definition;
                let placed = known.schedule == journey.schedule && known.span == journey.span;
                (number, same, placed)
            });
            match known {
                None => {
                    added += 1;
                    self.add(journey, &mut flushed).await?;
                }
                Some((number, same, placed)) => {
                    changed += usize::from(!same);
                    self.desk
                        .replace(number, std::sync::Arc::clone(&journey.guest));
                    if !placed {
                        let (schedule, span) = (journey.schedule, journey.span);
                        let (desk, entries) = self.desk();
                        desk.change(number, schedule, span, entries);
                        // What waited for room is booked while the older version is still known.
                        self.settle().await?;
                    }
                    self.roster.put(journey);
                    if !placed {
                        self.planned(number, station).await?;
                    }
                }
            }
        }
        if set.complete {
            self.forget().await?;
        }
        self.ledger.forget(self.shared.clock.now().wall_ns);
        self.described.send_replace(Some(described));
        tracing::info!(loaded, added, changed, removed, "journeys loaded");
        Ok(())
    }

    /// How much is loaded, and how much of it in a version older than what was refused.
    fn figures(&mut self, set: &Set) {
        let region = (attribute::REGION, self.config.region.as_str());
        let whole = |count: u64| Number::Whole(i64::try_from(count).unwrap_or(i64::MAX));
        for customer in &self.customers {
            let labels = [(attribute::CUSTOMER, customer.as_str()), region];
            self.own.end(&metric::JOURNEY_LOADED, &labels);
            self.own.end(&metric::JOURNEY_STALE, &labels);
        }
        self.customers.clone_from(&set.customers);
        for customer in &set.customers {
            let labels = [(attribute::CUSTOMER, customer.as_str()), region];
            let of = set.journeys.keys().filter(|at| at.customer() == customer);
            let stale = set.stale.get(customer).copied().unwrap_or(0);
            let loaded = u64::try_from(of.count()).unwrap_or(u64::MAX);
            self.own
                .set(&metric::JOURNEY_LOADED, &labels, whole(loaded));
            self.own.set(&metric::JOURNEY_STALE, &labels, whole(stale));
        }
    }

    /// Adds a journey. Notes of those that are planned earlier than they stood lie behind all that
    /// was recorded: it is flushed once for all of them.
    async fn add(&mut self, journey: Loaded, flushed: &mut bool) -> Result<(), Gone> {
        let station = journey.station.clone();
        let stood = self.ledger.stood(&station);
        self.ledger.note(Note::Removed {
            station: station.clone(),
        });
        warn_of_secrets(&journey);
        let (guest, schedule, span) = (journey.guest.clone(), journey.schedule, journey.span);
        let number = self.roster.put(journey);
        let (desk, entries) = self.desk();
        entries.extend(desk.add(number, guest, schedule, span, stood));
        self.settle().await?;
        let stands = self.desk.stands(number);
        let back = stood
            .zip(stands)
            .is_some_and(|(old, new)| new.next < old.next);
        if back && !std::mem::replace(flushed, true) {
            self.shared.log.flush().await?;
        }
        self.planned(number, station).await
    }

    async fn planned(
        &mut self,
        number: crate::JourneyNumber,
        station: Station,
    ) -> Result<(), Gone> {
        let note = match self.desk.stands(number) {
            Some(stood) => plan(station, stood),
            None => Note::Removed { station },
        };
        self.shared.log.note(note).await
    }

    /// The clock by which slots were booked was wrong: where journeys stand now is noted, behind
    /// all that was written down by that clock.
    pub(super) async fn planned_anew(&mut self) -> Result<(), Gone> {
        self.shared.log.flush().await?;
        for station in self.roster.stations() {
            if let Some((number, _)) = self.roster.by_name(&station) {
                self.planned(number, station).await?;
            }
        }
        Ok(())
    }

    async fn remove(&mut self, station: Station) -> Result<(), Gone> {
        if let Some((number, _)) = self.roster.by_name(&station) {
            // Should it come back, it uses no name twice.
            if let Some(stood) = self.desk.stands(number) {
                self.ledger.note(plan(station.clone(), stood));
            }
            let (desk, entries) = self.desk();
            desk.remove(number, entries);
            // What waited for room is booked while the journey is still known.
            self.settle().await?;
            self.roster.take(&station);
        }
        self.ledger.note(Note::Removed {
            station: station.clone(),
        });
        self.shared.log.note(Note::Removed { station }).await
    }

    /// All sources were read: what stood in an earlier process and is in none of them is gone.
    async fn forget(&mut self) -> Result<(), Gone> {
        let left: Vec<Station> = self.ledger.stations().cloned().collect();
        for station in left {
            let note = Note::Removed { station };
            self.ledger.note(note.clone());
            self.shared.log.note(note).await?;
        }
        Ok(())
    }
}

/// That a journey's slots are planned from where it stands.
fn plan(station: Station, stood: Stood) -> Note {
    Note::Planned {
        station,
        every_s: stood.schedule.every_s(),
        next: stood.next,
        used: stood.used,
    }
}

/// What delivery wants to know of a journey before its first run.
fn described(journey: &Loaded) -> Described {
    let plan = &journey.plan.journey;
    Described {
        customer: plan.customer.clone(),
        journey: plan.name.clone(),
        region: journey.station.region().to_owned(),
        steps: plan.steps.iter().map(|step| step.id.clone()).collect(),
        slos: plan.slos.iter().map(|slo| slo.name.clone()).collect(),
    }
}

fn tell(trouble: &Trouble) {
    let Trouble {
        path,
        customer,
        kind,
        text,
    } = trouble;
    tracing::error!(path = %path.display(), customer = customer.as_deref(), kind, "refused; what stood before stands\n{text}");
}

fn warn_of_secrets(journey: &Loaded) {
    for (secret, why) in journey.secrets.missing() {
        tracing::warn!(journey = %journey.station, secret, why, "a secret is missing: its slots are void");
    }
}
