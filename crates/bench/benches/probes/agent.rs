//! A whole agent under load: how late runs start, what it holds and what it costs; then
//! blackbox_exporter, asked for the same at the same rate.
//!
//! `tests/bench --agent [minutes]`. All journeys run once a minute. In the first minute or two every
//! journey runs once and every series comes to be; then a window of whole minutes is measured, slot
//! by slot: what the agent exports says of each how it went.

mod home;
mod plan;
mod rate;
mod resident;
mod row;
mod sink;
mod tally;

use crate::{
    Trouble, cpu,
    kind::Kind,
    peer::{self, Exporter},
    process,
    server::Site,
};
use home::Home;
use plan::Load;
pub(crate) use plan::Plan;
use resident::Resident;
use row::{Ours, Theirs};
use sink::Sink;
use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const MINUTE: Duration = Duration::from_secs(60);
/// Memory is looked at as often, in seconds.
const LOOK_S: u64 = 5;
/// So long may the last results take to arrive.
const UNDER_WAY: Duration = Duration::from_secs(30);
/// The peer is asked for at most as many minutes.
const PEER_MINUTES: u32 = 3;

/// Measures the agent under each load of `plan`, then the peer, and prints what was measured.
pub(crate) fn bench(plan: &Plan) -> Result<(), Trouble> {
    let jaunt = process::jaunt()?;
    let jaunt = jaunt.ok_or("no jaunt is built: `cargo build --release -p jaunt`")?;
    let Some(site) = Site::start()? else {
        println!("skipped: nginx is not installed, and it is what is probed");
        return Ok(());
    };
    println!("{}", row::heading(plan.minutes));
    let mut alike = None;
    for load in &plan.loads {
        let ours = measure(&site, &jaunt, *load, plan.minutes)?;
        println!("{ours}");
        if load.steps == 1 {
            alike = Some(ours);
        }
    }
    // A probe of the peer's is a journey of one step.
    match alike {
        Some(ours) => beside(&site, &ours),
        None => Ok(()),
    }
}

fn measure(site: &Site, jaunt: &Path, load: Load, minutes: u32) -> Result<Ours, Trouble> {
    let sink = Sink::start()?;
    let home = Home::new(site, load, sink.address())?;
    let agent = home.start(jaunt)?;
    agent.until_loaded()?;
    let minute = MINUTE.as_secs();
    // The first whole minute behind this one is for warming up.
    let first = (now().as_secs() / minute + 2) * minute;
    let last = first + u64::from(minutes) * minute;
    let mut resident = Resident::default();
    sleep_until(first);
    let before = (cpu::of_group(agent.id())?, cpu::of_machine()?);
    for looks in 0..=(last - first) / LOOK_S {
        sleep_until(first + looks * LOOK_S);
        resident.look(agent.id())?;
    }
    let after = (cpu::of_group(agent.id())?, cpu::of_machine()?);
    let planned = u64::from(load.journeys) * u64::from(minutes);
    // Slots are due within the minute that they name.
    let slots = i64::try_from(first)?..i64::try_from(last)?;
    sink.until_all(planned, &slots, UNDER_WAY);
    Ok(Ours {
        load,
        planned,
        tally: sink.tally(&slots),
        resident,
        spent: after.0.saturating_sub(before.0),
        busy: after.1.saturating_sub(before.1),
        minutes,
    })
}

/// The peer, asked once a minute for as many targets as `ours` had journeys.
fn beside(site: &Site, ours: &Ours) -> Result<(), Trouble> {
    let Some(exporter) = Exporter::start(&site.target(Kind::Https))? else {
        println!("skipped: {} is not installed", peer::PROGRAM);
        return Ok(());
    };
    let minutes = ours.minutes.min(PEER_MINUTES);
    let every = MINUTE / ours.load.journeys;
    rate::ask(&exporter, every, MINUTE / 3, &mut |_| Ok(()))?;
    let mut resident = Resident::default();
    let before = cpu::of_group(exporter.id())?;
    let asked = rate::ask(&exporter, every, MINUTE * minutes, &mut |id| {
        resident.look(id)
    })?;
    let theirs = Theirs {
        asked,
        spent: cpu::of_group(exporter.id())?.saturating_sub(before),
        resident,
        minutes,
    };
    println!("{}", theirs.beside(ours));
    Ok(())
}

/// Since 1970: slots lie on the wall clock.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

fn sleep_until(unix_s: u64) {
    std::thread::sleep(Duration::from_secs(unix_s).saturating_sub(now()));
}
