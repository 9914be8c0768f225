//! Loading: from folders to the journeys that this agent runs, each with its last good version kept.
//!
//! A [`Loader`] remembers the files that it has read. [`Loader::scan`] reads what changed and leaves
//! the rest as it is; a file that is refused keeps the journeys of its last good version, and one
//! that is gone takes its journeys along. It blocks on the disk, so it runs off the runtime.
//!
//! What a stranger's file may name is judged by its customer's [`Limits`](crate::config::Limits)
//! before a journey is made ready; how many may stand beside each other, over all files, in
//! `load/set.rs`.

mod file;
mod limit;
mod set;

pub use limit::Limit;
pub(crate) use limit::exceeded;
pub use set::{Loaded, Set};

use crate::{
    Depot,
    config::{Config, Customers, Origin, Source},
    follow::{Fault, listing},
};
use file::{Asked, Known};
use jaunt_otlp::{
    Own,
    names::{attribute as a, metric},
};
use jaunt_probe::{Network, Policy, Rule};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A customer, and what it may.
#[derive(Debug)]
pub struct Tenant {
    /// Its name.
    pub name: Arc<str>,
    /// What it may.
    pub allowance: crate::config::Allowance,
    /// What its journeys may dial.
    pub policy: Arc<Policy>,
    /// Where its journeys' secrets are read.
    pub secrets: jaunt_runner::SecretAccess,
}

impl Tenant {
    /// What `customers` give to `name`.
    pub fn of(name: &str, customers: &Customers) -> Self {
        let mut allowance = customers.of(name);
        if customers.shares_secrets(name) {
            allowance.secrets = crate::config::Readable::default();
        }
        Self {
            name: name.into(),
            policy: Arc::new(Policy::public_and(allowance.egress.clone())),
            secrets: jaunt_runner::SecretAccess::Customer {
                env: allowance.secrets.env.clone(),
                dir: allowance.secrets.dir.clone(),
            },
            allowance,
        }
    }

    /// The same, its policy's refusals counted in `own`.
    fn counted_in(self, own: &Own) -> Self {
        let (own, customer) = (own.clone(), Arc::clone(&self.name));
        let count = move |rule: Rule| {
            let labels = [(a::CUSTOMER, &*customer), (a::RULE, rule.as_str())];
            own.count(&metric::EGRESS_DENIED, &labels, 1);
        };
        let policy = Policy::clone(&self.policy).heard_by(count);
        Self {
            policy: Arc::new(policy),
            ..self
        }
    }
}

/// Something of a source that is refused, or cannot be read; what stood before stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The file or folder.
    pub path: PathBuf,
    /// Whose it is, where that is known.
    pub customer: Option<String>,
    /// What kind of trouble: a lasting name.
    pub kind: &'static str,
    /// What is wrong, for people; may have several lines.
    pub text: String,
}

/// The files that were read. See the module's documentation.
#[derive(Debug)]
pub struct Loader {
    config: Arc<Config>,
    network: Arc<Network>,
    tenants: BTreeMap<String, Arc<Tenant>>,
    files: BTreeMap<PathBuf, Known>,
    /// Where accepted bundles come from.
    depot: Arc<Depot>,
    /// Where refusals of the egress policies are counted.
    own: Own,
    /// Troubles that stand, and were told.
    standing: Vec<Trouble>,
}

/// A journey that is over a limit, or a twin, is refused with this kind; a file with the code of
/// its first error.
pub(crate) const TWIN: &str = "duplicate-journey";
/// A source or file cannot be read.
pub(crate) const UNREADABLE: &str = "unreadable";

impl Loader {
    /// One that has read nothing yet.
    pub fn new(config: Arc<Config>, network: Arc<Network>, depot: Arc<Depot>, own: Own) -> Self {
        Self {
            config,
            network,
            tenants: BTreeMap::new(),
            files: BTreeMap::new(),
            depot,
            own,
            standing: Vec::new(),
        }
    }

    /// The journeys that stand now, and the troubles that are new since the last scan.
    ///
    /// `running` says which journeys run already: over a limit of how many may stand, those go first.
    pub fn scan(&mut self, running: &dyn Fn(&crate::Station) -> bool) -> (Set, Vec<Trouble>) {
        // Of a file, told when it is read; of a folder or of all together, found anew each time.
        let (mut troubles, mut standing) = (Vec::new(), Vec::new());
        let config = Arc::clone(&self.config);
        let mut complete = true;
        for (number, source) in config.sources.iter().enumerate() {
            let folder = match &source.origin {
                Origin::Dir(folder) => Some(folder.clone()),
                Origin::Bundle { .. } => self.depot.unpacked(number),
            };
            standing.extend(self.depot.troubles(number));
            let told = (&mut troubles, &mut standing);
            complete &= folder.is_some_and(|folder| self.source(number, source, &folder, told));
        }
        let mut set = self.assemble(running, &mut standing);
        set.complete = complete;
        let new = |trouble: &&Trouble| !self.standing.contains(trouble);
        troubles.extend(standing.iter().filter(new).cloned());
        self.standing = standing;
        (set, troubles)
    }

    /// All that is refused now, whether it was told or not.
    pub fn standing(&self) -> impl Iterator<Item = &Trouble> {
        let files = self
            .files
            .values()
            .filter_map(|known| known.refused.as_ref());
        files.chain(&self.standing)
    }

    /// Reads a source's files; what cannot be looked at stays as it is.
    ///
    /// Gives back whether all of it could be.
    fn source(
        &mut self,
        number: usize,
        source: &Source,
        folder: &Path,
        (troubles, standing): (&mut Vec<Trouble>, &mut Vec<Trouble>),
    ) -> bool {
        let listing = listing(folder);
        let mut unseen = Vec::new();
        for left in &listing.left_out {
            let path = folder.join(&left.path);
            match left.fault {
                Fault::Absent | Fault::TooMany | Fault::Unreadable(_) => unseen.push(path.clone()),
                Fault::DeadLink
                | Fault::LeadsOut
                | Fault::FolderLink
                | Fault::NotAFile
                | Fault::TooDeep => {}
            }
            standing.push(Trouble {
                path,
                customer: source.customer.clone(),
                kind: UNREADABLE,
                text: left.fault.to_string(),
            });
        }
        let is_journey = |path: &PathBuf| path.extension().is_some_and(|end| end == "toml");
        let paths = listing.files.iter().map(|found| folder.join(&found.path));
        let found: BTreeSet<PathBuf> = paths.filter(is_journey).collect();
        self.files.retain(|path, known| {
            known.source != number
                || found.contains(path)
                || unseen.iter().any(|unseen| path.starts_with(unseen))
        });
        for path in found {
            let before = self.files.remove(&path);
            let asked = Asked {
                source: number,
                folder,
                path: &path,
                customer: source.customer.as_deref(),
            };
            let known = self.file(&asked, before, troubles);
            self.files.insert(path, known);
        }
        unseen.is_empty()
    }

    /// The customer of this name, and what it may.
    fn tenant(&mut self, name: &str) -> Arc<Tenant> {
        if let Some(tenant) = self.tenants.get(name) {
            return Arc::clone(tenant);
        }
        let tenant = Tenant::of(name, &self.config.customers).counted_in(&self.own);
        let tenant = Arc::new(tenant);
        self.tenants.insert(name.to_owned(), Arc::clone(&tenant));
        tenant
    }
}
