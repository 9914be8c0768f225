//! `jaunt agent --config F --check`: all that is wrong with an agent's configuration.
//!
//! The agent that measures by it is not here yet, so `--check` has to be asked for.

use crate::{args::Format, exit::Exit, output::Output, trouble::Report};
use jaunt_agent::config::{Config, Parsed, Process, parse};
use jaunt_text::{Colour, Source, decode, findings, render};
use serde_json::json;
use std::{fs, io, path::PathBuf};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  jaunt agent --config agent.toml --check

Exit: 0 sound (warnings allowed), 2 refused.
")]
pub(crate) struct Args {
    /// The agent's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Only read it, and tell all that is wrong with it
    #[arg(long, required = true)]
    check: bool,
    /// For whom to write
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// The file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`", path.display())]
struct Unreadable {
    path: PathBuf,
    source: io::Error,
}

/// Reads the file, and tells all.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let path = &args.config;
    let failed = |source| Unreadable {
        path: path.clone(),
        source,
    };
    let (text, broken) = decode(&fs::read(path).map_err(failed)?);
    // Absolute, so that paths in it mean the same wherever the agent is started.
    let folder = std::path::absolute(path).map_err(failed)?;
    let folder = folder.parent().unwrap_or(&folder);
    let Parsed {
        config,
        diagnostics,
    } = parse(&text, folder, &Process);
    let sound = config.filter(|_| broken.is_none());
    let diagnostics: Vec<_> = broken.into_iter().chain(diagnostics).collect();
    let name = path.display().to_string();
    let source = Source {
        name: &name,
        text: &text,
    };
    match args.format {
        Format::Human => {
            output.diagnostic(&render(&source, &diagnostics, Colour::Always));
            if let Some(config) = &sound {
                output.result(&explained(&name, config))?;
            }
        }
        Format::Json => {
            let findings = findings(&source, &diagnostics);
            output.result(&format!(
                "{}\n",
                json!({ "ok": sound.is_some(), "findings": findings })
            ))?;
        }
    }
    Ok(if sound.is_some() {
        Exit::Fine
    } else {
        Exit::Unjudged
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
