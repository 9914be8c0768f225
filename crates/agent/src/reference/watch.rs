//! Trying references and control names: regularly, and whenever a verdict asks.

use super::{Seen, Tried};
use jaunt_probe::Network;
use std::{
    future::Future,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior},
};

/// How often references and control names are tried without being asked for.
const EVERY: Duration = Duration::from_secs(10);

/// What the last try showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it ended; `None` before the first.
    pub at: Option<Instant>,
    /// No reference was reached.
    pub cut_off: bool,
    /// The resolver's servers failed every control name.
    pub unresolved: bool,
}

/// Who tries: [`run`](Self::run) it in a task of its own.
#[derive(Debug)]
pub struct Watch {
    pub(super) network: Arc<Network>,
    pub(super) tried: Arc<Tried>,
    pub(super) asked: mpsc::Receiver<oneshot::Sender<Seen>>,
    pub(super) standing: Arc<Mutex<Standing>>,
}

impl Watch {
    /// Tries every 10 s and whenever asked; ends when nobody is left who may ask.
    pub async fn run(self) {
        let Self {
            network,
            tried,
            asked,
            standing,
        } = self;
        let try_once = || async {
            let seen = one_try(&network, &tried.targets, &tried.names).await;
            *standing.lock().unwrap_or_else(PoisonError::into_inner) = Standing {
                at: Some(Instant::now()),
                cut_off: seen.cut_off,
                unresolved: seen.unresolved,
            };
            seen
        };
        serve(asked, try_once).await;
    }
}

async fn one_try(network: &Arc<Network>, targets: &[SocketAddr], names: &[String]) -> Seen {
    let (cut_off, unresolved) = tokio::join!(
        Network::references_fail(targets),
        network.resolver_fails(names)
    );
    Seen {
        cut_off,
        unresolved,
    }
}

/// One try at a time. Who asks while one is going on gets what it shows: it was not over when the
/// failure struck.
async fn serve<F: Future<Output = Seen>>(
    mut asked: mpsc::Receiver<oneshot::Sender<Seen>>,
    mut try_once: impl FnMut() -> F,
) {
    let mut regular = tokio::time::interval(EVERY);
    regular.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut waiting = Vec::new();
        tokio::select! {
            _ = regular.tick() => {}
            who = asked.recv() => match who {
                Some(who) => waiting.push(who),
                None => return,
            },
        }
        let mut trying = pin!(try_once());
        let seen = loop {
            tokio::select! {
                biased;
                seen = &mut trying => break seen,
                // When all who could ask are gone, the try comes to its end and so does this.
                Some(who) = asked.recv() => waiting.push(who),
            }
        };
        for who in waiting {
            // Whose patience was at its end is gone.
            let _ = who.send(seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::task::JoinSet;

    const CUT: Seen = Seen {
        cut_off: true,
        unresolved: false,
    };

    #[tokio::test(start_paused = true)]
    async fn one_try_serves_all_who_wait_and_one_comes_every_ten_seconds() {
        let tries = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&tries);
        let (ask, asked) = mpsc::channel(8);
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(asked, move || {
            count.fetch_add(1, Ordering::Relaxed);
            async {
                tokio::time::sleep(Duration::from_secs(2)).await;
                CUT
            }
        }));
        tokio::time::sleep(Duration::from_secs(35)).await;
        let regular = tries.load(Ordering::Relaxed);
        assert!((3..=4).contains(&regular), "{regular}");
        let began = Instant::now();
        let mut told = Vec::new();
        for _ in 0..1000 {
            let (tell, answer) = oneshot::channel();
            ask.send(tell).await.unwrap();
            told.push(answer);
        }
        for answer in told {
            assert_eq!(answer.await.unwrap(), CUT);
        }
        assert!(began.elapsed() <= Duration::from_secs(4));
        let more = tries.load(Ordering::Relaxed) - regular;
        assert!(more <= 2, "{more} tries for a thousand verdicts");
        drop(ask);
        tasks.join_next().await.unwrap().unwrap();
    }
}
