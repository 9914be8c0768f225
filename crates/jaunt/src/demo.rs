//! `jaunt demo`: a shop that misbehaves on a script, agents for three regions and a hub, in one
//! process, with a link to open.

mod files;
mod live;
mod past;

use crate::{exit::Exit, output::Output, trouble::Report};
use std::{path::PathBuf, time::Duration};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt demo
  jaunt demo --for 5m
  jaunt demo --dir demo      what was measured stays there, for `jaunt report` and the like

Everything runs on loopback addresses of this machine; nothing is asked of any network. Within five
minutes payments are slow, a region is cut off, a certificate expires, prices are wrong, names are
gone, and the shop is out; then it begins again. Ctrl-C ends it.
")]
pub(crate) struct Args {
    /// Where the pages are; another port is taken where this one is not free
    #[arg(long, value_name = "PORT", default_value_t = 8417)]
    port: u16,
    /// End by itself after so long: `90s`, `5m`
    #[arg(long = "for", value_name = "DURATION", value_parser = lasting)]
    lasts: Option<Duration>,
    /// Keep everything here; by default in a folder that goes with the demo
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Without the four weeks before, which are simulated
    #[arg(long)]
    no_past: bool,
}

/// Runs until it is told to stop.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let folder = files::Folder::open(args.dir.as_deref())?;
    live::run(args, &folder, output)?;
    Ok(Exit::Fine)
}

/// A duration with its unit, as journeys write it.
fn lasting(text: &str) -> Result<Duration, String> {
    jaunt_text::parse_duration(text)
        .map_err(|_| "a duration carries its unit: `90s`, `5m`".to_owned())
}
