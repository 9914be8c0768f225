//! A disk that has no room, and a journal that was torn.

use crate::support::skip;
use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// A small disk of its own for the agent's data, gone with the test.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// `None`, said aloud, where this machine grants no mounts.
    pub(crate) fn at(path: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(&path)
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(path));
        }
        skip::aloud("a tmpfs cannot be mounted here");
        None
    }

    /// Takes all the room that is left.
    pub(crate) fn fill(&self) {
        let mut ballast = std::fs::File::create(self.0.join("ballast")).unwrap();
        while ballast.write_all(&[0; 4096]).is_ok() {}
        assert!(self.is_full());
    }

    /// Whether there is no room for one page more.
    pub(crate) fn is_full(&self) -> bool {
        let probe = self.0.join("probe");
        let written = std::fs::write(&probe, [0; 4096]);
        let _ = std::fs::remove_file(probe);
        written.is_err_and(|error| error.kind() == ErrorKind::StorageFull)
    }

    pub(crate) fn relieve(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The journal's segments, the oldest first.
fn segments(journal: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(journal)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut segments: Vec<_> = files
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "segment")
        })
        .collect();
    segments.sort();
    segments
}

/// Takes so many bytes off the end of the newest segment.
pub(crate) fn tear(journal: &Path, bytes: u64) {
    let newest = segments(journal).pop().unwrap();
    let whole = newest.metadata().unwrap().len();
    let file = std::fs::File::options().write(true).open(&newest).unwrap();
    file.set_len(whole - bytes).unwrap();
    assert_eq!(newest.metadata().unwrap().len(), whole - bytes);
}
