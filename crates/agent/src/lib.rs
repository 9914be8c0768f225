//! When to measure: slots on the wall clock, and who of several agents owns a journey.
//!
//! The pure part first: [`Schedule`] says when a journey is due, [`Shard`] which agent runs it, and
//! the [`Book`] what is to start now and what was missed, the [`Gate`] how many runs go on at once.

#![recursion_limit = "256"]

mod book;
pub mod bundle;
mod carry;
mod clock;
pub mod config;
mod depot;
mod desk;
mod export;
pub mod follow;
mod gate;
pub mod health;
mod instance;
mod ledger;
mod live;
pub mod load;
mod lock;
mod log;
mod missed;
mod poll;
pub mod reference;
mod roster;
mod shard;
mod slot;
mod stand_in;
mod station;
mod systemd;

pub use book::{Book, Entry, JourneyNumber, Span, Stood};
pub use clock::{Clock, Jump, Moment};
pub use depot::Depot;
pub use desk::{Desk, Guest};
pub use gate::{Full, Gate, Visit};
pub use instance::{InstanceError, instance};
pub use ledger::{Booked, Ledger, Note, Open};
pub use live::{Agent, EndError, StartError};
pub use lock::{DirError, Lock};
pub use log::{Gone, Log, LogError, LogSettings, LogState, Opened, ReadError};
pub use poll::Poll;
pub use shard::{Shard, ShardError};
pub use slot::{Schedule, ScheduleError, Slot};
pub use stand_in::{AsAgent, Refusal, StandIn};
pub use station::Station;
pub use systemd::Systemd;

use aws_lc_rs::digest;

/// The first 8 bytes, big-endian, of SHA-256 of `parts` joined by a zero byte.
///
/// The one hash by which slots are spread and journeys are shared out: stable over restarts,
/// versions and machines.
fn stable_hash(parts: &[&str]) -> u64 {
    let mut context = digest::Context::new(&digest::SHA256);
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            context.update(&[0]);
        }
        context.update(part.as_bytes());
    }
    let hash = context.finish();
    hash.as_ref()
        .first_chunk::<8>()
        .map_or(0, |first| u64::from_be_bytes(*first))
}
