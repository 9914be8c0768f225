//! `jaunt slo`: what objectives ask for, and what was agreed about them.

mod gate;
mod import;
mod plan;
mod rules;
mod sign;

use crate::{args::Format, exit::Exit, output::Output, trouble::Report};

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// What each objective costs and allows, and whether this cadence can tell
    Plan(plan::Args),
    /// Recording and alerting rules for Prometheus and its kin
    Rules(rules::Args),
    /// SLOs in OpenSLO v1 as what goes into a journey
    Import(import::Args),
    /// Sign an agreement
    Sign(sign::Args),
    /// Whether a pipeline may go on, by what is agreed at what is spent
    Gate(gate::Args),
}

impl Args {
    /// How diagnostics are written.
    pub(crate) fn diagnostics(&self) -> Format {
        match &self.command {
            Command::Plan(args) => args.format,
            Command::Rules(_) => Format::Human,
            Command::Import(args) => args.format,
            Command::Sign(_) => Format::Human,
            Command::Gate(args) => args.format,
        }
    }
}

/// Does it.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    match &args.command {
        Command::Plan(args) => plan::run(args, output),
        Command::Rules(args) => rules::run(args, output),
        Command::Import(args) => import::run(args, output),
        Command::Sign(args) => sign::run(args, output),
        Command::Gate(args) => gate::run(args, output),
    }
}
