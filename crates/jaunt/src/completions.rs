//! `jaunt completions SHELL`.

use crate::{exit::Exit, output::Output, trouble::Report};
use clap::CommandFactory;

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  jaunt completions zsh > ~/.zfunc/_jaunt
")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Prints the script.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut crate::args::Args::command(),
        "jaunt",
        &mut script,
    );
    output.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
