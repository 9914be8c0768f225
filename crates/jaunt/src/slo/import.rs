//! `jaunt slo import`: SLOs that others wrote down, as the part of journeys that they are.

use crate::{args::Format, exit::Exit, output::Output, sources, trouble::Report};
use jaunt_openslo::{Imported, import};
use jaunt_text::{Source, decode};
use std::path::PathBuf;

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt slo import slos.yml
  jaunt slo rules --format openslo journeys/ | jaunt slo import -

Prints what goes into a journey: its `[[slo]]`, and of files that `jaunt slo rules --format openslo`
wrote also regions, interval, weights and maintenance. The steps are for you to write. What has no
place in a journey is refused with its reason, never taken for something else.
")]
pub(crate) struct Args {
    /// OpenSLO v1, one or more YAML documents; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// How diagnostics are written
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let (name, bytes) = sources::named(&args.file)?;
    let (text, broken) = decode(&bytes);
    let sound = broken.is_none();
    let Imported {
        drafts,
        diagnostics,
    } = import(&text);
    let source = Source {
        name: &name,
        text: &text,
    };
    let diagnostics: Vec<_> = broken.into_iter().chain(diagnostics).collect();
    sources::tell(&source, &diagnostics, args.format, output);
    let Some(drafts) = drafts.filter(|_| sound) else {
        return Ok(Exit::Unjudged);
    };
    for (place, draft) in drafts.iter().enumerate() {
        if place > 0 {
            output.result("\n# another journey, for a file of its own\n\n")?;
        }
        output.result(&draft.toml())?;
    }
    Ok(Exit::Fine)
}
