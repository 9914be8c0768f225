//! The set: of all journeys of all files, those that this agent runs.

use super::{Limit, Loader, TWIN, Tenant, Trouble, file::Ready};
use crate::{Guest, Schedule, Slot, Span, Station};
use jaunt_runner::{Plan, Secrets};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A journey that this agent runs.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Whose, which, where.
    pub station: Station,
    /// What its customer may.
    pub tenant: Arc<Tenant>,
    /// What is carried out.
    pub plan: Arc<Plan>,
    /// Its secrets, as they were when it was last looked at.
    pub secrets: Arc<Secrets>,
    /// What its runs ask for at the gate.
    pub guest: Arc<Guest>,
    /// When it is due.
    pub schedule: Schedule,
    /// Which of its slots are this agent's.
    pub span: Span,
}

/// The journeys that this agent runs.
#[derive(Debug, Default)]
pub struct Set {
    /// By whose and which.
    pub journeys: BTreeMap<Station, Loaded>,
    /// Whose they are.
    pub customers: BTreeSet<String>,
    /// How many of each customer's files stand in a version older than what was refused.
    pub stale: BTreeMap<String, u64>,
    /// Whether every source could be read.
    pub complete: bool,
}

/// How much stands already.
#[derive(Default)]
struct Counts {
    journeys: usize,
    series: u64,
    by_customer: BTreeMap<Arc<str>, (usize, u64)>,
}

impl Loader {
    /// The set of what the files say.
    pub(super) fn assemble(
        &self,
        running: &dyn Fn(&Station) -> bool,
        troubles: &mut Vec<Trouble>,
    ) -> Set {
        let mut set = Set::default();
        let mut counts = Counts::default();
        let mut owners: BTreeMap<Station, &Path> = BTreeMap::new();
        // Those that run already first, so that a new file displaces none.
        let mut all: Vec<(bool, Station, &PathBuf, &Ready)> = Vec::new();
        for (path, known) in &self.files {
            for ready in &known.journeys {
                let (customer, name) = (&ready.tenant.name, &ready.plan.journey.name);
                let station = Station::new(customer, name, &self.config.region);
                all.push((!running(&station), station, path, ready));
            }
            let stale = known.refused.is_some() || self.depot.is_behind(known.source);
            if let Some(ready) = known.journeys.first().filter(|_| stale) {
                *set.stale.entry(ready.tenant.name.to_string()).or_default() += 1;
            }
        }
        all.sort_by(|one, other| (one.0, &one.1, one.2).cmp(&(other.0, &other.1, other.2)));
        for (_, station, path, ready) in all {
            let Some(loaded) = self.placed(&station, ready) else {
                continue;
            };
            let mut refuse = |kind, text| {
                troubles.push(Trouble {
                    path: path.clone(),
                    customer: Some(station.customer().to_owned()),
                    kind,
                    text,
                });
            };
            if let Some(other) = owners.get(&station) {
                refuse(
                    TWIN,
                    format!("`{station}` is also in `{}`", other.display()),
                );
                continue;
            }
            if let Some((limit, text)) = counts.take(&station, ready, &self.config.limits) {
                refuse(limit.as_str(), text);
                continue;
            }
            owners.insert(station.clone(), path);
            set.customers.insert(station.customer().to_owned());
            set.journeys.insert(station, loaded);
        }
        set
    }

    /// The journey with its slots; `None` where it is another region's or another shard's.
    fn placed(&self, station: &Station, ready: &Ready) -> Option<Loaded> {
        let journey = &ready.plan.journey;
        let region = &self.config.region;
        if !journey.regions.is_empty() && !journey.regions.contains(region) {
            return None;
        }
        let span = self.span(&journey.customer, &journey.name)?;
        let schedule =
            Schedule::new(&journey.customer, &journey.name, region, journey.every).ok()?;
        let secrets = match journey.secrets.is_empty() {
            true => Arc::default(),
            false => Arc::new(Secrets::read(journey, &ready.tenant.secrets)),
        };
        Some(Loaded {
            station: station.clone(),
            tenant: Arc::clone(&ready.tenant),
            plan: Arc::clone(&ready.plan),
            secrets,
            guest: Arc::new(Guest {
                customer: Arc::clone(&ready.tenant.name),
                hosts: Arc::clone(&ready.hosts),
                limits: ready.tenant.allowance.limits,
            }),
            schedule,
            span,
        })
    }

    /// Which slots of a journey are this shard's; `None`: none.
    fn span(&self, customer: &str, journey: &str) -> Option<Span> {
        let now = self.config.shard.owns(customer, journey);
        let Some((from, before)) = self.config.reshard else {
            return now.then_some(Span::default());
        };
        let at = Some(Slot::from_unix_s(from));
        match (before.owns(customer, journey), now) {
            (true, true) => Some(Span::default()),
            (true, false) => Some(Span {
                from: None,
                until: at,
            }),
            (false, true) => Some(Span {
                from: at,
                until: None,
            }),
            (false, false) => None,
        }
    }
}

impl Counts {
    /// Counts a journey in; or which limit it exceeds, and then it is not counted.
    fn take(
        &mut self,
        station: &Station,
        ready: &Ready,
        agent: &crate::config::AgentLimits,
    ) -> Option<(Limit, String)> {
        let limits = &ready.tenant.allowance.limits;
        let (journeys, series) = self
            .by_customer
            .get(&ready.tenant.name)
            .copied()
            .unwrap_or_default();
        let (own, all) = (
            series.saturating_add(ready.series),
            self.series.saturating_add(ready.series),
        );
        let refused = |limit: Limit, whose: &str, key: &str, most: u64| {
            let text = format!("`{station}` exceeds the {whose} limit `{key}`, which is {most}");
            Some((limit, text))
        };
        let number = |most: usize| u64::try_from(most).unwrap_or(u64::MAX);
        if journeys >= limits.journeys {
            return refused(
                Limit::Journeys,
                "customer's",
                "journeys",
                number(limits.journeys),
            );
        }
        if self.journeys >= agent.journeys {
            return refused(
                Limit::Journeys,
                "agent's",
                "journeys",
                number(agent.journeys),
            );
        }
        if own > limits.series {
            return refused(Limit::Series, "customer's", "series", limits.series);
        }
        if all > agent.series {
            return refused(Limit::Series, "agent's", "series", agent.series);
        }
        self.journeys += 1;
        self.series = all;
        self.by_customer
            .insert(Arc::clone(&ready.tenant.name), (journeys + 1, own));
        None
    }
}
