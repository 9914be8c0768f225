//! A journal in a folder of its own, and the deliveries that read it.

use jaunt_journal::{Batch, Bounds, Checkpoint, CursorName, Journal, JournalError, Sync};
use jaunt_otlp::{
    Described, Environment, ExportConfig, Own, Process, Reading, Resource, Signal,
    deliver::{Delivery, DeliverySettings, Feed, Notice, Pace, What},
};
use jaunt_record::{
    Definition, Failure, FailureKind, FailurePhase, Kind, Party, Record, RunId, Verdict,
};
use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinSet, time::Instant};

pub(crate) const S: i64 = 1_000_000_000;
/// When tests begin: a round minute.
pub(crate) const T0: i64 = 1_764_000_000 * S;

/// A journal behind a lock, as an owner would answer for it, with a clock that is set by hand.
#[derive(Clone)]
pub(crate) struct Ours {
    journal: Arc<Mutex<Journal>>,
    newest: watch::Sender<u64>,
    going: watch::Sender<u64>,
    pub(crate) loaded: watch::Sender<Option<Arc<[Described]>>>,
    now_ns: Arc<AtomicI64>,
    read_to: Arc<AtomicU64>,
    notices: Arc<Mutex<Vec<Notice>>>,
}

impl Feed for Ours {
    async fn read(&self, from: u64, records: usize, bytes: usize) -> Result<Batch, JournalError> {
        let batch = self.journal.lock().unwrap().read(from, records, bytes)?;
        self.read_to.fetch_max(batch.next, Ordering::SeqCst);
        Ok(batch)
    }

    async fn checkpoint(&self, cursor: &CursorName) -> Checkpoint {
        self.journal.lock().unwrap().cursor(cursor).clone()
    }

    async fn advance(
        &self,
        cursor: &CursorName,
        passed: Batch,
        kept: Vec<u8>,
    ) -> Result<(), JournalError> {
        self.journal.lock().unwrap().advance(cursor, &passed, kept)
    }

    async fn dropped(&self) -> Vec<(CursorName, &'static str, u64)> {
        let journal = self.journal.lock().unwrap();
        let dropped = journal.dropped();
        dropped
            .map(|(cursor, reason, records)| (cursor.clone(), reason, records))
            .collect()
    }

    fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn going(&self) -> watch::Receiver<u64> {
        self.going.subscribe()
    }

    fn loaded(&self) -> watch::Receiver<Option<Arc<[Described]>>> {
        self.loaded.subscribe()
    }

    fn now_ns(&self) -> i64 {
        self.now_ns.load(Ordering::SeqCst)
    }

    fn tell(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice);
    }
}

impl Ours {
    fn open(folder: &Path, bounds: Bounds, now_ns: Arc<AtomicI64>) -> Self {
        let (journal, _) = Journal::open(folder, bounds, Sync::Batched).unwrap();
        Self {
            newest: watch::Sender::new(journal.next()),
            journal: Arc::new(Mutex::new(journal)),
            going: watch::Sender::new(0),
            loaded: watch::Sender::new(None),
            now_ns,
            read_to: Arc::default(),
            notices: Arc::default(),
        }
    }

    pub(crate) fn append(&self, record: &Record) {
        let mut journal = self.journal.lock().unwrap();
        journal.append(record.end_ns, &jaunt_record::wire::encode(record));
        self.newest.send_replace(journal.next());
    }

    pub(crate) fn append_bytes(&self, payload: &[u8]) {
        let mut journal = self.journal.lock().unwrap();
        journal.append(self.now_ns(), payload);
        self.newest.send_replace(journal.next());
    }

    pub(crate) fn set_clock(&self, now_ns: i64) {
        self.now_ns.store(now_ns, Ordering::SeqCst);
    }

    /// Behind the last record that was read by anyone.
    pub(crate) fn greatest_read(&self) -> u64 {
        self.read_to.load(Ordering::SeqCst)
    }

    pub(crate) fn told(&self) -> Vec<What> {
        let notices = self.notices.lock().unwrap();
        notices.iter().map(|notice| notice.what.clone()).collect()
    }

    pub(crate) fn next_of(&self, cursor: &str) -> u64 {
        let cursor = CursorName::new(cursor).unwrap();
        self.journal.lock().unwrap().cursor(&cursor).next
    }

    /// Waits until a cursor stands behind all records; within 20 s.
    pub(crate) async fn until_done(&self, cursor: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.next_of(cursor) < self.journal.lock().unwrap().next() {
            assert!(Instant::now() < end, "`{cursor}` is not done within 20 s");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// As the owner does: tells what goes, waits for the fold, lets it go.
    pub(crate) async fn enforce(&self, fold: &str) {
        let going = self.journal.lock().unwrap().going(self.now_ns());
        let Some(going) = going else { return };
        self.going.send_replace(going);
        let end = Instant::now() + Duration::from_secs(20);
        while self.next_of(fold) < going {
            assert!(
                Instant::now() < end,
                "the fold did not follow within 20 s: {} of {going}, told {:?}",
                self.next_of(fold),
                self.told()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.journal.lock().unwrap().enforce(self.now_ns()).unwrap();
    }

    pub(crate) fn dropped_by(&self, cursor: &str) -> u64 {
        let journal = self.journal.lock().unwrap();
        let dropped = journal
            .dropped()
            .filter(|(name, _, _)| name.as_str() == cursor);
        dropped.map(|(_, _, records)| records).sum()
    }
}

/// A data directory over several lives of an agent.
pub(crate) struct Place {
    dir: TempDir,
    pub(crate) bounds: Bounds,
    now_ns: Arc<AtomicI64>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            dir: TempDir::new().unwrap(),
            bounds: Bounds::default(),
            now_ns: Arc::new(AtomicI64::new(T0)),
        }
    }

    /// A life of the agent, without any delivery yet.
    pub(crate) fn live(&self) -> Ours {
        Ours::open(
            &self.dir.path().join("journal"),
            self.bounds,
            Arc::clone(&self.now_ns),
        )
    }

    pub(crate) fn refused(&self) -> std::path::PathBuf {
        self.dir.path().join("refused")
    }

    /// Settings for the endpoint, quick, with only these signals.
    pub(crate) fn settings(&self, endpoint: &str, signals: &[Signal]) -> DeliverySettings {
        self.settings_with(
            endpoint,
            signals,
            &[("OTEL_EXPORTER_OTLP_COMPRESSION", "none")],
        )
    }

    pub(crate) fn settings_with(
        &self,
        endpoint: &str,
        signals: &[Signal],
        environment: &[(&str, &str)],
    ) -> DeliverySettings {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Environment = environment.iter().map(pair).collect();
        let mut config = ExportConfig::from_environment(Some(endpoint), &environment).unwrap();
        let keep = |signal| signals.contains(&signal);
        config.metrics = config.metrics.filter(|_| keep(Signal::Metrics));
        config.traces = config.traces.filter(|_| keep(Signal::Traces));
        config.logs = config.logs.filter(|_| keep(Signal::Logs));
        DeliverySettings {
            name: "backend".into(),
            config,
            customers: None,
            resource: Resource::detect(&environment, &Process::default()),
            region: "fra".into(),
            headers: None,
            refused: self.refused(),
            pace: Pace {
                gather: Duration::from_millis(20),
                records: 100,
                first: Duration::from_millis(10),
                last: Duration::from_millis(40),
                pause: Duration::from_millis(200),
            },
        }
    }
}

/// A delivery under way; dropping it is a kill.
pub(crate) struct Running {
    drain: watch::Sender<Option<Instant>>,
    pub(crate) own: Own,
    tasks: JoinSet<()>,
}

impl Running {
    pub(crate) async fn start(feed: &Ours, settings: DeliverySettings) -> Self {
        let own = Own::new(feed.now_ns());
        let (drain, draining) = watch::channel(None);
        let delivery = Delivery::new(settings, own.clone()).unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(delivery.run(feed.clone(), draining));
        // It begins by counting from zero.
        while own.figures().is_empty() {
            tokio::task::yield_now().await;
        }
        Self { drain, own, tasks }
    }

    /// Drains within `grace`, and gives back how long that took.
    pub(crate) async fn drain(mut self, grace: Duration) -> Duration {
        let began = Instant::now();
        self.drain.send_replace(Some(began + grace));
        self.tasks.join_next().await.unwrap().unwrap();
        began.elapsed()
    }

    /// Kills it: what it had not written is lost.
    pub(crate) async fn kill(mut self) {
        self.tasks.shutdown().await;
    }

    /// Whether any figure has this attribute value.
    pub(crate) fn has(&self, value: &str) -> bool {
        let figures = self.own.figures();
        let mut labels = figures.iter().flat_map(|figure| &figure.labels);
        labels.any(|(_, label)| label == value)
    }

    /// The sum of a figure over all series that have this attribute value; empty for all.
    pub(crate) fn figure(&self, name: &str, value: &str) -> f64 {
        let figures = self.own.figures().into_iter();
        let of = figures.filter(|figure| figure.metric.name == name);
        of.filter(|it| value.is_empty() || it.labels.iter().any(|(_, label)| label == value))
            .map(|figure| match figure.value {
                Reading::Number(number) => number.as_f64(),
                Reading::Durations(_) => 0.0,
            })
            .sum()
    }
}

/// The run number `n`, which ended at `end_ns`.
pub(crate) fn run(n: u64, verdict: Verdict, end_ns: i64) -> Record {
    let failure = Failure {
        step: "pay".into(),
        phase: FailurePhase::Wait,
        kind: FailureKind::TimeoutWait,
        party: Party::new("service"),
        message: format!("no answer to {n}"),
        excerpt: None,
    };
    let mut id = [7; 16];
    id[8..].copy_from_slice(&n.to_be_bytes());
    Record {
        id: RunId::from_bytes(id),
        customer: "acme".into(),
        journey: "checkout".into(),
        region: "fra".into(),
        agent: "fra-1".into(),
        kind: Kind::Scheduled,
        slot: Some(end_ns / S),
        count: 1,
        every_s: 60,
        definition: Definition::default(),
        start_ns: end_ns - S / 2,
        end_ns,
        duration: Duration::from_millis(500),
        lateness: Duration::ZERO,
        lag: Duration::ZERO,
        verdict,
        failure: (verdict == Verdict::Fail).then_some(failure),
        void: None,
        missed: None,
        warnings: Vec::new(),
        steps: Vec::new(),
        slos: Vec::new(),
    }
}

pub(crate) fn checkout() -> Option<Arc<[Described]>> {
    Some(Arc::from([Described {
        customer: "acme".into(),
        journey: "checkout".into(),
        region: "fra".into(),
        ..Described::default()
    }]))
}
