//! `jaunt report`: SLOs from a file of events, from a hub, or from Prometheus's counters.

pub(crate) mod agreed;
mod events;
mod from_hub;
mod html;
mod http;
mod human;
pub(crate) mod instant;
pub(crate) mod journeys;
mod origin;
mod readings;
mod restated;

use crate::{
    args::{Format, Names},
    exit::Exit,
    output::Output,
    trouble,
};
use clap::ValueEnum;
use jaunt_slo::{Report, report::Said, words};
use journeys::Judged;
use origin::{Asked, Origin};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt report --from events:events.jsonl --journeys journeys/
  jaunt run shop.toml --format json --repeat 50 > runs.jsonl
  jaunt report --from events:runs.jsonl --journeys shop.toml --manual
  jaunt report --from events:- --journeys shop.toml --format html > november.html
  JAUNT_HUB_TOKEN=… jaunt report --from hub:https://slo.example.net --journeys journeys/
  jaunt report --from prometheus:http://prometheus:9090 --journeys journeys/
")]
pub(crate) struct Args {
    #[command(flatten)]
    wanted: Wanted,

    /// How to write
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// What is judged by what: `report` and `slo gate` ask alike.
#[derive(Debug, clap::Args)]
pub(crate) struct Wanted {
    /// Where the runs are: `events:FILE`, `-` for standard input, `hub:URL` (its token in the
    /// variable `JAUNT_HUB_TOKEN`), or `prometheus:URL` (`JAUNT_PROMETHEUS_TOKEN`, and
    /// `JAUNT_PROMETHEUS_TENANT` for `X-Scope-OrgID`)
    #[arg(long, value_name = "KIND:WHERE")]
    from: Origin,

    /// The journeys whose SLOs are judged: files, or directories of them
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    journeys: Vec<PathBuf>,

    /// Only this customer's
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,

    /// What both sides agreed on; of a hub, what it holds, if not given
    #[arg(long, value_name = "FILE")]
    agreement: Option<PathBuf>,

    /// The instant of the judgement; now, if not given
    #[arg(long, value_name = "INSTANT", value_parser = instant::parse)]
    at: Option<i64>,

    /// What was received later is not known yet; everything is, if not given
    #[arg(long, value_name = "INSTANT", value_parser = instant::parse)]
    as_of: Option<i64>,

    /// Tell what changed since this instant; by default, since a day after the judgement's, when a
    /// period is final
    #[arg(long, value_name = "INSTANT", value_parser = instant::parse)]
    restates: Option<i64>,

    /// Count runs that someone asked for, too
    #[arg(long)]
    manual: bool,

    /// How Prometheus spells names: `underscore` as most stores do, `utf8` where it keeps dots
    #[arg(long, value_enum, default_value_t)]
    names: Names,
}

/// A day: a period is provisional until then.
const DAY_NS: i64 = 86_400_000_000_000;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people, on a terminal
    #[default]
    Human,
    /// For programs: one object per SLO and line
    Json,
    /// For people, as one page that needs nothing else and prints well
    Html,
}

/// What cannot be reported on.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error("no journey of {0} has an `[[slo]]`")]
    SloMissing(String),
    #[error("no journey here is of customer `{0}`")]
    CustomerUnknown(String),
    #[error("journey `{0}` has an SLO and names no `regions`: what was planned cannot be told")]
    RegionsMissing(String),
    #[error("`{0}` asks about single runs, and Prometheus has only counts of them")]
    NotOfCounters(&'static str),
    #[error("cannot start the runtime")]
    Runtime(#[source] std::io::Error),
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
}

/// The SLOs that were judged, and what they have in common.
pub(crate) struct Judgement {
    pub(crate) frame: Frame,
    pub(crate) entries: Vec<Entry>,
}

/// One SLO of a report, and what stands beside its figures.
pub(crate) struct Entry {
    pub(crate) report: Report,
    /// SHA-256 of the journey's text, in hex.
    pub(crate) config: String,
    pub(crate) felt: Vec<Felt>,
    /// What changed since it was known before.
    pub(crate) restated: Option<restated::Restatement>,
    /// The agreement that names it.
    pub(crate) agreement: Option<Arc<agreed::Agreed>>,
    /// What that makes of it.
    pub(crate) agreed: Option<agreed::Shares>,
}

/// A time when users said that it hurt; in no ratio.
pub(crate) struct Felt {
    pub(crate) from_ns: i64,
    pub(crate) to_ns: i64,
    pub(crate) tickets: Option<u64>,
    pub(crate) note: Option<String>,
    /// Who wrote it, where it was written on a hub.
    pub(crate) by: Option<String>,
    /// Whether a bad run or incident fell into it.
    pub(crate) seen: bool,
}

/// What all SLOs of one report have in common.
pub(crate) struct Frame {
    /// The instant of the judgement, Unix ns, where it is yet to come.
    pub(crate) ahead_ns: Option<i64>,
    /// SHA-256 of the set of lines, in hex.
    pub(crate) event_set: String,
    pub(crate) as_of_ns: Option<i64>,
    pub(crate) lines: u64,
    pub(crate) malformed: Option<(u64, String)>,
    /// What its source cannot tell, in sentences.
    pub(crate) unknown: &'static [&'static str],
    /// What both sides agreed on, where a file or a hub says so.
    pub(crate) agreements: agreed::Agreements,
}

impl Frame {
    /// What its lines are.
    pub(crate) const fn are(&self) -> &'static str {
        match (self.unknown.is_empty(), self.lines) {
            (true, 1) => "line",
            (true, _) => "lines",
            (false, 1) => "reading",
            (false, _) => "readings",
        }
    }

    /// That the instant of the judgement is yet to come, and what that does.
    pub(crate) fn ahead(&self) -> Option<String> {
        let at = words::shown(self.ahead_ns?);
        Some(format!(
            "{at} is yet to come: slots that are not due yet count as planned and missing"
        ))
    }
}

impl Args {
    /// How diagnostics are written.
    pub(crate) fn diagnostics(&self) -> Format {
        match self.format {
            Form::Json => Format::Json,
            Form::Human | Form::Html => Format::Human,
        }
    }
}

/// Judges and writes.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, trouble::Report> {
    let Some(judgement) = judge(&args.wanted, args.diagnostics(), output)? else {
        return Ok(Exit::Unjudged);
    };
    write(args.format, &judgement.frame, &judgement.entries, output)?;
    Ok(exit(&judgement.entries))
}

/// Judges every SLO that is wanted; `None` where a file is not sound, which is told.
pub(crate) fn judge(
    wanted: &Wanted,
    format: Format,
    output: &mut Output,
) -> Result<Option<Judgement>, trouble::Report> {
    let Some(mut judged) = journeys::load(&wanted.journeys, format, output)? else {
        return Ok(None);
    };
    let now_ns = instant::now();
    let at_ns = wanted.at.unwrap_or(now_ns);
    let held = wanted.from.held(wanted.customer.as_deref())?;
    let agreements = match &wanted.agreement {
        None => held.agreements(&judged, at_ns)?,
        Some(path) => match agreed::load(path, &judged, at_ns, format, output)? {
            None => return Ok(None),
            Some(agreed) => agreed.into(),
        },
    };
    select(wanted, &mut judged)?;
    let book = match wanted.as_of {
        None => held.book,
        Some(as_of) => held.book.as_of(as_of),
    };
    let before = book.as_of(wanted.before_ns(at_ns));
    let known = |book, by| {
        let subjects = judged.iter().map(|judged| &judged.subject);
        let known = subjects.map(|subject| restated::known(book, subject, by));
        known.collect::<Vec<_>>()
    };
    let read = wanted.from.judge(&Asked {
        wanted,
        subjects: &known(&book, wanted.as_of),
        before: &known(&before, Some(wanted.known_before_ns(at_ns))),
        at_ns,
        agreements: &agreements,
    })?;
    let entries = judged.iter().zip(read.verdicts).flat_map(|(judged, told)| {
        let (agreements, book) = (&agreements, &book);
        told.into_iter().map(move |(report, restated)| {
            let agreement = agreements.of(&report).cloned();
            let agreed = agreement.as_ref().and_then(|it| it.shares(&report));
            Entry {
                restated,
                agreed,
                agreement,
                ..judged.entry(report, book)
            }
        })
    });
    let entries = entries.collect();
    let frame = Frame {
        ahead_ns: (at_ns > now_ns).then_some(at_ns),
        event_set: read.event_set,
        as_of_ns: wanted.as_of,
        lines: read.lines,
        malformed: read.malformed,
        unknown: read.unknown,
        agreements,
    };
    Ok(Some(Judgement { frame, entries }))
}

impl Wanted {
    /// A restatement tells what changed since then, Unix ns.
    fn before_ns(&self, at_ns: i64) -> i64 {
        self.restates
            .unwrap_or_else(|| at_ns.saturating_add(DAY_NS))
    }

    /// The same, but for what is not to be known yet at all.
    fn known_before_ns(&self, at_ns: i64) -> i64 {
        let before = self.before_ns(at_ns);
        self.as_of.map_or(before, |as_of| as_of.min(before))
    }
}

/// Keeps the journeys that are to be judged.
fn select(wanted: &Wanted, judged: &mut Vec<Judged>) -> Result<(), ReportError> {
    if let Some(customer) = &wanted.customer {
        judged.retain(|judged| judged.subject.customer == *customer);
        if judged.is_empty() {
            return Err(ReportError::CustomerUnknown(customer.clone()));
        }
    }
    judged.retain(|judged| !judged.subject.slos.is_empty());
    if judged.is_empty() {
        let paths: Vec<_> = wanted
            .journeys
            .iter()
            .map(|p| format!("`{}`", p.display()))
            .collect();
        return Err(ReportError::SloMissing(paths.join(", ")));
    }
    match judged
        .iter()
        .find(|judged| judged.subject.regions.is_empty())
    {
        Some(judged) => Err(ReportError::RegionsMissing(judged.subject.journey.clone())),
        None => Ok(()),
    }
}

fn write(
    form: Form,
    frame: &Frame,
    entries: &[Entry],
    output: &mut Output,
) -> Result<(), trouble::Report> {
    match form {
        Form::Human => output.result(&human::page(frame, entries))?,
        Form::Html => output.result(&html::page(frame, entries))?,
        Form::Json => {
            for entry in entries {
                output.result(&format!("{}\n", entry.json(frame)?))?;
            }
        }
    }
    Ok(())
}

impl Entry {
    /// What is said beside the figures: corrections, what was restated, whose shares.
    fn beside(&self) -> Vec<String> {
        self.beside_by(agreed::Shares::sentences)
    }

    /// The same for a page, which tells the policy by itself.
    fn beside_policy(&self) -> Vec<String> {
        self.beside_by(agreed::Shares::parts)
    }

    fn beside_by(&self, shares: fn(&agreed::Shares) -> Vec<String>) -> Vec<String> {
        let corrections = self.report.corrections.iter().map(words::correction);
        let restated = self.restated.iter();
        let restated = restated.flat_map(restated::Restatement::sentences);
        let shares = self.agreed.iter().flat_map(shares);
        corrections.chain(restated).chain(shares).collect()
    }

    fn json(&self, frame: &Frame) -> Result<Value, serde_json::Error> {
        let mut value = serde_json::to_value(&self.report)?;
        if let Some(object) = value.as_object_mut() {
            let felt = self.felt.iter().map(|felt| {
                json!({
                    "from_ns": felt.from_ns, "to_ns": felt.to_ns, "tickets": felt.tickets,
                    "note": felt.note, "by": felt.by, "seen": felt.seen,
                })
            });
            object.insert("felt".into(), felt.collect());
            object.insert("agreed".into(), json!(frame.agreements.sentence(self)));
            let agreement = frame.agreements.beside(self).map(agreed::Agreed::json);
            object.insert("agreement".into(), json!(agreement));
            let restatement = self.restated.as_ref().map(restated::Restatement::json);
            object.insert("restatement".into(), json!(restatement));
            let shares = self.agreed.as_ref().map(agreed::Shares::json);
            object.insert("shares".into(), json!(shares));
            object.insert("config_sha256".into(), json!(self.config));
            object.insert("event_set_sha256".into(), json!(frame.event_set));
            object.insert("as_of_ns".into(), json!(frame.as_of_ns));
            object.insert("not_known".into(), json!(frame.unknown));
            object.insert("version".into(), json!(env!("CARGO_PKG_VERSION")));
        }
        Ok(value)
    }
}

/// Violated 1; what cannot be said 2; of several, the worst.
fn exit(entries: &[Entry]) -> Exit {
    let exit = |entry: &Entry| match entry.report.said {
        Said::Met => Exit::Fine,
        Said::Violated => Exit::Bad,
        Said::CannotBeSaid | Said::NoData => Exit::Unjudged,
    };
    entries.iter().map(exit).max().unwrap_or(Exit::Unjudged)
}
