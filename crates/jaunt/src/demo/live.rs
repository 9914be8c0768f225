//! The demo while it runs.

use super::{Args, files::Folder, past};
use crate::{output::Output, trouble::Report};
use jaunt_agent::{Agent, Clock, Lock};
use jaunt_demo::{Fault, Script, World};
use jaunt_hub::{Hub, StartError, config::Config};
use jiff::{Timestamp, tz::TimeZone};
use std::{io, time::Instant};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

#[derive(Debug, thiserror::Error)]
enum LiveError {
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
}

/// Opens everything, plays the script until told to stop, and closes it in order.
pub(super) fn run(args: &Args, folder: &Folder, output: &mut Output) -> Result<(), Report> {
    // What measures has threads of its own: the pages' work is not to be booked as anyone's wait.
    let (stage, measuring) = (runtime()?, runtime()?);
    let world = stage.block_on(World::open())?;
    world.write(folder.path())?;
    let now_ns = Clock::system().now().wall_ns;
    let past_until_ns = (!args.no_past).then_some(now_ns);
    let hub = stage.block_on(open_hub(args.port, folder, past_until_ns))?;
    let agents = measuring.block_on(start_agents(&world, folder, &hub))?;
    output.result(&welcome(&world, &hub, args))?;
    let played = stage.block_on(play(args, &world, &hub, output));
    output.result("ending: runs finish, and what was measured is delivered\n")?;
    let (agents, locks): (Vec<_>, Vec<_>) = agents.into_iter().unzip();
    measuring.block_on(drain(agents));
    drop(locks);
    stage.block_on(hub.drain());
    played
}

fn runtime() -> Result<Runtime, LiveError> {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(LiveError::Runtime)
}

/// The hub where it was asked for, or on any free port.
async fn open_hub(
    port: u16,
    folder: &Folder,
    simulated_until_ns: Option<i64>,
) -> Result<Hub, Report> {
    let config = |port| -> Result<_, Report> {
        Ok(Config {
            simulated_until_ns,
            ..folder.hub(port)?
        })
    };
    match Hub::start(config(port)?, None, Clock::system()).await {
        Err(StartError::Listen { source, .. }) if source.kind() == io::ErrorKind::AddrInUse => {
            Ok(Hub::start(config(0)?, None, Clock::system()).await?)
        }
        started => Ok(started?),
    }
}

async fn start_agents(
    world: &World,
    folder: &Folder,
    hub: &Hub,
) -> Result<Vec<(Agent, Lock)>, Report> {
    let mut agents = Vec::new();
    for region in world.regions() {
        let config = folder.agent(region, hub.ingest)?;
        let lock = Lock::take(&config.data_dir)?;
        let instance = format!("demo-{}", region.name);
        let agent = Agent::start(config, instance, Clock::system()).await?;
        agents.push((agent, lock));
    }
    Ok(agents)
}

async fn drain(agents: Vec<Agent>) {
    let mut draining = JoinSet::new();
    for agent in agents {
        // What an agent could not deliver in time goes with the demo's folder.
        draining.spawn(async move { drop(agent.drain().await) });
    }
    while draining.join_next().await.is_some() {}
}

fn welcome(world: &World, hub: &Hub, args: &Args) -> String {
    let regions: Vec<String> = world
        .regions()
        .iter()
        .map(|region| format!("{} ({} ms away)", region.name, region.distance.as_millis()))
        .collect();
    let past = if args.no_past {
        ""
    } else {
        "  The four weeks before are simulated, and said to be; all from now on is measured.\n"
    };
    format!(
        "A shop, its payment provider, a hub, and agents in {} run on this machine.\n\n  \
         Open  http://{}/\n\n{past}  \
         A shopper buys every ten seconds. What goes wrong is told here; Ctrl-C ends it.\n\n",
        regions.join(", "),
        hub.web
    )
}

/// Plays the script until the time is up or someone says stop.
async fn play(args: &Args, world: &World, hub: &Hub, output: &mut Output) -> Result<(), Report> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(LiveError::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(LiveError::Signals)?;
    let now_s = Clock::system().now().wall_ns.div_euclid(1_000_000_000);
    let mut behind = JoinSet::new();
    if !args.no_past {
        behind.spawn(past::write(
            hub.store().clone(),
            world.regions().to_vec(),
            now_s,
        ));
    }
    let (script, begun) = (Script::default(), Instant::now());
    let mut last: Option<Fault> = None;
    loop {
        let elapsed = begun.elapsed();
        let fault = script.at(elapsed);
        if fault != last {
            world.turn(fault);
            output.result(&told(fault))?;
            last = fault;
        }
        let next = script.next(elapsed).saturating_sub(elapsed);
        let left = args.lasts.map(|lasts| lasts.saturating_sub(elapsed));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(left.map_or(next, |left| left.min(next))) => {}
            Some(written) = behind.join_next() => {
                if let Ok(Err(error)) = written {
                    return Err(error.into());
                }
            }
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
        }
    }
}

fn told(fault: Option<Fault>) -> String {
    let at = Timestamp::from_nanosecond(i128::from(Clock::system().now().wall_ns)).map_or_else(
        |_| String::new(),
        |at| at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S").to_string(),
    );
    format!("  {at}  {}\n", fault.map_or("all is well", Fault::as_str))
}
