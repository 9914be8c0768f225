//! `jaunt init [DIR]`: a first journey, and the configuration of an agent that runs it.

use crate::{exit::Exit, output::Output, trouble::Report};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  jaunt init slo && jaunt run slo/journeys/home.toml
")]
pub(crate) struct Args {
    /// Where to put them
    #[arg(default_value = ".")]
    dir: PathBuf,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot write `{path}`")]
struct Unwritable {
    path: String,
    #[source]
    source: io::Error,
}

const FILES: [(&str, &str); 2] = [
    ("journeys/home.toml", include_str!("init/home.toml")),
    ("agent.toml", include_str!("init/agent.toml")),
];

/// Writes what is not there yet, and says what to do next.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    for (name, text) in FILES {
        let path = args.dir.join(name);
        let said = match create(&path, text) {
            Ok(()) => "wrote",
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => "kept what is in",
            Err(source) => {
                let path = path.display().to_string();
                return Err(Unwritable { path, source }.into());
            }
        };
        output.result(&format!("{said} {}\n", path.display()))?;
    }
    let journey = args.dir.join("journeys/home.toml");
    let journey = journey.display();
    output.result(&format!(
        "\nnext:\n  put your own address into {journey}\n  jaunt check {journey}\n  jaunt run {journey}\n"
    ))?;
    Ok(Exit::Fine)
}

/// A new file; one that is there is left alone, whoever made it and when.
fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_journey_is_sound() {
        let parsed = jaunt_journey::parse(FILES[0].1, &jaunt_journey::Options::default());
        assert_eq!(parsed.diagnostics, []);
        assert_eq!(parsed.journeys.len(), 1);
    }

    #[test]
    fn a_file_that_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journeys/home.toml");
        create(&path, "mine").unwrap();
        let again = create(&path, "yours").unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }
}
