//! Reports that were judged already, since judging 28 days of five regions takes a while.
//!
//! Where it is cheap it is done for whoever asks. Where it is not, the hub does it about once a
//! minute, and whoever asks gets what is there: a page tells of when it is.

use crate::catalog::Watched;
use jaunt_slo::Report;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Younger ones are as good as new, if nothing has come since.
const FRESH: Duration = Duration::from_secs(10);
/// Older ones are not shown, whatever judging takes.
const STALE: Duration = Duration::from_secs(300);
/// So long may judging keep a person waiting, over all that a page shows.
const GLANCE: Duration = Duration::from_millis(60);
/// So long a program: what it gets says of when it is, and events give it any other instant.
const PATIENCE: Duration = Duration::from_millis(150);
/// Journeys, and past months of journeys, that are kept; beyond it all are judged anew.
const MOST: usize = 10_000;

type Name = (String, String);

/// By what a journey is judged: a changed file, or a new line of what both sides wrote, is judged
/// anew at once.
#[derive(Clone, Debug)]
pub(super) struct By {
    pub(super) watched: Arc<Watched>,
    /// The last line that was written of its customer.
    pub(super) written: i64,
}

impl By {
    fn name(&self) -> Name {
        let subject = &self.watched.subject;
        (subject.customer.clone(), subject.journey.clone())
    }
}

/// What was judged last of each journey, and for past instants.
#[derive(Debug, Default)]
pub(super) struct Kept {
    now: Mutex<HashMap<Name, Judged>>,
    then: Mutex<HashMap<(Name, i64), Judged>>,
}

#[derive(Clone, Debug)]
struct Judged {
    by: By,
    at_ns: i64,
    /// What the store had seen.
    commits: u64,
    /// How long judging took.
    took: Duration,
    reports: Arc<Vec<Report>>,
}

impl Judged {
    fn is_of(&self, by: &By) -> bool {
        Arc::ptr_eq(&self.by.watched, &by.watched) && self.by.written == by.written
    }

    fn is_younger(&self, than: Duration, now_ns: i64) -> bool {
        u128::from(now_ns.abs_diff(self.at_ns)) < than.as_nanos()
    }
}

/// What is left of the time that one who asks may be kept waiting.
#[derive(Clone, Debug)]
pub(super) struct Spare {
    all: Duration,
    spent_us: Arc<AtomicU64>,
}

impl Spare {
    /// Of a person who looks at a page.
    pub(super) fn of_a_person() -> Self {
        Self {
            all: GLANCE,
            spent_us: Arc::default(),
        }
    }

    /// Of a program that wants to know.
    pub(super) fn of_a_program() -> Self {
        Self {
            all: PATIENCE,
            spent_us: Arc::default(),
        }
    }

    /// Takes `time` of it, if it is there.
    fn take(&self, time: Duration) -> bool {
        let is_there = |spent: u64| {
            let spent = spent.saturating_add(us(time));
            (spent <= us(self.all)).then_some(spent)
        };
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        self.spent_us.fetch_update(set, fetch, is_there).is_ok()
    }

    /// Whether anything of it is left.
    pub(super) fn is_left(&self) -> bool {
        self.spent_us.load(Ordering::Relaxed) < us(self.all)
    }

    /// Books `time` that was spent.
    pub(super) fn spend(&self, time: Duration) {
        self.spent_us.fetch_add(us(time), Ordering::Relaxed);
    }
}

fn us(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Kept {
    /// What is known of a journey now, unless it is to be judged anew for one with so much to spare.
    pub(super) fn now(
        &self,
        by: &By,
        (now_ns, commits): (i64, u64),
        spare: &Spare,
    ) -> Option<Arc<Vec<Report>>> {
        let judged = lock(&self.now).get(&by.name())?.clone();
        let good = judged.commits == commits && judged.is_younger(FRESH, now_ns)
            || judged.is_younger(STALE, now_ns) && !spare.take(judged.took);
        (good && judged.is_of(by)).then_some(judged.reports)
    }

    /// What was judged last of a journey as `by` has it, however old, and whatever was written since.
    pub(super) fn last(&self, by: &By) -> Option<Arc<Vec<Report>>> {
        let judged = lock(&self.now).get(&by.name())?.clone();
        Arc::ptr_eq(&judged.by.watched, &by.watched).then_some(judged.reports)
    }

    /// Whether a journey is to be judged, so that what is kept is at most `age` old.
    pub(super) fn is_due(&self, by: &By, age: Duration, now_ns: i64) -> bool {
        let kept = lock(&self.now);
        let judged = kept.get(&by.name());
        judged.is_none_or(|judged| !judged.is_younger(age, now_ns) || !judged.is_of(by))
    }

    /// Keeps what was judged at `at_ns`.
    pub(super) fn keep(
        &self,
        by: By,
        (at_ns, commits): (i64, u64),
        took: Duration,
        reports: &Arc<Vec<Report>>,
    ) {
        let name = by.name();
        let judged = Judged {
            by,
            at_ns,
            commits,
            took,
            reports: Arc::clone(reports),
        };
        insert(&mut lock(&self.now), name, judged);
    }

    /// What is known of a journey for a past instant; runs may have come since, so not for long.
    pub(super) fn then(&self, by: &By, then_ns: i64, now_ns: i64) -> Option<Arc<Vec<Report>>> {
        let kept = lock(&self.then);
        let judged = kept.get(&(by.name(), then_ns))?;
        (judged.is_younger(STALE, now_ns) && judged.is_of(by)).then(|| Arc::clone(&judged.reports))
    }

    /// Keeps what was judged for a past instant.
    pub(super) fn keep_then(&self, by: By, then_ns: i64, now_ns: i64, reports: &Arc<Vec<Report>>) {
        let name = by.name();
        let judged = Judged {
            by,
            at_ns: now_ns,
            commits: 0,
            took: Duration::ZERO,
            reports: Arc::clone(reports),
        };
        insert(&mut lock(&self.then), (name, then_ns), judged);
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn insert<K: Eq + std::hash::Hash>(kept: &mut HashMap<K, Judged>, key: K, judged: Judged) {
    if kept.len() >= MOST {
        kept.clear();
    }
    kept.insert(key, judged);
}
