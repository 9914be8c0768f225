//! The writing thread: many requests share a commit, and each is answered when it stands.

use super::{
    Shared, StoreError, log,
    memory::{Memory, SeriesId},
    place::{self, Placed},
    retention::{self, Dropped},
    run, segment,
    slot::{Series, Slot, of_slot},
    written::{self, Unadded},
};
use crate::{
    config::Keep,
    written::{Draft, Line},
};
use jaunt_otlp::{Loose, Seen};
use jaunt_record::Record;
use rusqlite::{Connection, Transaction, params};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
};
use tokio::sync::{mpsc, oneshot};

/// Slots of one commit: more would keep the first one waiting.
const MOST_SLOTS: usize = 50_000;
/// Slots in memory, at which they go into segments: some 100 MiB.
const MOST_IN_MEMORY: usize = 1_000_000;

/// What one request brings, for customers that its sender may write.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Slots.
    pub slots: Vec<Seen>,
    /// Whole runs.
    pub runs: Vec<Record>,
    /// Spans whose root was not in the request.
    pub loose: Vec<Loose>,
    /// Customers that the sender may write; `*` for all.
    pub scope: Vec<String>,
    /// What agents say of themselves.
    pub agents: Vec<AgentSaid>,
    /// When it was received, Unix ns.
    pub recv_ns: i64,
}

/// What an agent says of itself: figures by name.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentSaid {
    /// Its instance id.
    pub instance: String,
    /// Facts and figures.
    pub about: serde_json::Map<String, serde_json::Value>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Booked {
    /// Slots that were new; a range counts once.
    pub slots: u64,
    /// Slots that were known.
    pub twins: u64,
    /// Runs that were new, or of which more is known now.
    pub runs: u64,
}

/// Why nothing of a batch was written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unwritten {
    /// Too much waits: come again.
    #[error("the store is busy")]
    Busy,
    /// The hub is shutting down: come again.
    #[error("the hub is shutting down")]
    Closed,
    /// The store refused: come again, since what is wrong there can be mended.
    #[error("the store refused")]
    Refused(#[source] Arc<StoreError>),
}

type Reply<T> = oneshot::Sender<Result<T, Unwritten>>;

/// What the writer is asked for.
pub(super) enum Job {
    Write(Box<Batch>, Reply<Booked>),
    Maintain(Keep, i64, Reply<Dropped>),
    Place(Vec<Placed>, oneshot::Sender<Result<u64, StoreError>>),
    Add(Box<Draft>, oneshot::Sender<Result<Line, Unadded>>),
    Stop,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Write(..) => "Write",
            Self::Maintain(..) => "Maintain",
            Self::Place(..) => "Place",
            Self::Add(..) => "Add",
            Self::Stop => "Stop",
        })
    }
}

/// Works until it is told to stop, or nobody is left who could ask.
pub(super) fn run(mut db: Connection, shared: &Shared, mut jobs: mpsc::Receiver<Job>) {
    while let Some(job) = jobs.blocking_recv() {
        let mut next = Some(job);
        while let Some(job) = next.take() {
            match job {
                Job::Write(batch, reply) => {
                    let mut group = vec![(batch, reply)];
                    next = gather(&mut group, &mut jobs);
                    write_group(&mut db, shared, group);
                }
                Job::Maintain(keep, now_s, reply) => {
                    let done = maintain(&mut db, shared, keep, now_s);
                    let _ = reply.send(done.map_err(refused));
                }
                Job::Place(found, reply) => {
                    let _ = reply.send(place::put(&mut db, shared, &found));
                }
                Job::Add(draft, reply) => {
                    let _ = reply.send(written::add(&db, shared, *draft));
                }
                Job::Stop => {
                    // The log holds all of it: where this fails, the next start reads that.
                    let _ = segment::flush(&mut db, shared);
                    return;
                }
            }
        }
    }
}

/// Adds the requests that wait already; gives back what is no such request.
fn gather(
    group: &mut Vec<(Box<Batch>, Reply<Booked>)>,
    jobs: &mut mpsc::Receiver<Job>,
) -> Option<Job> {
    let mut slots: usize = group.iter().map(|(batch, _)| batch.slots.len()).sum();
    while slots < MOST_SLOTS {
        match jobs.try_recv() {
            Ok(Job::Write(batch, reply)) => {
                slots += batch.slots.len();
                group.push((batch, reply));
            }
            Ok(other) => return Some(other),
            Err(_) => return None,
        }
    }
    None
}

fn write_group(db: &mut Connection, shared: &Shared, group: Vec<(Box<Batch>, Reply<Booked>)>) {
    let batches: Vec<&Batch> = group.iter().map(|(batch, _)| batch.as_ref()).collect();
    let done = commit(db, shared, &batches);
    match done {
        Ok(booked) => {
            for ((_, reply), booked) in group.into_iter().zip(booked) {
                let _ = reply.send(Ok(booked));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for (_, reply) in group {
                let _ = reply.send(Err(Unwritten::Refused(Arc::clone(&error))));
            }
        }
    }
    if shared.memory().slots >= MOST_IN_MEMORY {
        // Where it fails the log still holds them; the next commit tries again.
        let _ = segment::flush(db, shared);
    }
}

/// What a commit adds to memory once it stands.
#[derive(Default)]
struct Fresh {
    series: HashMap<Series, SeriesId>,
    slots: Vec<(SeriesId, Slot)>,
    known: HashSet<(SeriesId, i64)>,
}

fn commit(
    db: &mut Connection,
    shared: &Shared,
    batches: &[&Batch],
) -> Result<Vec<Booked>, StoreError> {
    let step = db.transaction()?;
    let mut fresh = Fresh::default();
    let mut all = Vec::new();
    for batch in batches {
        let mut booked = Booked::default();
        slots(&step, shared, batch, &mut fresh, &mut booked)?;
        for record in &batch.runs {
            booked.runs += u64::from(run::put(&step, record)?);
        }
        for loose in &batch.loose {
            run::put_loose(&step, loose, &batch.scope, batch.recv_ns)?;
        }
        agents(&step, batch)?;
        all.push(booked);
    }
    if !fresh.slots.is_empty() {
        let mut row = step.prepare_cached("INSERT INTO log (data) VALUES (?1)")?;
        row.execute([log::write(&fresh.slots)])?;
    }
    step.commit()?;
    let mut memory = shared.memory_mut();
    for (series, id) in &fresh.series {
        memory.add_series(series, *id);
    }
    for (series, slot) in fresh.slots {
        memory.add(series, slot);
    }
    shared.commits.fetch_add(1, Ordering::Release);
    Ok(all)
}

fn slots(
    step: &Transaction<'_>,
    shared: &Shared,
    batch: &Batch,
    fresh: &mut Fresh,
    booked: &mut Booked,
) -> Result<(), StoreError> {
    let mut memory = shared.memory_mut();
    for seen in &batch.slots {
        let Some(slot) = of_slot(seen) else {
            booked.runs += u64::from(run::put_by_hand(step, seen)?);
            continue;
        };
        let series = series_id(step, &memory, fresh, seen)?;
        for slot in Slot::of(seen, slot, batch.recv_ns) {
            let twin = !fresh.known.insert((series, slot.slot))
                || segment::is_twin(step, shared, &mut memory, series, &slot)?;
            if twin {
                booked.twins += 1;
            } else {
                booked.slots += 1;
                fresh.slots.push((series, slot));
            }
        }
    }
    Ok(())
}

fn series_id(
    step: &Transaction<'_>,
    memory: &Memory,
    fresh: &mut Fresh,
    seen: &Seen,
) -> Result<SeriesId, StoreError> {
    let series = Series {
        customer: seen.customer.clone(),
        journey: seen.journey.clone(),
        region: seen.region.clone(),
        agent: seen.agent.clone(),
    };
    if let Some(id) = memory.series.get(&series).or(fresh.series.get(&series)) {
        return Ok(*id);
    }
    let sql = "INSERT INTO series (customer, journey, region, agent) VALUES (?1, ?2, ?3, ?4)";
    let of = &series;
    step.prepare_cached(sql)?
        .execute(params![of.customer, of.journey, of.region, of.agent])?;
    let id = step.last_insert_rowid();
    fresh.series.insert(series, id);
    Ok(id)
}

/// What agents said last, by name, over what they said before.
fn agents(step: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let scope = batch.scope.join("\n");
    for said in &batch.agents {
        let about = serde_json::Value::Object(said.about.clone()).to_string();
        let sql = "INSERT INTO agent (instance, scope, seen_ns, about) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (instance, scope) DO UPDATE SET seen_ns = max(seen_ns, excluded.seen_ns),
                about = json_patch(about, excluded.about)";
        let mut upsert = step.prepare_cached(sql)?;
        upsert.execute(params![said.instance, scope, batch.recv_ns, about])?;
    }
    Ok(())
}

fn maintain(
    db: &mut Connection,
    shared: &Shared,
    keep: Keep,
    now_s: i64,
) -> Result<Dropped, StoreError> {
    segment::flush(db, shared)?;
    segment::merge(db, shared, now_s.div_euclid(super::slot::DAY_S))?;
    retention::apply(db, keep, now_s)
}

fn refused(error: StoreError) -> Unwritten {
    Unwritten::Refused(Arc::new(error))
}
