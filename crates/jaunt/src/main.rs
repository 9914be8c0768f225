//! The `jaunt` command line: it alone prints, exits and reads arguments.
//!
//! One module per command, each with its `Args` and a `run` that gives back an [`exit::Exit`] or a
//! [`trouble::Report`]. Results go to stdout, diagnostics to stderr, both through
//! [`output::Output`], so that a closed pipe is no panic and colours stay on terminals.

#![recursion_limit = "256"]

mod agent;
mod agreement;
mod args;
mod bundle;
mod check;
mod completions;
mod configuration;
mod demo;
mod exit;
mod hub;
mod init;
mod output;
mod render;
mod report;
mod run;
mod schema;
mod slo;
mod sources;
mod trouble;

use args::{Args, Command};
use clap::Parser;
use exit::Exit;
use output::Output;

fn main() -> std::process::ExitCode {
    let args = Args::parse();
    args.color.write_global();
    let mut output = Output::of_process();
    let format = args.command.format();
    let done = match args.command {
        Command::Report(args) => report::run(&args, &mut output),
        Command::Init(args) => init::run(&args, &mut output),
        Command::Check(args) => check::run(&args, &mut output),
        Command::Run(args) => run::run(&args, &mut output),
        Command::Schema(args) => schema::run(&args, &mut output),
        Command::Slo(args) => slo::run(&args, &mut output),
        Command::Hub(args) => hub::run(&args, &mut output),
        Command::Agent(args) => agent::run(&args, &mut output),
        Command::Bundle(args) => bundle::run(&args, &mut output),
        Command::Demo(args) => demo::run(&args, &mut output),
        Command::Completions(args) => completions::run(&args, &mut output),
    };
    done.unwrap_or_else(|report| {
        report.tell(format, &mut output);
        Exit::Unjudged
    })
    .into()
}
