//! Directories of journeys, followed as they change.
//!
//! The kernel's word (inotify) is quick but no proof: queues overflow, network disks say nothing, a
//! directory that is replaced takes its watches along. So it only says where to look. What is
//! there is looked at after it, once all has been quiet for a moment, and once every half minute
//! without being told. Looking again costs a `stat` for each file, reading nothing.

mod listing;

pub use listing::{Fault, Found, LeftOut, Listing, listing};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher, event};
use std::{
    collections::{BTreeSet, VecDeque},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

/// So long nothing more may happen until one looks: an editor's or a deployment's writes are one.
const QUIET: Duration = Duration::from_millis(150);
/// One who never stops writing is looked at nevertheless.
const LONGEST: Duration = Duration::from_secs(2);
/// How often one looks without being told.
pub const RESCAN: Duration = Duration::from_secs(30);

/// What a [`Follower`] has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// What lies in this directory has changed, by its place in the list.
    Changed(usize),
    /// The system does not tell of changes in this directory, so they are seen when it is next
    /// looked at. Told once, until it does again.
    Blind {
        /// Its place in the list.
        dir: usize,
        /// Why.
        why: String,
    },
}

/// Follows directories; whoever drops it stops following.
#[derive(Debug)]
pub struct Follower {
    dirs: Vec<Dir>,
    hints: Arc<Hints>,
    /// `None` where the system has none to give.
    watcher: Option<RecommendedWatcher>,
    news: VecDeque<News>,
    /// What is to be looked at.
    due: BTreeSet<usize>,
    /// What has changed for sure, whatever a look would show.
    sure: BTreeSet<usize>,
    every: Duration,
    rescan: Instant,
}

#[derive(Debug)]
struct Dir {
    path: PathBuf,
    seen: Arc<Listing>,
    watched: Watched,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watched {
    Yes,
    /// It was told that it is not.
    No,
}

/// Where to look, as the kernel says: kept as two sets, so that it is bounded.
#[derive(Debug, Default)]
struct Hints {
    marks: Mutex<Marks>,
    rung: Notify,
}

#[derive(Debug, Default)]
struct Marks {
    look: BTreeSet<usize>,
    sure: BTreeSet<usize>,
}

impl Follower {
    /// Follows `dirs`, absolute paths, from now on; looks without being told every `every`
    /// ([`RESCAN`]). One that is not there is followed once it is.
    pub async fn new(dirs: Vec<PathBuf>, every: Duration) -> Self {
        let hints = Arc::new(Hints::default());
        let mut follower = Self {
            dirs: Vec::new(),
            watcher: watcher(&dirs, &hints),
            hints,
            news: VecDeque::new(),
            due: BTreeSet::new(),
            sure: BTreeSet::new(),
            every,
            rescan: Instant::now() + every,
        };
        for (number, path) in dirs.into_iter().enumerate() {
            follower.dirs.push(Dir {
                path: path.clone(),
                seen: Arc::default(),
                watched: Watched::Yes,
            });
            // First the watch, then the look: what happens between is seen twice, not never.
            follower.watch(number);
            let seen = look(path).await;
            if let Some(dir) = follower.dirs.get_mut(number) {
                dir.seen = seen;
            }
        }
        follower
    }

    /// What was found in a directory when it was last looked at.
    pub fn listing(&self, dir: usize) -> Option<Arc<Listing>> {
        self.dirs.get(dir).map(|dir| Arc::clone(&dir.seen))
    }

    /// Waits until there is something to tell. Nothing is lost where this is dropped while waiting.
    pub async fn next(&mut self) -> News {
        loop {
            if let Some(news) = self.news.pop_front() {
                return news;
            }
            if self.due.is_empty() {
                self.wait().await;
            }
            while let Some(number) = self.due.first().copied() {
                self.look_at(number).await;
            }
        }
    }

    /// Waits until there is a reason to look, and for all to be quiet.
    async fn wait(&mut self) {
        let hinted = tokio::time::timeout_at(self.rescan, self.hints.rung.notified()).await;
        if hinted.is_err() {
            self.rescan = Instant::now() + self.every;
            self.due.extend(0..self.dirs.len());
            return;
        }
        let latest = Instant::now() + LONGEST;
        while Instant::now() < latest && timeout(QUIET, self.hints.rung.notified()).await.is_ok() {}
        let marks = std::mem::take(&mut *self.hints.lock());
        self.due.extend(marks.look);
        self.due.extend(&marks.sure);
        self.sure.extend(marks.sure);
    }

    async fn look_at(&mut self, number: usize) {
        self.watch(number);
        let Some(path) = self.dirs.get(number).map(|dir| dir.path.clone()) else {
            self.due.remove(&number);
            return;
        };
        let found = look(path).await;
        // From here on nothing waits: what was looked at is told.
        let sure = self.sure.remove(&number);
        self.due.remove(&number);
        let Some(dir) = self.dirs.get_mut(number) else {
            return;
        };
        if sure || dir.seen != found {
            dir.seen = found;
            self.news.push_back(News::Changed(number));
        }
    }

    /// Asks the kernel to tell of changes; again at every look, since a directory that was replaced
    /// is another one.
    fn watch(&mut self, number: usize) {
        let Some(dir) = self.dirs.get_mut(number) else {
            return;
        };
        let asked = match &mut self.watcher {
            Some(watcher) => watcher
                .watch(&dir.path, RecursiveMode::Recursive)
                .map_err(|error| error.to_string()),
            None => Err("the system gives no more watches".to_owned()),
        };
        let was = dir.watched;
        dir.watched = if asked.is_ok() {
            Watched::Yes
        } else {
            Watched::No
        };
        if let (Err(why), Watched::Yes) = (asked, was) {
            self.news.push_back(News::Blind { dir: number, why });
        }
    }
}

impl Hints {
    fn lock(&self) -> std::sync::MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One watcher for all: the kernel gives a user 128 of them.
fn watcher(dirs: &[PathBuf], hints: &Arc<Hints>) -> Option<RecommendedWatcher> {
    let (dirs, hints) = (dirs.to_vec(), Arc::clone(hints));
    let tell = move |told: notify::Result<notify::Event>| {
        let mut marks = hints.lock();
        match told {
            Ok(event) if is_reading(event.kind) && !event.need_rescan() => return,
            Ok(event) if !event.need_rescan() && !event.paths.is_empty() => {
                for path in &event.paths {
                    mark(&dirs, path, &mut marks);
                }
            }
            // Some were lost, or none was named: anything may have changed.
            Ok(_) | Err(_) => marks.look.extend(0..dirs.len()),
        }
        drop(marks);
        hints.rung.notify_one();
    };
    let config = notify::Config::default().with_follow_symlinks(false);
    RecommendedWatcher::new(tell, config).ok()
}

/// Our own reading is an event too, and changes nothing.
fn is_reading(kind: EventKind) -> bool {
    use event::{AccessKind, AccessMode};
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => false,
    }
}

/// Notes which directories `path` lies in. A file that is seen has changed for sure, also where its
/// size and times are those of before; one that is not (an editor's own, a ConfigMap's folder) asks
/// for a look.
fn mark(dirs: &[PathBuf], path: &Path, marks: &mut Marks) {
    for (number, dir) in dirs.iter().enumerate() {
        let Ok(below) = path.strip_prefix(dir) else {
            continue;
        };
        let hidden = below.as_os_str().is_empty() || below.iter().any(listing::is_hidden);
        if hidden {
            marks.look.insert(number);
        } else {
            marks.sure.insert(number);
        }
    }
}

async fn look(path: PathBuf) -> Arc<Listing> {
    let found = tokio::task::spawn_blocking(move || listing(&path)).await;
    // It is only not there where the runtime is going down.
    Arc::new(found.unwrap_or_default())
}
