//! The waterfall: what happened when, drawn to scale.

use super::{
    amount,
    bar::{self, Fill, Stretch},
    clean,
    look::{self, BAD, DIM, Look, Paint},
};
use anstyle::{Color, Style};
use jaunt_record::{Exchange, Phase, Record, Step, StepVerdict};
use std::{collections::BTreeSet, ops::Range, time::Duration};

/// A row per step, and one per exchange where a step has several; below them a legend.
pub(crate) fn draw(record: &Record, look: &Look) -> String {
    let rows: Vec<Row> = record
        .steps
        .iter()
        .flat_map(|step| rows(step, look))
        .collect();
    let frame = Frame::around(record, &rows, look);
    let mut text = axis(&frame, look);
    for row in &rows {
        text.push_str(&row.draw(&frame, look));
    }
    text.push_str(&legend(record, &frame, look));
    text
}

/// The widths that all rows share, and the time that a bar's width stands for.
struct Frame {
    name: usize,
    bar: usize,
    took: usize,
    span: Duration,
}

impl Frame {
    fn around(record: &Record, rows: &[Row], look: &Look) -> Self {
        let widest = |of: fn(&Row) -> &str| rows.iter().map(|row| clean::width(of(row))).max();
        let name = widest(|row| &row.name)
            .unwrap_or(0)
            .clamp(4, (look.width / 4).max(12));
        let took = widest(|row| &row.took).unwrap_or(0);
        let note = widest(|row| &row.note).unwrap_or(0).min(look.width / 3);
        // Two columns each before, between and after name, bar, time and note; and the mark's two.
        let taken = 4 + name + 2 + 2 + took + 2 + note;
        let ends = record.steps.iter().map(|step| extent(step).end);
        Self {
            name,
            bar: look.width.saturating_sub(taken).clamp(10, 100),
            took,
            span: ends.max().unwrap_or_default().max(record.duration),
        }
    }
}

/// One line of the waterfall.
struct Row {
    mark: String,
    name: String,
    stretches: Vec<Stretch>,
    /// Where something broke off, to be marked after the bar.
    broken: bool,
    took: String,
    note: String,
}

impl Row {
    fn draw(&self, frame: &Frame, look: &Look) -> String {
        let name = clean::fit(&self.name, frame.name, look.glyph("…", "~"));
        let bar = bar::draw(&self.stretches, frame.span, frame.bar, look);
        let took = format!(
            "{:>1$}",
            self.took,
            frame.took + self.took.len() - clean::width(&self.took)
        );
        let mut line = format!("  {} {name}  {bar}  {took}", self.mark);
        if !self.note.is_empty() {
            let style = if self.broken { BAD } else { DIM };
            line.push_str(&format!("  {style}{}{style:#}", self.note));
        }
        format!("{}\n", line.trim_end())
    }
}

fn rows(step: &Step, look: &Look) -> Vec<Row> {
    let mut rows = vec![of_step(step, look)];
    if step.exchanges.len() < 2 {
        return rows;
    }
    let (first, last) = ends(&step.exchanges);
    rows.extend(
        first
            .iter()
            .map(|exchange| of_exchange(exchange, step.attempts, look)),
    );
    let hidden = step.exchanges.len() - first.len() - last.len()
        + usize::try_from(step.exchanges_left_out).unwrap_or(usize::MAX);
    if hidden > 0 {
        rows.push(gap(hidden, look));
    }
    rows.extend(
        last.iter()
            .map(|exchange| of_exchange(exchange, step.attempts, look)),
    );
    rows
}

/// The first and last exchanges of a long poll: what lies between them is more of the same.
fn ends(exchanges: &[Exchange]) -> (&[Exchange], &[Exchange]) {
    const EACH: usize = 3;
    if exchanges.len() <= 2 * EACH {
        return (exchanges, &[]);
    }
    let (first, rest) = exchanges.split_at(EACH);
    (first, rest.split_at(rest.len() - EACH).1)
}

fn of_step(step: &Step, look: &Look) -> Row {
    let whole = Stretch {
        time: extent(step),
        fill: Fill::Pause,
    };
    let skipped = step.verdict == StepVerdict::Skipped;
    let mut stretches: Vec<Stretch> = (!skipped).then_some(whole).into_iter().collect();
    stretches.extend(step.exchanges.iter().flat_map(bar::stretches));
    Row {
        mark: look.mark(step.verdict),
        name: clean::line(&step.id),
        stretches,
        broken: step.verdict == StepVerdict::Fail,
        took: match step.verdict {
            StepVerdict::Skipped => String::new(),
            _ => amount::duration(step.duration, look),
        },
        note: note(step),
    }
}

/// From when to when a step lies. What passes before its first request is sent is ours and in none
/// of its figures: drawn, it would look like a pause of the journey.
fn extent(step: &Step) -> Range<Duration> {
    let begins = step.exchanges.first().map(|first| first.offset);
    let begins = begins.unwrap_or(step.offset).max(step.offset);
    let ends = step.exchanges.iter().map(|one| one.offset + one.duration);
    begins..ends.fold(step.offset + step.duration, Duration::max)
}

/// What stands behind a step's time: the last answer, how often it was tried, why it was skipped.
fn note(step: &Step) -> String {
    let mut parts = Vec::new();
    if step.verdict == StepVerdict::Skipped {
        parts.push("skipped".to_owned());
    } else if let Some(last) = step.exchanges.last() {
        parts.extend(answer(last));
    }
    if step.attempts > 1 {
        parts.push(format!("{} attempts", step.attempts));
    }
    if step.always {
        parts.push("clean-up".into());
    }
    parts.join(", ")
}

/// What an exchange came to: a status, a response code, or how it failed.
fn answer(exchange: &Exchange) -> Option<String> {
    if let Some((_, kind)) = exchange.failed {
        return Some(match exchange.status {
            Some(status) if !kind.as_str().starts_with("timeout.") => status.to_string(),
            _ => kind.to_string(),
        });
    }
    let status = exchange.status.map(|status| status.to_string());
    status.or_else(|| {
        let asked = exchange.phases.took(Phase::Connect).is_none();
        let rcode = exchange.dns.as_ref()?.rcode.clone()?;
        asked.then(|| clean::line(&rcode))
    })
}

fn of_exchange(exchange: &Exchange, attempts: u32, look: &Look) -> Row {
    let branch = look.glyph("╰", "`");
    let name = match (exchange.hop, attempts) {
        (0, 0 | 1) => format!("{branch} request"),
        (0, _) => format!("{branch} attempt {}", exchange.attempt),
        (hop, _) => format!("{branch} hop {hop}"),
    };
    Row {
        mark: " ".into(),
        name,
        stretches: bar::stretches(exchange),
        broken: exchange.failed.is_some(),
        took: amount::duration(exchange.duration, look),
        note: answer(exchange).unwrap_or_default(),
    }
}

fn gap(hidden: usize, look: &Look) -> Row {
    Row {
        mark: " ".into(),
        name: format!("{} {hidden} more", look.glyph("⋮", ":")),
        stretches: Vec::new(),
        broken: false,
        took: String::new(),
        note: String::new(),
    }
}

/// `0` where the bars begin, and what time they end at.
fn axis(frame: &Frame, look: &Look) -> String {
    let indent = " ".repeat(4 + frame.name + 2);
    let end = amount::duration(frame.span, look);
    let room = frame.bar.saturating_sub(1 + clean::width(&end));
    format!("{indent}{DIM}0{}{end}{DIM:#}\n", " ".repeat(room))
}

/// Which colour or pattern is which phase, of those that happened.
fn legend(record: &Record, frame: &Frame, look: &Look) -> String {
    let exchanges = record.steps.iter().flat_map(|step| &step.exchanges);
    let seen: BTreeSet<Phase> = exchanges
        .flat_map(|one| one.phases.iter().map(|(phase, _)| phase))
        .collect();
    if seen.is_empty() {
        return String::new();
    }
    let entries: Vec<String> = seen
        .into_iter()
        .map(|phase| match look.paint {
            Paint::Colour => {
                let style = Style::new().fg_color(Some(Color::Ansi(look::colour(phase))));
                format!("{style}{}{style:#} {phase}", look.glyph("■", "#"))
            }
            Paint::Plain => format!("{} {phase}", look.pattern(phase)),
        })
        .collect();
    // A long name pushes the bars to the right; the legend must still fit.
    let indent = (4 + frame.name + 2).min(look.width.saturating_sub(60).max(2));
    format!("{}{}\n", " ".repeat(indent), entries.join("  "))
}
