//! The journeys of a report: their SLOs, and what stands beside the figures.

use super::{Entry, Felt, events::hex};
use crate::{
    args::Format,
    output::Output,
    sources::{self, File, SourceError},
};
use jaunt_journey::{Journey, Options};
use jaunt_slo::{Report, Subject};
use std::path::PathBuf;

/// A journey whose SLOs are judged.
pub(crate) struct Judged {
    pub(crate) subject: Subject,
    pub(crate) journey: Journey,
}

/// The journeys of files and directories, in the order of their paths; `None` where one is not
/// sound, which is told.
pub(crate) fn load(
    paths: &[PathBuf],
    format: Format,
    output: &mut Output,
) -> Result<Option<Vec<Judged>>, SourceError> {
    let files = sources::read(paths, &Options::default())?.files;
    for file in files.iter().filter(|file| file.is_refused()) {
        file.tell_errors(format, output);
    }
    if files.iter().any(File::is_refused) {
        return Ok(None);
    }
    let journeys = files.into_iter().flat_map(|file| file.journeys);
    Ok(Some(journeys.map(Judged::new).collect()))
}

impl Judged {
    fn new(journey: Journey) -> Self {
        Self {
            subject: journey.judged(),
            journey,
        }
    }

    /// What stands beside a report's figures: felt times that meet its period.
    pub(super) fn entry(&self, report: Report) -> Entry {
        let felt = self.journey.felt.iter().filter_map(|felt| {
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
            restated: None,
            agreed: None,
            config: hex(&self.journey.definition),
            report,
        }
    }
}
