//! What others may see of the agent while it measures: a board that the scheduler and the runs write
//! to, and that whoever asks gets a copy of.
//!
//! A journey costs a few numbers here, and its figures are spelled out only when somebody reads them:
//! ten thousand of them are not to be paid for in labels. Durations are counted from a verdict's first
//! run on, so that a journey that only ever passes keeps one histogram (some 150 bytes) and shows one.

use crate::{
    Station,
    health::{JourneyStatus, State, TroubleStatus},
    load::{Loaded, Trouble},
};
use jaunt_otlp::{
    Figure, Histogram, Number, Reading,
    names::{Attribute, Metric, attribute as a, metric},
};
use jaunt_record::{Outcome, Record, Verdict};
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
    journeys: BTreeMap<Station, Journey>,
}

/// What happened to a journey since the process began.
#[derive(Debug, Default)]
struct Journey {
    /// By verdict, in the verdicts' order.
    slots: [u64; 5],
    /// By SLO: its name, and events by outcome, in the outcomes' order.
    slos: Vec<(String, [u64; 5])>,
    /// How long runs took, by verdict, in the verdicts' order.
    durations: [Option<Box<Histogram>>; 5],
    last: Option<(i64, Verdict, Duration)>,
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
            for slo in &loaded.plan.journey.slos {
                if !journey.slos.iter().any(|(name, _)| *name == slo.name) {
                    journey.slos.push((slo.name.clone(), [0; 5]));
                }
            }
            shown.journeys.insert(loaded.station.clone(), journey);
        }
        shown.troubles = troubles.iter().map(refused).collect();
    }

    /// A slot has come to its end.
    pub(crate) fn booked(&self, station: &Station, record: &Record) {
        let mut shown = self.shown();
        let Some(journey) = shown.journeys.get_mut(station) else {
            return;
        };
        if let Some(count) = journey.slots.get_mut(record.verdict as usize) {
            *count += record.count;
        }
        if record.verdict.is_measured()
            && let Some(durations) = journey.durations.get_mut(record.verdict as usize)
        {
            durations.get_or_insert_default().add(record.duration);
        }
        for judged in &record.slos {
            let slo = journey
                .slos
                .iter_mut()
                .find(|(name, _)| *name == judged.slo);
            let count = slo.and_then(|(_, counts)| counts.get_mut(judged.outcome as usize));
            if let Some(count) = count {
                *count += record.count;
            }
        }
        let last = i64::try_from(record.count)
            .unwrap_or(i64::MAX)
            .saturating_sub(1);
        if let Some(slot) = record.slot {
            let slot = slot.saturating_add(last.saturating_mul(i64::from(record.every_s)));
            journey.last = Some((slot, record.verdict, record.lateness));
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
        let status = |(station, journey): (&Station, &Journey)| JourneyStatus {
            customer: station.customer().to_owned(),
            journey: station.journey().to_owned(),
            slot: journey.last.map(|(slot, ..)| slot),
            verdict: journey.last.map(|(_, verdict, _)| verdict),
            lateness_ms: journey.last.map(|(.., late)| late.as_secs_f64() * 1e3),
        };
        shown.journeys.iter().map(status).collect()
    }

    /// The counts and durations of all journeys since the process began, each count from 0.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        let shown = self.shown();
        let mut figures = Vec::new();
        for (station, journey) in &shown.journeys {
            let mut show = |metric: &'static Metric, more: &[(Attribute, &str)], value| {
                let whose = [
                    (a::CUSTOMER, station.customer()),
                    (a::JOURNEY, station.journey()),
                    (a::REGION, station.region()),
                ];
                let labels = whose.iter().chain(more);
                figures.push(Figure {
                    metric,
                    labels: labels
                        .map(|(name, value)| (*name, (*value).to_owned()))
                        .collect(),
                    value,
                });
            };
            for (verdict, durations) in Verdict::ALL.iter().zip(&journey.durations) {
                if let Some(durations) = durations {
                    let durations = Reading::Durations(Histogram::clone(durations));
                    let labels = [(a::VERDICT, verdict.as_str())];
                    show(&metric::JOURNEY_DURATION, &labels, durations);
                }
            }
            let mut put = |metric, more: &[(Attribute, &str)], value| {
                let value = Number::Whole(i64::try_from(value).unwrap_or(i64::MAX));
                show(metric, more, Reading::Number(value));
            };
            for (verdict, count) in Verdict::ALL.iter().zip(journey.slots) {
                put(&metric::SLOTS, &[(a::VERDICT, verdict.as_str())], count);
            }
            for (slo, counts) in &journey.slos {
                for (outcome, count) in Outcome::ALL.iter().zip(*counts) {
                    let labels = [(a::SLO, slo.as_str()), (a::OUTCOME, outcome.as_str())];
                    put(&metric::SLI_EVENTS, &labels, count);
                }
            }
            if let Some((slot, ..)) = journey.last {
                put(&metric::LAST_SLOT, &[], slot.unsigned_abs());
            }
        }
        figures
    }
}

fn refused(trouble: &Trouble) -> TroubleStatus {
    TroubleStatus {
        path: trouble.path.display().to_string(),
        kind: trouble.kind.to_string(),
        text: trouble.text.clone(),
    }
}
