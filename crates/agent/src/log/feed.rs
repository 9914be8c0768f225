//! The log as delivery sees it.

use super::{Log, ReadError};
use crate::Clock;
use jaunt_journal::{Batch, Checkpoint, CursorName, JournalError};
use jaunt_otlp::{
    Described,
    deliver::{Feed, Notice, What},
};
use std::sync::Arc;
use tokio::sync::watch;

/// The log, and what delivery wants to know beside it.
#[derive(Clone, Debug)]
pub(crate) struct Outlet {
    pub(crate) log: Log,
    /// The journeys that are loaded.
    pub(crate) loaded: watch::Receiver<Option<Arc<[Described]>>>,
    pub(crate) clock: Clock,
}

/// What the log answers. One that has ended answers no more, and neither does this: delivery ends
/// by its drain, not by an error that it could do nothing about.
async fn answered<T>(answer: Result<T, ReadError>) -> Result<T, JournalError> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(ReadError::Journal(error)) => Err(error),
        Err(ReadError::Gone(_)) => std::future::pending().await,
    }
}

impl Feed for Outlet {
    async fn read(&self, from: u64, records: usize, bytes: usize) -> Result<Batch, JournalError> {
        answered(self.log.read(from, records, bytes).await).await
    }

    async fn checkpoint(&self, cursor: &CursorName) -> Checkpoint {
        match self.log.checkpoint(cursor.clone()).await {
            Ok(checkpoint) => checkpoint,
            Err(_) => std::future::pending().await,
        }
    }

    async fn advance(
        &self,
        cursor: &CursorName,
        passed: Batch,
        kept: Vec<u8>,
    ) -> Result<(), JournalError> {
        answered(self.log.advance(cursor.clone(), passed, kept).await).await
    }

    async fn dropped(&self) -> Vec<(CursorName, &'static str, u64)> {
        match self.log.state().await {
            Ok(state) => state.dropped,
            Err(_) => std::future::pending().await,
        }
    }

    fn newest(&self) -> watch::Receiver<u64> {
        self.log.newest()
    }

    fn going(&self) -> watch::Receiver<u64> {
        self.log.going()
    }

    fn loaded(&self) -> watch::Receiver<Option<Arc<[Described]>>> {
        self.loaded.clone()
    }

    fn now_ns(&self) -> i64 {
        self.clock.now().wall_ns
    }

    fn tell(&self, notice: Notice) {
        let Notice {
            cursor,
            signal: _,
            endpoint,
            what,
        } = notice;
        let cursor = cursor.as_str();
        match what {
            What::Waiting { words } => {
                tracing::warn!(
                    cursor,
                    endpoint,
                    words,
                    "the endpoint is away or busy: what it does not take waits"
                );
            }
            What::Paused { words, pause } => {
                tracing::error!(
                    cursor,
                    endpoint,
                    words,
                    ?pause,
                    "the endpoint or the token is wrong: delivery pauses"
                );
            }
            What::Resumed => tracing::info!(cursor, endpoint, "delivery goes on"),
            What::Refused { words, file } => {
                let file = file.map(|file| file.display().to_string());
                tracing::error!(
                    cursor,
                    endpoint,
                    words,
                    file,
                    "data was refused for good and set aside"
                );
            }
            What::Rejected { items, words } => {
                tracing::error!(
                    cursor,
                    endpoint,
                    items,
                    words,
                    "the endpoint rejected some of what it took"
                );
            }
            What::Warned { words } => tracing::warn!(cursor, endpoint, words, "the endpoint warns"),
            What::Tls { words } => {
                tracing::error!(
                    cursor,
                    endpoint,
                    words,
                    "files of TLS cannot be used: what was read before stays"
                );
            }
            What::Journal { words } => tracing::error!(
                cursor,
                words,
                "the journal cannot be read or a cursor not be written"
            ),
            What::Unreadable { sequence, words } => {
                tracing::error!(
                    cursor,
                    sequence,
                    words,
                    "a record cannot be read and is passed over"
                );
            }
            What::StateLost { words } => {
                tracing::error!(cursor, words, "totals were lost: streams begin anew");
            }
        }
    }
}
