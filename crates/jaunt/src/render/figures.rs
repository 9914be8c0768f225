//! The figures below the waterfall: what each phase of each step took.

use super::{
    amount, clean,
    look::{BOLD, DIM, Look},
};
use jaunt_record::{Phase, Record, Step};
use std::time::Duration;

/// A line per step, a column per phase that happened at all; exchanges of a step are added up.
pub(crate) fn table(record: &Record, look: &Look) -> String {
    let steps: Vec<&Step> = record
        .steps
        .iter()
        .filter(|step| !step.exchanges.is_empty())
        .collect();
    let phases: Vec<Phase> = Phase::ALL
        .iter()
        .copied()
        .filter(|phase| steps.iter().any(|step| took(step, *phase).is_some()))
        .collect();
    if phases.is_empty() {
        return String::new();
    }
    let room = |column: usize| look.width.saturating_sub(4 + phases.len() * column);
    let column = if room(WIDE) < 12 { NARROW } else { WIDE };
    let widest = steps.iter().map(|step| clean::width(&step.id)).max();
    let name = widest
        .unwrap_or(0)
        .clamp(4, room(column).min(look.width / 4).max(8));
    let head: String = phases
        .iter()
        .map(|phase| format!("{:>column$}", phase.as_str()))
        .collect();
    let mut text = format!("\n    {}{DIM}{head}{DIM:#}\n", " ".repeat(name));
    for step in steps {
        let id = clean::fit(&clean::line(&step.id), name, look.glyph("…", "~"));
        let figures: String = phases
            .iter()
            .map(|phase| figure(step, *phase, column, look))
            .collect();
        text.push_str(&format!("    {id}{figures}\n"));
    }
    text
}

/// Columns of a figure: the longest are `receive` and `99.9 ms`.
const WIDE: usize = 9;
/// The same where the terminal is narrow.
const NARROW: usize = 8;

fn took(step: &Step, phase: Phase) -> Option<Duration> {
    step.exchanges
        .iter()
        .filter_map(|exchange| exchange.phases.took(phase))
        .reduce(|sum, took| sum + took)
}

/// The longest phase of a step stands out: it is where the time went.
fn figure(step: &Step, phase: Phase, column: usize, look: &Look) -> String {
    let Some(took_here) = took(step, phase) else {
        return format!("{DIM}{:>column$}{DIM:#}", look.glyph("–", "-"));
    };
    let text = amount::duration(took_here, look);
    let pad = " ".repeat(column.saturating_sub(clean::width(&text)));
    let longest = Phase::ALL
        .iter()
        .filter_map(|other| took(step, *other))
        .max();
    if longest == Some(took_here) {
        format!("{pad}{BOLD}{text}{BOLD:#}")
    } else {
        format!("{pad}{text}")
    }
}
