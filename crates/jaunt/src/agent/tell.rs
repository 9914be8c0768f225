//! The agent's log: events with fields, on stderr.

use crate::args::Format;
use std::io::{self, IsTerminal};
use tracing_subscriber::filter::LevelFilter;

/// From here on events are written: as asked for, else for people on a terminal and as JSON lines
/// elsewhere.
pub(crate) fn begin(asked: Option<Format>) {
    let terminal = io::stderr().is_terminal();
    let usual = if terminal {
        Format::Human
    } else {
        Format::Json
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::INFO)
        .with_writer(io::stderr);
    // A second log in one process is a fault of its own: whoever was first keeps telling.
    let _ = match asked.unwrap_or(usual) {
        Format::Human => log.with_ansi(terminal).with_target(false).try_init(),
        Format::Json => log.json().flatten_event(true).try_init(),
    };
}
