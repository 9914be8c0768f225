//! Asking the peer at a rate.

use crate::{
    Trouble,
    peer::{Exporter, Peer},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

/// So many probes go on at once at most; Prometheus would keep a connection to each target, which
/// cost the peer more memory.
const CONNECTIONS: usize = 16;
/// Memory is looked at as often.
const LOOK: Duration = Duration::from_secs(5);

/// Asks `exporter` for a probe `every` so often, for `long`; `look` is called now and then.
///
/// Gives back how many probes there were: a peer that cannot keep up has fewer.
///
/// # Errors
/// A probe failed.
pub(super) fn ask(
    exporter: &Exporter,
    every: Duration,
    long: Duration,
    look: &mut dyn FnMut(u32) -> Result<(), Trouble>,
) -> Result<u32, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (asker, asked) = mpsc::channel::<()>(CONNECTIONS);
        let asked = Arc::new(Mutex::new(asked));
        let mut askers = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let peer = exporter.connect().await?;
            askers.spawn(answer(peer, Arc::clone(&asked)));
        }
        let (begun, mut looked) = (Instant::now(), None);
        let mut beat = interval(every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
        while begun.elapsed() < long {
            if looked.is_none_or(|at: Instant| at.elapsed() >= LOOK) {
                look(exporter.id())?;
                looked = Some(Instant::now());
            }
            beat.tick().await;
            if asker.send(()).await.is_err() {
                break;
            }
        }
        drop(asker);
        let mut count = 0;
        while let Some(ended) = askers.join_next().await {
            count += ended??;
        }
        Ok(count)
    })
}

/// Probes when asked, until nobody asks; how often that was.
async fn answer(mut peer: Peer, asked: Arc<Mutex<mpsc::Receiver<()>>>) -> Result<u32, Trouble> {
    let mut count = 0;
    loop {
        let next = asked.lock().await.recv().await;
        if next.is_none() {
            return Ok(count);
        }
        peer.probe().await?;
        count += 1;
    }
}
