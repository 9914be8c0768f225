//! The journeys of a report: their SLOs, and what stands beside the figures.

use super::{Entry, Felt, events::hex};
use crate::{
    args::Format,
    output::Output,
    sources::{self, File, SourceError},
};
use jaunt_hub::written::{Book, Standing, What, Written, who};
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

    /// What stands beside a report's figures: felt times that meet its period, of the journey and of
    /// what was written on a hub.
    pub(super) fn entry(&self, report: Report, book: &Book) -> Entry {
        let own = self.journey.felt.iter().filter_map(|felt| {
            let ns = |instant: jiff::Timestamp| i64::try_from(instant.as_nanosecond()).ok();
            Some(Felt {
                from_ns: ns(felt.from)?,
                to_ns: ns(felt.to)?,
                tickets: felt.tickets,
                note: felt.note.clone(),
                by: None,
                seen: false,
            })
        });
        let written = book.entries(&report.customer).filter_map(|written| {
            let said = written.is_of(&report.journey) && written.standing == Standing::Said;
            felt(&written).filter(|_| said)
        });
        let felt = own.chain(written);
        let felt = felt.filter(|felt| report.judges(felt.from_ns, felt.to_ns));
        let felt = felt.map(|felt| Felt {
            seen: report.bad_between(felt.from_ns, felt.to_ns),
            ..felt
        });
        Entry {
            felt: felt.collect(),
            restated: None,
            agreement: None,
            agreed: None,
            config: hex(&self.journey.definition),
            report,
        }
    }
}

/// A time when users said that it hurt, as someone wrote it on a hub.
fn felt(written: &Written<'_>) -> Option<Felt> {
    let What::Felt {
        from_ns,
        to_ns,
        tickets,
    } = written.entry.what
    else {
        return None;
    };
    Some(Felt {
        from_ns,
        to_ns,
        tickets: tickets.map(u64::from),
        note: Some(written.entry.reason.clone()),
        by: Some(who(&written.line.draft)),
        seen: false,
    })
}
