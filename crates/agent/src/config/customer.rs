//! `[customers.X]`: what a customer may. Journeys are written by strangers; this is all they get.

use super::{
    code,
    key::{CUSTOMER, LIMITS, SECRETS},
    read::{Reader, is_name},
};
use jaunt_text::{Item, Table};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// What each customer may.
#[derive(Clone, Debug, Default)]
pub struct Customers {
    named: BTreeMap<String, Allowance>,
    /// The pattern for all others.
    pattern: Allowance,
}

/// What a customer may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Where its journeys' secrets are read.
    pub secrets: Readable,
    /// What it may reach beyond the public internet.
    pub egress: Vec<jaunt_probe::Exception>,
    /// How much it may use.
    pub limits: Limits,
}

/// Where a customer's secrets are read; by default nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    /// Prefix of variables, which journeys leave out.
    pub env: Option<String>,
    /// Folder of files.
    pub dir: Option<PathBuf>,
}

/// How much a customer may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Journeys.
    pub journeys: usize,
    /// The shortest `every`.
    pub every: Duration,
    /// Steps of a journey.
    pub steps: usize,
    /// Runs at once.
    pub runs: usize,
    /// Runs at once that name one host, other customers' included.
    pub per_host: usize,
    /// The largest `max_body`, bytes.
    pub body: u64,
    /// Metric series.
    pub series: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            journeys: 500,
            every: Duration::from_secs(10),
            steps: 50,
            runs: 100,
            per_host: 20,
            body: 8 << 20,
            series: 50_000,
        }
    }
}

/// What `{customer}` in the pattern stands for.
const MARK: &str = "{customer}";

impl Customers {
    /// What `customer` may: its own table, else the pattern with its name filled in.
    ///
    /// In variables' names `{customer}` becomes the name in capitals, `-` as `_`. A name in which that
    /// would read as another's name and more has no variables by the pattern.
    pub fn of(&self, customer: &str) -> Allowance {
        if let Some(named) = self.named.get(customer) {
            return named.clone();
        }
        let Readable { env, dir } = &self.pattern.secrets;
        let secrets = Readable {
            env: env
                .as_ref()
                .filter(|_| ends_its_variables(customer))
                .map(|env| env.replace(MARK, &variable(customer))),
            dir: dir
                .as_ref()
                .map(|dir| PathBuf::from(dir.to_string_lossy().replace(MARK, customer))),
        };
        Allowance {
            secrets,
            ..self.pattern.clone()
        }
    }

    /// The folders that named customers' secrets lie in.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        let folders = self.named.values().map(|own| own.secrets.dir.as_deref());
        folders.flatten()
    }

    /// Whether secrets that `customer` would read by the pattern could be another's: then it gets
    /// none, and its journeys are `void: secret-missing`.
    pub fn shares_secrets(&self, customer: &str) -> bool {
        let own = self.of(customer).secrets;
        let others = self.named.iter().filter(|(name, _)| *name != customer);
        others
            .into_iter()
            .any(|(_, other)| other.secrets.meets(&own))
    }
}

impl Readable {
    /// Whether what one can read, the other can read too.
    fn meets(&self, other: &Self) -> bool {
        let env = matches!((&self.env, &other.env), (Some(a), Some(b)) if a.starts_with(b.as_str()) || b.starts_with(a.as_str()));
        let dir = matches!((&self.dir, &other.dir), (Some(a), Some(b)) if a.starts_with(b) || b.starts_with(a));
        env || dir
    }
}

/// A customer's name as it stands in variables' names.
fn variable(customer: &str) -> String {
    customer.to_ascii_uppercase().replace('-', "_")
}

/// Whether the `__` behind a customer's name is the first that a variable's name has, so that no
/// other customer's variables begin with `A__` of `a`: those of `a--b` and `a-` would.
fn ends_its_variables(customer: &str) -> bool {
    !customer.contains("--") && !customer.ends_with('-')
}

impl Reader<'_, '_, '_> {
    /// `[customers.X]`.
    pub(super) fn customers(&mut self, root: &Table<'_>) -> Customers {
        let mut customers = Customers::default();
        let table = root
            .item("customers")
            .and_then(|item| item.table(self.found));
        let mut places: Vec<(String, Item<'_>)> = Vec::new();
        for item in table.iter().flat_map(Table::items) {
            let name = item.key().to_owned();
            if !is_name(&name) {
                self.found
                    .error(
                        code::BAD_NAME,
                        item.key_span(),
                        format!("`{name}` is no name for a customer"),
                    )
                    .help("names are 1 to 63 of `a-z`, `0-9` and `-`");
            }
            let Some(table) = item.table(self.found) else {
                continue;
            };
            let allowance = self.allowance(&table.called(format!("customer `{name}`")));
            if name == "default" {
                self.pattern(&allowance.secrets, &item);
                customers.pattern = allowance;
            } else {
                customers.named.insert(name.clone(), allowance);
                places.push((name, item));
            }
        }
        self.apart(&customers, &places);
        customers
    }

    fn allowance(&mut self, table: &Table<'_>) -> Allowance {
        table.only(&CUSTOMER.names(), &[], self.found);
        let secrets = table
            .item("secrets")
            .and_then(|item| item.table(self.found));
        let limits = table.item("limits").and_then(|item| item.table(self.found));
        Allowance {
            secrets: secrets
                .map(|table| self.readable(&table))
                .unwrap_or_default(),
            egress: self.egress(table),
            limits: limits.map(|table| self.limits(&table)).unwrap_or_default(),
        }
    }

    fn readable(&mut self, table: &Table<'_>) -> Readable {
        table.only(&SECRETS.names(), &[], self.found);
        let env = self.text_at(table, "env");
        if let (Some(""), Some(item)) = (env.as_deref(), table.item("env")) {
            self.found.error(
                code::BAD_VALUE,
                item.span(),
                "an empty prefix opens the whole environment",
            );
        }
        let dir = self.path_at(table, "dir").map(|dir| plain(&dir));
        Readable { env, dir }
    }

    fn egress(&mut self, table: &Table<'_>) -> Vec<jaunt_probe::Exception> {
        let mut exceptions = Vec::new();
        for (item, text) in self.texts_at(table, "egress").unwrap_or_default() {
            match text.parse() {
                Ok(exception) => exceptions.push(exception),
                Err(_) => {
                    self.found
                        .error(code::BAD_VALUE, item.span(), format!("`{text}` is no range of addresses"))
                        .help("such as `10.20.0.0/16`, `10.20.0.0/16:443`, `10.20.0.7:8000-8099` or `[fd00::]/8:443`");
                }
            }
        }
        exceptions
    }

    fn limits(&mut self, table: &Table<'_>) -> Limits {
        let table = &table.clone().called(LIMITS.name);
        table.only(&LIMITS.names(), &[], self.found);
        let usual = Limits::default();
        let day = Duration::from_secs(86_400);
        Limits {
            journeys: self
                .count(table, &LIMITS, "journeys")
                .unwrap_or(usual.journeys),
            every: self
                .duration_at(table, "every", Duration::from_secs(1)..=day)
                .unwrap_or(usual.every),
            steps: self.count(table, &LIMITS, "steps").unwrap_or(usual.steps),
            runs: self.count(table, &LIMITS, "runs").unwrap_or(usual.runs),
            per_host: self
                .count(table, &LIMITS, "per_host")
                .unwrap_or(usual.per_host),
            body: self.size_at(table, "body", 1).unwrap_or(usual.body),
            series: self.whole(table, &LIMITS, "series").unwrap_or(usual.series),
        }
    }

    /// The pattern may open secrets only by what holds `{customer}`.
    fn pattern(&mut self, secrets: &Readable, item: &Item<'_>) {
        let env = secrets.env.as_ref().is_some_and(|env| !env.contains(MARK));
        let dir = secrets
            .dir
            .as_ref()
            .is_some_and(|dir| !dir.to_string_lossy().contains(MARK));
        if env || dir {
            self.found
                .error(code::OPEN_PATTERN, item.key_span(), "the pattern for all customers would give all of them the same secrets")
                .help("let it hold `{customer}`: `{ env = \"{customer}__\", dir = \"/run/secrets/{customer}\" }`");
        }
        // `A__` of customer `a` would begin `A__B__` of customer `a--b`: what follows must end the name.
        let open = secrets
            .env
            .as_ref()
            .is_some_and(|env| !env.contains(&format!("{MARK}__")) && env.contains(MARK));
        if open {
            self.found
                .error(
                    code::OPEN_PATTERN,
                    item.key_span(),
                    "customers whose names begin one another would share variables",
                )
                .help("let `__` follow: `\"{customer}__\"`");
        }
    }

    /// No two customers' prefixes or folders begin one another.
    fn apart(&mut self, customers: &Customers, places: &[(String, Item<'_>)]) {
        for (at, (name, item)) in places.iter().enumerate() {
            let Some(own) = customers.named.get(name) else {
                continue;
            };
            for (other, _) in places.iter().take(at) {
                if customers
                    .named
                    .get(other)
                    .is_some_and(|other| other.secrets.meets(&own.secrets))
                {
                    self.found
                        .error(
                            code::SHARED_SECRETS,
                            item.key_span(),
                            format!("`{name}` and `{other}` could read each other's secrets"),
                        )
                        .label("one's `env` or `dir` begins the other's")
                        .help("give each a prefix and a folder of its own");
                }
            }
        }
    }
}

/// A path without `.` and with `..` resolved by the letter, so that two of them can be compared.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
