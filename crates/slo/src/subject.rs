//! What the arithmetic asks of a journey.

use crate::{Cadence, Calendar, Correction, Maintenance, MaintenancePolicy, Slo};
use std::{collections::BTreeMap, time::Duration};

/// What the arithmetic asks of a journey: everything but what it does.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The tenant.
    pub customer: String,
    /// The journey's name; with `customer`, its identity.
    pub journey: String,
    /// The interval of slots; whole seconds, never 0.
    pub every: Duration,
    /// Where it runs: an SLO needs to know, or nobody could say what was planned.
    pub regions: Vec<String>,
    /// Weights of regions as decimal text; a region without one weighs 1.
    pub weights: BTreeMap<String, String>,
    /// How many regions make a failure global; without it, a strict majority of weight.
    pub quorum: Option<u32>,
    /// `[[maintenance]]`.
    pub maintenance: Vec<Maintenance>,
    /// `[maintenance_policy]`.
    pub policy: MaintenancePolicy,
    /// Step id → who answers for what goes wrong inside the service there.
    pub parties: BTreeMap<String, String>,
    /// `[[correction]]`: those that are known.
    pub corrections: Vec<Correction>,
    /// `[[slo]]`.
    pub slos: Vec<Slo>,
}

impl Subject {
    /// How often it runs, and in how many regions.
    pub fn cadence(&self) -> Cadence {
        Cadence {
            every: self.every,
            regions: u64::try_from(self.regions.len()).unwrap_or(u64::MAX),
        }
    }

    /// Its maintenance and the conditions on it.
    pub fn calendar(&self) -> Calendar<'_> {
        Calendar {
            maintenance: &self.maintenance,
            policy: self.policy,
        }
    }

    /// The steps that an SLO judges by themselves, each once.
    pub(crate) fn judged_steps(&self) -> Vec<String> {
        let mut steps: Vec<String> = Vec::new();
        for step in self.slos.iter().filter_map(|slo| slo.step.as_ref()) {
            if !steps.contains(step) {
                steps.push(step.clone());
            }
        }
        steps
    }

    /// The interval in ns.
    pub(crate) fn every_ns(&self) -> u64 {
        u64::try_from(self.every.as_nanos())
            .unwrap_or(u64::MAX)
            .max(1)
    }

    /// The weights of its regions, in their order, as whole numbers of one unit.
    pub(crate) fn whole_weights(&self) -> Vec<u64> {
        let texts: Vec<&str> = self
            .regions
            .iter()
            .map(|region| self.weights.get(region).map_or("1", String::as_str))
            .collect();
        let decimals = texts
            .iter()
            .map(|text| text.split_once('.').map_or(0, |(_, f)| f.len()))
            .max()
            .unwrap_or(0);
        texts.iter().map(|text| scaled(text, decimals)).collect()
    }
}

/// `text` times 10^`decimals`; what is no such number weighs nothing (a parser refuses it before).
fn scaled(text: &str, decimals: usize) -> u64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let padding = decimals.saturating_sub(fraction.len());
    format!("{whole}{fraction}{}", "0".repeat(padding))
        .parse()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_become_whole_numbers_of_one_unit() {
        let subject = Subject {
            customer: "acme".into(),
            journey: "checkout".into(),
            every: Duration::from_secs(60),
            regions: ["fra", "iad", "sin"].map(Into::into).into(),
            weights: [("fra", "0.75"), ("iad", "2")]
                .map(|(region, weight)| (region.into(), weight.into()))
                .into(),
            quorum: None,
            maintenance: Vec::new(),
            policy: MaintenancePolicy::default(),
            parties: BTreeMap::new(),
            corrections: Vec::new(),
            slos: Vec::new(),
        };
        assert_eq!(subject.whole_weights(), [75, 200, 100]);
    }
}
