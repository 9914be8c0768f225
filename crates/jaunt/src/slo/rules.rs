//! `jaunt slo rules`: what a monitoring system is to record and to alert on.

use crate::{
    args::{Format, Names},
    exit::Exit,
    output::Output,
    report::journeys,
    report::journeys::Judged,
    trouble::Report,
};
use jaunt_otlp::names::Spelling;
use jaunt_slo::rules::{Surroundings, rules};
use std::path::PathBuf;

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt slo rules journeys/ > jaunt.rules.yml
  jaunt slo rules --hub https://jaunt.example.net --runbook https://wiki.example.net/jaunt journeys/

Then name the file under `rule_files` of Prometheus, or load it into what evaluates rules for you.
What was left out, and why, stands at the head of the file and on standard error.
")]
pub(crate) struct Args {
    /// Journeys: files, or directories of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

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
    let journeys: Vec<_> = judged
        .iter()
        .map(|judged| (&judged.subject, &[][..]))
        .collect();
    let around = Surroundings {
        vocabulary: Spelling::from(args.names).vocabulary(),
        hub: args.hub.clone(),
        runbook: args.runbook.clone(),
    };
    let rules = rules(&journeys, &around);
    for note in &rules.notes {
        output.diagnostic(&format!("note: {note}\n"));
    }
    output.result(&rules.text())?;
    Ok(Exit::Fine)
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
