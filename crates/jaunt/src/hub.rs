//! `jaunt hub`: receives, keeps and shows until it is told to stop; and what goes with it: tokens,
//! backup, restore.

mod live;
mod token;

use crate::{
    agent::tell,
    args::Format,
    configuration::{Read, Unreadable},
    exit::Exit,
    output::Output,
    trouble::Report,
};
use clap::Subcommand;
use jaunt_hub::{
    config::{Config, Parsed, Process, parse},
    store::{backup, restore},
};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = false)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// The hub's configuration
    #[arg(long, global = true, value_name = "FILE", default_value = "hub.toml")]
    config: PathBuf,
    /// Only read it, and tell all that is wrong with it
    #[arg(long)]
    check: bool,
    /// For whom to write
    #[arg(long, global = true, value_enum, default_value_t)]
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

#[derive(Debug, Subcommand)]
enum Action {
    /// Who may read and write
    Token {
        #[command(subcommand)]
        action: token::Action,
    },
    /// Copy the store into a file; the hub may be running
    Backup {
        /// The file, which must not exist
        to: PathBuf,
    },
    /// Make a backup the store of a hub that has none
    Restore {
        /// The backup
        from: PathBuf,
    },
}

const EXAMPLES: &str = "\
Examples:
  jaunt hub --config hub.toml
  jaunt hub --config hub.toml --check
  jaunt hub token add fra --role agent --customer acme --config hub.toml
  jaunt hub token add acme-2027 --role reader --customer acme --expires 90d
  jaunt hub backup hub-2026-12-01.db

An agent sends its slots here with, in its own file:
  [[export]]
  name     = \"hub\"
  endpoint = \"http://127.0.0.1:4317\"
  headers  = { authorization = \"file:hub-token\" }   # which holds: Bearer SECRET
  slots    = true

SIGTERM drains: nothing new is taken, what goes on ends, the store is packed.

Exit: 0 drained, done, or sound (--check, warnings allowed); 2 refused; 1 anything else.
";

/// A file cannot be read or written.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// Does what is asked.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    if let Some(Action::Token { action }) = &args.action {
        return token::run(action, &args.config, args.format, output);
    }
    let read = read(&args.config)?;
    if args.check {
        return read.check(args.format, output, explained);
    }
    let Some(config) = read.sound(args.format, output) else {
        return Ok(Exit::Unjudged);
    };
    match &args.action {
        Some(Action::Backup { to }) => backup(&config.data_dir, to)?,
        Some(Action::Restore { from }) => restore(from, &config.data_dir)?,
        Some(Action::Token { .. }) | None => {
            tell::begin(args.log);
            return Ok(live::run(config, &args.config).unwrap_or_else(|report| {
                report.tell(args.format, output);
                Exit::Bad
            }));
        }
    }
    Ok(Exit::Fine)
}

/// Reads the hub's configuration at `path`.
fn read(path: &Path) -> Result<Read<Config>, Unreadable> {
    Read::of(path, |text, folder| {
        let Parsed {
            config,
            diagnostics,
        } = parse(text, folder, &Process);
        (config, diagnostics)
    })
}

fn explained(name: &str, config: &Config) -> String {
    let receives = match &config.prometheus {
        None => format!("receives on {}", config.ingest),
        Some(_) => "reads counters and receives nothing".to_owned(),
    };
    format!(
        "{name}: {receives}, shows on {}, {} sources, {} tokens, store in `{}`\n",
        config.web,
        config.sources.len(),
        config.tokens.len(),
        config.data_dir.display(),
    )
}
