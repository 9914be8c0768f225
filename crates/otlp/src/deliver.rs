//! Delivery: journalled records over cursors to where an export says, at least once, in order.
//!
//! Each signal of an export has a cursor and a worker of its own, so that one that is refused keeps
//! no other back, and one request is in flight for each.
//!
//! - **Traces and logs** are cut from the journal by the hundred, or after a few seconds; the cursor
//!   moves once the endpoint has taken them.
//! - **Metrics** are a fold. Before the points of an instant are sent, the fold as it was before it
//!   was collected is stored beside the cursor, with that instant. So a killed agent collects the same
//!   points anew, byte for byte, and cumulative sums are exact whatever was acknowledged. While an
//!   endpoint is away the fold stays where it is and the backlog stays in the journal: memory does
//!   not grow, and later each interval gets its point. Only where the journal must let records go
//!   does the fold run ahead.
//!
//! Ten thousand journeys of five steps are 350,000 points an interval: 51 requests, of which at most
//! 4.7 MiB wait compressed, and 10.8 MiB beside the cursor. The fold itself is 9 KiB a journey.
//!
//! Folding, encoding and compressing take processor time in stretches of some milliseconds: whoever
//! measures gives delivery a thread of its own.

mod aside;
mod attempt;
mod connection;
mod courier;
mod feed;
mod grid;
mod kept;
mod metrics;
mod parcel;
mod runs;
mod watch;

pub use feed::{Feed, Notice, What};

use crate::{ExportConfig, Headers, Own, Resource, Signal};
use jaunt_journal::{CursorName, JournalError};
use metrics::Metrics;
use runs::Runs;
use std::{collections::BTreeSet, fmt, path::PathBuf, sync::Arc, time::Duration};
use tokio::{sync::watch::Receiver, time::Instant};

/// `None` while all goes on; once a last export is wanted, until when it may take.
pub type Drain = Receiver<Option<Instant>>;

/// The delivery of one export.
#[derive(Debug)]
pub struct Delivery {
    settings: Arc<DeliverySettings>,
    cursors: Vec<(Signal, CursorName)>,
    own: Own,
}

impl Delivery {
    /// A delivery that counts what it does in `own`, which its metrics send along.
    ///
    /// # Errors
    /// The export's name is none for a cursor.
    pub fn new(settings: DeliverySettings, own: Own) -> Result<Self, JournalError> {
        Ok(Self {
            cursors: settings.cursors()?,
            settings: Arc::new(settings),
            own,
        })
    }

    /// Delivers until a drain is done or its time is over; what was not taken stays in the journal.
    ///
    /// A drain sends what the journal holds when it begins; records that are appended later are for
    /// the next start.
    pub async fn run(self, feed: impl Feed, drain: Drain) {
        let of = |wanted: Signal| {
            let found = self.cursors.iter().find(|(signal, _)| *signal == wanted);
            found.map(|(_, cursor)| cursor.clone())
        };
        let runs = |signal: Signal| {
            let (feed, own, drain) = (feed.clone(), self.own.clone(), drain.clone());
            let settings = Arc::clone(&self.settings);
            let worker = of(signal)
                .and_then(|cursor| Runs::new(feed, own, settings, (signal, cursor), drain));
            async move {
                if let Some(worker) = worker {
                    worker.work().await;
                }
            }
        };
        let metrics = async {
            let (feed, own, drain) = (feed.clone(), self.own.clone(), drain.clone());
            let settings = Arc::clone(&self.settings);
            let Some(cursor) = of(Signal::Metrics) else {
                return;
            };
            if let Some(worker) = Metrics::new(feed, own, settings, cursor, drain).await {
                worker.work().await;
            }
        };
        let all = async { tokio::join!(metrics, runs(Signal::Traces), runs(Signal::Logs)) };
        tokio::select! {
            _ = all => {}
            () = is_over(drain.clone()) => {}
        }
    }
}

/// Ends when a drain's time is over.
async fn is_over(mut drain: Drain) {
    let end = match drain.wait_for(Option::is_some).await {
        Ok(end) => *end,
        Err(_) => None,
    };
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

/// One export: whose records go where, and in what form.
#[derive(Clone)]
pub struct DeliverySettings {
    /// Its name, of which its cursors are named: `[a-z0-9._-]`, up to 56.
    pub name: String,
    /// Where each signal goes; a signal without target is not sent. Interval, temporality,
    /// histograms, pass ratio and slots are in here too.
    pub config: ExportConfig,
    /// Whose records; `None`: everybody's, and what the agent says about itself.
    pub customers: Option<BTreeSet<String>>,
    /// Who sends.
    pub resource: Resource,
    /// Where the agent stands, whose clock is held against the endpoint's.
    pub region: String,
    /// Headers that may change meanwhile (a token in a file), asked for before each try; `None`:
    /// those of the targets.
    pub headers: Option<FreshHeaders>,
    /// The folder for data that was refused for good: `data_dir/refused`.
    pub refused: PathBuf,
    /// How fast.
    pub pace: Pace,
}

/// Gives the headers as they are now.
pub type FreshHeaders = Arc<dyn Fn() -> Headers + Send + Sync>;

/// How long delivery waits for what. The usual ones are the [`Default`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Traces and logs wait this long for more to go along.
    pub gather: Duration,
    /// Traces and logs go at once when so many records wait.
    pub records: usize,
    /// The first window of the backoff; it doubles with each try.
    pub first: Duration,
    /// The last window of the backoff.
    pub last: Duration,
    /// The pause where the endpoint is wrong.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            // Within 5 s of the run, the request itself included.
            gather: Duration::from_secs(3),
            records: 100,
            first: Duration::from_secs(1),
            last: Duration::from_secs(60),
            pause: Duration::from_secs(60),
        }
    }
}

impl DeliverySettings {
    /// The cursors of its signals; those of other exports are nobody's any more.
    ///
    /// # Errors
    /// The name is none for a cursor.
    pub fn cursors(&self) -> Result<Vec<(Signal, CursorName)>, JournalError> {
        let sent = Signal::ALL
            .into_iter()
            .filter(|signal| self.config.target(*signal).is_some());
        sent.map(|signal| Ok((signal, CursorName::new(&format!("{}.{signal}", self.name))?)))
            .collect()
    }

    /// The cursor of its fold, if metrics are sent: it must have advanced before a segment goes.
    ///
    /// # Errors
    /// The name is none for a cursor.
    pub fn folds(&self) -> Result<Option<CursorName>, JournalError> {
        let cursors = self.cursors()?.into_iter();
        Ok(cursors
            .filter(|(signal, _)| *signal == Signal::Metrics)
            .map(|(_, cursor)| cursor)
            .next())
    }

    /// Whether `customer`'s records go here.
    pub fn takes(&self, customer: &str) -> bool {
        self.customers
            .as_ref()
            .is_none_or(|customers| customers.contains(customer))
    }
}

impl fmt::Debug for DeliverySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliverySettings")
            .field("name", &self.name)
            .field("config", &self.config)
            .field("customers", &self.customers)
            .finish_non_exhaustive()
    }
}
