//! A journey made ready: files read, TLS settings prepared.

use bytes::Bytes;
use jaunt_journey::{
    BodyContent, ConnectExchange, Journey, MultipartContent, Request, Step, TlsSettings, Verb,
};
use jaunt_probe::{Network, TlsConfig, TlsSetup, Verify};
use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// A body is read into memory once per journey.
const LARGEST_BODY: u64 = 64 * 1024 * 1024;
/// The system's bundle of roots is a quarter of this.
const LARGEST_PEM: u64 = 1024 * 1024;

/// A journey made ready to run, many times and at once.
#[derive(Debug)]
pub struct Plan {
    /// The journey.
    pub journey: Arc<Journey>,
    /// What the files hold that bodies name, by path as written.
    files: BTreeMap<String, Bytes>,
    /// Each step's TLS setting, where its verb may need one.
    tls: Vec<Option<TlsSetup>>,
}

/// Where the files lie that a journey names (`body.file`, `cert`, `key`, `ca`).
#[derive(Clone, Debug)]
pub enum Beside {
    /// Anywhere this user may read; relative paths start at the folder.
    Free(PathBuf),
    /// In this folder and below, and nowhere else, whatever links say.
    Confined(PathBuf),
}

/// Why a journey cannot be made ready.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A file that it names cannot be read.
    #[error("step `{step}` names the file `{path}`, which cannot be read")]
    File {
        /// The step.
        step: String,
        /// The path, as written.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that it names lies outside its folder.
    #[error("step `{step}` names the file `{path}`, which lies outside the journey's folder")]
    Outside {
        /// The step.
        step: String,
        /// The path, as written.
        path: String,
    },
    /// A TLS setting is broken.
    #[error("the `tls` of step `{step}` cannot be used")]
    Tls {
        /// The step.
        step: String,
        /// Why.
        #[source]
        source: jaunt_probe::TlsError,
    },
}

impl Plan {
    /// Makes `journey` ready.
    ///
    /// # Errors
    /// Every file that cannot be read and every TLS setting that is broken.
    pub fn new(
        journey: Arc<Journey>,
        beside: &Beside,
        network: &Network,
    ) -> Result<Self, Vec<PlanError>> {
        let mut preparing = Preparing {
            beside,
            network,
            errors: Vec::new(),
            files: BTreeMap::new(),
        };
        let tls = journey
            .steps
            .iter()
            .map(|step| preparing.step(step))
            .collect();
        if !preparing.errors.is_empty() {
            return Err(preparing.errors);
        }
        let files = preparing.files;
        Ok(Self {
            journey,
            files,
            tls,
        })
    }

    /// What the file holds that a body names.
    pub(crate) fn file(&self, path: &str) -> Bytes {
        self.files.get(path).cloned().unwrap_or_default()
    }

    /// The TLS setting of the step at `index`.
    pub(crate) fn tls(&self, index: usize) -> Option<&TlsSetup> {
        self.tls.get(index)?.as_ref()
    }
}

struct Preparing<'a> {
    beside: &'a Beside,
    network: &'a Network,
    errors: Vec<PlanError>,
    files: BTreeMap<String, Bytes>,
}

impl Preparing<'_> {
    fn step(&mut self, step: &Step) -> Option<TlsSetup> {
        match &step.verb {
            Verb::Request(request) => {
                self.bodies(step, request);
                self.tls(step, &request.tls)
            }
            Verb::Connect(connect) => {
                let mut turns = connect.exchange.iter();
                let starts = turns.any(|turn| matches!(turn, ConnectExchange::Starttls));
                match &connect.tls {
                    Some(settings) => self.tls(step, settings),
                    None if starts => self.tls(step, &TlsSettings::default()),
                    None => None,
                }
            }
            Verb::Handshake(handshake) => self.tls(step, &handshake.tls),
            Verb::Resolve(_) | Verb::Wait(_) => None,
        }
    }

    fn bodies(&mut self, step: &Step, request: &Request) {
        let Some(body) = &request.body else { return };
        let paths: Vec<&String> = match &body.content {
            BodyContent::File(path) => vec![path],
            BodyContent::Multipart(parts) => parts
                .iter()
                .filter_map(|part| match &part.content {
                    MultipartContent::File(path) => Some(path),
                    MultipartContent::Text(_) | MultipartContent::Json(_) => None,
                })
                .collect(),
            BodyContent::Json(_)
            | BodyContent::Text(_)
            | BodyContent::Form(_)
            | BodyContent::Graphql { .. } => Vec::new(),
        };
        for path in paths {
            if self.files.contains_key(path) {
                continue;
            }
            if let Some(bytes) = self.read(step, path, LARGEST_BODY) {
                self.files.insert(path.clone(), bytes.into());
            }
        }
    }

    fn tls(&mut self, step: &Step, settings: &TlsSettings) -> Option<TlsSetup> {
        let before = self.errors.len();
        let mut pem = |path: &Option<String>| {
            let path = path.as_ref()?;
            self.read(step, path, LARGEST_PEM)
        };
        let (cert, key, roots) = (pem(&settings.cert), pem(&settings.key), pem(&settings.ca));
        if self.errors.len() > before {
            return None;
        }
        // Chain and key may lie in one file.
        let identity = cert.map(|cert| (cert.clone(), key.unwrap_or(cert)));
        let config = TlsConfig {
            identity,
            roots,
            min: settings.min.map(|min| match min {
                jaunt_journey::TlsVersion::V12 => jaunt_probe::TlsVersion::V12,
                jaunt_journey::TlsVersion::V13 => jaunt_probe::TlsVersion::V13,
            }),
            verify: if settings.insecure {
                Verify::Nothing
            } else {
                Verify::Full
            },
        };
        TlsSetup::new(self.network, config)
            .map_err(|source| {
                let step = step.id.clone();
                self.errors.push(PlanError::Tls { step, source });
            })
            .ok()
    }

    fn read(&mut self, step: &Step, path: &str, most: u64) -> Option<Vec<u8>> {
        let read = match self.beside.find(path) {
            Ok(Some(full)) => bounded(&full, most),
            Ok(None) => {
                self.errors.push(PlanError::Outside {
                    step: step.id.clone(),
                    path: path.to_owned(),
                });
                return None;
            }
            Err(source) => Err(source),
        };
        read.map_err(|source| {
            self.errors.push(PlanError::File {
                step: step.id.clone(),
                path: path.to_owned(),
                source,
            });
        })
        .ok()
    }
}

impl Beside {
    /// The file of this path, links resolved; `None` if it lies outside.
    fn find(&self, path: &str) -> std::io::Result<Option<PathBuf>> {
        match self {
            Self::Free(folder) => Ok(Some(folder.join(path))),
            Self::Confined(folder) => {
                let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
                if path.is_empty() || !Path::new(path).components().all(plain) {
                    return Ok(None);
                }
                let folder = folder.canonicalize()?;
                let full = folder.join(path).canonicalize()?;
                Ok(full.starts_with(&folder).then_some(full))
            }
        }
    }
}

/// What a file holds, if it is one and not larger than `most` bytes.
fn bounded(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    use std::io::{Error, ErrorKind};
    // Asked before opening, which would wait at a pipe for its writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(most + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let why = format!("it is larger than {} MiB", most / 1024 / 1024);
        return Err(Error::new(ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confined_journey_reads_beside_itself_and_nowhere_else_whatever_links_say() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("acme");
        std::fs::create_dir_all(folder.join("bodies")).unwrap();
        std::fs::write(folder.join("bodies/a.json"), "{}").unwrap();
        std::fs::write(home.path().join("other"), "x").unwrap();
        std::os::unix::fs::symlink(home.path().join("other"), folder.join("out")).unwrap();
        std::os::unix::fs::symlink(home.path(), folder.join("up")).unwrap();
        std::os::unix::fs::symlink("bodies/a.json", folder.join("in")).unwrap();
        let confined = Beside::Confined(folder.clone());
        for path in ["bodies/a.json", "./bodies/a.json", "in"] {
            assert!(confined.find(path).unwrap().is_some(), "{path}");
        }
        let absolute = folder.join("bodies/a.json").display().to_string();
        for path in [
            "out",
            "up/other",
            "../other",
            "bodies/../../other",
            &absolute,
            "",
        ] {
            assert_eq!(confined.find(path).unwrap(), None, "{path}");
        }
        assert!(confined.find("none").is_err());
        let free = Beside::Free(folder);
        for path in ["out", "../other", &absolute] {
            assert!(free.find(path).unwrap().unwrap().exists(), "{path}");
        }
    }

    #[test]
    fn a_file_beyond_its_bound_or_that_is_none_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("body");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(bounded(&path, 5).unwrap(), b"12345");
        assert!(bounded(&path, 4).is_err());
        assert!(bounded(home.path(), 4).is_err());
        assert!(bounded(Path::new("/dev/zero"), 4).is_err());
    }
}
