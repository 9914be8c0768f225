//! The hub's life: from its configuration to a drained end.

use crate::{exit::Exit, trouble::Report};
use jaunt_agent::Clock;
use jaunt_hub::{Hub, config::Config};
use std::{io, path::Path};
use tokio::signal::unix::{SignalKind, signal};

/// What keeps a hub from starting, beside what its parts say.
#[derive(Debug, thiserror::Error)]
enum LiveError {
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
}

/// Receives, keeps and shows until SIGTERM or SIGINT; then drains.
pub(super) fn run(config: Config, file: &Path) -> Result<Exit, Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(LiveError::Runtime)?;
    runtime.block_on(async {
        let listen = |kind| signal(kind).map_err(LiveError::Signals);
        let mut interrupt = listen(SignalKind::interrupt())?;
        let mut terminate = listen(SignalKind::terminate())?;
        let (url, file) = (config.url.clone(), file.to_owned());
        let hub = Hub::start(config, Some(file), Clock::system()).await?;
        tracing::info!(
            ingest = %hub.ingest,
            web = %hub.web,
            url,
            version = env!("CARGO_PKG_VERSION"),
            "started"
        );
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        hub.drain().await;
        tracing::info!("drained");
        Ok(Exit::Fine)
    })
}
