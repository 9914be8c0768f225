//! The task that owns book, gate and roster.

use crate::{
    Book, Desk, Entry, Gone, JourneyNumber, Jump, Ledger, Note, Slot, Station,
    carry::{Shared, Start, carry},
    config::Config,
    load::{Loader, Set, Trouble},
    missed::Range,
    roster::Roster,
};
use jaunt_otlp::{
    Described, Number, Own,
    names::{attribute, metric},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{Id, JoinError, JoinSet},
};

/// What the scheduler is told.
#[derive(Debug)]
pub(super) enum Command {
    /// Look at all sources again.
    Reload(Option<oneshot::Sender<()>>),
    /// Start nothing new; say when all runs have ended.
    Drain(oneshot::Sender<()>),
    /// End, whatever goes on.
    Abandon,
}

/// The owner of book, gate and roster.
pub(super) struct Scheduler {
    pub(super) config: Arc<Config>,
    pub(super) shared: Arc<Shared>,
    pub(super) desk: Desk,
    pub(super) roster: Roster,
    /// Where journeys stood that have not been loaded yet, or were removed.
    pub(super) ledger: Ledger,
    /// At home, or away scanning.
    pub(super) loader: Option<Loader>,
    pub(super) scans: JoinSet<(Loader, Set, Vec<Trouble>)>,
    /// Who waits for the scan that goes on, and for the next one.
    pub(super) told: Vec<oneshot::Sender<()>>,
    pub(super) again: Option<Vec<oneshot::Sender<()>>>,
    /// What delivery is told of the journeys that are loaded.
    pub(super) described: watch::Sender<Option<Arc<[Described]>>>,
    /// Figures about the agent itself.
    pub(super) own: Own,
    /// Whose journeys are loaded.
    pub(super) customers: BTreeSet<String>,
    runs: JoinSet<Result<(), Gone>>,
    running: HashMap<Id, Running>,
    entries: Vec<Entry>,
    drained: Option<oneshot::Sender<()>>,
}

/// A run that goes on.
struct Running {
    number: JourneyNumber,
    station: Station,
    slot: Slot,
    every_s: u32,
}

/// The clocks are looked at as often, so that a step of one is seen.
const BEAT: Duration = Duration::from_secs(1);

impl Scheduler {
    pub(super) fn new(
        config: Arc<Config>,
        shared: Arc<Shared>,
        ledger: Ledger,
        loader: Loader,
        described: watch::Sender<Option<Arc<[Described]>>>,
        own: Own,
    ) -> Self {
        let now = shared.clock.now();
        Self {
            desk: Desk::new(config.tolerance, config.limits.runs, now),
            config,
            shared,
            roster: Roster::default(),
            ledger,
            loader: Some(loader),
            scans: JoinSet::new(),
            told: Vec::new(),
            again: None,
            described,
            own,
            customers: BTreeSet::new(),
            runs: JoinSet::new(),
            running: HashMap::new(),
            entries: Vec::new(),
            drained: None,
        }
    }

    /// Goes on until it is told to end, or has drained.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) -> Result<(), Gone> {
        self.scan(None);
        loop {
            let wake = self.until_next();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Reload(done)) => self.scan(done),
                    Some(Command::Drain(done)) => self.drain(done),
                    Some(Command::Abandon) | None => return self.abandon().await,
                },
                Some(ended) = self.runs.join_next_with_id() => self.ended(ended).await?,
                Some(Ok(scanned)) = self.scans.join_next() => self.scanned(scanned).await?,
                () = tokio::time::sleep(wake) => {}
            }
            self.turn().await?;
        }
    }

    /// How long until something is due, at most a beat.
    fn until_next(&self) -> Duration {
        let Some(next) = self.desk.next_ns() else {
            return BEAT;
        };
        let left = next.saturating_sub(self.shared.clock.now().wall_ns);
        Duration::from_nanos(u64::try_from(left).unwrap_or(0)).min(BEAT)
    }

    async fn turn(&mut self) -> Result<(), Gone> {
        let now = self.shared.clock.now();
        let mut entries = std::mem::take(&mut self.entries);
        let jump = self.desk.turn(now, &mut entries);
        if jump != Jump::None {
            tracing::warn!(?jump, "the wall clock moved against the others");
        }
        self.entries = entries;
        self.settle().await?;
        if Book::plans_anew(jump) {
            self.planned_anew().await?;
        }
        self.own.set(
            &metric::RUN_ACTIVE,
            &[(attribute::REGION, &self.config.region)],
            Number::Whole(i64::try_from(self.runs.len()).unwrap_or(i64::MAX)),
        );
        self.shared.board.turned(self.runs.len());
        if self.runs.is_empty()
            && let Some(drained) = self.drained.take()
        {
            // Whoever told us to drain may have lost patience.
            let _ = drained.send(());
        }
        Ok(())
    }

    /// Carries out what the desk said.
    pub(super) async fn settle(&mut self) -> Result<(), Gone> {
        let mut entries = std::mem::take(&mut self.entries);
        for entry in entries.drain(..) {
            self.entry(entry).await?;
        }
        self.entries = entries;
        Ok(())
    }

    /// What the desk says, to be pushed to.
    pub(super) fn desk(&mut self) -> (&mut Desk, &mut Vec<Entry>) {
        (&mut self.desk, &mut self.entries)
    }

    async fn entry(&mut self, entry: Entry) -> Result<(), Gone> {
        match entry {
            Entry::Due {
                journey,
                slot,
                due_ns,
            } => self.start(journey, slot, due_ns).await,
            Entry::Missed {
                journey,
                first,
                count,
                every_s,
                cause,
            } => {
                let Some(loaded) = self.roster.by_number(journey) else {
                    return Ok(());
                };
                let range = Range {
                    station: loaded.station.clone(),
                    first,
                    count,
                    every_s,
                };
                let (station, slot) = (&range.station, first.unix_s());
                tracing::info!(journey = %station, slot, count, cause = cause.as_str(), "missed");
                let record = range.missed(cause, Some(loaded), &self.shared.instance);
                self.shared
                    .book(self.shared.clock.now().wall_ns, &range.station, &record)
                    .await
            }
        }
    }

    async fn start(&mut self, number: JourneyNumber, slot: Slot, due_ns: i64) -> Result<(), Gone> {
        let Some(loaded) = self.roster.by_number(number).cloned() else {
            self.desk.ended(number);
            return Ok(());
        };
        let (station, every_s) = (loaded.station.clone(), loaded.schedule.every_s());
        let note = Note::Begun {
            station: station.clone(),
            every_s,
            slot,
        };
        self.shared.log.note(note).await?;
        self.roster.began(number);
        let start = Start {
            loaded,
            slot,
            due_ns,
        };
        let task = self.runs.spawn(carry(start, Arc::clone(&self.shared)));
        let running = Running {
            number,
            station,
            slot,
            every_s,
        };
        self.running.insert(task.id(), running);
        Ok(())
    }

    async fn ended(
        &mut self,
        ended: Result<(Id, Result<(), Gone>), JoinError>,
    ) -> Result<(), Gone> {
        let (id, broken) = match &ended {
            Ok((id, done)) => {
                (*done)?;
                (*id, false)
            }
            Err(error) => (error.id(), true),
        };
        let Some(running) = self.running.remove(&id) else {
            return Ok(());
        };
        if broken {
            tracing::error!(journey = %running.station, slot = running.slot.unix_s(), "a run broke off: a fault of jaunt");
            let loaded = self.roster.by_number(running.number);
            let record = running.range().broken(loaded, &self.shared.instance);
            self.shared
                .book(self.shared.clock.now().wall_ns, &running.station, &record)
                .await?;
        }
        self.desk.ended(running.number);
        self.roster.ended(running.number, &running.station);
        Ok(())
    }

    fn drain(&mut self, done: oneshot::Sender<()>) {
        tracing::info!(runs = self.runs.len(), "draining");
        self.desk.drain(&mut self.entries);
        self.drained = Some(done);
        self.shared.board.draining();
    }

    /// What still goes on is cut off, and booked so.
    async fn abandon(mut self) -> Result<(), Gone> {
        self.turn().await?;
        self.runs.abort_all();
        while let Some(ended) = self.runs.join_next_with_id().await {
            // One that has ended by itself meanwhile has its record.
            if let Ok((id, _)) = ended {
                self.running.remove(&id);
            }
        }
        for running in self.running.values() {
            let loaded = self.roster.by_number(running.number);
            let range = running.range();
            let record = range.missed(jaunt_record::Missed::Killed, loaded, &self.shared.instance);
            self.shared
                .book(self.shared.clock.now().wall_ns, &running.station, &record)
                .await?;
        }
        Ok(())
    }
}

impl Running {
    fn range(&self) -> Range {
        Range {
            station: self.station.clone(),
            first: self.slot,
            count: 1,
            every_s: self.every_s,
        }
    }
}
