//! Incidents, background and parties of a report: three ways to split the same bad runs, each of
//! which adds up to what was consumed, exactly.

use super::{Attribution, Background, IncidentReport, budget, judge::Case};
use crate::{
    Alert,
    attribution::{Booked, UNKNOWN, book},
    exact::{self, Exact, shown},
    incident::{self, Incident, Scope, modal},
    observe::Bad,
    outage, spans,
};
use std::collections::BTreeMap;

/// The three.
pub(super) struct Spent {
    pub(super) incidents: Vec<IncidentReport>,
    pub(super) background: Background,
    pub(super) attribution: Attribution,
}

pub(super) fn report(case: &Case<'_>, alerts: &[Alert]) -> Spent {
    let ledger = Ledger::new(case);
    let every = case.subject.every_ns();
    let regions = case.subject.regions.len();
    let outages = outage::outages(&case.observed, regions, every, case.period.at_ns);
    let found = incident::incidents(&outages, &case.observed, every);
    let mut sum = exact::whole(0);
    let mut inside = vec![0; regions];
    let incidents = found
        .iter()
        .map(|incident| {
            let bads = case
                .observed
                .bads
                .get(incident.bads.clone())
                .unwrap_or_default();
            let counts = ledger.by_region(bads);
            for (total, count) in inside.iter_mut().zip(&counts) {
                *total += count;
            }
            let burnt = budget::share_of(case, &counts);
            sum += burnt.clone().unwrap_or_else(|| exact::whole(0));
            ledger.incident(incident, bads, burnt.as_ref(), alerts)
        })
        .collect();
    let all = ledger.by_region(&case.observed.bads);
    let outside: Vec<u64> = all
        .iter()
        .zip(&inside)
        .map(|(all, inside)| all - inside)
        .collect();
    let burnt = budget::share_of(case, &outside);
    let incidents_sum = burnt.as_ref().map(|burnt| shown(&(sum + burnt)));
    Spent {
        incidents,
        background: Background {
            bad: outside.iter().sum(),
            budget_burnt: burnt.as_ref().map(shown),
        },
        attribution: ledger.attribution(incidents_sum),
    }
}

/// Where each cause is booked.
struct Ledger<'a> {
    case: &'a Case<'a>,
    booked: Vec<Booked>,
    unknown: Booked,
}

impl<'a> Ledger<'a> {
    fn new(case: &'a Case<'a>) -> Self {
        let book = |cause| book(cause, case.subject, case.question.parties);
        Self {
            case,
            booked: case
                .taken
                .history
                .causes()
                .iter()
                .map(|cause| book(Some(cause)))
                .collect(),
            unknown: book(None),
        }
    }

    fn booked(&self, bad: &Bad) -> &Booked {
        let id = bad.cause.and_then(|id| usize::try_from(id).ok());
        id.and_then(|id| self.booked.get(id))
            .unwrap_or(&self.unknown)
    }

    /// Whose a bad run is: a correction's party, else where its cause is booked.
    fn party(&self, bad: &Bad) -> &str {
        let corrections = self.case.subject.corrections.iter();
        // Of several the latest word counts.
        let corrected = corrections.filter_map(|c| Some((c.at, c.party_at(bad.start)?)));
        corrected
            .max_by_key(|(at, _)| *at)
            .map_or(&self.booked(bad).party, |(_, party)| party)
    }

    fn by_region(&self, bads: &[Bad]) -> Vec<u64> {
        let mut counts = vec![0; self.case.subject.regions.len()];
        for bad in bads {
            if let Some(count) = counts.get_mut(bad.region) {
                *count += 1;
            }
        }
        counts
    }

    fn incident(
        &self,
        incident: &Incident,
        bads: &[Bad],
        burnt: Option<&Exact>,
        alerts: &[Alert],
    ) -> IncidentReport {
        let mut regions: Vec<String> = incident
            .regions
            .iter()
            .filter_map(|region| self.case.subject.regions.get(*region).cloned())
            .collect();
        regions.sort_unstable();
        let most = |of: fn(&Booked) -> &str| {
            modal(bads.iter().map(|bad| of(self.booked(bad))))
                .unwrap_or(UNKNOWN)
                .to_owned()
        };
        let paged_at_ns = incident.paged_at(alerts);
        let weights = &self.case.sli.weights;
        IncidentReport {
            start_ns: incident.start,
            end_ns: incident.end,
            ongoing: incident.end.is_none(),
            start_not_before_ns: incident.start_not_before,
            last_bad_ns: incident.last_bad,
            regions,
            scope: Scope::of(&incident.regions, weights, self.case.subject.quorum).as_str(),
            bad: u64::try_from(bads.len()).unwrap_or(u64::MAX),
            valid: incident.valid,
            unknown_region_s: exact::seconds(incident.unknown_ns),
            step: most(|booked| &booked.step),
            phase: most(|booked| &booked.phase),
            party: modal(bads.iter().map(|bad| self.party(bad)))
                .unwrap_or(UNKNOWN)
                .to_owned(),
            party_before: self
                .is_corrected(bads)
                .then(|| most(|booked| &booked.party)),
            budget_burnt: burnt.map(shown),
            paged_at_ns,
            page_delay_s: paged_at_ns
                .map(|paged| exact::seconds(spans::length(incident.start, paged))),
        }
    }

    /// Whether a correction says whose some of these are.
    fn is_corrected(&self, bads: &[Bad]) -> bool {
        let corrections = &self.case.subject.corrections;
        let says = |bad: &Bad| corrections.iter().any(|c| c.party_at(bad.start).is_some());
        bads.iter().any(says)
    }

    fn attribution(&self, incidents_sum: Option<f64>) -> Attribution {
        let mut by_phase = BTreeMap::new();
        let mut by_step = BTreeMap::new();
        let mut by_party: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        let regions = self.case.subject.regions.len();
        for bad in &self.case.observed.bads {
            let booked = self.booked(bad);
            *by_phase.entry(booked.phase.clone()).or_default() += 1;
            *by_step.entry(booked.step.clone()).or_default() += 1;
            let counts = by_party
                .entry(self.party(bad))
                .or_insert_with(|| vec![0; regions]);
            if let Some(count) = counts.get_mut(bad.region) {
                *count += 1;
            }
        }
        let mut sum = budget::consumed(self.case).map(|_| exact::whole(0));
        let mut budget_by_party = BTreeMap::new();
        for (party, counts) in &by_party {
            if let Some(share) = budget::share_of(self.case, counts) {
                budget_by_party.insert((*party).to_owned(), shown(&share));
                sum = sum.map(|sum| sum + share);
            }
        }
        Attribution {
            by_party: by_party
                .iter()
                .map(|(party, counts)| ((*party).to_owned(), counts.iter().sum()))
                .collect(),
            budget_by_party,
            by_phase,
            by_step,
            parties_sum: sum.as_ref().map(shown),
            incidents_sum,
        }
    }
}
