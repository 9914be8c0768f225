//! The line of a step while it happens, and when it has ended.

use super::{
    amount, clean,
    look::{DIM, Look},
};
use jaunt_record::{Step, StepVerdict};

/// A step that is going on; `beat` counts up.
pub(crate) fn began(id: &str, beat: usize, look: &Look) -> String {
    const TURNS: [(&str, &str); 8] = [
        ("⠋", "|"),
        ("⠙", "/"),
        ("⠸", "-"),
        ("⠴", "\\"),
        ("⠦", "|"),
        ("⠧", "/"),
        ("⠇", "-"),
        ("⠏", "\\"),
    ];
    let (unicode, ascii) = TURNS.get(beat % TURNS.len()).copied().unwrap_or(("…", "."));
    format!(
        "  {DIM}{}{DIM:#} {}",
        look.glyph(unicode, ascii),
        name(id, look)
    )
}

/// A step that has ended.
pub(crate) fn ended(step: &Step, look: &Look) -> String {
    let took = match step.verdict {
        StepVerdict::Skipped => "skipped".into(),
        _ => amount::duration(step.duration, look),
    };
    format!(
        "  {} {}  {DIM}{took}{DIM:#}",
        look.mark(step.verdict),
        name(&step.id, look)
    )
}

/// Never so long that the terminal would break the line: what is redrawn must be one line.
fn name(id: &str, look: &Look) -> String {
    clean::cut(
        &clean::line(id),
        look.width.saturating_sub(20).max(8),
        look.glyph("…", "~"),
    )
}
