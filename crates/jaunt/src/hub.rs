//! `jaunt hub`: receives, keeps and shows until it is told to stop; and what goes with it: tokens,
//! backup, restore.

mod live;
mod token;

use crate::{agent::tell, args::Format, exit::Exit, output::Output, trouble::Report};
use clap::Subcommand;
use jaunt_hub::{
    config::{Config, Parsed, Process, folder_of, parse},
    store::{backup, restore},
};
use jaunt_text::{Colour, Source, decode, findings, render};
use serde_json::json;
use std::{
    fs, io,
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
    let read = Read::of(&args.config)?;
    if args.check {
        return read.check(args.format, output);
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

/// A configuration's text, and what it says.
struct Read {
    name: String,
    text: String,
    parsed: Parsed,
}

impl Read {
    fn of(path: &Path) -> Result<Self, FileError> {
        let failed = |source| FileError::Read {
            path: path.to_owned(),
            source,
        };
        let (text, broken) = decode(&fs::read(path).map_err(failed)?);
        let mut parsed = parse(&text, &folder_of(path).map_err(failed)?, &Process);
        parsed.config = parsed.config.filter(|_| broken.is_none());
        parsed.diagnostics.splice(0..0, broken);
        Ok(Self {
            name: path.display().to_string(),
            text,
            parsed,
        })
    }

    /// The configuration, if it is sound; all that is wrong with it is told.
    fn sound(self, format: Format, output: &mut Output) -> Option<Config> {
        match format {
            Format::Human => output.diagnostic(&self.rendered()),
            Format::Json if self.parsed.config.is_none() => output.diagnostic(&self.told()),
            Format::Json => {}
        }
        self.parsed.config
    }

    fn check(self, format: Format, output: &mut Output) -> Result<Exit, Report> {
        match format {
            Format::Human => {
                output.diagnostic(&self.rendered());
                if let Some(config) = &self.parsed.config {
                    output.result(&explained(&self.name, config))?;
                }
            }
            Format::Json => output.result(&self.told())?,
        }
        Ok(match self.parsed.config {
            Some(_) => Exit::Fine,
            None => Exit::Unjudged,
        })
    }

    fn rendered(&self) -> String {
        render(&self.source(), &self.parsed.diagnostics, Colour::Always)
    }

    fn told(&self) -> String {
        let findings = findings(&self.source(), &self.parsed.diagnostics);
        let ok = self.parsed.config.is_some();
        format!("{}\n", json!({ "ok": ok, "findings": findings }))
    }

    fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            text: &self.text,
        }
    }
}

fn explained(name: &str, config: &Config) -> String {
    format!(
        "{name}: receives on {}, shows on {}, {} sources, {} tokens, store in `{}`\n",
        config.ingest,
        config.web,
        config.sources.len(),
        config.tokens.len(),
        config.data_dir.display(),
    )
}
