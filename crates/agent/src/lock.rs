//! One agent for each `data_dir`: a lock that the kernel takes back when its holder dies.
//!
//! An advisory lock on an open file, rather than a file whose presence means something: kill -9
//! leaves nothing behind to be cleaned up. The holder's process id stands in the file for people
//! alone; nothing is decided by it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

/// The file in `data_dir` that is locked.
const NAME: &str = "agent.lock";

/// This process is the one agent of its `data_dir`, for as long as this lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// `data_dir` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirError {
    /// Another agent has it.
    #[error("`{}` is in use by another agent{}; give each its own `data_dir`", dir.display(), holder(*.process))]
    Held {
        /// The directory.
        dir: PathBuf,
        /// The other's process id, where it says.
        process: Option<u32>,
    },
    /// It cannot be made.
    #[error("cannot make `data_dir` in `{}`; make it yourself, writable for the user that runs jaunt", dir.display())]
    Make {
        /// The directory.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is something else in its place.
    #[error("`data_dir` is `{}`, which is no directory", dir.display())]
    NotADirectory {
        /// What is there.
        dir: PathBuf,
    },
    /// Its disk is read-only.
    #[error("`data_dir` is `{}`, which is on a read-only disk; name one that can be written", dir.display())]
    ReadOnly {
        /// The directory.
        dir: PathBuf,
    },
    /// Its rights keep us out.
    #[error("this user may not write `{}` in `data_dir`; let the user that runs jaunt own the directory and what is in it", file.display())]
    Denied {
        /// What could not be written.
        file: PathBuf,
    },
    /// Anything else: the disk is full or failing.
    #[error("cannot use `{}` in `data_dir`", file.display())]
    Failed {
        /// What was tried.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn holder(process: Option<u32>) -> String {
    process.map_or_else(String::new, |process| format!(" (process {process})"))
}

impl DirError {
    /// What it means that `file` of `dir` could not be read or written.
    pub(crate) fn of(dir: &Path, file: &Path, source: io::Error) -> Self {
        let (dir, file) = (dir.to_owned(), file.to_owned());
        match source.kind() {
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { dir },
            io::ErrorKind::NotADirectory => Self::NotADirectory { dir },
            io::ErrorKind::PermissionDenied => Self::Denied { file },
            _ => Self::Failed { file, source },
        }
    }
}

impl Lock {
    /// Takes `data_dir`, which is made if it is not there.
    ///
    /// # Errors
    /// Another agent has it, or it cannot be written: which of them, in a sentence.
    pub fn take(data_dir: &Path) -> Result<Self, DirError> {
        make(data_dir)?;
        let path = data_dir.join(NAME);
        let failed = |source| DirError::of(data_dir, &path, source);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DirError::Held {
                    dir: data_dir.to_owned(),
                    process: process_in(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // A full disk keeps nobody from measuring: the note is for people.
        let _ = note(&mut file);
        Ok(Self { _file: file })
    }
}

fn make(dir: &Path) -> Result<(), DirError> {
    if dir.is_dir() {
        return Ok(());
    }
    match std::fs::create_dir_all(dir) {
        Ok(()) => Ok(()),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::ReadOnlyFilesystem => DirError::ReadOnly {
                dir: dir.to_owned(),
            },
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                DirError::NotADirectory {
                    dir: dir.to_owned(),
                }
            }
            _ => DirError::Make {
                dir: dir.to_owned(),
                source: error,
            },
        }),
    }
}

fn note(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn process_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
