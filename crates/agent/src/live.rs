//! The agent as it lives: slots come due, runs start and end, journeys are loaded and go.
//!
//! One task owns book, gate and roster. A journey that waits for its slot costs an entry in each,
//! and no task; a run is a task from its slot to its record. Loading is done off the runtime.

mod board;
mod deliver;
mod figures;
mod follow;
mod scheduler;
mod sources;
mod tally;

use crate::{
    Clock, Depot, Gone, Log, LogError, LogSettings, Open, Opened,
    carry::Shared,
    config::{self, Around as _, Config},
    health::ListenError,
    load::Loader,
    log::Outlet,
    missed::Range,
    reference::{References, Tried},
    stand_in,
};
pub(crate) use board::Board;
use deliver::Courier;
use jaunt_journal::{Bounds, JournalError, Recovered};
use jaunt_otlp::{ConfigError, Environment, Own, Process, Resource, deliver::DeliverySettings};
use jaunt_probe::NetworkError;
use jaunt_record::Missed;
use scheduler::{Command, Scheduler};
use std::{io, net::SocketAddr, sync::Arc, thread::JoinHandle, time::Duration};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// An agent that measures.
#[derive(Debug)]
pub struct Agent {
    commands: mpsc::Sender<Command>,
    scheduler: JoinSet<Result<(), Gone>>,
    /// Those who tell the scheduler what changed; they end with the agent.
    followers: JoinSet<()>,
    courier: Courier,
    log: Log,
    journal: JoinHandle<()>,
    drain: Duration,
    stop: CancellationToken,
    health: SocketAddr,
    board: Arc<Board>,
}

/// The agent cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its journal cannot be opened.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Its resolver cannot be set up.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// An export's endpoint is none.
    #[error(transparent)]
    Endpoint(#[from] ConfigError),
    /// An export's name is none for a cursor.
    #[error("an export cannot be set up")]
    Export(#[source] JournalError),
    /// Delivery cannot be started.
    #[error("cannot start the thread that delivers")]
    Delivery(#[source] io::Error),
    /// Its own health cannot be served.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A part of it ended at once.
    #[error(transparent)]
    Gone(#[from] Gone),
}

/// The agent did not end as it should.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// A part of it had ended before.
    #[error(transparent)]
    Gone(#[from] Gone),
    /// A part of it panicked: a fault of jaunt.
    #[error("a part of the agent broke off: a fault of jaunt")]
    Broken,
}

/// How many commands wait before those who give them do.
const COMMANDS: usize = 16;

impl Agent {
    /// Starts measuring: what an earlier process left is booked, journeys are loaded, slots begin.
    ///
    /// # Errors
    /// The journal cannot be opened, or the resolver not be set up.
    pub async fn start(config: Config, instance: String, clock: Clock) -> Result<Self, StartError> {
        let config = Arc::new(config);
        let network = stand_in::network(&config)?;
        let exports = exports(&config, &instance)?;
        let Opened {
            log,
            ledger,
            recovered,
            thread,
        } = Log::open(
            &config.data_dir,
            settings(&config, &exports)?,
            clock.clone(),
            &Handle::current(),
        )?;
        tell(&recovered);
        let stop = CancellationToken::new();
        let (references, watch) = References::new(Arc::clone(&network), Tried::of(&config));
        let own = Own::new(clock.now().wall_ns);
        let shared = Arc::new(Shared {
            clock,
            log: log.clone(),
            network: Arc::clone(&network),
            instance,
            pass_ratio: pass_ratio(&config),
            references,
            stop: stop.clone(),
            board: Arc::new(Board::new()),
            own: own.clone(),
        });
        for open in ledger.open() {
            killed(open, &shared).await?;
        }
        let drain = config.drain;
        let (described, loaded) = watch::channel(None);
        let outlet = Outlet {
            log: log.clone(),
            loaded,
            clock: shared.clock.clone(),
        };
        let courier = Courier::start(exports, outlet, &own)?;
        let depot = Arc::new(Depot::open(
            &config.sources,
            &config.data_dir,
            shared.clock.now().wall_ns,
        ));
        let loader = Loader::new(
            Arc::clone(&config),
            network,
            Arc::clone(&depot),
            own.clone(),
        );
        let (commands, given) = mpsc::channel(COMMANDS);
        let mut followers = JoinSet::new();
        followers.spawn(watch.run());
        followers.spawn(follow::directories(Arc::clone(&config), commands.clone()));
        followers.spawn(follow::bundles(
            Arc::clone(&config),
            depot,
            shared.clock.clone(),
            commands.clone(),
        ));
        let health = figures::serve(&config, &shared, &mut followers).await?;
        let board = Arc::clone(&shared.board);
        let scheduler = Scheduler::new(config, shared, ledger, loader, described, own);
        let mut tasks = JoinSet::new();
        tasks.spawn(scheduler.run(given));
        Ok(Self {
            commands,
            scheduler: tasks,
            followers,
            courier,
            log,
            journal: thread,
            drain,
            stop,
            health,
            board,
        })
    }

    /// Where its own health is served.
    pub const fn health(&self) -> SocketAddr {
        self.health
    }

    /// Whether the scheduler turns: what `/livez` answers, and what systemd's watchdog is told.
    pub fn is_alive(&self) -> bool {
        self.board.is_alive()
    }

    /// The log of its records.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Looks at all sources again; comes back once what changed is in force.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn reload(&self) -> Result<(), Gone> {
        let (done, loaded) = oneshot::channel();
        self.commands
            .send(Command::Reload(Some(done)))
            .await
            .map_err(|_| Gone)?;
        loaded.await.map_err(|_| Gone)
    }

    /// Comes back when the agent ends although nobody told it to: a fault.
    pub async fn ended(&mut self) -> EndError {
        match self.scheduler.join_next().await {
            Some(Ok(Err(gone))) => gone.into(),
            Some(Ok(Ok(())) | Err(_)) | None => EndError::Broken,
        }
    }

    /// Ends: nothing new starts; runs have two thirds of `drain` to end by themselves, then are
    /// stopped (`void: shutdown`) and clean up; what was measured is on the platter when this returns.
    ///
    /// # Errors
    /// A part of it had ended before.
    pub async fn drain(mut self) -> Result<(), EndError> {
        let (done, drained) = oneshot::channel();
        self.commands
            .send(Command::Drain(done))
            .await
            .map_err(|_| Gone)?;
        let begun = Instant::now();
        let mut drained = std::pin::pin!(drained);
        let patient = tokio::time::timeout(self.drain * 2 / 3, &mut drained).await;
        if patient.is_err() {
            tracing::warn!("runs go on beyond the grace: they are stopped, and clean up");
            self.stop.cancel();
            // Clean-up is bounded by the runner: its grace, and what the step in flight takes to end.
            let _ = tokio::time::timeout(CLEAN_UP, &mut drained).await;
        }
        let _ = self.commands.send(Command::Abandon).await;
        let ended = self.scheduler.join_next().await;
        self.log.flush().await?;
        let end = (begun + self.drain).max(Instant::now() + LAST_EXPORT);
        // Health is served until here: who waits for the end sees what it waits for.
        self.courier.drain(end).await;
        self.followers.shutdown().await;
        self.log.flush().await?;
        drop(self.log);
        let journal = self.journal;
        let joined = tokio::task::spawn_blocking(|| journal.join()).await;
        match (ended, joined) {
            (Some(Ok(done)), Ok(Ok(()))) => Ok(done?),
            (Some(Err(_)) | None, _) | (_, Ok(Err(_)) | Err(_)) => Err(EndError::Broken),
        }
    }
}

/// How long clean-up may take: the runner's grace of 5 s, and a little for its end.
const CLEAN_UP: Duration = Duration::from_secs(6);

/// The least that a last export is given, however long the runs took.
const LAST_EXPORT: Duration = Duration::from_secs(2);

/// Where results go.
fn exports(config: &Config, instance: &str) -> Result<Vec<DeliverySettings>, StartError> {
    let environment: Environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let hints = ["/proc/self/cgroup", "/proc/self/mountinfo"];
    let resource = Resource::detect(
        &environment,
        &Process {
            instance: instance.to_owned(),
            host: Some(config::Process.host()).filter(|host| !host.is_empty()),
            container_hints: hints
                .into_iter()
                .filter_map(|path| std::fs::read_to_string(path).ok())
                .collect(),
        },
    );
    for warning in &resource.warnings {
        tracing::warn!(warning, "the environment");
    }
    let mut exports = Vec::new();
    for export in &config.exports {
        let place = (config.region.as_str(), config.data_dir.as_path());
        let settings = crate::export::settings(export, &environment, &resource, place)?;
        for warning in &settings.config.warnings {
            tracing::warn!(export = export.name, warning, "the environment");
        }
        exports.push(settings);
    }
    Ok(exports)
}

fn settings(config: &Config, exports: &[DeliverySettings]) -> Result<LogSettings, StartError> {
    let (mut cursors, mut folds) = (Vec::new(), Vec::new());
    for export in exports {
        let of = export.cursors().map_err(StartError::Export)?;
        cursors.extend(of.into_iter().map(|(_, cursor)| cursor));
        folds.extend(export.folds().map_err(StartError::Export)?);
    }
    Ok(LogSettings {
        cursors,
        folds,
        bounds: Bounds {
            max_size: config.journal.max_size,
            max_age: config.journal.max_age,
            ..Bounds::default()
        },
        sync: config.journal.sync,
    })
}

fn pass_ratio(config: &Config) -> f64 {
    let ratios = config.exports.iter().map(|export| export.pass_ratio);
    ratios.fold(0.0, f64::max)
}

/// Books a run that an earlier process was killed in.
async fn killed(open: &Open, shared: &Shared) -> Result<(), Gone> {
    let range = Range {
        station: open.station.clone(),
        first: open.slot,
        count: 1,
        every_s: open.every_s,
    };
    tracing::warn!(journey = %open.station, slot = open.slot.unix_s(), "a run was cut off by a kill");
    let record = range.missed(Missed::Killed, None, &shared.instance);
    let now = shared.clock.now().wall_ns;
    shared.book(now, &range.station, &record).await
}

fn tell(recovered: &Recovered) {
    if *recovered == Recovered::default() {
        return;
    }
    let Recovered {
        torn_bytes,
        damaged_bytes,
        cursors_lost,
        set_aside,
    } = recovered;
    tracing::warn!(
        torn_bytes,
        damaged_bytes,
        cursors_lost,
        set_aside,
        "the journal was not left whole"
    );
}
