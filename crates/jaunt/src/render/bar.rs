//! A bar of phases, drawn to scale.
//!
//! A cell is divided into eighths, as block characters are; two phases that meet within a cell
//! share it as foreground and background. Without colour a cell shows the pattern of the phase
//! that has most of its time. However short, a phase gets its eighth: nothing measured is invisible.

use super::look::{self, DIM, Glyphs, Look, Paint};
use anstyle::{Color, Style};
use jaunt_record::{Exchange, Phase};
use std::{ops::Range, time::Duration};

/// What fills a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// A measured phase.
    Phase(Phase),
    /// A pause: of a poll, or to think.
    Pause,
}

/// A stretch of a run.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    /// From when to when, from the run's start.
    pub(crate) time: Range<Duration>,
    /// With what.
    pub(crate) fill: Fill,
}

/// The stretches of an exchange.
pub(crate) fn stretches(exchange: &Exchange) -> Vec<Stretch> {
    let mut at = exchange.offset;
    exchange
        .phases
        .iter()
        .map(|(phase, took)| {
            let start = at;
            at += took;
            Stretch {
                time: start..at,
                fill: Fill::Phase(phase),
            }
        })
        .collect()
}

/// `stretches` in `columns` cells, which stand for `span`.
pub(crate) fn draw(stretches: &[Stretch], span: Duration, columns: usize, look: &Look) -> String {
    let eighths = paint(stretches, span, columns * EIGHTHS);
    eighths
        .chunks(EIGHTHS)
        .enumerate()
        .map(|(at, cell)| match (look.paint, look.glyphs) {
            (Paint::Colour, Glyphs::Unicode) => shared(cell, look),
            (Paint::Colour, Glyphs::Ascii) => solid(cell, look),
            (Paint::Plain, _) => {
                let longest = longest(stretches, &time_of(at, span, columns));
                pattern(longest.or_else(|| most(cell)), look)
            }
        })
        .collect()
}

/// The stretch of time that a cell stands for.
fn time_of(cell: usize, span: Duration, columns: usize) -> Range<Duration> {
    let columns = columns.max(1) as u128;
    let edge = |cell: usize| {
        let ns = span.as_nanos() * cell as u128 / columns;
        Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
    };
    edge(cell)..edge(cell + 1)
}

/// The phase that has most of `time`; `None` where no phase has any of it.
fn longest(stretches: &[Stretch], time: &Range<Duration>) -> Eighth {
    let shared = |stretch: &Stretch| {
        let end = stretch.time.end.min(time.end);
        end.saturating_sub(stretch.time.start.max(time.start))
    };
    let within = |phase: Phase| -> Duration {
        let same = stretches
            .iter()
            .filter(|one| one.fill == Fill::Phase(phase));
        same.map(shared).sum()
    };
    Phase::ALL
        .iter()
        .map(|phase| (within(*phase), *phase))
        .filter(|(took, _)| !took.is_zero())
        .max()
        .map(|(_, phase)| Fill::Phase(phase))
}

const EIGHTHS: usize = 8;

type Eighth = Option<Fill>;

/// Which eighth shows what; pauses first, so that no phase hides behind one.
fn paint(stretches: &[Stretch], span: Duration, room: usize) -> Vec<Eighth> {
    let mut eighths = vec![None; room];
    let is_pause = |stretch: &&Stretch| stretch.fill == Fill::Pause;
    for stretch in stretches.iter().filter(is_pause) {
        let start = place(stretch.time.start, span, room);
        let end = place(stretch.time.end, span, room);
        if let Some(taken) = eighths.get_mut(start..end.max(start)) {
            taken.fill(Some(stretch.fill));
        }
    }
    let mut free = 0;
    for stretch in stretches.iter().filter(|stretch| !is_pause(stretch)) {
        let start = place(stretch.time.start, span, room)
            .max(free)
            .min(room.saturating_sub(1));
        let end = place(stretch.time.end, span, room).max(start + 1).min(room);
        if let Some(taken) = eighths.get_mut(start..end) {
            taken.fill(Some(stretch.fill));
        }
        free = end;
    }
    eighths
}

/// The eighth at which an instant lies, rounded.
fn place(at: Duration, span: Duration, room: usize) -> usize {
    let span = span.as_nanos().max(1);
    let place = (at.as_nanos().min(span) * room as u128 + span / 2) / span;
    usize::try_from(place).unwrap_or(room)
}

fn style(fill: Fill) -> Style {
    match fill {
        Fill::Phase(phase) => Style::new().fg_color(Some(Color::Ansi(look::colour(phase)))),
        Fill::Pause => DIM,
    }
}

/// A cell that up to two phases share.
fn shared(cell: &[Eighth], look: &Look) -> String {
    const LEFT: [&str; 9] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
    let Some(first) = cell.first().copied() else {
        return String::new();
    };
    let length = cell.iter().take_while(|eighth| **eighth == first).count();
    let rest = cell.get(length..).unwrap_or_default();
    let glyph = LEFT.get(length).copied().unwrap_or(" ");
    let as_phase = |eighth: Eighth| eighth.filter(|fill| *fill != Fill::Pause);
    match (as_phase(first), as_phase(most(rest))) {
        (None, None) => solid(cell, look),
        (Some(left), None) => painted(style(left), glyph),
        (None, Some(right)) => painted(style(right).invert(), glyph),
        (Some(left), Some(right)) => {
            let background = style(right).get_fg_color();
            painted(style(left).bg_color(background), glyph)
        }
    }
}

/// A cell of one colour.
fn solid(cell: &[Eighth], look: &Look) -> String {
    match most(cell) {
        None => " ".into(),
        Some(Fill::Pause) => painted(DIM, pause(look)),
        Some(fill @ Fill::Phase(_)) => painted(style(fill), look.glyph("█", "#")),
    }
}

/// A cell without colour.
fn pattern(fill: Eighth, look: &Look) -> String {
    match fill {
        None => " ",
        Some(Fill::Pause) => pause(look),
        Some(Fill::Phase(phase)) => look.pattern(phase),
    }
    .into()
}

const fn pause(look: &Look) -> &'static str {
    look.glyph("·", ".")
}

fn painted(style: Style, glyph: &str) -> String {
    format!("{style}{glyph}{style:#}")
}

/// What most of the eighths show: a phase, if any does.
fn most(eighths: &[Eighth]) -> Eighth {
    let count = |fill: Fill| {
        eighths
            .iter()
            .filter(|eighth| **eighth == Some(fill))
            .count()
    };
    let phase = Phase::ALL
        .iter()
        .map(|phase| Fill::Phase(*phase))
        .filter(|fill| count(*fill) > 0)
        .max_by_key(|fill| count(*fill));
    phase.or_else(|| (count(Fill::Pause) > 0).then_some(Fill::Pause))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look {
        width: 80,
        glyphs: Glyphs::Ascii,
        paint: Paint::Plain,
    };

    fn stretch(from: u64, to: u64, phase: Phase) -> Stretch {
        Stretch {
            time: Duration::from_micros(from)..Duration::from_micros(to),
            fill: Fill::Phase(phase),
        }
    }

    #[test]
    fn a_bar_is_drawn_to_scale() {
        let bar = [
            stretch(0, 250, Phase::Connect),
            stretch(250, 750, Phase::Wait),
            stretch(750, 1_000, Phase::Receive),
        ];
        let span = Duration::from_millis(2);
        assert_eq!(draw(&bar, span, 16, &PLAIN), "cc----##        ");
    }

    #[test]
    fn the_shortest_stretch_is_seen_even_at_the_very_end() {
        let bar = [stretch(999_965, 1_000_000, Phase::Wait)];
        assert_eq!(draw(&bar, Duration::from_secs(1), 10, &PLAIN), "         -");
        let bar = [stretch(1_000_000, 1_000_000, Phase::Receive)];
        assert_eq!(draw(&bar, Duration::from_secs(1), 4, &PLAIN), "   #");
    }

    #[test]
    fn two_phases_share_a_cell_to_an_eighth() {
        let look = Look {
            glyphs: Glyphs::Unicode,
            paint: Paint::Colour,
            ..PLAIN
        };
        let bar = [stretch(0, 3, Phase::Connect), stretch(3, 8, Phase::Receive)];
        let drawn = draw(&bar, Duration::from_micros(8), 1, &look);
        assert_eq!(drawn, "\u{1b}[33m\u{1b}[42m▍\u{1b}[0m");
    }

    #[test]
    fn a_run_without_length_is_drawn_all_the_same() {
        assert_eq!(draw(&[], Duration::ZERO, 3, &PLAIN), "   ");
        let bar = [stretch(0, 0, Phase::Wait)];
        assert_eq!(draw(&bar, Duration::ZERO, 3, &PLAIN), "-  ");
    }
}
