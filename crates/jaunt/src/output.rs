//! Where a command writes: results to stdout, diagnostics to stderr.

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

    /// Whether the results appear on a terminal.
    #[expect(dead_code, reason = "for `run`, which shows steps as they happen")]
    pub(crate) fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }
}
