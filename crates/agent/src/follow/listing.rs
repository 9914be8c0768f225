//! What lies in a directory of journeys: every file below it, as far as one may look.

use std::{
    ffi::OsStr,
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// How many files and folders of a source are looked at.
pub(super) const MOST: usize = 50_000;
/// How many folders deep.
pub(super) const DEEPEST: usize = 16;

/// What lies in a directory: two that are equal held the same, as far as can be seen from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files, by their paths.
    pub files: Vec<Found>,
    /// What is there and not looked at.
    pub left_out: Vec<LeftOut>,
}

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path below the directory.
    pub path: PathBuf,
    /// Where it really lies, links resolved: always below the directory.
    pub real: PathBuf,
    /// Size, device, inode, and when content and rights last changed (ns), by which a change shows.
    state: (u64, u64, u64, [i64; 4]),
}

/// Something that is there and not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path below the directory; empty: the directory itself.
    pub path: PathBuf,
    /// Why.
    pub fault: Fault,
}

/// Why something is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not there (any more).
    #[error("it is not there")]
    Absent,
    /// A link to what is not there.
    #[error("the link leads nowhere")]
    DeadLink,
    /// A link that leads out of the directory.
    #[error("the link leads out of the source's directory")]
    LeadsOut,
    /// A link to a folder: what it holds is found where it lies, and a loop would never end.
    #[error("links to folders are not followed")]
    FolderLink,
    /// It is no file and no folder.
    #[error("it is no regular file")]
    NotAFile,
    /// Its folders lie too deep.
    #[error("it lies deeper than {DEEPEST} folders")]
    TooDeep,
    /// There is too much beside it.
    #[error("there are more than {MOST} files and folders")]
    TooMany,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(io::ErrorKind),
}

/// Whether a name is passed over: those that begin with a dot. The real folders of a ConfigMap
/// (`..2026_12_01`) are among them; its files are found by the links beside.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Looks at `dir`: every file below it whose path has no name that begins with a dot, in the order
/// of the paths. Files are found through links that stay below `dir`, and never opened.
pub fn listing(dir: &Path) -> Listing {
    let mut walk = Walk {
        root: PathBuf::new(),
        seen: 0,
        listing: Listing::default(),
    };
    match dir.canonicalize() {
        Ok(root) => {
            walk.root = root;
            walk.folder(Path::new(""), 0);
        }
        Err(error) => walk.leave(Path::new(""), unread(&error)),
    }
    walk.listing
}

struct Walk {
    /// The directory itself, links resolved.
    root: PathBuf,
    seen: usize,
    listing: Listing,
}

impl Walk {
    fn folder(&mut self, below: &Path, depth: usize) {
        if depth > DEEPEST {
            return self.leave(below, Fault::TooDeep);
        }
        let entries = match std::fs::read_dir(self.root.join(below)) {
            Ok(entries) => entries,
            Err(error) => return self.leave(below, unread(&error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) if is_hidden(&entry.file_name()) => {}
                Ok(_) if self.seen >= MOST => return self.leave(below, Fault::TooMany),
                Ok(entry) => {
                    self.seen += 1;
                    names.push(entry.file_name());
                }
                Err(error) => self.leave(below, unread(&error)),
            }
        }
        names.sort();
        for name in names {
            self.entry(&below.join(name), depth);
        }
    }

    fn entry(&mut self, path: &Path, depth: usize) {
        let full = self.root.join(path);
        let is_link = match full.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => return self.folder(path, depth + 1),
            Ok(metadata) => metadata.is_symlink(),
            Err(error) => return self.leave(path, unread(&error)),
        };
        let real = match full.canonicalize() {
            Ok(real) if real.starts_with(&self.root) => real,
            Ok(_) => return self.leave(path, Fault::LeadsOut),
            Err(error) if is_link && error.kind() == io::ErrorKind::NotFound => {
                return self.leave(path, Fault::DeadLink);
            }
            Err(error) => return self.leave(path, unread(&error)),
        };
        match real.metadata() {
            Ok(metadata) if metadata.is_file() => self.listing.files.push(Found {
                path: path.to_owned(),
                real,
                state: state(&metadata),
            }),
            Ok(metadata) if metadata.is_dir() => self.leave(path, Fault::FolderLink),
            Ok(_) => self.leave(path, Fault::NotAFile),
            Err(error) => self.leave(path, unread(&error)),
        }
    }

    fn leave(&mut self, path: &Path, fault: Fault) {
        let path = path.to_owned();
        self.listing.left_out.push(LeftOut { path, fault });
    }
}

fn unread(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => Fault::Absent,
        kind => Fault::Unreadable(kind),
    }
}

fn state(metadata: &std::fs::Metadata) -> (u64, u64, u64, [i64; 4]) {
    let times = [
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    ];
    (metadata.size(), metadata.dev(), metadata.ino(), times)
}
