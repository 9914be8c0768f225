//! What may be asked of the hub: the face that API and pages stand on.
//!
//! A [`View`] is bound to whoever asks. Everything it gives back is of customers that they may
//! read, so no page can forget to look; another customer's things are as if they were not there.
//! All of it blocks while it reads: call it from a blocking thread.

mod agreed;
mod counted;
mod kept;
mod line;
mod slow;
mod written;

pub use agreed::agreed_by;
pub(crate) use counted::Elsewhere;
pub use line::line;

use crate::{
    access::Grant,
    catalog::{Catalog, Held, Watched},
    store::{AgentSeen, RunFilter, RunHead, Series, Store, StoreError},
};
use jaunt_agent::Clock;
use jaunt_agreement::Terms;
use jaunt_record::{Record, RunId};
use jaunt_slo::{Event, Ingest, Intake, Question, Report, counted::UNKNOWN, judge};
use kept::{By, Kept, Spare};
use slow::{Found, Slow};
use std::{collections::BTreeSet, ops::Range, sync::Arc, time::Duration};

const SECOND_NS: i64 = 1_000_000_000;
const DAY_S: i64 = 86_400;
/// Slow phases are held against medians of the week before (SLO.md §12).
const BEFORE_S: i64 = 8 * DAY_S;

/// The parties that agents presume: by phase, knowing no agreement.
const PRESUMED: [&str; 3] = ["resolver", "network", "service"];

/// What all views stand on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: Clock,
    pub(crate) simulated_until_ns: Option<i64>,
    /// Where figures come from, if not from the store.
    elsewhere: Option<Arc<Elsewhere>>,
    kept: Arc<Kept>,
    slow: Arc<Slow>,
}

/// What one who asks may see.
#[derive(Clone, Debug)]
pub struct View {
    desk: Desk,
    grant: Grant,
    spare: Spare,
    guard: Option<Arc<str>>,
}

impl Desk {
    /// On this store and these journeys.
    pub fn new(store: Store, catalog: Arc<Catalog>, clock: Clock) -> Self {
        Self {
            store,
            catalog,
            clock,
            simulated_until_ns: None,
            elsewhere: None,
            kept: Arc::default(),
            slow: Arc::default(),
        }
    }

    /// The same, whose pages say that what was before this instant was made up.
    pub(crate) fn simulated_until(self, ns: Option<i64>) -> Self {
        Self {
            simulated_until_ns: ns,
            ..self
        }
    }

    /// The same, whose figures come from this store of counters instead, where there is one.
    pub(crate) fn reading(self, elsewhere: Option<Elsewhere>) -> Self {
        Self {
            elsewhere: elsewhere.map(Arc::new),
            ..self
        }
    }

    /// The store, if slots and runs are read from it; what both sides wrote always is.
    fn runs(&self) -> Option<&Store> {
        self.elsewhere.is_none().then_some(&self.store)
    }

    /// What the holder of `grant` may see.
    pub fn view(&self, grant: Grant) -> View {
        View {
            desk: self.clone(),
            grant,
            spare: Spare::of_a_program(),
            guard: None,
        }
    }
}

impl Desk {
    /// Judges each journey that was not judged for `age`, one after the other; between two of them
    /// it rests for as long as one took, so that it never takes more than half a core. Ends early
    /// where `on` says so.
    pub(crate) fn refresh(&self, age: Duration, on: impl Fn() -> bool) {
        for watched in self.catalog.journeys().values() {
            let now = self.clock.now();
            if !on() {
                return;
            }
            let is_first = self.judged_last(watched).is_none();
            match self.look_after(watched, age, now.wall_ns) {
                // A hub that just started has nothing to show before: then there is no rest.
                Ok(()) if is_first => continue,
                // It is told where it happens; the next journey may be answered.
                Ok(()) | Err(StoreError::Counters(_)) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot judge: the store cannot be read");
                    return;
                }
            }
            std::thread::sleep(self.clock.now().awake.saturating_sub(now.awake));
        }
    }

    /// Judges a journey that is due, and finds where its slow runs were slow; where that is news, it
    /// is judged by it.
    fn look_after(
        &self,
        watched: &Arc<Watched>,
        age: Duration,
        now_ns: i64,
    ) -> Result<(), StoreError> {
        if self.kept.is_due(&self.by(watched), age, now_ns) {
            self.judge_now(watched, now_ns)?;
        }
        if self.place(watched, now_ns)? {
            self.judge_now(watched, now_ns)?;
        }
        Ok(())
    }

    /// What was judged last of a journey, by what it says now; `None` before it was.
    pub(crate) fn judged_last(&self, watched: &Arc<Watched>) -> Option<Arc<Vec<Report>>> {
        self.kept.last(&self.by(watched))
    }

    /// The slots of a journey as events. An agent presumes whose a failure is; that is left out,
    /// so that the agreement, which no agent knows, has its say (SLO.md §12). A party that the
    /// journey named for its step stays.
    fn events(
        &self,
        customer: &str,
        journey: &str,
        slots: Range<i64>,
        mut each: impl FnMut(Event),
    ) -> Result<(), StoreError> {
        self.store.events(customer, journey, slots, |mut event| {
            let is_presumed = |party: &String| PRESUMED.contains(&party.as_str());
            event.cause.party = event.cause.party.filter(|party| !is_presumed(party));
            each(event);
        })
    }

    /// By what a journey is judged.
    fn by(&self, watched: &Arc<Watched>) -> By {
        By {
            watched: Arc::clone(watched),
            written: self.store.book().last(&watched.subject.customer),
        }
    }

    /// Judges a journey now, and keeps what comes of it for all who ask next.
    fn judge_now(
        &self,
        watched: &Arc<Watched>,
        now_ns: i64,
    ) -> Result<Arc<Vec<Report>>, StoreError> {
        let begun = self.clock.now().awake;
        let (by, seen) = (self.by(watched), (now_ns, self.store.commits()));
        let mut slow = Found::of(&watched.subject, now_ns);
        let reports = Arc::new(self.judged(watched, now_ns, &mut slow)?);
        self.slow.wait(&watched.subject, slow);
        let took = self.clock.now().awake.saturating_sub(begun);
        self.kept.keep(by, seen, took, &reports);
        Ok(reports)
    }

    fn judged(
        &self,
        watched: &Watched,
        at_ns: i64,
        slow: &mut Found,
    ) -> Result<Vec<Report>, StoreError> {
        let subject = &self.store.book().applied(&watched.subject);
        let starts = subject.slos.iter().map(|slo| slo.window.at(at_ns).0);
        let Some(start_ns) = starts.min() else {
            return Ok(Vec::new());
        };
        // Without regions nobody can say what was planned; the agents that ran it would be a guess.
        if subject.regions.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(elsewhere) = &self.elsewhere {
            return elsewhere.judge(subject, &self.catalog.agreements(), at_ns);
        }
        let from = start_ns.div_euclid(SECOND_NS).saturating_sub(BEFORE_S);
        let to = at_ns.div_euclid(SECOND_NS).saturating_add(1);
        let mut ingest = Ingest::new(std::slice::from_ref(subject), Intake::default());
        let (customer, journey) = (&subject.customer, &subject.journey);
        let each = |event: Event| {
            slow.note(&event);
            ingest.event(&event);
        };
        self.events(customer, journey, from..to, each)?;
        let ingested = ingest.finish();
        let agreements = self.catalog.agreements();
        let known_until_ns = ingested.latest_recv_ns.unwrap_or(at_ns);
        let Some(taken) = ingested.journeys.first() else {
            return Ok(Vec::new());
        };
        let slos = subject.slos.iter().map(|slo| {
            let agreed = agreements.of((customer, journey, &slo.name), at_ns);
            let terms = Terms::of(agreed, subject);
            let question = Question {
                at_ns,
                known_until_ns,
                parties: &terms.parties,
            };
            judge(&terms.subject, slo, taken, question)
        });
        Ok(slos.collect())
    }
}

impl View {
    /// Now, Unix ns.
    pub fn now_ns(&self) -> i64 {
        self.desk.clock.now().wall_ns
    }

    /// Until when what is shown was made up, Unix ns.
    pub fn simulated_until_ns(&self) -> Option<i64> {
        self.desk.simulated_until_ns
    }

    /// What the figures' source cannot tell, in sentences; empty where each run is known.
    pub fn unknown(&self) -> &'static [&'static str] {
        match self.desk.elsewhere {
            None => &[],
            Some(_) => &UNKNOWN,
        }
    }

    /// The same for a page: what takes long to judge is shown as it was up to a minute ago, so that
    /// nobody looks at an empty window.
    #[must_use]
    pub fn at_a_glance(self) -> Self {
        Self {
            spare: Spare::of_a_person(),
            ..self
        }
    }

    /// Who looks, as the token is named; `None` where no token is asked for.
    pub fn reader(&self) -> Option<&str> {
        self.grant.name()
    }

    /// Whether what is this customer's may be seen.
    pub fn sees(&self, customer: &str) -> bool {
        self.grant.may_read(customer)
    }

    /// Customer and name of each journey that is defined, or of which slots are known, in order.
    pub fn journeys(&self) -> Vec<(String, String)> {
        let defined = self.desk.catalog.journeys();
        let known = self.desk.runs().map(Store::journeys).into_iter().flatten();
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
        let of_runs = self.desk.runs().map(Store::customers_of_runs).transpose()?;
        let of_runs = of_runs
            .into_iter()
            .flatten()
            .filter(|customer| self.sees(customer));
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

    /// The agreements that may be seen: of this customer, or of all.
    pub fn agreements(&self, customer: Option<&str>) -> Vec<Arc<Held>> {
        let all = self.desk.catalog.agreements();
        let asked = |of: &str| customer.is_none_or(|customer| customer == of) && self.sees(of);
        let seen = all.all().filter(|held| asked(&held.agreement.customer));
        seen.cloned().collect()
    }

    /// The series of a journey: regions and agents of which slots are known.
    pub fn series(&self, customer: &str, journey: &str) -> Vec<Series> {
        let store = self.desk.runs().filter(|_| self.sees(customer));
        store.map_or_else(Vec::new, |store| store.series(customer, journey))
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
        if !self.sees(customer) || self.desk.runs().is_none() {
            return Ok(());
        }
        self.desk.events(customer, journey, slots, each)
    }

    /// How many slots of a journey within `slots` (nominal times, Unix seconds) each series has by
    /// verdict, in the verdicts' order.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn counts(
        &self,
        customer: &str,
        journey: &str,
        slots: Range<i64>,
        each: impl FnMut(&Series, [u64; 5]),
    ) -> Result<(), StoreError> {
        match self.desk.runs().filter(|_| self.sees(customer)) {
            Some(store) => store.counts(customer, journey, slots, each),
            None => Ok(()),
        }
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
        match self.desk.runs().filter(|_| self.sees(customer)) {
            Some(store) => store.events_by_hand(customer, starts),
            None => Ok(Vec::new()),
        }
    }

    /// The report of each SLO of a journey; empty where it has none. They are some seconds old at
    /// most where judging is cheap, else about a minute (see `Desk::refresh`).
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn reports(&self, customer: &str, journey: &str) -> Result<Arc<Vec<Report>>, StoreError> {
        let Some(watched) = self.journey(customer, journey) else {
            return Ok(Arc::default());
        };
        let now_ns = self.now_ns();
        let seen = (now_ns, self.desk.store.commits());
        match self
            .desk
            .kept
            .now(&self.desk.by(&watched), seen, &self.spare)
        {
            Some(reports) => Ok(reports),
            None => self.desk.judge_now(&watched, now_ns),
        }
    }

    /// The same for one of many journeys: `None` where it was not judged since the hub started, and
    /// what there is to spare was spent on others. It is judged in a moment (see `Desk::refresh`).
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn reports_in_time(
        &self,
        customer: &str,
        journey: &str,
    ) -> Result<Option<Arc<Vec<Report>>>, StoreError> {
        let Some(watched) = self.journey(customer, journey) else {
            return Ok(Some(Arc::default()));
        };
        let now = self.desk.clock.now();
        let seen = (now.wall_ns, self.desk.store.commits());
        let by = self.desk.by(&watched);
        if let Some(reports) = self.desk.kept.now(&by, seen, &self.spare) {
            return Ok(Some(reports));
        }
        if !self.spare.is_left() {
            return Ok(None);
        }
        let reports = self.desk.judge_now(&watched, now.wall_ns)?;
        let took = self.desk.clock.now().awake.saturating_sub(now.awake);
        self.spare.spend(took);
        Ok(Some(reports))
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
    ) -> Result<Arc<Vec<Report>>, StoreError> {
        let Some(watched) = self.journey(customer, journey) else {
            return Ok(Arc::default());
        };
        let by = self.desk.by(&watched);
        if let Some(reports) = self.desk.kept.then(&by, at_ns, self.now_ns()) {
            return Ok(reports);
        }
        let mut slow = Found::of(&watched.subject, at_ns);
        let reports = Arc::new(self.desk.judged(&watched, at_ns, &mut slow)?);
        let kept = &self.desk.kept;
        kept.keep_then(by, at_ns, self.now_ns(), &reports);
        Ok(reports)
    }

    /// Whole runs, newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn runs(&self, filter: &RunFilter) -> Result<Vec<RunHead>, StoreError> {
        let Some(store) = self.desk.runs() else {
            return Ok(Vec::new());
        };
        if let Some(customer) = &filter.customer {
            return match self.sees(customer) {
                true => store.runs(filter),
                false => Ok(Vec::new()),
            };
        }
        let mut runs = Vec::new();
        for customer in self.customers()? {
            let filter = RunFilter {
                customer: Some(customer),
                ..filter.clone()
            };
            runs.extend(store.runs(&filter)?);
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
        let run = self.desk.runs().map(|store| store.run(id)).transpose()?;
        Ok(run.flatten().filter(|run| self.sees(&run.customer)))
    }

    /// The agents whose slots are of customers that may be seen.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn agents(&self) -> Result<Vec<AgentSeen>, StoreError> {
        match self.desk.runs() {
            Some(store) => store.agents(|customer| self.sees(customer)),
            None => Ok(Vec::new()),
        }
    }
}
