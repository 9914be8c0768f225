//! `jaunt agent --config F`: measures until it is told to stop; with `--check`, all that is wrong with
//! the configuration.

mod live;
pub(crate) mod tell;

use crate::{args::Format, exit::Exit, output::Output, trouble::Report};
use jaunt_agent::config::{Config, Parsed, Process, parse};
use jaunt_text::{Colour, Source, decode, findings, render};
use serde_json::json;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

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

/// The file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`", path.display())]
struct Unreadable {
    path: PathBuf,
    source: io::Error,
}

/// A configuration's text, and what it says.
pub(crate) struct Read {
    name: String,
    text: String,
    parsed: Parsed,
}

/// Reads the file; measures by it, or tells all that is wrong with it.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let read = Read::of(&args.config)?;
    if args.check {
        return read.check(args.format, output);
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

impl Read {
    /// Reads the file at `path`.
    pub(crate) fn of(path: &Path) -> Result<Self, Report> {
        let failed = |source| Unreadable {
            path: path.to_owned(),
            source,
        };
        let (text, broken) = decode(&fs::read(path).map_err(failed)?);
        // Absolute, so that paths in it mean the same wherever the agent is started.
        let folder = std::path::absolute(path).map_err(failed)?;
        let folder = folder.parent().unwrap_or(&folder);
        let mut parsed = parse(&text, folder, &Process);
        parsed.config = parsed.config.filter(|_| broken.is_none());
        parsed.diagnostics.splice(0..0, broken);
        Ok(Self {
            name: path.display().to_string(),
            text,
            parsed,
        })
    }

    /// The configuration, if it is sound; all that is wrong with it is told.
    pub(crate) fn sound(self, format: Format, output: &mut Output) -> Option<Config> {
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
