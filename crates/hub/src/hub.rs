//! The hub's life: from its configuration to a drained end.

use crate::{
    access::Access,
    alert,
    catalog::Catalog,
    client::{self, ClientError},
    config::{self, Config, Keep, Process},
    ingest,
    prometheus::Counters,
    serve,
    store::{Store, StoreError},
    tls::{Secured, TlsError},
    view::{Desk, Elsewhere},
    web::{self, Site},
};
use jaunt_agent::{Clock, Depot, Poll};
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How old the reports are at most that are kept ready (SLO.md §10: alerts go by the minute).
const JUDGED: Duration = Duration::from_secs(55);
/// How often it is looked whose are older.
const ROUND: Duration = Duration::from_secs(5);
/// So long a store of counters may take to answer; it is asked for a day at a time.
const ANSWERS: Duration = Duration::from_secs(30);
/// How often the store is packed and what is too old dropped.
const MAINTAIN: Duration = Duration::from_secs(600);

/// Why a hub does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its store.
    #[error("cannot open the hub's store")]
    Store(#[from] StoreError),
    /// A port.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Its certificates.
    #[error("cannot secure the ports")]
    Tls(#[from] TlsError),
    /// The client for those whom it asks and tells.
    #[error("cannot make a client for Alertmanagers or Prometheus")]
    Client(#[from] ClientError),
}

/// A hub that receives, keeps and shows.
#[derive(Debug)]
pub struct Hub {
    /// Where it receives.
    pub ingest: SocketAddr,
    /// Where it shows.
    pub web: SocketAddr,
    store: Store,
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Hub {
    /// Starts; `file` is looked at for tokens that come and go, where the configuration is from one.
    ///
    /// # Errors
    /// The store is another's or newer, a port is taken, a certificate cannot be used.
    pub async fn start(
        config: Config,
        file: Option<PathBuf>,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let tls = config.tls.map(Secured::new).transpose()?.map(Arc::new);
        let managers = alert::Managers::new(&config.alertmanagers)?;
        let stop = CancellationToken::new();
        let elsewhere = config.prometheus.as_ref();
        let elsewhere = elsewhere
            .map(|store| elsewhere_at(store, &stop))
            .transpose()?;
        let counts = elsewhere.is_some();
        let store = Store::open(&config.data_dir)?;
        let (receiving, showing) = (listen(config.ingest).await?, listen(config.web).await?);
        let local = |listener: &TcpListener, address| listener.local_addr().unwrap_or(address);
        let access = Arc::new(Access::new(config.tokens));
        let now_ns = clock.now().wall_ns;
        let depot = Arc::new(Depot::open(&config.sources, &config.data_dir, now_ns));
        let polls = (0..).zip(&config.sources);
        let polls = polls.filter_map(|(number, it)| Poll::of(number, it, &depot, &clock));
        let polls: Vec<_> = polls.collect();
        let catalog = Arc::new(Catalog::new(config.sources, depot));
        let desk = Desk::new(store.clone(), Arc::clone(&catalog), clock.clone())
            .simulated_until(config.simulated_until_ns)
            .reading(elsewhere);
        let site = Site {
            desk: desk.clone(),
            access: Arc::clone(&access),
            url: config.url.into(),
        };
        let url = Arc::clone(&site.url);
        let mut tasks = JoinSet::new();
        let hub = (
            local(&receiving, config.ingest),
            local(&showing, config.web),
        );
        let routes = match counts {
            true => ingest::closed(),
            false => ingest::receiver(store.clone(), clock.clone(), Arc::clone(&access)),
        };
        tasks.spawn(serve::serve(receiving, tls.clone(), routes, stop.clone()));
        tasks.spawn(serve::serve(
            showing,
            tls.clone(),
            web::router(site),
            stop.clone(),
        ));
        for poll in polls {
            tasks.spawn(follow(poll, Arc::clone(&catalog), stop.clone()));
        }
        let keeper = Keeper {
            store: store.clone(),
            keep: config.keep,
            clock,
            catalog,
            access,
            tls,
            file,
        };
        tasks.spawn(keeper.run(stop.clone()));
        tasks.spawn(keep_judged(desk.clone(), stop.clone()));
        managers.start(&mut tasks, (desk, url), &stop);
        Ok(Self {
            ingest: hub.0,
            web: hub.1,
            store,
            tasks,
            stop,
        })
    }

    /// What it keeps.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Takes nothing new, lets what goes on end within its grace, and closes the store.
    pub async fn drain(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        // The last one to go waits for the writer, which packs what is left.
        let store = self.store;
        let _ = tokio::task::spawn_blocking(move || drop(store)).await;
    }
}

/// Asks for a bundle until `stop`; what is new takes effect at once.
async fn follow(mut poll: Poll, catalog: Arc<Catalog>, stop: CancellationToken) {
    while stop.run_until_cancelled(poll.changed()).await.is_some() {
        let catalog = Arc::clone(&catalog);
        let _ = tokio::task::spawn_blocking(move || catalog.reload()).await;
    }
}

/// The store of counters that is read instead of the embedded one, asked until `stop`.
fn elsewhere_at(
    store: &config::Prometheus,
    stop: &CancellationToken,
) -> Result<Elsewhere, ClientError> {
    let client = client::asking(ANSWERS)?;
    let counters = Counters::new(&store.url, store.names, client);
    Ok(Elsewhere::new(counters, stop.clone()))
}

/// Keeps reports ready, off the threads that serve.
async fn keep_judged(desk: Desk, stop: CancellationToken) {
    loop {
        let (desk, stopped) = (desk.clone(), stop.clone());
        let judging = move || desk.refresh(JUDGED, || !stopped.is_cancelled());
        let _ = tokio::task::spawn_blocking(judging).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| StartError::Listen { address, source })
}

/// Looks after store, journeys, tokens and certificates.
struct Keeper {
    store: Store,
    keep: Keep,
    clock: Clock,
    catalog: Arc<Catalog>,
    access: Arc<Access>,
    tls: Option<Arc<Secured>>,
    file: Option<PathBuf>,
}

impl Keeper {
    async fn run(self, stop: CancellationToken) {
        let mut last: Option<String> = None;
        let mut maintained = Instant::now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let (catalog, tls) = (Arc::clone(&self.catalog), self.tls.clone());
            let look = move || {
                catalog.reload();
                tls.iter().for_each(|secured| secured.reload());
            };
            let _ = tokio::task::spawn_blocking(look).await;
            self.tokens(&mut last).await;
            if maintained.elapsed() >= MAINTAIN {
                maintained = Instant::now();
                self.maintain().await;
            }
        }
    }

    async fn maintain(&self) {
        let now_s = self.clock.now().wall_ns.div_euclid(1_000_000_000);
        match self.store.maintain(self.keep, now_s).await {
            Ok(dropped) => tracing::info!(
                runs = dropped.runs_aged + dropped.runs_for_room,
                days = dropped.days_aged + dropped.days_for_room,
                for_room = dropped.runs_for_room + dropped.days_for_room,
                damaged = self.store.damaged(),
                "packed, and dropped what is not kept"
            ),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "cannot pack the store");
            }
        }
    }

    /// Tokens of the file, where it changed and is sound; else those that held go on.
    async fn tokens(&self, last: &mut Option<String>) {
        let Some(file) = &self.file else { return };
        let Ok(text) = tokio::fs::read_to_string(file).await else {
            return;
        };
        if last.as_ref() == Some(&text) {
            return;
        }
        let folder = config::folder_of(file).unwrap_or_default();
        match config::parse(&text, &folder, &Process).config {
            Some(config) => {
                if last.is_some() {
                    tracing::info!(
                        tokens = config.tokens.len(),
                        "the file has changed; its tokens hold now"
                    );
                }
                self.access.replace(config.tokens);
            }
            None => tracing::warn!("the file is not sound; the tokens that held go on"),
        }
        *last = Some(text);
    }
}
