//! One file: read where it changed, and its last good version kept where it is refused.

use super::{Loader, Tenant, Trouble, UNREADABLE, limit};
use aws_lc_rs::digest;
use jaunt_journey::{Journey, Options, Verb, explain, parse};
use jaunt_runner::{Beside, Plan};
use jaunt_text::{Colour, Severity, Source, decode, render};
use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// A file that was read.
#[derive(Debug)]
pub(super) struct Known {
    /// The number of its source.
    pub(super) source: usize,
    /// What was last read.
    sum: Sum,
    /// Its last good version.
    pub(super) journeys: Vec<Ready>,
    /// Why a newer version was refused, where one was.
    pub(super) refused: Option<Trouble>,
}

/// A journey made ready, and what the set asks of it.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) tenant: Arc<Tenant>,
    pub(super) plan: Arc<Plan>,
    /// The hosts that it names, none of them twice.
    pub(super) hosts: Arc<[String]>,
    /// How many metric series it adds.
    pub(super) series: u64,
}

/// What a file says, and the files that it names: enough to tell that something changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    text: Vec<u8>,
    beside: Vec<(PathBuf, Option<(u64, SystemTime)>)>,
}

/// Which file is asked for.
pub(super) struct Asked<'a> {
    pub(super) source: usize,
    pub(super) folder: &'a Path,
    pub(super) path: &'a Path,
    pub(super) customer: Option<&'a str>,
}

/// A journey is little text; what is longer is cut here, and refused by the parser as too large.
const MOST_BYTES: u64 = 16 << 20;

impl Loader {
    /// What `asked` says now, or said before where that is refused.
    pub(super) fn file(
        &mut self,
        asked: &Asked<'_>,
        before: Option<Known>,
        troubles: &mut Vec<Trouble>,
    ) -> Known {
        let bytes = match bytes_of(asked.path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let text = format!("the file cannot be read: {error}");
                return refused(asked, before, Sum::default(), troubles, (UNREADABLE, text));
            }
        };
        let mut sum = Sum {
            text: digest::digest(&digest::SHA256, &bytes).as_ref().to_vec(),
            beside: Vec::new(),
        };
        if let Some(known) = before.as_ref().filter(|known| known.sum.text == sum.text) {
            sum.beside = looked_at(known.sum.beside.iter().map(|(path, _)| path.clone()));
            if sum == known.sum
                && let Some(known) = before
            {
                return known;
            }
        }
        match self.ready(asked, &bytes, &mut sum) {
            Ok(journeys) => Known {
                source: asked.source,
                sum,
                journeys,
                refused: None,
            },
            Err(why) => refused(asked, before, sum, troubles, why),
        }
    }

    /// The journeys of a file, made ready; or why none of it is taken.
    fn ready(
        &mut self,
        asked: &Asked<'_>,
        bytes: &[u8],
        sum: &mut Sum,
    ) -> Result<Vec<Ready>, (&'static str, String)> {
        let journeys = parsed(asked, bytes)?;
        let folder = asked.path.parent().unwrap_or(asked.folder);
        let named = journeys
            .iter()
            .flat_map(beside)
            .map(|path| folder.join(path));
        sum.beside = looked_at(named);
        let mut ready = Vec::new();
        for journey in journeys {
            let tenant = self.tenant(&journey.customer);
            let mut exceeded = limit::exceeded(&journey, &tenant.allowance.limits).into_iter();
            if let Some((limit, first)) = exceeded.next() {
                let all = exceeded.fold(first, |all, (_, next)| format!("{all}\n{next}"));
                return Err((limit.as_str(), format!("`{}`: {all}", journey.name)));
            }
            let hosts = explain(&journey).hosts.into();
            let series = limit::series(&journey);
            let confined = Beside::Confined(folder.to_owned());
            let plan = Plan::new(Arc::new(journey), &confined, &self.network)
                .map_err(|errors| ("not-ready", told(&errors)))?;
            ready.push(Ready {
                tenant,
                plan: Arc::new(plan),
                hosts,
                series,
            });
        }
        Ok(ready)
    }
}

/// What stood before stands; the trouble is told once for each version of the file.
fn refused(
    asked: &Asked<'_>,
    before: Option<Known>,
    sum: Sum,
    troubles: &mut Vec<Trouble>,
    (kind, text): (&'static str, String),
) -> Known {
    let told = before
        .as_ref()
        .is_some_and(|known| known.refused.is_some() && known.sum == sum);
    let trouble = Trouble {
        path: asked.path.to_owned(),
        customer: asked.customer.map(str::to_owned),
        kind,
        text,
    };
    if !told {
        troubles.push(trouble.clone());
    }
    Known {
        source: asked.source,
        sum,
        journeys: before.map(|known| known.journeys).unwrap_or_default(),
        refused: Some(trouble),
    }
}

fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parsed(asked: &Asked<'_>, bytes: &[u8]) -> Result<Vec<Journey>, (&'static str, String)> {
    let (text, broken) = decode(bytes);
    let options = Options {
        customer: asked.customer.map(str::to_owned),
        ..Options::default()
    };
    let parsed = parse(&text, &options);
    let diagnostics: Vec<_> = broken.into_iter().chain(parsed.diagnostics).collect();
    let error = diagnostics
        .iter()
        .find(|one| one.severity == Severity::Error);
    let Some(error) = error else {
        return Ok(parsed.journeys);
    };
    let name = asked.path.display().to_string();
    let source = Source {
        name: &name,
        text: &text,
    };
    Err((error.code, render(&source, &diagnostics, Colour::Never)))
}

/// The files that a journey names.
fn beside(journey: &Journey) -> Vec<PathBuf> {
    use jaunt_journey::{BodyContent, MultipartContent};
    let mut named = Vec::new();
    for step in &journey.steps {
        let tls = match &step.verb {
            Verb::Request(request) => {
                match request.body.as_ref().map(|body| &body.content) {
                    Some(BodyContent::File(path)) => named.push(path.into()),
                    Some(BodyContent::Multipart(parts)) => {
                        named.extend(parts.iter().filter_map(|part| match &part.content {
                            MultipartContent::File(path) => Some(PathBuf::from(path)),
                            MultipartContent::Text(_) | MultipartContent::Json(_) => None,
                        }));
                    }
                    Some(
                        BodyContent::Json(_)
                        | BodyContent::Text(_)
                        | BodyContent::Form(_)
                        | BodyContent::Graphql { .. },
                    )
                    | None => {}
                }
                Some(&request.tls)
            }
            Verb::Connect(connect) => connect.tls.as_ref(),
            Verb::Handshake(handshake) => Some(&handshake.tls),
            Verb::Resolve(_) | Verb::Wait(_) => None,
        };
        let paths = tls
            .into_iter()
            .flat_map(|tls| [&tls.cert, &tls.key, &tls.ca]);
        named.extend(paths.flatten().map(PathBuf::from));
    }
    named.sort();
    named.dedup();
    named
}

fn looked_at(paths: impl Iterator<Item = PathBuf>) -> Vec<(PathBuf, Option<(u64, SystemTime)>)> {
    let look = |path: &PathBuf| {
        let about = std::fs::metadata(path).ok()?;
        Some((about.len(), about.modified().ok()?))
    };
    paths.map(|path| (path.clone(), look(&path))).collect()
}

/// Each error with its causes, a line each.
fn told(errors: &[jaunt_runner::PlanError]) -> String {
    let lines = errors.iter().map(|error| {
        let causes =
            std::iter::successors(std::error::Error::source(error), |cause| cause.source());
        causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}
