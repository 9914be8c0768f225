//! The journeys that the hub judges by, followed as their files change.
//!
//! A file that is not sound keeps its last good journeys, and its trouble is told.

use jaunt_agent::follow::{Listing, listing};
use jaunt_journey::{Journey, Options, parse};
use jaunt_slo::Subject;
use jaunt_text::Severity;
use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

/// A journey's file is small; what is longer is refused by the parser as too large.
const MOST_BYTES: u64 = 16 << 20;

/// A journey, and what the arithmetic asks of it.
#[derive(Debug)]
pub struct Watched {
    /// The journey.
    pub journey: Journey,
    /// Its objectives, calendar and regions.
    pub subject: Subject,
}

/// Journeys by customer and name.
pub type Journeys = BTreeMap<(String, String), Arc<Watched>>;

/// The journeys of all sources.
#[derive(Debug)]
pub struct Catalog {
    sources: Vec<(PathBuf, Option<String>)>,
    journeys: RwLock<Arc<Journeys>>,
    seen: Mutex<Seen>,
}

/// What was read last.
#[derive(Debug, Default)]
struct Seen {
    listings: Vec<Listing>,
    /// The last good journeys of each file.
    files: BTreeMap<PathBuf, Vec<Arc<Watched>>>,
}

impl Catalog {
    /// The journeys of these folders, each with the customer they are pinned to.
    pub fn new(sources: Vec<(PathBuf, Option<String>)>) -> Self {
        let catalog = Self {
            sources,
            journeys: RwLock::default(),
            seen: Mutex::default(),
        };
        catalog.reload();
        catalog
    }

    /// All journeys, as they are now.
    pub fn journeys(&self) -> Arc<Journeys> {
        let journeys = self.journeys.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&journeys)
    }

    /// Looks again, and reads what has changed.
    pub fn reload(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let listings: Vec<_> = self.sources.iter().map(|(dir, _)| listing(dir)).collect();
        if seen.listings == listings {
            return;
        }
        let mut files = BTreeMap::new();
        for ((dir, customer), listing) in self.sources.iter().zip(&listings) {
            for left in &listing.left_out {
                let path = dir.join(&left.path);
                tracing::warn!(path = %path.display(), why = %left.fault, "not looked at");
            }
            for found in &listing.files {
                if found
                    .path
                    .extension()
                    .is_some_and(|ending| ending == "toml")
                {
                    let path = dir.join(&found.path);
                    let read = read(&found.real, customer.as_deref());
                    let good = read.or_else(|| seen.files.remove(&path));
                    files.insert(path, good.unwrap_or_default());
                }
            }
        }
        let mut journeys = Journeys::new();
        for watched in files.values().flatten() {
            let name = (
                watched.subject.customer.clone(),
                watched.subject.journey.clone(),
            );
            if journeys.insert(name, Arc::clone(watched)).is_some() {
                let journey = &watched.subject.journey;
                tracing::warn!(journey, "two files hold this journey; the last one stands");
            }
        }
        *self
            .journeys
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(journeys);
        *seen = Seen { listings, files };
    }
}

/// The journeys of a file; `None` where it is not sound.
fn read(path: &Path, customer: Option<&str>) -> Option<Vec<Arc<Watched>>> {
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
    if let Err(error) = read {
        tracing::warn!(path = %path.display(), %error, "cannot read the journey");
        return None;
    }
    let (text, broken) = jaunt_text::decode(&bytes);
    let options = Options {
        customer: customer.map(str::to_owned),
        ..Options::default()
    };
    let parsed = parse(&text, &options);
    let error = |found: &&jaunt_text::Diagnostic| found.severity == Severity::Error;
    if let Some(found) = broken.iter().chain(&parsed.diagnostics).find(error) {
        tracing::warn!(path = %path.display(), found = found.message, "the journey is not sound");
        return None;
    }
    let watched = |journey: Journey| {
        Arc::new(Watched {
            subject: journey.judged(),
            journey,
        })
    };
    Some(parsed.journeys.into_iter().map(watched).collect())
}
