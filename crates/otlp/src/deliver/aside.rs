//! Data that an endpoint refuses for good, set aside where people can look at it.

use crate::{Resource, batch::Items};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// How many files are kept of each cursor: what comes after is counted, and not kept.
const MOST_FILES: usize = 1_000;

/// A folder for what one cursor could not deliver.
#[derive(Clone, Debug)]
pub(crate) struct Aside {
    folder: PathBuf,
}

impl Aside {
    pub(crate) fn new(refused: &Path, cursor: &str) -> Self {
        Self {
            folder: refused.join(cursor),
        }
    }

    /// Writes `items` as OTLP's JSON, the endpoint's words beside it; `None` where there are too
    /// many files already. The same data gets the same name, so a repetition is one file.
    ///
    /// The file is a whole request: once the endpoint takes it, `curl -d @FILE -H
    /// 'content-type: application/json' ENDPOINT/v1/SIGNAL` delivers it.
    pub(crate) fn write(
        &self,
        items: Items,
        resource: &Resource,
        words: &str,
    ) -> io::Result<Option<PathBuf>> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true).mode(0o700).create(&self.folder)?;
        if fs::read_dir(&self.folder)?.count() >= 2 * MOST_FILES {
            return Ok(None);
        }
        let request = items.into_json(resource)?;
        let mut hasher = DefaultHasher::new();
        request.hash(&mut hasher);
        let name = format!("{:016x}", hasher.finish());
        let file = self.folder.join(format!("{name}.json"));
        write(&file, &request)?;
        write(&self.folder.join(format!("{name}.txt")), words.as_bytes())?;
        Ok(Some(file))
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)
}
