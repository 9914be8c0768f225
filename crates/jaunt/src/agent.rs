//! `jaunt agent --config F`: measures until it is told to stop; with `--check`, all that is wrong with
//! the configuration.

mod live;
pub(crate) mod tell;

use crate::{
    args::Format,
    configuration::{Read, Unreadable},
    exit::Exit,
    output::Output,
    trouble::Report,
};
use jaunt_agent::config::{Config, Parsed, Process, parse};
use std::path::{Path, PathBuf};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt agent --config agent.toml
  jaunt agent --config agent.toml --check

SIGTERM drains: nothing new starts, runs end within `drain`. SIGHUP looks at all sources again.

Exit: 0 drained, or sound (--check, warnings allowed); 2 the configuration is refused; 1 anything else.
")]
pub(crate) struct Args {
    /// The agent's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Only read it, and tell all that is wrong with it
    #[arg(long)]
    check: bool,
    /// For whom to write
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// How the log on stderr is written; for people on a terminal, else as JSON
    #[arg(
        long,
        value_enum,
        value_name = "human|json",
        hide_possible_values = true
    )]
    log: Option<Format>,
}

/// Reads the file; measures by it, or tells all that is wrong with it.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let read = read(&args.config)?;
    if args.check {
        return read.check(args.format, output, explained);
    }
    match read.sound(args.format, output) {
        Some(config) => {
            tell::begin(args.log);
            Ok(live::run(config).unwrap_or_else(|report| {
                report.tell(args.format, output);
                Exit::Bad
            }))
        }
        None => Ok(Exit::Unjudged),
    }
}

/// Reads the agent's configuration at `path`.
pub(crate) fn read(path: &Path) -> Result<Read<Config>, Unreadable> {
    Read::of(path, |text, folder| {
        let Parsed {
            config,
            diagnostics,
        } = parse(text, folder, &Process);
        (config, diagnostics)
    })
}

fn explained(name: &str, config: &Config) -> String {
    let Config {
        region,
        listen,
        data_dir,
        sources,
        exports,
        ..
    } = config;
    format!(
        "{name}: region `{region}`, {} sources, {} exports, journal in `{}`, own health on {listen}\n",
        sources.len(),
        exports.len(),
        data_dir.display(),
    )
}
