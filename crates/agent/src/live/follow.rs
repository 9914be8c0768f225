//! What changes in the sources, told to the scheduler.

use super::scheduler::Command;
use crate::{
    Clock, Depot,
    config::{Config, Origin},
    follow::{Follower, News, RESCAN},
    poll::Poll,
};
use std::{path::PathBuf, sync::Arc};
use tokio::{sync::mpsc, task::JoinSet};

/// Follows the folders of journeys and of customers' secrets, until nobody listens.
pub(super) async fn directories(config: Arc<Config>, commands: mpsc::Sender<Command>) {
    let journeys = config
        .sources
        .iter()
        .filter_map(|source| match &source.origin {
            Origin::Dir(folder) => Some(folder.clone()),
            Origin::Bundle { .. } => None,
        });
    let secrets = config.customers.folders().map(PathBuf::from);
    let folders: Vec<PathBuf> = journeys.chain(secrets).collect();
    let mut follower = Follower::new(folders.clone(), RESCAN).await;
    // What changed between the first scan and here is seen by none of both.
    let mut changed = true;
    loop {
        if changed && commands.send(Command::Reload(None)).await.is_err() {
            return;
        }
        changed = match follower.next().await {
            News::Changed(_) => true,
            News::Blind { dir, why } => {
                let folder = folders.get(dir).map(|folder| folder.display());
                tracing::warn!(
                    folder = folder.map(tracing::field::display),
                    why,
                    "the system does not tell of changes here: they are seen within half a minute"
                );
                false
            }
        };
    }
}

/// Asks for the bundles, each at its own pace, until nobody listens.
pub(super) async fn bundles(
    config: Arc<Config>,
    depot: Arc<Depot>,
    clock: Clock,
    commands: mpsc::Sender<Command>,
) {
    let mut polls = JoinSet::new();
    for (number, source) in config.sources.iter().enumerate() {
        let Some(mut poll) = Poll::of(number, source, &depot, &clock) else {
            continue;
        };
        let commands = commands.clone();
        polls.spawn(async move {
            loop {
                poll.changed().await;
                if commands.send(Command::Reload(None)).await.is_err() {
                    return;
                }
            }
        });
    }
    while polls.join_next().await.is_some() {}
}
