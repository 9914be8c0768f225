//! Journeys from files, folders and standard input: all read, all problems told.

use crate::{agreement, args::Format, output::Output};
use jaunt_journey::{Journey, Options, parse};
use jaunt_text::{
    Colour, Diagnostic, Diagnostics, Finding, Severity, Source, Table, decode, document, findings,
    list, nearest, render,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
    ops::Range,
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
    vars: Vec<String>,
}

/// All that was read.
pub(crate) struct Files {
    /// The journeys' files, sound or not.
    pub(crate) files: Vec<File>,
    /// The agreements' files, sound or not.
    pub(crate) agreements: Vec<agreement::File>,
    /// The files of folders that are no journeys.
    passed_over: Vec<String>,
}

impl Files {
    /// Tells people which files were passed over.
    pub(crate) fn tell_passed_over(&self, output: &mut Output) {
        for name in &self.passed_over {
            output.diagnostic(&format!(
                "passed over {name}: it has neither `journey` nor `[[step]]`\n"
            ));
        }
    }
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
    #[error("no journey, as a `*.toml` file, lies in or below `{path}`")]
    Empty {
        /// The path as given.
        path: String,
    },
    /// A variable of the command line that no file has.
    #[error("no journey has the variable `{name}` to give a value to; {help}")]
    NoVar {
        /// Its name.
        name: String,
        /// A way out.
        help: String,
    },
}

/// A file holds little text; what is longer is cut here, and refused by the parser as too large.
const MOST_BYTES: u64 = 16 << 20;
/// Folders within folders, so that a loop of links ends.
const DEEPEST: usize = 16;

/// The journeys of every path; what stands beside them does no harm.
pub(crate) fn read(paths: &[PathBuf], options: &Options) -> Result<Files, SourceError> {
    read_pinned(paths, options, &[])
}

/// The same; what lies below one of these folders belongs to its customer.
pub(crate) fn read_pinned(
    paths: &[PathBuf],
    options: &Options,
    pinned: &[(PathBuf, String)],
) -> Result<Files, SourceError> {
    let read = read_each(paths, options, &|path| whose(path, pinned))?;
    match paths.first() {
        Some(path) if read.files.is_empty() => Err(SourceError::Empty {
            path: path.display().to_string(),
        }),
        _ => Ok(read),
    }
}

/// Reads every path: files as they are, folders with every `*.toml` below them, `-` for stdin.
///
/// Other TOML lies beside journeys, such as an agent's configuration: of a folder, what has neither
/// `journey` nor `[[step]]` is passed over. A file that was named is held to be a journey.
pub(crate) fn read_all(paths: &[PathBuf], options: &Options) -> Result<Files, SourceError> {
    read_each(paths, options, &|_| None)
}

/// The customer whom the folder that `path` lies in is pinned to; the innermost such folder counts.
fn whose(path: &Path, pinned: &[(PathBuf, String)]) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let around = pinned.iter().filter_map(|(folder, customer)| {
        let folder = folder.canonicalize().ok()?;
        path.starts_with(&folder)
            .then(|| (folder.components().count(), customer))
    });
    let (_, customer) = around.max_by_key(|(depth, _)| *depth)?;
    Some(customer.clone())
}

fn read_each(
    paths: &[PathBuf],
    options: &Options,
    whose: &dyn Fn(&Path) -> Option<String>,
) -> Result<Files, SourceError> {
    let open = |path: &Path| {
        let customer = whose(path).or_else(|| options.customer.clone());
        let options = Options {
            vars: options.vars.clone(),
            customer,
        };
        open(path, &options)
    };
    let (mut files, mut passed_over) = (Vec::new(), Vec::new());
    let mut agreements = Vec::new();
    let mut sort = |file: Result<File, SourceError>| -> Result<Option<File>, SourceError> {
        let file = file?;
        if jaunt_agreement::is_agreement(&file.text) {
            agreements.push(agreement::File::of(file.name, file.text.as_bytes()));
            return Ok(None);
        }
        Ok(Some(file))
    };
    for path in paths {
        if path.as_os_str() == "-" {
            let (name, bytes) = named(path)?;
            let file = File::of(name, PathBuf::from("."), &bytes, options);
            files.extend(sort(Ok(file))?);
        } else if path.is_dir() {
            let before = files.len();
            let mut agreed = false;
            let mut found = Vec::new();
            below(path, DEEPEST, &mut found)?;
            for path in found {
                let Some(file) = sort(open(&path))? else {
                    agreed = true;
                    continue;
                };
                match file.is_something_else() {
                    true => passed_over.push(file.name),
                    false => files.push(file),
                }
            }
            if files.len() == before && !agreed {
                let path = path.display().to_string();
                return Err(SourceError::Empty { path });
            }
        } else {
            files.extend(sort(open(path))?);
        }
    }
    refuse_twins(&mut files);
    if !files.iter().any(File::is_refused) {
        variables_are_known(&files, options.vars.keys())?;
    }
    Ok(Files {
        files,
        agreements,
        passed_over,
    })
}

/// That each of `names` is a variable of some file: of a folder, few journeys have all of them.
fn variables_are_known<'n>(
    files: &[File],
    names: impl Iterator<Item = &'n String>,
) -> Result<(), SourceError> {
    let known: BTreeSet<&str> = files
        .iter()
        .flat_map(|file| file.vars.iter().map(String::as_str))
        .collect();
    let mut strangers = names.filter(|name| !known.contains(name.as_str()));
    let Some(name) = strangers.next().cloned() else {
        return Ok(());
    };
    let help = match nearest(&name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is no `[vars]`".to_owned(),
        None => format!("there is {}", list(known.iter().copied(), "and")),
    };
    Err(SourceError::NoVar { name, help })
}

/// Tells problems of a file: to people in one piece, to programs one a line.
pub(crate) fn tell(
    source: &Source<'_>,
    diagnostics: &[Diagnostic],
    format: Format,
    output: &mut Output,
) {
    match format {
        Format::Human => output.diagnostic(&render(source, diagnostics, Colour::Always)),
        Format::Json => {
            for finding in findings(source, diagnostics) {
                if let Ok(line) = serde_json::to_string(&finding) {
                    output.diagnostic(&format!("{line}\n"));
                }
            }
        }
    }
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

/// What a file holds, as far as any of these may reach.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, SourceError> {
    let file = std::fs::File::open(path).map_err(unreadable(path))?;
    bytes_of(file).map_err(unreadable(path))
}

/// The bytes of a file, or of standard input for `-`, and what it is called.
pub(crate) fn named(path: &Path) -> Result<(String, Vec<u8>), SourceError> {
    if path.as_os_str() != "-" {
        return Ok((path.display().to_string(), bytes(path)?));
    }
    let name = "<stdin>";
    let bytes = bytes_of(io::stdin().lock()).map_err(unreadable(Path::new(name)))?;
    Ok((name.to_owned(), bytes))
}

fn open(path: &Path, options: &Options) -> Result<File, SourceError> {
    let bytes = bytes(path)?;
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
            vars: parsed.vars,
        };
        if file.is_refused() {
            file.journeys.clear();
        }
        file
    }

    /// Whether it is sound TOML without anything that a journey has, or that is a slip of it.
    fn is_something_else(&self) -> bool {
        let mut found = Diagnostics::new(&self.text);
        let document = document(&self.text, &mut found);
        let like = |key: &str| {
            ["journey", "step"]
                .iter()
                .any(|name| key == *name || nearest(key, [*name]).is_some())
        };
        !found.any_error()
            && document.is_some_and(|document| {
                !Table::root(&document, "a file")
                    .items()
                    .any(|item| like(item.key()))
            })
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

    /// Tells what it is refused for.
    pub(crate) fn tell_errors(&self, format: Format, output: &mut Output) {
        let errors = self.diagnostics.iter();
        let errors = errors.filter(|one| one.severity == Severity::Error);
        let errors: Vec<Diagnostic> = errors.cloned().collect();
        tell(&self.source(), &errors, format, output);
    }

    /// Where the journey's name stands.
    fn named_at(&self) -> Range<usize> {
        let mut found = Diagnostics::new(&self.text);
        document(&self.text, &mut found)
            .and_then(|text| Some(Table::root(&text, "a journey").item("journey")?.span()))
            .unwrap_or(0..0)
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
                    file.diagnostics.push(Diagnostic {
                        severity: Severity::Error,
                        code: "duplicate-journey",
                        span: file.named_at(),
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
        let text = [b"# the journey of all\n", HOME].concat();
        let file = |name: &str| File::of(name.into(), ".".into(), &text, &Options::default());
        let mut files = [file("a.toml"), file("b.toml")];
        refuse_twins(&mut files);
        assert!(!files[0].is_refused());
        let found = files[1].findings();
        assert_eq!(found[0].code, "duplicate-journey");
        let place = files[1].diagnostics[0].span.clone();
        assert_eq!(files[1].text[place], *"\"home\"");
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
        let read_all = || read(&[folder.path().to_owned()], &Options::default());
        assert!(matches!(read_all(), Err(SourceError::Empty { .. })));
        std::fs::write(folder.path().join("agent.toml"), "region = \"a\"\n").unwrap();
        assert!(matches!(read_all(), Err(SourceError::Empty { .. })));
    }

    #[test]
    fn of_a_folder_other_toml_is_passed_over_and_a_slip_is_not() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("agent.toml", "region = \"a\"\n[[source]]\ndir = \".\"\n"),
            ("broken.toml", "region = \n"),
            ("home.toml", std::str::from_utf8(HOME).unwrap()),
            ("slip.toml", "name = \"a\"\n[[steps]]\nurl = \"b\"\n"),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let all = read(&[folder.path().to_owned()], &Options::default()).unwrap();
        let refused: Vec<bool> = all.files.iter().map(File::is_refused).collect();
        assert_eq!(refused, [true, false, true]);
        assert_eq!(all.passed_over.len(), 1);
        assert!(all.passed_over[0].ends_with("agent.toml"));
        let named = read(&[folder.path().join("agent.toml")], &Options::default()).unwrap();
        assert!(named.files[0].is_refused());
    }

    #[test]
    fn a_variable_that_only_some_files_have_is_theirs_and_one_that_none_has_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let with = "journey = \"with\"\n[vars]\nbase = \"https://a.example\"\n[[step]]\nrequest = \"GET {{vars.base}}/\"\nstatus = 200\n";
        std::fs::write(folder.path().join("home.toml"), HOME).unwrap();
        std::fs::write(folder.path().join("with.toml"), with).unwrap();
        let read_with = |name: &str| {
            let vars = [(name.to_owned(), "https://b.example".to_owned())].into();
            let options = Options {
                vars,
                customer: None,
            };
            read(&[folder.path().to_owned()], &options)
        };
        let all = read_with("base").unwrap();
        assert_eq!(all.files[1].journeys[0].origins[0].host, "b.example");
        let error = read_with("bsae").err().unwrap().to_string();
        assert!(error.ends_with("did you mean `base`?"), "{error}");
    }
}
