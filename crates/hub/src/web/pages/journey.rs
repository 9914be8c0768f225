//! One journey: every slot of the last rows of its map, where its time went, its latest runs.

use super::{RUNS, SECOND_NS, line};
use crate::{
    store::RunFilter,
    view::View,
    web::page::{Reader, Trouble, page},
};
use axum::{extract::Path, response::Response};
use jaunt_pages::{JourneyView, LatencyBin, RegionSlots, RunLine, journey, slot_window};
use jaunt_record::{Phase, Record, Verdict};
use jaunt_slo::Event;
use std::{collections::BTreeMap, ops::Range};

const DAY_S: i64 = 86_400;
/// How long a bin of latencies is, seconds.
const BIN_S: u32 = 1_800;
/// Whole runs of a bin whose phases are looked at: enough for a mean that is drawn.
const PHASED: usize = 20;
/// Of how many runs that passed a list shows the latest.
const PASSED: usize = 10;

pub(super) async fn show(
    Reader(view): Reader,
    Path((customer, name)): Path<(String, String)>,
) -> Response {
    page(view, move |view, frame| {
        let watched = view.journey(&customer, &name);
        if watched.is_none() && view.series(&customer, &name).is_empty() {
            return Err(Trouble::NotFound);
        }
        let defined = watched.as_ref().map(|watched| &watched.journey);
        let now_s = view.now_ns().div_euclid(SECOND_NS);
        let every_s = defined.map_or(60, |journey| journey.every.as_secs());
        let every_s = u32::try_from(every_s).unwrap_or(u32::MAX).max(1);
        let (row_s, from_s) = slot_window(every_s, now_s);
        let mut seen = Seen {
            every_s,
            row_s,
            cells: from_s..now_s.div_euclid(i64::from(every_s)) * i64::from(every_s) + 1,
            day: now_s - DAY_S..now_s + 1,
            regions: BTreeMap::new(),
            bins: BTreeMap::new(),
        };
        for region in defined.into_iter().flat_map(|journey| &journey.regions) {
            seen.region(region);
        }
        let wanted = seen.cells.start.min(seen.day.start)..now_s + 1;
        view.events(&customer, &name, wanted, |event| seen.add(&event))?;
        let reports = view.reports(&customer, &name)?;
        let shown = JourneyView {
            customer: &customer,
            journey: &name,
            about: defined.and_then(|journey| journey.title.as_deref()),
            every_s,
            slos: (reports.iter())
                .map(|report| (report.slo.as_str(), report.said))
                .collect(),
            latency: latency(view, (&customer, &name), seen.bins)?,
            regions: seen.regions.into_values().collect(),
            bin_s: BIN_S,
            runs: runs(view, &customer, &name)?,
        };
        Ok(journey(&frame, &shown))
    })
    .await
}

/// What slots tell.
struct Seen {
    every_s: u32,
    row_s: u32,
    /// The nominal times that the map shows.
    cells: Range<i64>,
    /// The slots whose latency is shown.
    day: Range<i64>,
    regions: BTreeMap<String, RegionSlots>,
    /// By number: how long the user waited, seconds.
    bins: BTreeMap<i64, Vec<f64>>,
}

impl Seen {
    fn region(&mut self, name: &str) -> &mut RegionSlots {
        let slots = (self.cells.end - self.cells.start).max(0) / i64::from(self.every_s) + 1;
        let empty = || RegionSlots {
            region: name.to_owned(),
            from_s: self.cells.start,
            every_s: self.every_s,
            row_s: self.row_s,
            cells: vec![None; usize::try_from(slots).unwrap_or(0)],
        };
        self.regions.entry(name.to_owned()).or_insert_with(empty)
    }

    fn add(&mut self, event: &Event) {
        let Some(slot) = event.slot else { return };
        let ran = event.verdict.is_measured();
        if ran && self.day.contains(&slot) {
            let bin = slot.div_euclid(i64::from(BIN_S));
            let took = std::time::Duration::from_nanos(event.duration_ns);
            self.bins.entry(bin).or_default().push(took.as_secs_f64());
        }
        if !self.cells.contains(&slot) {
            return;
        }
        let place = (slot - self.cells.start) / i64::from(self.every_s);
        let region = self.region(&event.region);
        let cell = usize::try_from(place).ok();
        if let Some(cell) = cell.and_then(|place| region.cells.get_mut(place)) {
            let worse = cell.is_none_or(|there| weight(event.verdict) > weight(there));
            if worse {
                *cell = Some(event.verdict);
            }
        }
    }
}

/// Of two agents in one slot the worst that was measured is shown; what was not, only by itself.
const fn weight(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Missed => 0,
        Verdict::Void => 1,
        Verdict::Pass => 2,
        Verdict::Slow => 3,
        Verdict::Fail => 4,
    }
}

/// Bins of latencies: the percentile of all slots, the phases of some whole runs.
fn latency(
    view: &View,
    of: (&str, &str),
    bins: BTreeMap<i64, Vec<f64>>,
) -> Result<Vec<LatencyBin>, Trouble> {
    let mut latency = Vec::with_capacity(bins.len());
    for (bin, mut took) in bins {
        let at_ns = bin * i64::from(BIN_S) * SECOND_NS;
        let filter = RunFilter {
            customer: Some(of.0.to_owned()),
            journey: Some(of.1.to_owned()),
            from_ns: Some(at_ns),
            to_ns: Some(at_ns + i64::from(BIN_S) * SECOND_NS),
            limit: PHASED,
            ..RunFilter::default()
        };
        let kept = view.runs(&filter)?;
        latency.push(LatencyBin {
            at_ns,
            runs: u64::try_from(took.len()).unwrap_or(u64::MAX),
            mean_s: means(kept.iter().map(|head| &head.record)),
            p95_s: percentile(&mut took),
        });
    }
    Ok(latency)
}

/// The mean time of each phase, clean-up left out.
fn means<'r>(records: impl Iterator<Item = &'r Record>) -> [f64; 6] {
    let mut sums = [0.0; 6];
    let mut runs = 0_u32;
    for record in records.filter(|record| !record.steps.is_empty()) {
        runs += 1;
        let steps = record.steps.iter().filter(|step| !step.always);
        let phases = steps.flat_map(|step| &step.exchanges);
        for (phase, took) in phases.flat_map(|exchange| exchange.phases.iter()) {
            let place = Phase::ALL.iter().position(|it| *it == phase);
            if let Some(sum) = place.and_then(|place| sums.get_mut(place)) {
                *sum += took.as_secs_f64();
            }
        }
    }
    sums.map(|sum| sum / f64::from(runs.max(1)))
}

/// The 95th percentile by the nearest rank.
fn percentile(took: &mut [f64]) -> f64 {
    let rank = (took.len() * 95).div_ceil(100).saturating_sub(1);
    if took.is_empty() {
        return 0.0;
    }
    let (_, found, _) = took.select_nth_unstable_by(rank, f64::total_cmp);
    *found
}

/// The latest runs that did not pass, and a few that did, the latest first.
fn runs(view: &View, customer: &str, journey: &str) -> Result<Vec<RunLine>, Trouble> {
    let mut lines = Vec::new();
    for (verdict, limit) in [
        (Verdict::Fail, RUNS),
        (Verdict::Slow, PASSED),
        (Verdict::Void, PASSED),
        (Verdict::Pass, PASSED),
    ] {
        let filter = RunFilter {
            customer: Some(customer.to_owned()),
            journey: Some(journey.to_owned()),
            verdict: Some(verdict),
            limit,
            ..RunFilter::default()
        };
        lines.extend(view.runs(&filter)?.iter().map(|head| line(&head.record)));
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.at_ns));
    lines.truncate(RUNS);
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_a_value_that_was_measured() {
        let mut took: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert!((percentile(&mut took) - 95.0).abs() < f64::EPSILON);
        assert!((percentile(&mut [3.0]) - 3.0).abs() < f64::EPSILON);
        assert!(percentile(&mut []).abs() < f64::EPSILON);
    }
}
