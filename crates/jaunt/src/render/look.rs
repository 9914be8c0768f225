//! How output looks: its width, glyphs and colours.

use anstyle::{AnsiColor, Color, Style};
use jaunt_record::{Phase, StepVerdict, Verdict};

/// How output looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Columns of text; the renderers keep within it from 60 on.
    pub(crate) width: usize,
    /// Which characters may be used.
    pub(crate) glyphs: Glyphs,
    /// Whether phases are told apart by colour or by pattern.
    pub(crate) paint: Paint,
}

/// Which characters may be used for drawing; the authors' and servers' text is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glyphs {
    /// All.
    Unicode,
    /// A locale that is not UTF-8.
    Ascii,
}

/// How phases are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// By colour.
    Colour,
    /// By pattern.
    Plain,
}

pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const GOOD: Style = ansi(AnsiColor::Green);
pub(crate) const WARN: Style = ansi(AnsiColor::Yellow);
pub(crate) const BAD: Style = ansi(AnsiColor::Red);
pub(crate) const UNKNOWN: Style = ansi(AnsiColor::Magenta);

const fn ansi(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

impl Look {
    /// One of two, by what may be drawn.
    pub(crate) const fn glyph(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self.glyphs {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
        }
    }

    /// The pattern of a phase where there is no colour.
    pub(crate) const fn pattern(&self, phase: Phase) -> &'static str {
        match phase {
            Phase::Resolve => self.glyph("░", "r"),
            Phase::Connect => self.glyph("▒", "c"),
            Phase::Tls => self.glyph("▓", "t"),
            Phase::Send => self.glyph("╪", "s"),
            Phase::Wait => self.glyph("─", "-"),
            Phase::Receive => self.glyph("█", "#"),
        }
    }

    /// The mark of a step.
    pub(crate) fn mark(&self, verdict: StepVerdict) -> String {
        let (style, glyph) = match verdict {
            StepVerdict::Pass => (GOOD, self.glyph("✓", "+")),
            StepVerdict::Slow => (WARN, self.glyph("◷", "~")),
            StepVerdict::Fail => (BAD, self.glyph("✗", "x")),
            StepVerdict::Skipped => (DIM, self.glyph("–", "-")),
            StepVerdict::Void => (UNKNOWN, self.glyph("?", "?")),
        };
        format!("{style}{glyph}{style:#}")
    }
}

/// The colour of a phase: the same everywhere.
pub(crate) const fn colour(phase: Phase) -> AnsiColor {
    match phase {
        Phase::Resolve => AnsiColor::Magenta,
        Phase::Connect => AnsiColor::Yellow,
        Phase::Tls => AnsiColor::Cyan,
        Phase::Send => AnsiColor::BrightBlack,
        Phase::Wait => AnsiColor::Blue,
        Phase::Receive => AnsiColor::Green,
    }
}

/// The style of a verdict.
pub(crate) const fn verdict(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => GOOD,
        Verdict::Slow => WARN,
        Verdict::Fail => BAD,
        Verdict::Void | Verdict::Missed => UNKNOWN,
    }
    .bold()
}
