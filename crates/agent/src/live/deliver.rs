//! Delivery, on a thread of its own: folding, encoding and compressing take processor time in
//! stretches that a run would feel.

use super::StartError;
use crate::log::Outlet;
use jaunt_otlp::{
    Own,
    deliver::{Delivery, DeliverySettings},
};
use std::{sync::Arc, thread::JoinHandle};
use tokio::{sync::watch, task::JoinSet, time::Instant};

/// The thread that delivers.
#[derive(Debug)]
pub(super) struct Courier {
    drain: Arc<watch::Sender<Option<Instant>>>,
    thread: JoinHandle<()>,
}

impl Courier {
    /// Starts delivering to every export.
    pub(super) fn start(
        exports: Vec<DeliverySettings>,
        outlet: Outlet,
        own: &Own,
    ) -> Result<Self, StartError> {
        let (drain, drained) = watch::channel(None);
        let deliveries: Result<Vec<_>, _> = exports
            .into_iter()
            .map(|export| Delivery::new(export, own.clone()))
            .collect();
        let deliveries = deliveries.map_err(StartError::Export)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StartError::Delivery)?;
        let work = async move {
            let mut all = JoinSet::new();
            for delivery in deliveries {
                all.spawn(delivery.run(outlet.clone(), drained.clone()));
            }
            while let Some(ended) = all.join_next().await {
                if ended.is_err() {
                    tracing::error!("the delivery of an export broke off: a fault of jaunt");
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("delivery".into())
            .spawn(move || runtime.block_on(work))
            .map_err(StartError::Delivery)?;
        Ok(Self {
            drain: Arc::new(drain),
            thread,
        })
    }

    /// Tries to deliver what the journal holds, until `end`; what is not taken stays in it.
    pub(super) async fn drain(self, end: Instant) {
        self.drain.send_replace(Some(end));
        let thread = self.thread;
        let joined = tokio::task::spawn_blocking(move || thread.join().is_ok()).await;
        if !matches!(joined, Ok(true)) {
            tracing::error!("delivery broke off: a fault of jaunt");
        }
    }
}
