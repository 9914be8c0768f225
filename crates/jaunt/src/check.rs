//! `jaunt check PATH…`: all problems of all files at once, or what the journeys will do.

use crate::{
    args::Format,
    exit::Exit,
    output::Output,
    sources::{self, File},
    trouble::Report,
};
use jaunt_journey::{Journey, Options};
use jaunt_text::{Severity, duration_text};
use serde_json::{Value, json};
use std::path::PathBuf;

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
    let files = sources::read(&args.paths, &Options::default())?;
    match args.format {
        Format::Human => for_people(&files, output)?,
        Format::Json => output.result(&format!("{}\n", for_programs(&files)))?,
    }
    let refused = files.iter().any(File::is_refused);
    Ok(if refused { Exit::Unjudged } else { Exit::Fine })
}

fn for_people(files: &[File], output: &mut Output) -> Result<(), Report> {
    for file in files {
        file.tell(output);
        for journey in &file.journeys {
            output.result(&explained(&file.name, journey))?;
        }
    }
    let total = |severity| files.iter().map(|file| file.count(severity)).sum::<usize>();
    let (errors, warnings) = (total(Severity::Error), total(Severity::Warning));
    if errors + warnings > 0 {
        let refused = files.iter().filter(|file| file.is_refused()).count();
        output.diagnostic(&format!(
            "{errors} errors and {warnings} warnings; {refused} of {} files refused\n",
            files.len()
        ));
    }
    Ok(())
}

fn explained(file: &str, journey: &Journey) -> String {
    let steps: Vec<&str> = journey.steps.iter().map(|step| step.id.as_str()).collect();
    let per_day = 86_400 / journey.every.as_secs().max(1);
    let regions = match journey.regions.as_slice() {
        [] => "in every region".to_owned(),
        some => format!("in {}", some.join(", ")),
    };
    let mut text = format!(
        "{file}: journey `{}` of customer `{}` is sound\n  steps     {}\n  runs      every {}, {per_day} slots a day {regions}\n  deadline  {}\n",
        journey.name,
        journey.customer,
        steps.join(" > "),
        duration_text(journey.every),
        duration_text(journey.deadline),
    );
    for slo in &journey.slos {
        text.push_str(&format!("  slo       {}\n", slo.name));
    }
    text
}

fn for_programs(files: &[File]) -> Value {
    let files: Vec<Value> = files
        .iter()
        .map(|file| {
            let journeys: Vec<Value> = file.journeys.iter().map(summary).collect();
            json!({
                "file": file.name,
                "refused": file.is_refused(),
                "findings": file.findings(),
                "journeys": journeys,
            })
        })
        .collect();
    json!({ "files": files })
}

fn summary(journey: &Journey) -> Value {
    json!({
        "journey": journey.name,
        "customer": journey.customer,
        "every_s": journey.every.as_secs(),
        "deadline_ms": crate::render::milliseconds(journey.deadline),
        "regions": journey.regions,
        "steps": journey.steps.iter().map(|step| &step.id).collect::<Vec<_>>(),
        "slos": journey.slos.iter().map(|slo| &slo.name).collect::<Vec<_>>(),
    })
}
