//! `jaunt check PATH…`: all problems of all files at once, or what the journeys will do.
//!
//! Agreements are checked with the journeys that they speak of.

use crate::{
    agreement,
    args::Format,
    exit::Exit,
    output::Output,
    sources::{self, File, Files},
    trouble::Report,
};
use jaunt_agreement::Agreement;
use jaunt_journey::{Explanation, Journey, Options, SloExplanation, explain};
use jaunt_text::{Severity, duration_text};
use serde::Serialize;
use serde_json::{Value, json};
use std::{fmt::Write, path::PathBuf, time::Duration};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt check journeys/                    every *.toml below it
  jaunt check --format json shop.toml      one JSON object, for editors and pipelines
  cat shop.toml | jaunt check -

Exit: 0 all sound (warnings allowed), 2 at least one file is refused.
")]
pub(crate) struct Args {
    /// Files, folders (every `*.toml` below), or `-` for standard input
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// For whom to write
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Reads all, and tells all.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let mut read = sources::read_all(&args.paths, &Options::default())?;
    read.tell_passed_over(output);
    // Of journeys that are refused nothing is known, and nothing could be held against it.
    if !read.files.is_empty() && !read.files.iter().any(File::is_refused) {
        let journeys: Vec<&Journey> = read.files.iter().flat_map(|file| &file.journeys).collect();
        for agreement in &mut read.agreements {
            agreement.hold_against(&journeys);
        }
    }
    match args.format {
        Format::Human => for_people(&read, output)?,
        Format::Json => output.result(&format!("{}\n", for_programs(&read)))?,
    }
    let refused = read.files.iter().any(File::is_refused)
        || read.agreements.iter().any(agreement::File::is_refused);
    Ok(if refused { Exit::Unjudged } else { Exit::Fine })
}

fn for_people(read: &Files, output: &mut Output) -> Result<(), Report> {
    let (files, agreements) = (&read.files, &read.agreements);
    for file in files {
        file.tell(output);
        for journey in &file.journeys {
            output.result(&explained(&file.name, journey))?;
        }
    }
    for file in agreements {
        file.tell(Format::Human, output);
        if let (Some(agreement), false) = (&file.agreement, file.is_refused()) {
            output.result(&agreed(&file.name, agreement))?;
        }
    }
    let total = |severity| {
        let journeys = files.iter().map(|file| file.count(severity));
        let agreements = agreements.iter().map(|file| file.count(severity));
        journeys.chain(agreements).sum::<usize>()
    };
    let (errors, warnings) = (total(Severity::Error), total(Severity::Warning));
    if errors + warnings > 0 {
        let journeys = files.iter().filter(|file| file.is_refused()).count();
        let agreed = agreements.iter().filter(|file| file.is_refused()).count();
        output.diagnostic(&format!(
            "{} and {}; {} of {} files refused\n",
            counted(errors, "error"),
            counted(warnings, "warning"),
            journeys + agreed,
            files.len() + agreements.len()
        ));
    }
    Ok(())
}

/// What an agreement says, for those who are about to sign it.
fn agreed(file: &str, agreement: &Agreement) -> String {
    let mut text = format!(
        "{file}: agreement `{}` of customer `{}` and {} is sound\n  standing  {}\n",
        agreement.name,
        agreement.customer,
        agreement.provider,
        agreement.standing(),
    );
    for slo in &agreement.slos {
        let _ = writeln!(
            text,
            "  slo       {}/{}: {} over {}",
            slo.journey, slo.name, slo.objective, slo.window
        );
    }
    for row in &agreement.policy {
        let gate = if row.waits { "waits" } else { "goes" };
        let (at, action, who) = (&row.at, &row.action, row.who.as_str());
        let _ = writeln!(text, "  policy    {at}: {action} ({who}; the gate {gate})");
    }
    text
}

fn explained(file: &str, journey: &Journey) -> String {
    let what = explain(journey);
    let steps: Vec<&str> = journey.steps.iter().map(|step| step.id.as_str()).collect();
    let per_day = 86_400 / what.every_s.max(1);
    let regions = match what.regions.as_slice() {
        [] => "in every region".to_owned(),
        some => format!("in {}", some.join(", ")),
    };
    let hosts = match what.hosts.as_slice() {
        [] => "none that the file names".to_owned(),
        some => some.join(", "),
    };
    let mut text = format!(
        "{file}: journey `{}` of customer `{}` is sound\n  steps     {}\n  contacts  {hosts}\n  runs      every {}, {per_day} slots a day {regions}\n  deadline  {}; left alone, a run could take {}\n  series    {}\n",
        what.journey,
        what.customer,
        steps.join(" > "),
        duration_text(journey.every),
        duration_text(journey.deadline),
        duration_text(seconds(what.worst_case_s)),
        series(&what),
    );
    for slo in &what.slos {
        text.push_str(&objective(slo));
    }
    text
}

fn series(what: &Explanation) -> String {
    match what.regions.as_slice() {
        [] => format!("{} in each region", what.series),
        _ => format!("{} over its regions", what.series),
    }
}

fn objective(slo: &SloExplanation) -> String {
    let finest = slo.finest.as_ref().map_or_else(
        || "too few to show any objective".to_owned(),
        |finest| format!("without a failure they show {finest} at best"),
    );
    format!(
        "  slo       {}: {} over {}; of {} slots {} may be bad; {finest}\n",
        slo.name,
        slo.objective,
        duration_text(Duration::from_secs(slo.window_s)),
        slo.slots,
        slo.allowed,
    )
}

/// Of what came from a duration a duration again.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX)
}

fn for_programs(read: &Files) -> Value {
    let agreements = read.agreements.iter().map(|file| {
        let agreement = file.agreement.as_ref();
        json!({
            "file": file.name,
            "refused": file.is_refused(),
            "findings": file.findings(),
            "agreement": agreement.map(|agreement| &agreement.name),
            "standing": agreement.map(|agreement| agreement.standing().word()),
        })
    });
    let agreements: Vec<Value> = agreements.collect();
    let files: Vec<Value> = read
        .files
        .iter()
        .map(|file| {
            let journeys: Vec<Told<'_>> = file.journeys.iter().map(summary).collect();
            json!({
                "file": file.name,
                "refused": file.is_refused(),
                "findings": file.findings(),
                "journeys": journeys,
            })
        })
        .collect();
    json!({ "files": files, "agreements": agreements })
}

/// What a journey will do, as `--format json` tells it.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    explanation: Explanation,
    deadline_ms: Value,
    steps: Vec<&'a str>,
}

fn summary(journey: &Journey) -> Told<'_> {
    Told {
        explanation: explain(journey),
        deadline_ms: crate::render::milliseconds(journey.deadline),
        steps: journey.steps.iter().map(|step| step.id.as_str()).collect(),
    }
}

/// `1 error`, `2 errors`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
