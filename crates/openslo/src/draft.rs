//! The part of a journey that OpenSLO documents hold.

use jaunt_slo::{Good, Maintenance, MaintenancePolicy, Population, Slo, Subject, Weighting, When};
use jaunt_text::duration_text;
use std::{collections::BTreeMap, time::Duration};
use toml::{Table, Value};

/// The part of a journey that OpenSLO documents hold: what it promises, not what it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The tenant, where it is told.
    pub customer: Option<String>,
    /// The journey's name, or that of the service.
    pub journey: String,
    /// The interval of slots, where it is told.
    pub every: Option<Duration>,
    /// Where it runs; none where that is not told.
    pub regions: Vec<String>,
    /// Weights of regions as decimal text.
    pub weights: BTreeMap<String, String>,
    /// How many regions make a failure global.
    pub quorum: Option<u32>,
    /// `[[maintenance]]`.
    pub maintenance: Vec<Maintenance>,
    /// `[maintenance_policy]`.
    pub policy: MaintenancePolicy,
    /// Step id → who answers for what goes wrong there.
    pub parties: BTreeMap<String, String>,
    /// `[[slo]]`.
    pub slos: Vec<Slo>,
}

impl From<&Subject> for Draft {
    fn from(subject: &Subject) -> Self {
        Self {
            customer: Some(subject.customer.clone()),
            journey: subject.journey.clone(),
            every: Some(subject.every),
            regions: subject.regions.clone(),
            weights: subject.weights.clone(),
            quorum: subject.quorum,
            maintenance: subject.maintenance.clone(),
            policy: subject.policy,
            parties: subject.parties.clone(),
            slos: subject.slos.clone(),
        }
    }
}

impl Draft {
    /// It as a journey's TOML, without steps: those are for its author to write.
    pub fn toml(&self) -> String {
        let mut root = Table::new();
        if let Some(customer) = &self.customer {
            root.insert("customer".into(), customer.as_str().into());
        }
        root.insert("journey".into(), self.journey.as_str().into());
        if let Some(every) = self.every {
            root.insert("every".into(), duration_text(every).into());
        }
        if !self.regions.is_empty() {
            root.insert("regions".into(), self.regions.clone().into());
        }
        if let Some(quorum) = self.quorum {
            root.insert("quorum".into(), i64::from(quorum).into());
        }
        if !self.weights.is_empty() {
            root.insert("weights".into(), Value::Table(texts(&self.weights)));
        }
        if self.policy != MaintenancePolicy::default() {
            root.insert("maintenance_policy".into(), policy(self.policy).into());
        }
        if !self.maintenance.is_empty() {
            let entries: Vec<Value> = self.maintenance.iter().map(entry).collect();
            root.insert("maintenance".into(), entries.into());
        }
        let slos: Vec<Value> = self.slos.iter().map(slo).collect();
        root.insert("slo".into(), slos.into());
        // Tables of text, numbers and instants are always TOML.
        let mut text = toml::to_string(&root).unwrap_or_default();
        for (step, party) in &self.parties {
            text.push_str(&format!("\n# step `{step}`: party = \"{party}\"\n"));
        }
        text
    }
}

fn texts(of: &BTreeMap<String, String>) -> Table {
    of.iter()
        .map(|(key, text)| (key.clone(), text.as_str().into()))
        .collect()
}

fn policy(policy: MaintenancePolicy) -> Table {
    let mut table = Table::new();
    table.insert("notice".into(), duration_text(policy.notice).into());
    table.insert("cap".into(), duration_text(policy.cap).into());
    table
}

fn entry(maintenance: &Maintenance) -> Value {
    let mut table = Table::new();
    match &maintenance.when {
        When::Once { from, to } => {
            table.insert("from".into(), instant(*from));
            table.insert("to".into(), instant(*to));
        }
        When::Weekly(weekly) => {
            table.insert("on".into(), weekly.to_string().into());
        }
    }
    if let Some(announced) = maintenance.announced {
        table.insert("announced".into(), instant(announced));
    }
    let words = [
        ("by", &maintenance.by),
        ("approved_by", &maintenance.approved_by),
        ("reason", &maintenance.reason),
    ];
    for (key, text) in words {
        if let Some(text) = text {
            table.insert(key.into(), text.as_str().into());
        }
    }
    table.into()
}

fn slo(slo: &Slo) -> Value {
    let mut table = Table::new();
    let mut put = |key: &str, value: Value| table.insert(key.into(), value);
    put("name", slo.name.as_str().into());
    put("objective", slo.objective.to_string().into());
    put("window", slo.window.to_string().into());
    if let Some(under) = slo.under {
        put("under", duration_text(under).into());
    }
    if slo.of == Population::Passed {
        put("of", "passed".into());
    }
    if slo.good == Good::Pass {
        put("good", "pass".into());
    }
    if let Some(step) = &slo.step {
        put("step", step.as_str().into());
    }
    if slo.weighting == Weighting::Regions {
        put("weighting", "regions".into());
    }
    if let Some(slice) = slo.slice {
        put("slice", duration_text(slice).into());
    }
    if let Some(since) = slo.since {
        put("since", instant(since));
    }
    table.into()
}

/// An instant as TOML has it; one that TOML cannot hold stays text.
fn instant(at: jiff::Timestamp) -> Value {
    let text = at.to_string();
    text.parse::<toml::value::Datetime>()
        .map_or_else(|_| text.as_str().into(), Value::Datetime)
}
