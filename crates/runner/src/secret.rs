//! Secrets: where they are read, and that they are shown nowhere.

use jaunt_journey::Journey;
use std::{collections::BTreeMap, path::PathBuf};

/// What a journey may read.
#[derive(Clone, Debug)]
pub enum SecretAccess {
    /// Whatever this user may: one's own machine. Relative files start at the folder.
    Own(PathBuf),
    /// What an agent's configuration gives the customer.
    Customer {
        /// Variables of this prefix, which journeys leave out.
        env: Option<String>,
        /// Files of this folder, by bare names.
        dir: Option<PathBuf>,
    },
}

/// The secrets of one journey, read: a value or a sentence why there is none.
#[derive(Clone, Default)]
pub struct Secrets {
    values: BTreeMap<String, Result<String, String>>,
}

impl Secrets {
    /// Reads what `journey` names, as far as `access` allows.
    pub fn read(_journey: &Journey, _access: &SecretAccess) -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
