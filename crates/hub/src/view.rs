//! What may be asked of the hub: the face that API and pages stand on.
//!
//! A [`View`] is bound to whoever asks. Everything it gives back is of customers that they may
//! read, so no page can forget to look; another customer's things are as if they were not there.
//! All of it blocks while it reads: call it from a blocking thread.

mod line;

pub use line::line;

use crate::{
    access::Grant,
    catalog::{Catalog, Watched},
    store::{AgentSeen, RunFilter, RunHead, Series, Store, StoreError},
};
use jaunt_agent::Clock;
use jaunt_record::{Record, RunId};
use jaunt_slo::{Event, Ingest, Intake, Parties, Question, Report, judge};
use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const SECOND_NS: i64 = 1_000_000_000;
const DAY_S: i64 = 86_400;
/// Reports are judged anew when the last are older than this.
const FRESH: Duration = Duration::from_secs(10);
/// Slow phases are held against medians of the week before (SLO.md §12).
const BEFORE_S: i64 = 8 * DAY_S;
/// Reports that are kept; beyond it all are judged anew.
const MOST_KEPT: usize = 10_000;

type Kept = HashMap<(String, String), (i64, Arc<Vec<Report>>)>;

/// What all views stand on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: Clock,
    kept: Arc<Mutex<Kept>>,
}

/// What one who asks may see.
#[derive(Clone, Debug)]
pub struct View {
    desk: Desk,
    grant: Grant,
}

impl Desk {
    /// On this store and these journeys.
    pub fn new(store: Store, catalog: Arc<Catalog>, clock: Clock) -> Self {
        Self {
            store,
            catalog,
            clock,
            kept: Arc::default(),
        }
    }

    /// What the holder of `grant` may see.
    pub fn view(&self, grant: Grant) -> View {
        View {
            desk: self.clone(),
            grant,
        }
    }
}

impl View {
    /// Now, Unix ns.
    pub fn now_ns(&self) -> i64 {
        self.desk.clock.now().wall_ns
    }

    /// Whether what is this customer's may be seen.
    pub fn sees(&self, customer: &str) -> bool {
        self.grant.may_read(customer)
    }

    /// Customer and name of each journey that is defined, or of which slots are known, in order.
    pub fn journeys(&self) -> Vec<(String, String)> {
        let defined = self.desk.catalog.journeys();
        let known = self.desk.store.journeys().into_iter();
        let all: BTreeSet<_> = defined.keys().cloned().chain(known).collect();
        all.into_iter()
            .filter(|(customer, _)| self.sees(customer))
            .collect()
    }

    /// The customers of [`View::journeys`], and those of whom only whole runs are known, in order.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn customers(&self) -> Result<Vec<String>, StoreError> {
        let of_runs = self.desk.store.customers_of_runs()?;
        let of_runs = of_runs.into_iter().filter(|customer| self.sees(customer));
        let of_journeys = self.journeys().into_iter().map(|(customer, _)| customer);
        let all: BTreeSet<_> = of_runs.chain(of_journeys).collect();
        Ok(all.into_iter().collect())
    }

    /// A journey's definition and objectives, where a source holds it.
    pub fn journey(&self, customer: &str, journey: &str) -> Option<Arc<Watched>> {
        if !self.sees(customer) {
            return None;
        }
        let name = (customer.to_owned(), journey.to_owned());
        self.desk.catalog.journeys().get(&name).cloned()
    }

    /// The series of a journey: regions and agents of which slots are known.
    pub fn series(&self, customer: &str, journey: &str) -> Vec<Series> {
        if !self.sees(customer) {
            return Vec::new();
        }
        self.desk.store.series(customer, journey)
    }

    /// The slots of a journey within `slots` (nominal times, Unix seconds), series by series in the
    /// order of time, as events of `crates/slo`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn events(
        &self,
        customer: &str,
        journey: &str,
        slots: Range<i64>,
        each: impl FnMut(Event),
    ) -> Result<(), StoreError> {
        if !self.sees(customer) {
            return Ok(());
        }
        self.desk.store.events(customer, journey, slots, each)
    }

    /// Runs by hand of a customer that started in `starts` (Unix ns), as events.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn events_by_hand(
        &self,
        customer: &str,
        starts: Range<i64>,
    ) -> Result<Vec<Event>, StoreError> {
        if !self.sees(customer) {
            return Ok(Vec::new());
        }
        self.desk.store.events_by_hand(customer, starts)
    }

    /// The report of each SLO of a journey, at most some seconds old; empty where it has none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn reports(&self, customer: &str, journey: &str) -> Result<Arc<Vec<Report>>, StoreError> {
        let Some(watched) = self.journey(customer, journey) else {
            return Ok(Arc::default());
        };
        let now = self.now_ns();
        let name = (customer.to_owned(), journey.to_owned());
        let fresh = i64::try_from(FRESH.as_nanos()).unwrap_or(0);
        {
            let kept = self
                .desk
                .kept
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some((at, reports)) = kept.get(&name)
                && now.abs_diff(*at) < fresh.unsigned_abs()
            {
                return Ok(Arc::clone(reports));
            }
        }
        let reports = Arc::new(self.judged(&watched, now)?);
        let mut kept = self
            .desk
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(name, (now, Arc::clone(&reports)));
        Ok(reports)
    }

    /// The report of each SLO of a journey, judged at `at_ns` by all that is known.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn reports_at(
        &self,
        customer: &str,
        journey: &str,
        at_ns: i64,
    ) -> Result<Vec<Report>, StoreError> {
        match self.journey(customer, journey) {
            Some(watched) => self.judged(&watched, at_ns),
            None => Ok(Vec::new()),
        }
    }

    fn judged(&self, watched: &Watched, at_ns: i64) -> Result<Vec<Report>, StoreError> {
        let subject = &watched.subject;
        let starts = subject.slos.iter().map(|slo| slo.window.at(at_ns).0);
        let Some(start_ns) = starts.min() else {
            return Ok(Vec::new());
        };
        // Without regions nobody can say what was planned; the agents that ran it would be a guess.
        if subject.regions.is_empty() {
            return Ok(Vec::new());
        }
        let from = start_ns.div_euclid(SECOND_NS).saturating_sub(BEFORE_S);
        let to = at_ns.div_euclid(SECOND_NS).saturating_add(1);
        let mut ingest = Ingest::new(std::slice::from_ref(subject), Intake::default());
        let (customer, journey) = (&subject.customer, &subject.journey);
        let each = |event: Event| ingest.event(&event);
        self.desk.store.events(customer, journey, from..to, each)?;
        let ingested = ingest.finish();
        let parties = Parties::default();
        let question = Question {
            at_ns,
            known_until_ns: ingested.latest_recv_ns.unwrap_or(at_ns),
            parties: &parties,
        };
        let taken = ingested.journeys.first();
        let slos = taken.into_iter().flat_map(|taken| {
            let slos = subject.slos.iter();
            slos.map(move |slo| judge(subject, slo, taken, question))
        });
        Ok(slos.collect())
    }

    /// Whole runs, newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn runs(&self, filter: &RunFilter) -> Result<Vec<RunHead>, StoreError> {
        if let Some(customer) = &filter.customer {
            return match self.sees(customer) {
                true => self.desk.store.runs(filter),
                false => Ok(Vec::new()),
            };
        }
        let mut runs = Vec::new();
        for customer in self.customers()? {
            let filter = RunFilter {
                customer: Some(customer),
                ..filter.clone()
            };
            runs.extend(self.desk.store.runs(&filter)?);
        }
        runs.sort_by_key(|head| std::cmp::Reverse(head.record.start_ns));
        runs.truncate(filter.limit);
        Ok(runs)
    }

    /// The run of this id.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn run(&self, id: RunId) -> Result<Option<Record>, StoreError> {
        let run = self.desk.store.run(id)?;
        Ok(run.filter(|run| self.sees(&run.customer)))
    }

    /// The agents whose slots are of customers that may be seen.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn agents(&self) -> Result<Vec<AgentSeen>, StoreError> {
        self.desk.store.agents(|customer| self.sees(customer))
    }
}
