//! Where a command writes: results to stdout, diagnostics to stderr.

use crate::render::{Glyphs, Look, Paint};
use std::io::{self, IsTerminal, Write};

/// The two streams of a process.
///
/// Text may carry ANSI styles; they are taken out where the stream shows no colours (no terminal,
/// `NO_COLOR`, `--color never`). A reader that went away (`jaunt run … | head`) is no error: what
/// follows is dropped, and the exit code still tells the verdict.
pub(crate) struct Output {
    results: anstream::AutoStream<io::Stdout>,
    diagnostics: anstream::AutoStream<io::Stderr>,
    reader: Reader,
}

/// Whether someone still reads the results.
#[derive(PartialEq, Eq)]
enum Reader {
    Listens,
    Left,
}

/// The results could not be written: a full disk, say.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output")]
pub(crate) struct OutputError(#[source] io::Error);

impl Output {
    /// The streams of this process.
    pub(crate) fn of_process() -> Self {
        Self {
            results: anstream::AutoStream::auto(io::stdout()),
            diagnostics: anstream::AutoStream::auto(io::stderr()),
            reader: Reader::Listens,
        }
    }

    /// Writes a piece of the result, and hands it over at once.
    pub(crate) fn result(&mut self, text: &str) -> Result<(), OutputError> {
        if self.reader == Reader::Left {
            return Ok(());
        }
        let written = self.results.write_all(text.as_bytes());
        match written.and_then(|()| self.results.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.reader = Reader::Left;
                Ok(())
            }
            done => done.map_err(OutputError),
        }
    }

    /// Writes a diagnostic. Where even that fails nobody is left to be told.
    pub(crate) fn diagnostic(&mut self, text: &str) {
        let _ = self.diagnostics.write_all(text.as_bytes());
        let _ = self.diagnostics.flush();
    }

    /// Moves the cursor and redraws: only where [`Output::is_terminal`] says so.
    pub(crate) fn cursor(&mut self, text: &str) {
        // Colours are taken out where they are not wanted; a terminal's cursor moves all the same.
        let coloured = self.results.current_choice() != anstream::ColorChoice::Never;
        // Whatever was written before is already handed over, so the bare stream keeps the order.
        let mut inner = io::stdout();
        let _ = if coloured {
            inner.write_all(text.as_bytes())
        } else {
            inner.write_all(without_styles(text).as_bytes())
        };
        let _ = inner.flush();
    }

    /// Whether the results appear on a terminal that can be drawn on.
    pub(crate) fn is_terminal(&self) -> bool {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        io::stdout().is_terminal() && !dumb
    }

    /// How results look: as wide as the terminal, or 100 columns.
    pub(crate) fn look(&self) -> Look {
        let terminal = terminal_size::terminal_size_of(io::stdout());
        let width = terminal.map_or(100, |(width, _)| usize::from(width.0));
        let coloured = self.results.current_choice() != anstream::ColorChoice::Never;
        Look {
            width: width.clamp(60, 160),
            glyphs: if is_utf8() {
                Glyphs::Unicode
            } else {
                Glyphs::Ascii
            },
            paint: if coloured {
                Paint::Colour
            } else {
                Paint::Plain
            },
        }
    }
}

/// Whether the locale is UTF-8 (POSIX: `LC_ALL`, else `LC_CTYPE`, else `LANG`; empty is unset).
///
/// Where none is set, as in containers and pipelines, UTF-8 it is.
fn is_utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.is_empty()).then(|| value.to_lowercase())
    });
    set.is_none_or(|locale| locale.contains("utf-8") || locale.contains("utf8"))
}

/// Takes out styles (`ESC [ … m`) and leaves what moves the cursor.
fn without_styles(text: &str) -> String {
    let mut plain = String::new();
    let mut parts = text.split("\u{1b}[");
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|character: char| character.is_ascii_alphabetic());
        match end.and_then(|end| part.split_at_checked(end + 1)) {
            Some((sequence, rest)) if sequence.ends_with('m') => plain.push_str(rest),
            _ => {
                plain.push_str("\u{1b}[");
                plain.push_str(part);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_styles_the_cursor_still_moves() {
        assert_eq!(
            without_styles("\r\u{1b}[K\u{1b}[32mok\u{1b}[0m\u{1b}[2A"),
            "\r\u{1b}[Kok\u{1b}[2A"
        );
    }
}
