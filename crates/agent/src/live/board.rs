//! What others may see of the agent while it measures: a board that the scheduler and the runs write
//! to, and that whoever asks gets a copy of.

use super::tally::Tally;
use crate::{
    Station,
    health::{JourneyStatus, State, TroubleStatus},
    load::{Loaded, Trouble},
};
use jaunt_otlp::Figure;
use jaunt_record::Record;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A scheduler that has not turned for so long is stuck: it turns every second.
const STUCK: Duration = Duration::from_secs(15);

/// The board. See the module's documentation.
#[derive(Debug)]
pub(crate) struct Board(Mutex<Shown>);

#[derive(Debug)]
struct Shown {
    state: State,
    turned: Instant,
    runs: usize,
    troubles: Vec<TroubleStatus>,
    journeys: BTreeMap<Station, Tally>,
}

impl Board {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Shown {
            state: State::Starting,
            turned: Instant::now(),
            runs: 0,
            troubles: Vec::new(),
            journeys: BTreeMap::new(),
        }))
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The scheduler has turned, and so many runs go on.
    pub(crate) fn turned(&self, runs: usize) {
        let mut shown = self.shown();
        (shown.turned, shown.runs) = (Instant::now(), runs);
    }

    /// Whether the scheduler turns, or has ended for good while the last export is tried.
    pub(crate) fn is_alive(&self) -> bool {
        let shown = self.shown();
        shown.state == State::Draining || shown.turned.elapsed() < STUCK
    }

    pub(crate) fn draining(&self) {
        self.shown().state = State::Draining;
    }

    /// Sources were looked at: these journeys run, and this was refused.
    pub(crate) fn loaded<'l>(
        &self,
        journeys: impl Iterator<Item = &'l Loaded>,
        troubles: &[Trouble],
    ) {
        let mut shown = self.shown();
        if shown.state == State::Starting {
            shown.state = State::Ready;
        }
        let mut before = std::mem::take(&mut shown.journeys);
        for loaded in journeys {
            let mut journey = before.remove(&loaded.station).unwrap_or_default();
            journey.runs(&loaded.plan);
            shown.journeys.insert(loaded.station.clone(), journey);
        }
        shown.troubles = troubles.iter().map(refused).collect();
    }

    /// A slot has come to its end.
    pub(crate) fn booked(&self, station: &Station, record: &Record) {
        if let Some(journey) = self.shown().journeys.get_mut(station) {
            journey.add(record);
        }
    }

    pub(crate) fn state(&self) -> State {
        self.shown().state
    }

    pub(crate) fn runs(&self) -> usize {
        self.shown().runs
    }

    pub(crate) fn troubles(&self) -> Vec<TroubleStatus> {
        self.shown().troubles.clone()
    }

    pub(crate) fn journeys(&self) -> Vec<JourneyStatus> {
        let shown = self.shown();
        let status = |(station, journey): (&Station, &Tally)| {
            let last = journey.last();
            JourneyStatus {
                customer: station.customer().to_owned(),
                journey: station.journey().to_owned(),
                slot: last.map(|last| last.slot),
                verdict: last.map(|last| last.verdict),
                lateness_ms: last.map(|last| last.lateness.as_secs_f64() * 1e3),
            }
        };
        shown.journeys.iter().map(status).collect()
    }

    /// The counts and durations of all journeys since the process began, each count from 0.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        let shown = self.shown();
        let journeys = shown.journeys.iter();
        journeys
            .flat_map(|(station, journey)| journey.figures(station))
            .collect()
    }
}

fn refused(trouble: &Trouble) -> TroubleStatus {
    TroubleStatus {
        path: trouble.path.display().to_string(),
        kind: trouble.kind.to_string(),
        text: trouble.text.clone(),
    }
}
