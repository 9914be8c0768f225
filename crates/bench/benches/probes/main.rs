//! What a cold probe costs: jaunt beside blackbox_exporter and beside a floor, in one run.
//!
//! `cargo bench -p jaunt-bench`, or `tests/bench`, which also says what is missing. Each variant is
//! a process of its own, and what is measured is its CPU, user and system, per probe; the variants
//! take turns in rounds, so that a machine that slows down does so for all. What they probe is
//! nginx and a small name server, on loopback, in processes that are not measured.
//!
//! - **jaunt**: `runner::run` of a journey of one step, its record folded to SLIs, and its spans,
//!   logs and metrics encoded as OTLP.
//! - **floor**: the same libraries (tokio, rustls, hyper) in a bare loop, without a product.
//! - **peer**: blackbox_exporter, asked over its `/probe` endpoint as Prometheus asks it. What asks
//!   is not measured, so its timers are not either: a little in the peer's favour.
//!
//! With `--agent` it is a whole agent that is measured: see `agent.rs`.
//!
//! *Closed* is one probe after another; *paced* is a hundred a second, each waking from idle: the
//! regime that a prober lives in.
#![expect(clippy::print_stdout, reason = "a bench's result is what it prints")]

mod agent;
mod cpu;
mod five_steps;
mod floor;
mod kind;
mod ours;
mod peer;
mod prober;
mod process;
mod server;
mod table;
mod worker;

use kind::{Kind, Pace, Target, Tool};
use peer::Exporter;
use prober::Prober;
use process::Running;
use std::{error::Error, time::Duration};
use table::Table;

/// What went wrong, for whoever runs the bench.
type Trouble = Box<dyn Error + Send + Sync>;

const ROUNDS: usize = 5;

fn main() -> Result<(), Trouble> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["worker", tool, kind, address, ca] => worker::work(tool, kind, address, ca),
        ["answer"] => server::answer(),
        _ if words.contains(&"--agent") => agent::bench(&agent::Plan::read(&words)?),
        _ if words.contains(&"--bench") => bench(rounds(&words)?),
        _ => {
            println!("nothing is measured in a test: `cargo bench -p jaunt-bench`");
            Ok(())
        }
    }
}

/// The number after `--rounds`, at most 100.
fn rounds(words: &[&str]) -> Result<usize, Trouble> {
    let given = words.iter().skip_while(|word| **word != "--rounds").nth(1);
    let rounds = given.map_or(Ok(ROUNDS), |text| text.parse())?;
    Ok(rounds.clamp(1, 100))
}

fn bench(rounds: usize) -> Result<(), Trouble> {
    let runtime = prober::runtime()?;
    let Some(site) = server::Site::start()? else {
        println!("skipped: nginx is not installed, and it is what is probed");
        return Ok(());
    };
    let mut runners = Vec::new();
    for kind in Kind::ALL {
        let target = site.target(kind);
        runners.push(Runner::worker(Tool::Jaunt, &target)?);
        runners.push(Runner::worker(Tool::Floor, &target)?);
        match Exporter::start(&target)? {
            Some(exporter) => runners.push(Runner::peer(&target, exporter, &runtime)?),
            None => println!("skipped: {} is not installed", peer::PROGRAM),
        }
    }
    let mut table = Table::default();
    // What is done once, like the first handshake's tables, is no probe's.
    for runner in &mut runners {
        runner.carry(Pace::Closed, 20, &runtime)?;
    }
    for _ in 0..rounds {
        for pace in Pace::ALL {
            for runner in &mut runners {
                let spent = runner.measure(pace, pace.count(), &runtime)?;
                table.add(pace, runner.target.kind, runner.tool, spent);
            }
        }
    }
    print!("{table}");
    drop(runners);
    five_steps::bench(&site, rounds.min(3))
}

/// A process that probes, and how it is told to.
struct Runner {
    tool: Tool,
    target: Target,
    process: Process,
}

/// A measured process, and how it is told to probe.
enum Process {
    /// By a line on its standard input.
    Worker(Running),
    /// By requests from here.
    Peer(Exporter, Box<Prober>),
}

impl Runner {
    fn worker(tool: Tool, target: &Target) -> Result<Self, Trouble> {
        let ca = target
            .ca
            .to_str()
            .ok_or("a temporary folder's name is no text")?;
        let address = target.address.to_string();
        let args = ["worker", tool.word(), target.kind.word(), &address, ca];
        Ok(Self {
            tool,
            target: target.clone(),
            process: Process::Worker(Running::again(&args)?),
        })
    }

    fn peer(
        target: &Target,
        exporter: Exporter,
        runtime: &tokio::runtime::Runtime,
    ) -> Result<Self, Trouble> {
        let prober = Prober::Peer(runtime.block_on(exporter.connect())?);
        Ok(Self {
            tool: Tool::Peer,
            target: target.clone(),
            process: Process::Peer(exporter, Box::new(prober)),
        })
    }

    fn id(&self) -> u32 {
        match &self.process {
            Process::Worker(running) => running.id(),
            Process::Peer(exporter, _) => exporter.id(),
        }
    }

    /// CPU per probe.
    fn measure(
        &mut self,
        pace: Pace,
        count: u32,
        runtime: &tokio::runtime::Runtime,
    ) -> Result<Duration, Trouble> {
        let before = cpu::of_process(self.id())?;
        self.carry(pace, count, runtime)?;
        let after = cpu::of_process(self.id())?;
        Ok(after.saturating_sub(before) / count)
    }

    fn carry(
        &mut self,
        pace: Pace,
        count: u32,
        runtime: &tokio::runtime::Runtime,
    ) -> Result<(), Trouble> {
        match &mut self.process {
            Process::Worker(running) => worker::tell(running, pace, count),
            Process::Peer(_, prober) => runtime.block_on(prober::carry(prober, pace, count)),
        }
        .map_err(|source| {
            let (tool, kind) = (self.tool.word(), self.target.kind.word());
            format!("{tool} could not probe {kind}: {source}").into()
        })
    }
}
