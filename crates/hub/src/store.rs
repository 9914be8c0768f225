//! The store: every slot for a long time, whole runs for a while, in one file that survives a crash.
//!
//! One thread writes; whoever wants something written waits for the commit that holds it, which many
//! share. A commit adds the slots as one row of a log and to memory; from time to time they go
//! from there into segments, packed columns of a series' day, and the log is emptied in the same
//! transaction. So a commit costs one write however many series it touches, a slot ends at few bytes
//! (see `block`), and a crash at any moment leaves log and segments in step. Weighed: a row per
//! slot (62,000 a second and 56 bytes, against more than a million and less than 8), redb and fjall
//! (twice to five times the size).
//!
//! Readers take what segments hold from connections of their own and the rest from memory.

mod block;
mod copy;
mod error;
mod log;
mod memory;
mod place;
mod read;
mod retention;
mod run;
mod schema;
mod segment;
mod slot;
mod whole;
mod write;
mod written;
mod zipped;

pub use copy::{backup, restore};
pub use error::StoreError;
pub use place::Placed;
pub use read::{AgentSeen, RunFilter, RunHead};
pub use retention::Dropped;
pub use slot::Series;
pub use write::{AgentSaid, Batch, Booked, Unwritten};
pub use written::Unadded;

use crate::{
    config::Keep,
    written::{Book, Draft, Line},
};
use memory::Memory;
use rusqlite::Connection;
use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot};

/// Requests that may wait for the writer; beyond it senders are asked to come again.
const WAITING: usize = 256;

/// The store of one hub. Cheap to clone; the last one to go closes it.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
    jobs: mpsc::Sender<write::Job>,
    _writer: Arc<Writer>,
}

/// What the writer and all readers share.
#[derive(Debug)]
struct Shared {
    file: PathBuf,
    memory: RwLock<Memory>,
    /// What both sides wrote.
    book: RwLock<Book>,
    readers: Mutex<Vec<Connection>>,
    /// Segments and rows that could not be read.
    damaged: AtomicU64,
    /// Commits since the store was opened.
    commits: AtomicU64,
}

/// The writing thread and the lock on the folder, given back when the last store is gone.
#[derive(Debug)]
struct Writer {
    stop: mpsc::Sender<write::Job>,
    thread: Mutex<Option<JoinHandle<()>>>,
    _lock: File,
}

impl Store {
    /// Opens the store in `folder`, which is made where it is missing.
    ///
    /// # Errors
    /// The folder cannot be used, another hub has it, or a newer jaunt wrote what is there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let lock = lock(folder)?;
        let file = folder.join(schema::FILE);
        let db = schema::open(&file)?;
        let shared = Arc::new(Shared {
            file,
            memory: RwLock::default(),
            book: RwLock::default(),
            readers: Mutex::default(),
            damaged: AtomicU64::new(0),
            commits: AtomicU64::new(0),
        });
        segment::recover(&db, &shared)?;
        written::recover(&db, &shared)?;
        let (jobs, waiting) = mpsc::channel(WAITING);
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("hub-store".to_owned())
            .spawn(move || write::run(db, &own, waiting))
            .map_err(|source| StoreError::Folder {
                path: folder.to_owned(),
                source,
            })?;
        let writer = Writer {
            stop: jobs.clone(),
            thread: Mutex::new(Some(thread)),
            _lock: lock,
        };
        Ok(Self {
            shared,
            jobs,
            _writer: Arc::new(writer),
        })
    }

    /// Writes a batch; what comes back is on the platter.
    ///
    /// # Errors
    /// Nothing of the batch was written; whether to come again is in [`Unwritten`].
    pub async fn write(&self, batch: Batch) -> Result<Booked, Unwritten> {
        let (reply, done) = oneshot::channel();
        let job = write::Job::Write(Box::new(batch), reply);
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unwritten::Busy,
            mpsc::error::TrySendError::Closed(_) => Unwritten::Closed,
        })?;
        done.await.unwrap_or(Err(Unwritten::Closed))
    }

    /// Adds a line to what both sides wrote; what comes back is on the platter.
    ///
    /// # Errors
    /// The log does not take it, or the store cannot write now.
    pub async fn add(&self, draft: Draft) -> Result<Line, Unadded> {
        let (reply, done) = oneshot::channel();
        let sent = self.jobs.try_send(write::Job::Add(Box::new(draft), reply));
        sent.map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unwritten::Busy,
            mpsc::error::TrySendError::Closed(_) => Unwritten::Closed,
        })?;
        done.await.unwrap_or(Err(Unwritten::Closed.into()))
    }

    /// Keeps where slow runs were slow, where nothing is known of it; how many were new. It blocks
    /// until that stands: call it from a blocking thread.
    ///
    /// # Errors
    /// The database refused, or the store is closed.
    pub fn place(&self, found: Vec<Placed>) -> Result<u64, StoreError> {
        let (reply, done) = oneshot::channel();
        let sent = self.jobs.blocking_send(write::Job::Place(found, reply));
        sent.map_err(|_| StoreError::Closed)?;
        done.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }

    /// What both sides wrote, all customers'.
    pub fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.shared.book()
    }

    /// Packs what stands in the log, drops what is older or more than `keep` says, gives room back.
    ///
    /// # Errors
    /// The database refused; nothing is lost.
    pub async fn maintain(&self, keep: Keep, now_s: i64) -> Result<Dropped, Unwritten> {
        let (reply, done) = oneshot::channel();
        let job = write::Job::Maintain(keep, now_s, reply);
        let sent = self.jobs.send(job).await;
        sent.map_err(|_| Unwritten::Closed)?;
        done.await.unwrap_or(Err(Unwritten::Closed))
    }

    /// How many commits there were since the store was opened: where it is as it was, so is all that
    /// the store tells.
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Acquire)
    }

    /// How many segments and rows could not be read since the store was opened.
    pub fn damaged(&self) -> u64 {
        self.shared.damaged.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(thread) = thread.take() else { return };
        // The writer drains its queue before it sees this; where the queue is full it ends by itself
        // once all senders are gone.
        if self.stop.try_send(write::Job::Stop).is_ok() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory_mut(&self) -> RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn book_mut(&self) -> RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_damage(&self) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
    }
}

/// Makes the folder ours for as long as the file is held.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let failed = |source| StoreError::Folder {
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Taken(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}
