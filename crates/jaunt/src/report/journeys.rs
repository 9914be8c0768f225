//! The journeys of a report: their SLOs, and what stands beside the figures.

use super::{Entry, Felt, events::hex};
use crate::{args::Format, output::Output};
use jaunt_journey::{Journey, Options};
use jaunt_slo::{Report, Subject};
use jaunt_text::{Colour, Severity, Source};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A journey whose SLOs are judged.
pub(crate) struct Judged {
    pub(crate) subject: Subject,
    config: String,
    felt: Vec<jaunt_journey::Felt>,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JourneysError {
    #[error("cannot read `{path}`")]
    Read {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("`{0}` holds no `*.toml`")]
    Empty(PathBuf),
}

/// The journeys of files and directories, in the order of their paths; `None` where one is not
/// sound, which is told.
pub(crate) fn load(
    paths: &[PathBuf],
    format: Format,
    output: &mut Output,
) -> Result<Option<Vec<Judged>>, JourneysError> {
    let mut judged = Vec::new();
    let mut sound = true;
    for path in files(paths)? {
        let text = text(&path)?;
        let parsed = jaunt_journey::parse(&text, &Options::default());
        let is_error = |d: &&jaunt_text::Diagnostic| d.severity == Severity::Error;
        let errors: Vec<_> = parsed
            .diagnostics
            .iter()
            .filter(is_error)
            .cloned()
            .collect();
        sound &= errors.is_empty();
        tell(&path, &text, &errors, format, output);
        judged.extend(parsed.journeys.iter().map(Judged::new));
    }
    Ok(sound.then_some(judged))
}

fn text(path: &Path) -> Result<String, JourneysError> {
    let bytes = fs::read(path).map_err(|cause| JourneysError::Read {
        path: path.to_owned(),
        cause,
    })?;
    Ok(jaunt_text::decode(&bytes).0)
}

fn tell(
    path: &Path,
    text: &str,
    diagnostics: &[jaunt_text::Diagnostic],
    format: Format,
    output: &mut Output,
) {
    if diagnostics.is_empty() {
        return;
    }
    let name = path.display().to_string();
    let source = Source { name: &name, text };
    match format {
        Format::Human => {
            output.diagnostic(&jaunt_text::render(&source, diagnostics, Colour::Always));
        }
        Format::Json => {
            for finding in jaunt_text::findings(&source, diagnostics) {
                if let Ok(line) = serde_json::to_string(&finding) {
                    output.diagnostic(&format!("{line}\n"));
                }
            }
        }
    }
}

/// The files that `paths` name: directories stand for every `*.toml` below them.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, JourneysError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            below(path, 0, &mut files)?;
            if files.len() == before {
                return Err(JourneysError::Empty(path.clone()));
            }
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// Directories nest no deeper than this: a link to above would go on for ever.
const DEEPEST: u32 = 16;

fn below(folder: &Path, depth: u32, files: &mut Vec<PathBuf>) -> Result<(), JourneysError> {
    let wrong = |cause| JourneysError::Read {
        path: folder.to_owned(),
        cause,
    };
    if depth > DEEPEST {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.is_dir() {
            below(&path, depth + 1, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    Ok(())
}

impl Judged {
    fn new(journey: &Journey) -> Self {
        let party = |step: &jaunt_journey::Step| Some((step.id.clone(), step.party.clone()?));
        Self {
            subject: Subject {
                customer: journey.customer.clone(),
                journey: journey.name.clone(),
                every: journey.every,
                regions: journey.regions.clone(),
                weights: journey.weights.clone(),
                quorum: journey.quorum,
                maintenance: journey.maintenance.clone(),
                policy: journey.maintenance_policy,
                parties: journey.steps.iter().filter_map(party).collect(),
                slos: journey.slos.clone(),
            },
            config: hex(&journey.definition),
            felt: journey.felt.clone(),
        }
    }

    /// What stands beside a report's figures: felt times that meet its period.
    pub(super) fn entry(&self, report: Report) -> Entry {
        let felt = self.felt.iter().filter_map(|felt| {
            let ns = |instant: jiff::Timestamp| i64::try_from(instant.as_nanosecond()).ok();
            let (from_ns, to_ns) = (ns(felt.from)?, ns(felt.to)?);
            let meets = from_ns < report.evaluate_at_ns && to_ns > report.period.from_ns;
            meets.then(|| Felt {
                from_ns,
                to_ns,
                tickets: felt.tickets,
                note: felt.note.clone(),
                seen: report.bad_between(from_ns, to_ns),
            })
        });
        Entry {
            felt: felt.collect(),
            config: self.config.clone(),
            report,
        }
    }
}
