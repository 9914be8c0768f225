//! Reads a file of events, a line at a time.

use aws_lc_rs::digest::{Context, SHA256, digest};
use jaunt_slo::{Ingest, Ingested, Intake, Subject};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// A longer line is no event: it is skipped and counted as malformed.
const LONGEST_LINE: u64 = 1 << 20;

/// What a file held.
pub(super) struct Events {
    pub(super) ingested: Ingested,
    pub(super) lines: u64,
    /// SHA-256 over the sorted SHA-256 of its lines (without the white space around them), in hex:
    /// of the set, whatever its order. 32 bytes a line, where sorting the lines would hold them all.
    pub(super) event_set: String,
}

/// The file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the events of `{path}`")]
pub(super) struct EventsError {
    path: PathBuf,
    #[source]
    cause: io::Error,
}

/// Takes in the lines of `path` (`-`: standard input).
pub(super) fn read(
    path: &Path,
    subjects: &[Subject],
    intake: Intake,
) -> Result<Events, EventsError> {
    let wrong = |cause| EventsError {
        path: path.to_owned(),
        cause,
    };
    if path == Path::new("-") {
        return lines(io::stdin().lock(), subjects, intake).map_err(wrong);
    }
    let file = File::open(path).map_err(wrong)?;
    lines(BufReader::with_capacity(1 << 16, file), subjects, intake).map_err(wrong)
}

/// Takes in the lines of anything that can be read.
pub(super) fn lines(
    mut file: impl BufRead,
    subjects: &[Subject],
    intake: Intake,
) -> io::Result<Events> {
    let mut ingest = Ingest::new(subjects, intake);
    let mut set: Vec<[u8; 32]> = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if file
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?
            == 0
        {
            break;
        }
        let whole =
            line.ends_with(b"\n") || u64::try_from(line.len()).is_ok_and(|l| l < LONGEST_LINE);
        if whole {
            ingest.line(&line);
        } else {
            ingest.malformed("a line of more than 1 MiB");
            skip_line(&mut file)?;
        }
        let text = line.trim_ascii();
        if !text.is_empty() {
            set.extend(<[u8; 32]>::try_from(digest(&SHA256, text).as_ref()));
        }
    }
    set.sort_unstable();
    let mut context = Context::new(&SHA256);
    for line in &set {
        context.update(line);
    }
    Ok(Events {
        ingested: ingest.finish(),
        lines: u64::try_from(set.len()).unwrap_or(u64::MAX),
        event_set: hex(context.finish().as_ref()),
    })
}

/// Passes over what is left of a line.
fn skip_line(file: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = file.fill_buf()?;
        let (used, done) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        file.consume(used);
        if done {
            return Ok(());
        }
    }
}

/// Bytes as hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Events {
        lines(text, &[], Intake::default()).unwrap()
    }

    #[test]
    fn the_order_and_line_ends_of_a_set_do_not_change_its_hash() {
        let a = read(b"{\"a\":1}\n{\"b\":2}\n");
        let b = read(b"{\"b\":2}\r\n\n{\"a\":1}");
        assert_eq!(a.event_set, b.event_set);
        assert_eq!(a.lines, 2);
        assert_ne!(a.event_set, read(b"{\"a\":1}\n").event_set);
    }

    #[test]
    fn an_endless_line_is_one_malformed_line() {
        let mut text = vec![b'x'; 3 << 20];
        text.extend(b"\n{}\n");
        let events = read(&text);
        assert_eq!(events.lines, 2);
        let (line, why) = events.ingested.first_malformed.unwrap();
        assert_eq!((line, why.as_str()), (1, "a line of more than 1 MiB"));
    }
}
