//! What may stand on the command line.

use crate::{agent, bundle, check, completions, demo, hub, init, report, run, schema, slo};
use clap::{Parser, Subcommand, ValueEnum, builder::styling};

/// What `jaunt` was called with.
#[derive(Debug, Parser)]
#[command(
    name = "jaunt",
    version,
    about = "Walks your service as a user would, and measures it",
    after_help = EXAMPLES,
    styles = STYLES,
    disable_help_subcommand = true,
    arg_required_else_help = true,
)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "auto|always|never"
    )]
    pub(crate) color: Color,
}

/// The commands, each in a module of its name.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A shop that misbehaves, agents for three regions and a hub, on this machine
    Demo(demo::Args),
    /// Write a first journey and an agent's configuration
    Init(init::Args),
    /// Tell all that is wrong with journeys, or what they will do
    Check(check::Args),
    /// Carry journeys out, once, now
    Run(run::Args),
    /// Measure by an agent's configuration until told to stop, or check it
    Agent(agent::Args),
    /// Receive, keep and show what agents measure
    Hub(hub::Args),
    /// Judge SLOs by what was measured
    Report(report::Args),
    /// Plan objectives, write alerting rules, sign agreements, ask whether to go
    Slo(slo::Args),
    /// Make, sign and verify bundles of journeys for agents far away
    Bundle(bundle::Args),
    /// Print the JSON Schema of a kind of file
    Schema(schema::Args),
    /// Print a shell's completions
    Completions(completions::Args),
}

impl Command {
    /// How the command was asked to talk; the commands that have no `--format` talk to people.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Report(args) => args.diagnostics(),
            Self::Check(args) => args.format,
            Self::Run(args) => args.errors(),
            Self::Init(_) | Self::Schema(_) | Self::Completions(_) | Self::Demo(_) => Format::Human,
            Self::Slo(args) => args.diagnostics(),
            Self::Hub(args) => args.format,
            Self::Agent(args) => args.format,
            Self::Bundle(args) => args.format,
        }
    }
}

/// For whom a command writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
}

/// How the store spells names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Names {
    /// `jaunt_sli_events_total`
    #[default]
    Underscore,
    /// `jaunt.sli.events`
    Utf8,
}

impl From<Names> for jaunt_otlp::names::Spelling {
    fn from(names: Names) -> Self {
        match names {
            Names::Underscore => Self::Underscore,
            Names::Utf8 => Self::Utf8,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Makes it so for the whole process.
    pub(crate) fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

const EXAMPLES: &str = "\
Examples:
  jaunt demo                all of it at work: a link to open
  jaunt run --shop          a shop that jaunt brings along, and a shopper's way through it
  jaunt init                a first journey of your own
  jaunt check journeys/     what journeys will do, or all that is wrong with them
";

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Green.on_default().bold())
    .usage(styling::AnsiColor::Green.on_default().bold())
    .literal(styling::AnsiColor::Cyan.on_default().bold())
    .placeholder(styling::AnsiColor::Cyan.on_default());
