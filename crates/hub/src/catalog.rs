//! The journeys and agreements that the hub judges by, followed as their files change.
//!
//! A file that is not sound keeps what it said last, and its trouble is told.

use jaunt_agent::{
    Depot,
    config::{Origin, Source},
    follow::{Listing, listing},
    load::Trouble,
};
use jaunt_agreement::{Agreement, governing, is_agreement};
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

/// An agreement as its file says it.
#[derive(Debug)]
pub struct Held {
    /// What it says.
    pub agreement: Agreement,
    /// The text, which the signatures are over.
    pub text: String,
}

/// What both sides agreed, as far as the sources hold it.
#[derive(Debug, Default)]
pub struct Agreements(Vec<Arc<Held>>);

impl Agreements {
    /// The agreement on an SLO at an instant, Unix ns.
    pub fn of(&self, slo: (&str, &str, &str), at_ns: i64) -> Option<&Agreement> {
        governing(self.0.iter().map(|held| &held.agreement), slo, at_ns)
    }

    /// All of them, in the order of their files.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Held>> {
        self.0.iter()
    }
}

/// The journeys of all sources.
#[derive(Debug)]
pub struct Catalog {
    sources: Vec<Source>,
    /// Where accepted bundles come from.
    depot: Arc<Depot>,
    journeys: RwLock<Arc<Journeys>>,
    agreements: RwLock<Arc<Agreements>>,
    seen: Mutex<Seen>,
}

/// What was read last.
#[derive(Debug, Default)]
struct Seen {
    listings: Vec<Option<Listing>>,
    /// What is wrong with bundles, as it was told.
    troubles: Vec<Trouble>,
    /// What each file said when it was sound last.
    files: BTreeMap<PathBuf, Said>,
}

/// What a file says.
#[derive(Debug)]
enum Said {
    Journeys(Vec<Arc<Watched>>),
    Agreement(Arc<Held>),
}

impl Catalog {
    /// The journeys of these folders, and of those of these bundles that lie in the depot.
    pub fn new(sources: Vec<Source>, depot: Arc<Depot>) -> Self {
        let catalog = Self {
            sources,
            depot,
            journeys: RwLock::default(),
            agreements: RwLock::default(),
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

    /// All agreements, as they are now.
    pub fn agreements(&self) -> Arc<Agreements> {
        let held = self.agreements.read();
        Arc::clone(&held.unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks again, and reads what has changed.
    pub fn reload(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let folders: Vec<_> = (0..).zip(&self.sources).map(|it| self.folder(it)).collect();
        self.tell(&mut seen.troubles);
        let listings: Vec<_> = folders
            .iter()
            .map(|dir| dir.as_deref().map(listing))
            .collect();
        if seen.listings == listings {
            return;
        }
        let mut files = BTreeMap::new();
        let sources = self.sources.iter().zip(&folders).zip(&listings);
        for ((source, dir), listing) in sources {
            let (Some(dir), Some(listing)) = (dir, listing) else {
                continue;
            };
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
                    let read = read(&found.real, source.customer.as_deref());
                    let good = read.or_else(|| seen.files.remove(&path));
                    files.extend(good.map(|good| (path, good)));
                }
            }
        }
        let (journeys, agreements) = sorted(files.values());
        *self
            .journeys
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(journeys);
        *self
            .agreements
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(agreements);
        seen.listings = listings;
        seen.files = files;
    }

    /// Where the files of a source lie; `None` while no bundle of it was accepted.
    fn folder(&self, (number, source): (usize, &Source)) -> Option<PathBuf> {
        match &source.origin {
            Origin::Dir(dir) => Some(dir.clone()),
            Origin::Bundle { .. } => self.depot.unpacked(number),
        }
    }

    /// Tells what is newly wrong with bundles, and what is no longer.
    fn tell(&self, told: &mut Vec<Trouble>) {
        let all = (0..self.sources.len()).flat_map(|number| self.depot.troubles(number));
        let all: Vec<_> = all.collect();
        for trouble in all.iter().filter(|trouble| !told.contains(trouble)) {
            let Trouble {
                path, kind, text, ..
            } = trouble;
            let customer = trouble.customer.as_deref();
            tracing::error!(path = %path.display(), customer, kind, text, "a bundle is refused; what stood before stands");
        }
        for mended in told.iter().filter(|trouble| !all.contains(trouble)) {
            let kind = mended.kind;
            tracing::info!(path = %mended.path.display(), kind, "no longer wrong");
        }
        *told = all;
    }
}

/// Journeys and agreements by themselves.
fn sorted<'s>(files: impl Iterator<Item = &'s Said>) -> (Journeys, Agreements) {
    let (mut journeys, mut agreements) = (Journeys::new(), Agreements::default());
    for said in files {
        match said {
            Said::Agreement(agreement) => agreements.0.push(Arc::clone(agreement)),
            Said::Journeys(of_file) => {
                for watched in of_file {
                    let subject = &watched.subject;
                    let name = (subject.customer.clone(), subject.journey.clone());
                    if journeys.insert(name, Arc::clone(watched)).is_some() {
                        let journey = &subject.journey;
                        tracing::warn!(journey, "two files hold this journey; the last one stands");
                    }
                }
            }
        }
    }
    (journeys, agreements)
}

/// What a file says; `None` where it is not sound.
fn read(path: &Path, customer: Option<&str>) -> Option<Said> {
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
    if let Err(error) = read {
        tracing::warn!(path = %path.display(), %error, "cannot read the journey");
        return None;
    }
    let (text, broken) = jaunt_text::decode(&bytes);
    if is_agreement(&text) {
        return agreement(path, &text, customer).map(Said::Agreement);
    }
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
    let journeys = parsed.journeys.into_iter().map(watched);
    Some(Said::Journeys(journeys.collect()))
}

/// The agreement of this text; `None` where it is not sound, or another customer's.
fn agreement(path: &Path, text: &str, customer: Option<&str>) -> Option<Arc<Held>> {
    let parsed = jaunt_agreement::parse(text);
    let Some(agreement) = parsed.agreement else {
        let error = |found: &&jaunt_text::Diagnostic| found.severity == Severity::Error;
        let found = parsed.diagnostics.iter().find(error);
        let found = found.map(|found| found.message.as_str());
        tracing::warn!(path = %path.display(), found, "the agreement is not sound");
        return None;
    };
    if customer.is_some_and(|pinned| pinned != agreement.customer) {
        let of = &agreement.customer;
        tracing::warn!(path = %path.display(), of, "the agreement is another customer's");
        return None;
    }
    let text = text.to_owned();
    Some(Arc::new(Held { agreement, text }))
}
