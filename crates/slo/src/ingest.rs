//! From lines to what counts: each line ends in exactly one counter, whatever the order of lines.

mod counters;
mod later;
mod slow;
mod staged;

pub use counters::Counters;
pub use later::Later;
pub use slow::Usual;

use crate::{Cause, Event, History, Kind, Measured, Subject};
use jaunt_record::Verdict;
use staged::Staged;
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Clocks may differ by this much before anything is corrected.
const CLOCK_TOLERANCE_NS: i64 = 2_000_000_000;
/// A clock that is off by more than this tells nothing.
const CLOCK_LIMIT_NS: u64 = 3_600_000_000_000;
/// A run may be received this long after its end.
const LATE_GRACE_NS: i64 = 24 * 3_600_000_000_000;

/// Which lines are looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Intake {
    /// What was received later is not known yet; `None`: everything is known.
    pub as_of_ns: Option<i64>,
    /// Which runs count.
    pub runs: Runs,
    /// What was known by then is kept apart too, so that what changed since can be told.
    pub restates_ns: Option<i64>,
}

/// Which runs count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Runs {
    /// Those whose slot was due: the others would oversample bad times.
    #[default]
    Scheduled,
    /// Those that someone asked for, too.
    ScheduledAndManual,
}

/// Takes lines in, for any number of journeys.
#[derive(Clone, Debug)]
pub struct Ingest<'a> {
    subjects: &'a [Subject],
    intake: Intake,
    by_journey: HashMap<&'a str, Vec<usize>>,
    journeys: Vec<Staging>,
    lines: u64,
    malformed: u64,
    not_yet_received: u64,
    latest_recv_ns: Option<i64>,
    first_malformed: Option<(u64, String)>,
    /// The same as it was known before, from the first line on that it did not have.
    earlier: Option<Box<Self>>,
    later: Vec<Later>,
}

/// What was taken in of one journey.
#[derive(Clone, Debug, Default)]
struct Staging {
    lines: u64,
    unknown_region: u64,
    duplicates: u64,
    /// Key → the first place of its copies.
    keys: HashMap<u128, u32>,
    kept: Vec<Staged>,
    /// Copies that lost against the one kept, by its place; compared once all are known.
    copies: Vec<(u32, Staged)>,
    agents: Interned<String>,
    causes: Interned<Cause>,
    places: Interned<slow::Place>,
}

/// What one journey's lines came to.
#[derive(Clone, Debug)]
pub struct Taken {
    /// How many lines ended where, up to the window.
    pub counters: Counters,
    /// The runs that were measured, and in time.
    pub history: History,
}

/// What all lines came to.
#[derive(Clone, Debug)]
pub struct Ingested {
    /// One per subject, in their order.
    pub journeys: Vec<Taken>,
    /// When the last line that is known was received, Unix ns.
    pub latest_recv_ns: Option<i64>,
    /// The number of the first malformed line (from 1, blank ones not counted), and why.
    pub first_malformed: Option<(u64, String)>,
    /// What was known before, where any line came later: one per subject.
    pub earlier: Option<Vec<Taken>>,
    /// The lines that came later: one per subject.
    pub later: Vec<Later>,
}

impl<'a> Ingest<'a> {
    /// Takes in lines for these journeys.
    pub fn new(subjects: &'a [Subject], intake: Intake) -> Self {
        let mut by_journey: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, subject) in subjects.iter().enumerate() {
            by_journey.entry(&subject.journey).or_default().push(index);
        }
        Self {
            subjects,
            intake,
            by_journey,
            journeys: subjects.iter().map(|_| Staging::default()).collect(),
            lines: 0,
            malformed: 0,
            not_yet_received: 0,
            latest_recv_ns: None,
            first_malformed: None,
            earlier: None,
            later: subjects.iter().map(|_| Later::default()).collect(),
        }
    }

    /// Takes in one line; a blank one is no line.
    pub fn line(&mut self, line: &[u8]) {
        match Event::parse(line) {
            Ok(None) => {}
            Ok(Some(event)) => self.event(&event),
            Err(error) => self.malformed(&error.to_string()),
        }
    }

    /// Counts a line that is no event.
    pub fn malformed(&mut self, why: &str) {
        if let Some(earlier) = &mut self.earlier {
            earlier.malformed(why);
        }
        self.lines += 1;
        self.malformed += 1;
        if self.first_malformed.is_none() {
            self.first_malformed = Some((self.lines, why.to_owned()));
        }
    }

    /// Takes in one event.
    pub fn event(&mut self, event: &Event) {
        self.apart(event);
        self.lines += 1;
        let known = |recv| self.intake.as_of_ns.is_none_or(|as_of| recv <= as_of);
        if !event.recv_ns.is_none_or(known) {
            self.not_yet_received += 1;
            return;
        }
        self.latest_recv_ns = self.latest_recv_ns.max(event.recv_ns);
        let Some(indexes) = self.by_journey.get(event.journey.as_str()) else {
            return;
        };
        for index in indexes {
            let (Some(subject), Some(staging)) =
                (self.subjects.get(*index), self.journeys.get_mut(*index))
            else {
                continue;
            };
            if subject.is_of(event) {
                staging.take(subject, event);
            }
        }
    }

    /// Keeps apart what was known before: it is the same until the first line that came later.
    fn apart(&mut self, event: &Event) {
        let Some(before) = self.intake.restates_ns else {
            return;
        };
        let known = |recv| self.intake.as_of_ns.is_none_or(|as_of| recv <= as_of);
        if event
            .recv_ns
            .is_some_and(|recv| recv > before && known(recv))
        {
            if self.earlier.is_none() {
                let mut earlier = self.clone();
                earlier.intake.restates_ns = None;
                earlier.intake.as_of_ns = Some(before);
                self.earlier = Some(Box::new(earlier));
            }
            let indexes = self.by_journey.get(event.journey.as_str());
            for index in indexes.into_iter().flatten() {
                let (subject, later) = (self.subjects.get(*index), self.later.get_mut(*index));
                if let (Some(subject), Some(later)) = (subject, later)
                    && subject.is_of(event)
                {
                    later.note(event);
                }
            }
        }
        if let Some(earlier) = &mut self.earlier {
            earlier.event(event);
        }
    }

    /// What all lines came to.
    pub fn finish(self) -> Ingested {
        let (lines, malformed, not_yet_received) =
            (self.lines, self.malformed, self.not_yet_received);
        let journeys = self
            .journeys
            .into_iter()
            .zip(self.subjects)
            .map(|(staging, subject)| {
                let counters = Counters {
                    lines,
                    malformed,
                    not_yet_received,
                    other_journey: lines - malformed - not_yet_received - staging.lines,
                    ..Counters::default()
                };
                staging.settle(subject, self.intake.runs, counters)
            })
            .collect();
        Ingested {
            journeys,
            latest_recv_ns: self.latest_recv_ns,
            first_malformed: self.first_malformed,
            earlier: self.earlier.map(|earlier| earlier.finish().journeys),
            later: self.later,
        }
    }
}

impl Subject {
    /// Whether an event of this journey's name is its customer's; one that does not say is.
    fn is_of(&self, event: &Event) -> bool {
        event
            .customer
            .as_ref()
            .is_none_or(|customer| *customer == self.customer)
    }
}

impl Staging {
    fn take(&mut self, subject: &Subject, event: &Event) {
        self.lines += 1;
        let region = subject.regions.iter().position(|r| *r == event.region);
        let Some(region) = region else {
            self.unknown_region += 1;
            return;
        };
        let staged = Staged::new(
            event,
            region,
            self.agents.id(&event.agent),
            (!event.cause.is_empty()).then(|| self.causes.id(&event.cause)),
            self.places(event),
        );
        let place = u32::try_from(self.kept.len()).unwrap_or(u32::MAX);
        let place = *self.keys.entry(key(event)).or_insert(place);
        match usize::try_from(place)
            .ok()
            .and_then(|p| self.kept.get_mut(p))
        {
            None => self.kept.push(staged),
            Some(kept) => {
                self.duplicates += 1;
                let loser = if staged.worse_than(kept, &self.agents.values, &self.causes.values) {
                    std::mem::replace(kept, staged)
                } else {
                    staged
                };
                self.copies.push((place, loser));
            }
        }
    }

    /// Where a run was for how long: by phase, and of a step without phases as a whole.
    fn places(&mut self, event: &Event) -> Box<[(usize, u64)]> {
        let places = event.places();
        places
            .map(|(place, took)| (self.places.id(&place), took))
            .collect()
    }

    /// The rest of the order: conflicts, kind, clock, agent, lateness.
    fn settle(mut self, subject: &Subject, runs: Runs, mut counters: Counters) -> Taken {
        counters.unknown_region = self.unknown_region;
        counters.duplicates = self.duplicates;
        counters.conflicts = self.conflicts();
        let mut history = History::of(subject);
        let mut settled = Vec::with_capacity(self.kept.len());
        for (place, staged) in self.kept.iter_mut().enumerate() {
            if staged.settle(runs, &mut counters) {
                settled.push(place);
            }
        }
        let (places, causes) = (&self.places, &mut self.causes);
        slow::attribute(subject, &settled, &mut self.kept, places, causes);
        let mut series: BTreeMap<(usize, &String), Vec<&Staged>> = BTreeMap::new();
        for staged in settled.iter().filter_map(|place| self.kept.get(*place)) {
            if let Some(name) = self.agents.values.get(staged.agent) {
                series
                    .entry((staged.region, name))
                    .or_default()
                    .push(staged);
            }
        }
        let judged = subject.judged_steps();
        let none = Cause::default();
        for ((region, agent), mut runs) in series {
            runs.sort_by(|a, b| a.in_time(b, &self.causes.values));
            for staged in runs {
                let cause = staged.cause.and_then(|id| self.causes.values.get(id));
                let steps = staged.judged(&judged);
                let run = Measured {
                    start_ns: staged.start_ns,
                    end_ns: staged.end_ns,
                    duration_ns: staged.duration_ns,
                    verdict: staged.verdict,
                    slot: staged.slot,
                    cause: cause.unwrap_or(&none),
                    steps: &steps,
                };
                // Sorted just above: never out of order.
                let _ = history.push(region, agent, &run);
            }
        }
        history.shrink();
        Taken { counters, history }
    }

    /// How many copies differ from the one kept.
    fn conflicts(&self) -> u64 {
        let differ = |(place, copy): &&(u32, Staged)| {
            let kept = usize::try_from(*place).ok().and_then(|p| self.kept.get(p));
            kept.is_some_and(|kept| copy.conflicts_with(kept))
        };
        u64::try_from(self.copies.iter().filter(differ).count()).unwrap_or(u64::MAX)
    }
}

impl Staged {
    /// Puts a run through kind, clock, agent and lateness; whether it goes on. A void or missed one is counted, and goes on as a slot that was not measured.
    fn settle(&mut self, runs: Runs, counters: &mut Counters) -> bool {
        let wanted = match self.kind {
            staged::KindTag::Scheduled => true,
            staged::KindTag::Manual => runs == Runs::ScheduledAndManual,
            staged::KindTag::Other => false,
        };
        if !wanted {
            counters.unscheduled += 1;
            return false;
        }
        if let (Some(sent), Some(recv)) = (self.sent_ns, self.recv_ns) {
            // Both are ≥ 0, so the difference fits.
            let off = sent - recv;
            if off.unsigned_abs() > CLOCK_LIMIT_NS {
                counters.quarantined_clock += 1;
                return false;
            }
            if off.unsigned_abs() > CLOCK_TOLERANCE_NS.unsigned_abs() {
                self.start_ns = self.start_ns.saturating_sub(off);
                self.end_ns = self.end_ns.saturating_sub(off);
                counters.skew_corrected += 1;
            }
        }
        let ahead = |recv: i64| self.end_ns > recv.saturating_add(CLOCK_TOLERANCE_NS);
        if self.recv_ns.is_some_and(ahead) {
            counters.quarantined_clock += 1;
            return false;
        }
        if matches!(self.verdict, Verdict::Void | Verdict::Missed) {
            counters.invalid_agent += 1;
            return true;
        }
        let late = |recv: i64| recv.saturating_sub(self.end_ns) > LATE_GRACE_NS;
        if self.recv_ns.is_some_and(late) {
            counters.late_dropped += 1;
            return false;
        }
        true
    }
}

impl From<&Kind> for staged::KindTag {
    fn from(kind: &Kind) -> Self {
        match kind {
            Kind::Scheduled => Self::Scheduled,
            Kind::Manual => Self::Manual,
            Kind::Other(_) => Self::Other,
        }
    }
}

/// By which copies are known: the id, else journey, region, agent and start. 128 bits of hash stand
/// for it: among 10^9 events two keys meet by chance once in 10^20 tries.
fn key(event: &Event) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        match &event.id {
            Some(id) => id.hash(&mut hasher),
            None => (&event.journey, &event.region, &event.agent, event.start_ns).hash(&mut hasher),
        }
        event.id.is_some().hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// Values that many events share, each once.
#[derive(Clone, Debug)]
struct Interned<T> {
    values: Vec<T>,
    ids: HashMap<T, usize>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            ids: HashMap::new(),
        }
    }
}

impl<T: Clone + Eq + Hash> Interned<T> {
    fn id(&mut self, value: &T) -> usize {
        if let Some(id) = self.ids.get(value) {
            return *id;
        }
        let id = self.values.len();
        self.values.push(value.clone());
        self.ids.insert(value.clone(), id);
        id
    }
}
