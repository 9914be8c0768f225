//! The agent's life: from its configuration to a drained end.

use crate::{exit::Exit, trouble::Report};
use jaunt_agent::{
    Agent, Clock, Lock, Systemd,
    config::{Config, Process},
    instance,
};
use std::{io, time::Duration};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What keeps an agent from starting, beside what its parts say.
#[derive(Debug, thiserror::Error)]
enum LiveError {
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    #[error("cannot speak to systemd, which waits for a word (`NOTIFY_SOCKET`)")]
    Systemd(#[source] io::Error),
}

/// How often nothing is said to nobody.
const UNWATCHED: Duration = Duration::from_secs(3_600);

/// Measures until SIGTERM or SIGINT; then drains.
pub(super) fn run(config: Config) -> Result<Exit, Report> {
    let lock = Lock::take(&config.data_dir)?;
    let instance = instance(config.instance.as_deref(), &Process, &config.data_dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(LiveError::Runtime)?;
    runtime.block_on(live(config, instance))?;
    drop(lock);
    Ok(Exit::Fine)
}

async fn live(config: Config, instance: String) -> Result<(), Report> {
    let mut signals = Signals::new().map_err(LiveError::Signals)?;
    let systemd = Systemd::of(&Process).map_err(LiveError::Systemd)?;
    let drain = config.drain;
    let (region, shown) = (config.region.clone(), instance.clone());
    let mut agent = Agent::start(config, instance, Clock::system()).await?;
    tracing::info!(
        region,
        instance = shown,
        health = %agent.health(),
        version = env!("CARGO_PKG_VERSION"),
        "started"
    );
    systemd.ready("measuring");
    let mut watchdog = tokio::time::interval(systemd.every().unwrap_or(UNWATCHED));
    loop {
        tokio::select! {
            heard = signals.next() => match heard {
                Heard::Reload => {
                    tracing::info!("told to look at all sources again");
                    systemd.reloading();
                    agent.reload().await?;
                    systemd.ready("measuring");
                }
                Heard::Stop => break,
            },
            _ = watchdog.tick() => if agent.is_alive() { systemd.alive() },
            broken = agent.ended() => return Err(broken.into()),
        }
    }
    systemd.stopping(drain);
    let mut drained = std::pin::pin!(agent.drain());
    loop {
        tokio::select! {
            ended = &mut drained => break ended?,
            // A drain may take longer than the watchdog waits, and has bounds of its own.
            _ = watchdog.tick() => systemd.alive(),
        }
    }
    tracing::info!("drained");
    Ok(())
}

/// What a signal says.
enum Heard {
    Reload,
    Stop,
}

struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Heard {
        tokio::select! {
            _ = self.hangup.recv() => Heard::Reload,
            _ = self.interrupt.recv() => Heard::Stop,
            _ = self.terminate.recv() => Heard::Stop,
        }
    }
}
