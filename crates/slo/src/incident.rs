//! Incidents: region outages that belong together.

use crate::{
    Alert, Severity,
    observe::{Bad, Observed},
    outage::Outage,
};
use std::{collections::BTreeMap, ops::Range};

/// Region outages that overlap, or follow each other within five intervals.
#[derive(Debug)]
pub(crate) struct Incident {
    pub(crate) start: i64,
    /// `None` while it lasts.
    pub(crate) end: Option<i64>,
    pub(crate) start_not_before: Option<i64>,
    pub(crate) last_bad: i64,
    /// The regions that had an outage in it.
    pub(crate) regions: Vec<usize>,
    pub(crate) unknown_ns: u64,
    pub(crate) valid: u64,
    /// Its bad runs: a range of the observed ones.
    pub(crate) bads: Range<usize>,
}

/// How far an incident reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A strict majority of weight had an outage in it, or as many regions as the quorum says.
    Global,
    /// Fewer.
    Regional,
}

impl Scope {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Regional => "regional",
        }
    }

    /// The scope of what struck these regions.
    pub(crate) fn of(struck: &[usize], weights: &[u64], quorum: Option<u32>) -> Self {
        let global = match quorum {
            Some(quorum) => u64::from(quorum) <= u64::try_from(struck.len()).unwrap_or(u64::MAX),
            None => {
                let weight =
                    |region: &usize| u128::from(weights.get(*region).copied().unwrap_or(0));
                let all: u128 = weights.iter().copied().map(u128::from).sum();
                2 * struck.iter().map(weight).sum::<u128>() > all
            }
        };
        if global { Self::Global } else { Self::Regional }
    }
}

/// The incidents that `outages` (by start) make up, by start.
pub(crate) fn incidents(outages: &[Outage], observed: &Observed, every_ns: u64) -> Vec<Incident> {
    let pause = i64::try_from(every_ns.saturating_mul(5)).unwrap_or(i64::MAX);
    let mut incidents: Vec<Incident> = Vec::new();
    for outage in outages {
        match incidents.last_mut() {
            Some(last)
                if last
                    .end
                    .is_none_or(|end| outage.start <= end.saturating_add(pause)) =>
            {
                last.join(outage);
            }
            _ => incidents.push(Incident::of(outage)),
        }
    }
    for incident in &mut incidents {
        incident.bads = incident.within(&observed.bads);
    }
    count_valid(&mut incidents, observed);
    incidents
}

impl Incident {
    fn of(outage: &Outage) -> Self {
        Self {
            start: outage.start,
            end: outage.end,
            start_not_before: outage.start_not_before,
            last_bad: outage.last_bad,
            regions: vec![outage.region],
            unknown_ns: outage.unknown_ns,
            valid: 0,
            bads: 0..0,
        }
    }

    fn join(&mut self, outage: &Outage) {
        self.end = match (self.end, outage.end) {
            (Some(a), Some(b)) => Some(a.max(b)),
            _ => None,
        };
        self.last_bad = self.last_bad.max(outage.last_bad);
        self.unknown_ns += outage.unknown_ns;
        if !self.regions.contains(&outage.region) {
            self.regions.push(outage.region);
        }
    }

    /// Runs belong to an incident by their start.
    fn within(&self, bads: &[Bad]) -> Range<usize> {
        let from = bads.partition_point(|bad| bad.start < self.start);
        let to = match self.end {
            Some(end) => bads.partition_point(|bad| bad.start < end),
            None => bads.len(),
        };
        from..to.max(from)
    }

    /// When the first page went out for it: from its start to an hour after its end.
    pub(crate) fn paged_at(&self, alerts: &[Alert]) -> Option<i64> {
        const HOUR: i64 = 3_600_000_000_000;
        let until = self.end.map_or(i64::MAX, |end| end.saturating_add(HOUR));
        alerts
            .iter()
            .filter(|alert| alert.severity == Severity::Page)
            .flat_map(|alert| &alert.firing)
            .map(|(from, _)| *from)
            .filter(|from| (self.start..=until).contains(from))
            .min()
    }
}

/// Counts the valid runs of every region that started in each incident. Incidents are apart, and
/// chains by start, so one walk over a chain serves them all.
fn count_valid(incidents: &mut [Incident], observed: &Observed) {
    for chain in &observed.chains {
        for incident in &mut *incidents {
            let from = chain.runs.partition_point(|run| run.start < incident.start);
            let runs = chain.runs.iter().skip(from);
            let within = runs.take_while(|run| incident.end.is_none_or(|end| run.start < end));
            let valid = within.filter(|run| run.counts.valid()).count();
            incident.valid += u64::try_from(valid).unwrap_or(u64::MAX);
        }
    }
}

/// The most frequent name; of several, the smallest.
pub(crate) fn modal<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut found: Option<(&str, u64)> = None;
    for (name, count) in counts {
        if found.is_none_or(|(_, most)| count > most) {
            found = Some((name, count));
        }
    }
    found.map(|(name, _)| name)
}

/// In how many slots a majority (or quorum) of regions failed: each by the regions that failed in
/// that same slot.
pub(crate) fn global_slots(observed: &Observed, weights: &[u64], quorum: Option<u32>) -> u64 {
    let mut by_slot: Vec<(i64, usize)> = observed.bads.iter().map(|b| (b.slot, b.region)).collect();
    by_slot.sort_unstable();
    by_slot.dedup();
    let mut global = 0;
    for slot in by_slot.chunk_by(|a, b| a.0 == b.0) {
        let regions: Vec<usize> = slot.iter().map(|(_, region)| *region).collect();
        global += u64::from(Scope::of(&regions, weights, quorum) == Scope::Global);
    }
    global
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_majority_of_weight_makes_a_failure_global_unless_a_quorum_is_agreed() {
        for (struck, weights, quorum, expected) in [
            (vec![0], [1, 1, 1], None, Scope::Regional),
            (vec![0, 1], [1, 1, 1], None, Scope::Global),
            (vec![0], [3, 1, 1], None, Scope::Global),
            (vec![0], [2, 1, 1], None, Scope::Regional),
            (vec![0], [1, 1, 1], Some(1), Scope::Global),
            (vec![0, 1], [5, 5, 1], Some(3), Scope::Regional),
        ] {
            assert_eq!(
                Scope::of(&struck, &weights, quorum),
                expected,
                "{struck:?} {weights:?}"
            );
        }
    }

    #[test]
    fn of_equally_frequent_names_the_smallest_is_modal() {
        assert_eq!(modal(["b", "a", "c", "a", "b"].into_iter()), Some("a"));
        assert_eq!(modal(["b", "a", "b"].into_iter()), Some("b"));
        assert_eq!(modal([].into_iter()), None);
    }
}
