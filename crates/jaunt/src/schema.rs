//! `jaunt schema KIND`.

use crate::{exit::Exit, output::Output, trouble::Report};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  jaunt schema journey > journey.schema.json
")]
pub(crate) struct Args {
    /// Of which kind of file
    #[arg(value_enum, default_value_t)]
    kind: Kind,
}

/// The kinds of file that have a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// A journey
    #[default]
    Journey,
    /// An agent's configuration
    Agent,
    /// A hub's configuration
    Hub,
    /// An agreement
    Agreement,
}

/// Prints the schema (JSON Schema, draft 2020-12), made from the table that the parser reads.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let schema = match args.kind {
        Kind::Journey => jaunt_journey::schema(),
        Kind::Agent => jaunt_agent::config::schema(),
        Kind::Hub => jaunt_hub::config::schema(),
        Kind::Agreement => jaunt_agreement::schema(),
    };
    output.result(&format!("{schema:#}\n"))?;
    Ok(Exit::Fine)
}
