//! `jaunt slo gate`: whether a pipeline may go on, by what both sides agreed to do at what is spent.

use crate::{
    args::Format,
    exit::Exit,
    output::Output,
    report::{self, Entry, Frame, Judgement, Wanted},
    trouble::Report,
};
use jaunt_agreement::{PolicyRow, proposed_policy};
use jaunt_slo::{report::Said, words::whole};
use serde_json::json;

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt slo gate can-buy --from events:events.jsonl --journeys journeys/ --agreement agreement.toml
  jaunt slo gate checkout/can-buy --from events:- --journeys checkout.toml

Exit: 0 go, 1 the row of the policy in force says wait, 2 it cannot be said. Without an agreement
the policy is the proposed one: risky changes wait from 100 % of the budget on.
")]
pub(crate) struct Args {
    /// The SLO: its name, or `JOURNEY/NAME`; of several, the worst answer counts
    name: String,

    #[command(flatten)]
    wanted: Wanted,

    /// For whom to write
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// No SLO has this name.
#[derive(Debug, thiserror::Error)]
#[error("no SLO here is called `{name}`; there is {known}")]
struct NoSuchSlo {
    name: String,
    known: String,
}

/// What a pipeline is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Go,
    Wait,
    CannotBeSaid,
}

pub(super) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let Some(Judgement { frame, entries }) = report::judge(&args.wanted, args.format, output)?
    else {
        return Ok(Exit::Unjudged);
    };
    let asked: Vec<&Entry> = entries
        .iter()
        .filter(|entry| is(entry, &args.name))
        .collect();
    if asked.is_empty() {
        let names: Vec<String> = entries.iter().map(name).collect();
        return Err(NoSuchSlo {
            name: args.name.clone(),
            known: jaunt_text::list(names.iter().map(String::as_str), "and"),
        }
        .into());
    }
    let mut worst = Exit::Fine;
    for entry in asked {
        let (answer, why) = answer(entry, &policy(entry));
        output.result(&told(args.format, &frame, entry, answer, &why))?;
        worst = worst.max(match answer {
            Answer::Go => Exit::Fine,
            Answer::Wait => Exit::Bad,
            Answer::CannotBeSaid => Exit::Unjudged,
        });
    }
    if args.format == Format::Human {
        for sentence in frame.agreements.sentences() {
            output.result(&format!("{sentence}\n"))?;
        }
    }
    Ok(worst)
}

fn name(entry: &Entry) -> String {
    format!("{}/{}", entry.report.journey, entry.report.slo)
}

fn is(entry: &Entry, wanted: &str) -> bool {
    entry.report.slo == wanted
        || name(entry) == wanted
        || format!("{}/{}", entry.report.customer, name(entry)) == wanted
}

/// The rows that hold for an SLO: the agreement's where it names it, else what is proposed.
fn policy(entry: &Entry) -> Vec<PolicyRow> {
    match &entry.agreement {
        Some(agreed) => agreed.agreement.policy.clone(),
        None => proposed_policy(),
    }
}

/// Waits where even the least that can have been spent has reached a row that says so; goes where
/// not even the most has; between the two it cannot be said.
fn answer(entry: &Entry, policy: &[PolicyRow]) -> (Answer, String) {
    let report = &entry.report;
    let budget = &report.budget;
    let row = |share: f64| policy.iter().rev().find(|row| share >= row.at.ratio());
    let said = |row: &PolicyRow| {
        format!(
            "{} ({}, from {} of the budget on)",
            row.action,
            row.who.as_str(),
            row.at
        )
    };
    let Some(consumed) = budget.consumed else {
        let why = report
            .why
            .clone()
            .unwrap_or_else(|| "there is no data".to_owned());
        return (Answer::CannotBeSaid, why);
    };
    let spent = format!("{} % of the budget is spent", whole(consumed));
    let least = budget
        .consumed_if_missing_good
        .map_or(consumed, |least| least.min(consumed));
    let most = budget
        .consumed_at_most
        .map_or(consumed, |most| most.max(consumed));
    if let Some(row) = row(least).filter(|row| row.waits) {
        return (Answer::Wait, format!("{spent}: {}", said(row)));
    }
    if let (Said::CannotBeSaid | Said::NoData, Some(why)) = (report.said, &report.why) {
        return (Answer::CannotBeSaid, why.clone());
    }
    if let Some(row) = row(most).filter(|row| row.waits) {
        let why = format!(
            "{spent}, and missing runs could have brought it to {} %, where it says: {}",
            whole(most),
            said(row)
        );
        return (Answer::CannotBeSaid, why);
    }
    match row(consumed) {
        Some(row) => (Answer::Go, format!("{spent}: {}", said(row))),
        None => {
            let first = policy
                .first()
                .map(|row| format!("nothing is to be done below {}", row.at));
            let first = first.unwrap_or_else(|| "no policy says what to do".to_owned());
            (Answer::Go, format!("{spent}, and {first}"))
        }
    }
}

fn told(format: Format, frame: &Frame, entry: &Entry, answer: Answer, why: &str) -> String {
    let report = &entry.report;
    match format {
        Format::Human => {
            let word = match answer {
                Answer::Go => "go",
                Answer::Wait => "wait",
                Answer::CannotBeSaid => "cannot be said",
            };
            format!("{word}: {}/{}: {why}\n", report.customer, name(entry))
        }
        Format::Json => {
            let answer = match answer {
                Answer::Go => "go",
                Answer::Wait => "wait",
                Answer::CannotBeSaid => "cannot_be_said",
            };
            let told = json!({
                "customer": report.customer, "journey": report.journey, "slo": report.slo,
                "answer": answer, "why": why, "consumed": report.budget.consumed,
                "agreed": frame.agreements.sentence(entry),
            });
            format!("{told}\n")
        }
    }
}
