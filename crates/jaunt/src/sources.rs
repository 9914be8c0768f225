//! Journeys from files, folders and standard input: all read, all problems told.

use crate::output::Output;
use jaunt_journey::{Journey, Options, parse};
use jaunt_text::{Colour, Diagnostic, Finding, Severity, Source, decode, findings, render};
use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A file that was read.
pub(crate) struct File {
    /// Its path as people gave it; `<stdin>` for standard input.
    pub(crate) name: String,
    /// The folder that it lies in.
    pub(crate) folder: PathBuf,
    /// What it says; empty where there is any error.
    pub(crate) journeys: Vec<Journey>,
    text: String,
    diagnostics: Vec<Diagnostic>,
}

/// Why a path gave no journeys at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// It cannot be read.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The path as given.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder without journeys.
    #[error("no `*.toml` file lies in or below `{path}`")]
    Empty {
        /// The path as given.
        path: String,
    },
}

/// A file holds little text; what is longer is cut here, and refused by the parser as too large.
const MOST_BYTES: u64 = 16 << 20;
/// Folders within folders, so that a loop of links ends.
const DEEPEST: usize = 16;

/// Reads every path: files as they are, folders with every `*.toml` below them, `-` for stdin.
pub(crate) fn read(paths: &[PathBuf], options: &Options) -> Result<Vec<File>, SourceError> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let bytes = bytes_of(io::stdin().lock()).map_err(unreadable(Path::new("<stdin>")))?;
            files.push(File::of(
                "<stdin>".into(),
                PathBuf::from("."),
                &bytes,
                options,
            ));
        } else if path.is_dir() {
            let mut found = Vec::new();
            below(path, DEEPEST, &mut found)?;
            if found.is_empty() {
                let path = path.display().to_string();
                return Err(SourceError::Empty { path });
            }
            for path in found {
                files.push(open(&path, options)?);
            }
        } else {
            files.push(open(path, options)?);
        }
    }
    refuse_twins(&mut files);
    Ok(files)
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let path = path.display().to_string();
    move |source| SourceError::Unreadable { path, source }
}

fn bytes_of(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn open(path: &Path, options: &Options) -> Result<File, SourceError> {
    let file = std::fs::File::open(path).map_err(unreadable(path))?;
    let bytes = bytes_of(file).map_err(unreadable(path))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).to_owned();
    Ok(File::of(
        path.display().to_string(),
        folder,
        &bytes,
        options,
    ))
}

/// The journeys below a folder by name, so that their order is the same everywhere; what begins
/// with a dot is not looked at.
fn below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let entries = std::fs::read_dir(folder).map_err(unreadable(folder))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(unreadable(folder))?.path());
    }
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                below(&path, depth - 1, found)?;
            }
        } else if name.ends_with(".toml") {
            found.push(path);
        }
    }
    Ok(())
}

impl File {
    /// What `bytes` say.
    pub(crate) fn of(name: String, folder: PathBuf, bytes: &[u8], options: &Options) -> Self {
        let (text, broken) = decode(bytes);
        let parsed = parse(&text, options);
        let mut diagnostics: Vec<_> = broken.into_iter().collect();
        diagnostics.extend(parsed.diagnostics);
        let mut file = Self {
            name,
            folder,
            journeys: parsed.journeys,
            text,
            diagnostics,
        };
        if file.is_refused() {
            file.journeys.clear();
        }
        file
    }

    /// Whether anything is wrong with it, beyond warnings.
    pub(crate) fn is_refused(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many problems of a kind it has.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        let alike = self
            .diagnostics
            .iter()
            .filter(|one| one.severity == severity);
        alike.count()
    }

    /// Its problems for programs.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        findings(&self.source(), &self.diagnostics)
    }

    /// Tells its problems to people.
    pub(crate) fn tell(&self, output: &mut Output) {
        output.diagnostic(&render(&self.source(), &self.diagnostics, Colour::Always));
    }

    fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            text: &self.text,
        }
    }
}

/// Two journeys of one customer and name would be one series and one history: neither may stand.
fn refuse_twins(files: &mut [File]) {
    let mut owners: BTreeMap<(String, String), String> = BTreeMap::new();
    for file in files {
        let names: Vec<_> = file
            .journeys
            .iter()
            .map(|journey| (journey.customer.clone(), journey.name.clone()))
            .collect();
        for name in names {
            match owners.get(&name) {
                None => drop(owners.insert(name, file.name.clone())),
                Some(other) => {
                    let start = file.text.find("journey").unwrap_or(0);
                    let end = (start + "journey".len()).min(file.text.len());
                    file.diagnostics.push(Diagnostic {
                        severity: Severity::Error,
                        code: "duplicate-journey",
                        span: start..end,
                        message: format!(
                            "`{}` of customer `{}` is also in `{other}`",
                            name.1, name.0
                        ),
                        label: Some("name and customer are a journey's identity".into()),
                        help: Some("give one of them another name".into()),
                    });
                }
            }
        }
        if file.is_refused() {
            file.journeys.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &[u8] =
        b"journey = \"home\"\n[[step]]\nrequest = \"GET https://a.example/\"\nstatus = 200\n";

    #[test]
    fn two_files_that_claim_one_identity_are_refused() {
        let file = |name: &str| File::of(name.into(), ".".into(), HOME, &Options::default());
        let mut files = [file("a.toml"), file("b.toml")];
        refuse_twins(&mut files);
        assert!(!files[0].is_refused());
        let found = files[1].findings();
        assert_eq!(found[0].code, "duplicate-journey");
        assert!(
            found[0].message.contains("`a.toml`"),
            "{}",
            found[0].message
        );
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_names_and_without_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        for name in [
            "b.toml",
            "a.toml",
            ".hidden.toml",
            "notes.txt",
            "sub/c.toml",
        ] {
            std::fs::write(folder.path().join(name), HOME).unwrap();
        }
        let mut found = Vec::new();
        below(folder.path(), DEEPEST, &mut found).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, ["a.toml", "b.toml", "c.toml"]);
    }

    #[test]
    fn a_folder_without_a_journey_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let read = read(&[folder.path().to_owned()], &Options::default());
        assert!(matches!(read, Err(SourceError::Empty { .. })));
    }
}
