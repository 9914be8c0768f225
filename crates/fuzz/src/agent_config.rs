//! An agent's configuration: the operator's own text, and what it finds around it.

use crate::found::{self, Made};
use jaunt_agent::config::{Around, parse};
use std::{io, path::Path};

/// A desk on which every variable and file says the same.
#[derive(Debug)]
struct Desk;

impl Around for Desk {
    fn variable(&self, name: &str) -> Option<String> {
        name.starts_with('J').then(|| "1/2".to_owned())
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        match path.extension() {
            None => Err(io::ErrorKind::NotFound.into()),
            Some(_) => Ok("jaunt-public-key:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".into()),
        }
    }

    fn host(&self) -> String {
        "agent-3".into()
    }
}

/// Any bytes as an agent's file.
pub(crate) fn feed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parsed = parse(&text, Path::new("/etc/jaunt"), &Desk);
    let made = parsed
        .config
        .as_ref()
        .map_or(Made::Nothing, |_| Made::Something);
    found::is_sound(&text, &parsed.diagnostics, made);
}
