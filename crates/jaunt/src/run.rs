//! `jaunt run PATH…`: one run each, now.

mod carry;
mod send;
mod shop;
mod show;

use crate::{
    agent,
    args::Format,
    exit::Exit,
    output::Output,
    render::{self, Depth},
    sources::{self, File},
    trouble::Report,
};
use carry::{Carrier, Load};
use clap::ValueEnum;
use jaunt_journey::Options;
use jaunt_record::{Record, Verdict};
use send::{Receiver, Tell};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt run --shop                                   a shop that jaunt brings along
  jaunt run shop.toml --var base=https://shop.example.net
  jaunt run journeys/ --format junit > report.xml
  jaunt run home.toml --repeat 20                    with percentiles
  jaunt run home.toml --otlp http://127.0.0.1:4318   also as metrics, traces and logs
  jaunt run journeys/ --as-agent agent.toml          as that agent would: its region, resolver, and
                                                     what it lets the customer read and dial

Exit: 0 pass or slow, 1 fail, 2 void or not run; of several, the worst. What --otlp could not
deliver is told on stderr, and makes it 2.
")]
pub(crate) struct Args {
    /// Files, folders (every `*.toml` below), or `-` for standard input
    #[arg(required_unless_present = "shop")]
    paths: Vec<PathBuf>,
    /// Start the shop that jaunt brings along, and run its journey
    #[arg(long, conflicts_with_all = ["paths", "vars"])]
    shop: bool,
    /// The region that the run is said to be in
    #[arg(long, default_value = "local", value_parser = region)]
    region: String,
    /// As the agent of this configuration would: in its region, by its resolver and references, with
    /// the secrets, egress policy and limits of each journey's customer; the agent itself may run
    #[arg(long, value_name = "CONFIG", conflicts_with_all = ["region", "shop"])]
    as_agent: Option<PathBuf>,
    /// Replace a value of `[vars]`; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = var)]
    vars: Vec<(String, String)>,
    /// How to tell it
    #[arg(long, value_enum, default_value_t)]
    format: RunFormat,
    /// Run each journey so many times, and sum up
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    repeat: u32,
    /// Stop after this step; clean-up still runs
    #[arg(long, value_name = "STEP")]
    until: Option<String>,
    /// Also send metrics, traces and logs to this OTLP receiver, over HTTP or (port 4317, grpc://)
    /// gRPC; headers, compression and the rest come from `OTEL_EXPORTER_OTLP_*`
    #[arg(long, value_name = "URL")]
    otlp: Option<String>,
    /// Also show every connection, expectation and capture
    #[arg(short, long)]
    verbose: bool,
}

/// How a run is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum RunFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object per run and line
    Json,
    /// JUnit XML
    Junit,
    /// TAP 14
    Tap,
}

impl Args {
    /// How troubles are told.
    pub(crate) fn errors(&self) -> Format {
        match self.format {
            RunFormat::Json => Format::Json,
            RunFormat::Human | RunFormat::Junit | RunFormat::Tap => Format::Human,
        }
    }
}

fn region(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() || !text.bytes().all(fits) {
        return Err("a region is made of a-z, 0-9 and -".into());
    }
    Ok(text.into())
}

fn var(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("a variable is given as NAME=VALUE")?;
    Ok((name.into(), value.into()))
}

/// No journey has the step after which to stop.
#[derive(Debug, thiserror::Error)]
#[error("no journey has the step `{0}` after which to stop")]
struct NoStep(String);

/// Carries out all journeys of all paths, in order.
pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let Some(carrier) = carrier(args, output)? else {
        return Ok(Exit::Unjudged);
    };
    let receiver = args.otlp.as_deref().map(Receiver::at).transpose()?;
    let shop = args.shop.then(|| shop::Open::start(&carrier)).transpose()?;
    let files = match &shop {
        Some(shop) => vec![shop.file()],
        None => read(args, &carrier, output)?,
    };
    let refused = files.iter().filter(|file| file.is_refused()).count();
    if refused > 0 {
        let all = files.len();
        output.diagnostic(&format!(
            "nothing was run: {refused} of {all} files refused\n"
        ));
        return Ok(Exit::Unjudged);
    }
    if let Some(until) = &args.until {
        let mut steps = files
            .iter()
            .flat_map(|file| &file.journeys)
            .flat_map(|one| &one.steps);
        if !steps.any(|step| step.id == *until) {
            return Err(NoStep(until.clone()).into());
        }
    }
    let records = carry_all(args, &carrier, &files, output)?;
    finish(args, &records, output)?;
    if let Some(shop) = shop {
        shop.close(&carrier);
    }
    let tell = match args.format {
        RunFormat::Human => Tell::All,
        RunFormat::Json | RunFormat::Junit | RunFormat::Tap => Tell::Trouble,
    };
    let delivered = receiver.map_or(Exit::Fine, |receiver| {
        receiver.send(&records, &carrier, tell, output)
    });
    let judged = records.iter().map(exit).max();
    Ok(judged.unwrap_or(Exit::Unjudged).max(delivered))
}

/// Who carries journeys out; `None` where the agent's configuration is refused, which was told.
fn carrier(args: &Args, output: &mut Output) -> Result<Option<Carrier>, Report> {
    let until = args.until.as_deref();
    let Some(path) = &args.as_agent else {
        return Carrier::here(&args.region, until).map(Some);
    };
    let read = agent::read(path)?;
    match read.sound(args.errors(), output) {
        Some(config) => Carrier::as_agent(config, until).map(Some),
        None => Ok(None),
    }
}

/// Reads all paths, and tells what is wrong with what they hold.
fn read(args: &Args, carrier: &Carrier, output: &mut Output) -> Result<Vec<File>, Report> {
    let vars = args.vars.iter().cloned().collect::<BTreeMap<_, _>>();
    let customer = None;
    let options = Options { vars, customer };
    let read = sources::read_pinned(&args.paths, &options, &carrier.pinned())?;
    for file in &read.files {
        file.tell(output);
    }
    read.tell_passed_over(output);
    Ok(read.files)
}

fn carry_all(
    args: &Args,
    carrier: &Carrier,
    files: &[File],
    output: &mut Output,
) -> Result<Vec<Record>, Report> {
    let mut records = Vec::new();
    for load in load_all(carrier, files)? {
        let first = records.len();
        for _ in 0..args.repeat {
            records.push(once(args, carrier, &load, output)?);
            if carrier.is_stopped() {
                break;
            }
        }
        let repeats = records.get(first..).unwrap_or_default();
        if args.repeat > 1 && args.format == RunFormat::Human {
            let summary = render::summary(&load.journey().name, repeats, &output.look());
            output.result(&summary)?;
        }
        if carrier.is_stopped() {
            break;
        }
    }
    Ok(records)
}

/// Makes every journey ready before any is carried out, and tells all that keeps any from it.
fn load_all(carrier: &Carrier, files: &[File]) -> Result<Vec<Load>, Report> {
    let (mut loads, mut errors) = (Vec::new(), Report::default());
    for file in files {
        for journey in &file.journeys {
            match carrier.load(Arc::new(journey.clone()), &file.folder) {
                Ok(load) => loads.push(load),
                Err(found) => errors.add(found),
            }
        }
    }
    match errors.is_empty() {
        true => Ok(loads),
        false => Err(errors),
    }
}

/// One run, shown while it happens and told when it has ended.
fn once(
    args: &Args,
    carrier: &Carrier,
    load: &Load,
    output: &mut Output,
) -> Result<Record, Report> {
    let look = output.look();
    let live = args.format == RunFormat::Human && args.repeat == 1 && output.is_terminal();
    let record = carrier.run(load, &mut show::Show::new(live, look, output))?;
    match args.format {
        RunFormat::Human if args.repeat > 1 => output.result(&render::brief(&record, &look))?,
        RunFormat::Human => {
            let depth = if args.verbose {
                Depth::Everything
            } else {
                Depth::Usual
            };
            let text = render::human(&record, load.journey().title.as_deref(), depth, &look);
            output.result(&text)?;
            output.result("\n")?;
        }
        RunFormat::Json => output.result(&render::json_line(&record))?,
        RunFormat::Junit | RunFormat::Tap => {}
    }
    Ok(record)
}

fn finish(args: &Args, records: &[Record], output: &mut Output) -> Result<(), Report> {
    match args.format {
        RunFormat::Human | RunFormat::Json => {}
        RunFormat::Junit => output.result(&render::junit_document(records, &output.look())?)?,
        RunFormat::Tap => output.result(&render::tap_document(records))?,
    }
    Ok(())
}

fn exit(record: &Record) -> Exit {
    match record.verdict {
        Verdict::Pass | Verdict::Slow => Exit::Fine,
        Verdict::Fail => Exit::Bad,
        Verdict::Void | Verdict::Missed => Exit::Unjudged,
    }
}
