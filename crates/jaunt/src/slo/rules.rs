//! `jaunt slo rules`: what a monitoring system is to record and to alert on.

use crate::{
    agreement::File,
    args::{Format, Names},
    exit::Exit,
    output::Output,
    report::journeys,
    report::journeys::Judged,
    sources::SourceError,
    trouble::Report,
};
use clap::ValueEnum;
use jaunt_agreement::{Agreement, proposed_alerting};
use jaunt_otlp::names::Spelling;
use jaunt_slo::{
    Slo, Subject,
    rules::{Surroundings, rules},
};
use std::path::{Path, PathBuf};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt slo rules journeys/ > jaunt.rules.yml
  jaunt slo rules --agreement agreement.toml journeys/ > jaunt.rules.yml
  jaunt slo rules --format openslo journeys/ > slos.yml
  jaunt slo rules --hub https://jaunt.example.net --runbook https://wiki.example.net/jaunt journeys/

Then name the file under `rule_files` of Prometheus, or load it into what evaluates rules for you.
What was left out, and why, stands at the head of the file and on standard error.
")]
pub(crate) struct Args {
    /// Journeys: files, or directories of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// What to write
    #[arg(long, value_enum, default_value_t)]
    format: Form,

    /// What both sides agreed on: alerts say what is to happen at what is spent
    #[arg(long, value_name = "FILE")]
    agreement: Option<PathBuf>,

    /// How the store spells names: `underscore` as most do, `utf8` where it keeps dots
    #[arg(long, value_enum, default_value_t)]
    names: Names,

    /// Where the hub is: alerts link to it
    #[arg(long, value_name = "URL")]
    hub: Option<String>,

    /// Where the runbook is: alerts link to `URL#NAME`
    #[arg(long, value_name = "URL")]
    runbook: Option<String>,
}

/// In which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Recording and alerting rules
    #[default]
    Prometheus,
    /// The SLOs themselves as OpenSLO v1, which others read, and `jaunt slo import` reads back
    Openslo,
}

/// What no rules can be made of.
#[derive(Debug, thiserror::Error)]
enum RulesError {
    #[error("no journey here has an `[[slo]]`")]
    SloMissing,
    #[error("journey `{0}` has an SLO and names no `regions`: what was planned cannot be told")]
    RegionsMissing(String),
}

pub(super) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let Some(judged) = journeys::load(&args.paths, Format::Human, output)? else {
        return Ok(Exit::Unjudged);
    };
    let judged = with_slos(judged)?;
    let agreement = match &args.agreement {
        None => None,
        Some(path) => match agreement(path, &judged, output)? {
            None => return Ok(Exit::Unjudged),
            sound => sound,
        },
    };
    let subjects: Vec<_> = judged.iter().map(|judged| &judged.subject).collect();
    let vocabulary = Spelling::from(args.names).vocabulary();
    match args.format {
        Form::Prometheus => {}
        Form::Openslo => {
            output.result(&jaunt_openslo::export(&subjects, &vocabulary))?;
            return Ok(Exit::Fine);
        }
    }
    let policy = |subject: &Subject, slo: &Slo| match &agreement {
        None => proposed_alerting(),
        Some(agreement) => agreement.alerting(subject, slo),
    };
    let around = Surroundings {
        vocabulary,
        hub: args.hub.clone(),
        runbook: args.runbook.clone(),
    };
    let rules = rules(&subjects, policy, &around);
    for note in &rules.notes {
        output.diagnostic(&format!("note: {note}\n"));
    }
    output.result(&rules.text())?;
    Ok(Exit::Fine)
}

/// What both sides agreed on, held against the journeys; `None` where it is not sound, which is told.
fn agreement(
    path: &Path,
    judged: &[Judged],
    output: &mut Output,
) -> Result<Option<Agreement>, SourceError> {
    let mut file = File::open(path)?;
    let journeys: Vec<_> = judged.iter().map(|judged| &judged.journey).collect();
    file.hold_against(&journeys);
    file.tell(Format::Human, output);
    Ok(file.agreement)
}

/// The journeys that have SLOs, each of which can be judged.
fn with_slos(mut judged: Vec<Judged>) -> Result<Vec<Judged>, RulesError> {
    judged.retain(|judged| !judged.subject.slos.is_empty());
    if judged.is_empty() {
        return Err(RulesError::SloMissing);
    }
    match judged
        .iter()
        .find(|judged| judged.subject.regions.is_empty())
    {
        Some(judged) => Err(RulesError::RegionsMissing(judged.subject.journey.clone())),
        None => Ok(judged),
    }
}
