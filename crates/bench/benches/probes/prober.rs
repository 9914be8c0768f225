//! Probing at a pace: the same code for all variants.

use crate::{Trouble, floor::Floor, kind::Pace, ours::Ours, peer::Peer};
use std::{io, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    time::{MissedTickBehavior, interval, timeout},
};

/// One of the variants, ready to probe.
pub(crate) enum Prober {
    Ours(Box<Ours>),
    Floor(Floor),
    Peer(Peer),
}

impl Prober {
    async fn probe(&mut self) -> Result<(), Trouble> {
        match self {
            Self::Ours(ours) => ours.probe().await,
            Self::Floor(floor) => floor.probe().await,
            Self::Peer(peer) => peer.probe().await,
        }
    }
}

/// The runtime of every variant: one thread, so that none pays for moving work about.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Probes `count` times; the first probe that fails, or takes ten seconds, ends it.
pub(crate) async fn carry(prober: &mut Prober, pace: Pace, count: u32) -> Result<(), Trouble> {
    let mut beat = interval(pace.every().max(Duration::from_millis(1)));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..count {
        match pace {
            Pace::Closed => {}
            Pace::Paced => {
                beat.tick().await;
            }
        }
        timeout(Duration::from_secs(10), prober.probe()).await??;
    }
    Ok(())
}
