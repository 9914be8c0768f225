//! Who this agent is: a name that stays over restarts, by which its results are told from a twin's.

use crate::{config::Around, lock::DirError};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// The file in `data_dir` that keeps it.
const NAME: &str = "instance";
/// The longest name; a pod's has at most 253 characters.
const LONGEST: usize = 253;

/// There is no name for this agent.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// The kept name cannot be read, or a new one not kept.
    #[error(transparent)]
    Dir(#[from] DirError),
    /// What is kept is no name. A new one would make this agent a stranger to its own past, so that
    /// is left to whoever knows better.
    #[error("`{}` holds no instance id; set `instance` in the configuration, or delete the file for a new one", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no randomness to make one of.
    #[error(
        "cannot make an instance id: the system gives no randomness; set `instance` in the configuration"
    )]
    NoRandomness,
}

/// This agent's name: the configured one, else the pod's on Kubernetes, else the one that is kept
/// in `data_dir`, else a new one (a UUID), which is kept there from now on.
///
/// A pod's name is `POD_NAME` where the manifest hands it down, else the host's. Whoever calls this
/// holds the [`Lock`](crate::Lock), so that nobody else makes one meanwhile.
///
/// # Errors
/// The kept name cannot be read or is none, or the new one cannot be kept.
pub fn instance(
    configured: Option<&str>,
    around: &dyn Around,
    data_dir: &Path,
) -> Result<String, InstanceError> {
    if let Some(configured) = configured {
        return Ok(configured.to_owned());
    }
    if let Some(pod) = pod(around) {
        return Ok(pod);
    }
    let path = data_dir.join(NAME);
    let failed = |source| DirError::of(data_dir, &path, source);
    match kept(&path) {
        Ok(Some(name)) => Ok(name),
        Ok(None) => Err(InstanceError::Damaged { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = made()?;
            keep(data_dir, &name).map_err(failed)?;
            Ok(name)
        }
        Err(error) => Err(failed(error).into()),
    }
}

/// This agent's name as far as it has one by now: nothing is made and nothing kept.
pub(crate) fn known(
    configured: Option<&str>,
    around: &dyn Around,
    data_dir: &Path,
) -> Option<String> {
    let given = configured.map(str::to_owned).or_else(|| pod(around));
    given.or_else(|| kept(&data_dir.join(NAME)).ok().flatten())
}

/// The pod's name, if we are in one.
fn pod(around: &dyn Around) -> Option<String> {
    // The API server's address is in every pod's environment, and nowhere else.
    around.variable("KUBERNETES_SERVICE_HOST")?;
    let name = around.variable("POD_NAME").filter(|name| is_name(name));
    name.or_else(|| Some(around.host()).filter(|name| is_name(name)))
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(plain)
}

/// The kept name; `None` where the file holds none.
fn kept(path: &Path) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(1024).read_to_end(&mut bytes)?;
    let name = String::from_utf8(bytes).ok();
    let name = name.map(|text| text.trim().to_owned());
    Ok(name.filter(|name| is_name(name)))
}

fn made() -> Result<String, InstanceError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| InstanceError::NoRandomness)?;
    Ok(uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string())
}

/// Keeps it so that a power cut leaves the whole name or none.
fn keep(data_dir: &Path, name: &str) -> io::Result<()> {
    let new = data_dir.join("instance.new");
    let mut file = File::create(&new)?;
    writeln!(file, "{name}")?;
    file.sync_all()?;
    std::fs::rename(&new, data_dir.join(NAME))?;
    File::open(data_dir)?.sync_all()
}
