//! The error budget of a report.

use super::{BudgetReport, Coverage, Status, judge::Case};
use crate::{
    Weighting, Window,
    exact::{self, Exact, shown},
    observe::Tally,
    sli::{Sli, budget_ratio, burn_rate},
};
use num_bigint::BigInt;
use std::time::Duration;

pub(super) fn report(case: &Case<'_>, coverage: &Coverage, recent: Option<Exact>) -> BudgetReport {
    let objective = &case.slo.objective;
    let b = budget_ratio(objective);
    let eligible = case.period.eligible_full_ns();
    let planned = case.subject.cadence().runs(Duration::from_nanos(eligible));
    let burn = case.sli.ratio().map(|ratio| burn_rate(&ratio, objective));
    let consumed = consumed(case);
    let one = exact::whole(1);
    let remaining = consumed.as_ref().map(|consumed| &one - consumed);
    let (good, bad) = range(case, coverage, &(&b * exact::whole(planned)));
    let window = exact::seconds(case.period.full_ns());
    BudgetReport {
        objective: objective.decimal(),
        error_budget: shown(&b),
        budget_seconds: shown(&(&b * exact::whole(eligible) / exact::whole(1_000_000_000_u64))),
        planned_events: planned,
        budget_events: shown(&(&b * exact::whole(planned))),
        burn_rate: burn.as_ref().map(shown),
        consumed: consumed.as_ref().map(shown),
        consumed_if_missing_good: good.as_ref().map(shown),
        consumed_if_missing_bad: bad.as_ref().map(shown),
        consumed_at_most: at_most(case, coverage).as_ref().map(shown),
        status: match &consumed {
            None => Status::NoData,
            Some(consumed) if *consumed > one => Status::Violated,
            Some(_) => Status::Met,
        },
        recovers_at_ns: consumed
            .as_ref()
            .and_then(|consumed| recovery(case, consumed)),
        burn_rate_6h: recent.as_ref().map(shown),
        exhausted_in_s: match (&remaining, &recent) {
            (Some(left), Some(recent)) if *recent > one && coverage.sufficient => {
                Some((shown(&(left / recent)) * window).max(0.0))
            }
            _ => None,
        },
        remaining: remaining.as_ref().map(shown),
    }
}

/// burn · f; `None` without data, or where maintenance fills the window.
pub(super) fn consumed(case: &Case<'_>) -> Option<Exact> {
    let ratio = case.sli.ratio()?;
    Some(burn_rate(&ratio, &case.slo.objective) * case.period.elapsed()?)
}

/// When so many of the oldest bad runs have left a rolling window that what is left of them fits
/// the budget; `None` where it fits already, or the window is no rolling one.
fn recovery(case: &Case<'_>, consumed: &Exact) -> Option<i64> {
    let Window::Rolling(length) = &case.slo.window else {
        return None;
    };
    let one = exact::whole(1);
    let mut left = consumed.clone();
    let mut bads: Vec<(i64, usize)> = case
        .observed
        .bads
        .iter()
        .map(|bad| (bad.end, bad.region))
        .collect();
    bads.sort_unstable();
    let mut bads = bads.into_iter();
    let mut last = None;
    while left > one {
        let (end, region) = bads.next()?;
        left -= share_of_one(case, region)?;
        last = Some(end);
    }
    last?.checked_add(i64::try_from(length.as_nanos()).ok()?)
}

/// The share of the budget that one bad run of `region` spent: f/(b·valid), or weighted.
pub(super) fn share_of_one(case: &Case<'_>, region: usize) -> Option<Exact> {
    let share = case.sli.share_of_one(region)?;
    Some(case.period.elapsed()? * share / budget_ratio(&case.slo.objective))
}

/// The share that `bads` (a count for each region) spent.
pub(super) fn share_of(case: &Case<'_>, bads: &[u64]) -> Option<Exact> {
    let mut sum = exact::whole(0);
    for (region, bad) in bads.iter().enumerate() {
        if *bad > 0 {
            sum += share_of_one(case, region)? * exact::whole(*bad);
        }
    }
    consumed(case).map(|_| sum)
}

/// Whether the budget holds even if each missing run counted, and was bad; `None` where nothing
/// was planned.
pub(super) fn holds(case: &Case<'_>, coverage: &Coverage) -> Option<bool> {
    at_most(case, coverage).map(|most| most <= exact::whole(1))
}

/// The most that can have been spent: the upper end of the range, or what it comes to if each
/// missing run counted in its region and was bad, where that is more (a latency SLI's missing runs
/// may all have passed, slowly; a region that weighs more may miss more).
fn at_most(case: &Case<'_>, coverage: &Coverage) -> Option<Exact> {
    consumed(case)?;
    let filled = filled(case, coverage, |tally, missing| tally.bad += missing);
    if coverage.observed + coverage.missing > coverage.due {
        // More runs than were planned: the range, which is of planned ones, would count bad ones
        // of two agents twice.
        return filled;
    }
    let b = budget_ratio(&case.slo.objective);
    let planned = case
        .subject
        .cadence()
        .runs(Duration::from_nanos(case.period.eligible_full_ns()));
    let (_, upper) = range(case, coverage, &(b * exact::whole(planned)));
    Some(upper?.max(filled?))
}

/// What would be spent if the missing runs had been seen, as `fill` has it.
fn filled(case: &Case<'_>, coverage: &Coverage, fill: impl Fn(&mut Tally, u64)) -> Option<Exact> {
    let mut tallies = case.observed.tallies.clone();
    let missing = case.missing_by_region(coverage);
    for (tally, missing) in tallies.iter_mut().zip(missing) {
        fill(tally, missing);
    }
    let sli = Sli::new(tallies, case.sli.weights.clone(), case.slo.weighting);
    Some(burn_rate(&sli.ratio()?, &case.slo.objective) * case.period.elapsed()?)
}

/// bad/(b·N) and (bad + missing)/(b·N); both b·N and missing scaled to what the SLO speaks of.
/// Where regions weigh, what is spent with the missing runs filled in, good or bad.
fn range(case: &Case<'_>, coverage: &Coverage, budget: &Exact) -> (Option<Exact>, Option<Exact>) {
    if case.slo.weighting == Weighting::Regions && coverage.missing > 0 {
        return (
            filled(case, coverage, |tally, missing| tally.good += missing),
            filled(case, coverage, |tally, missing| tally.bad += missing),
        );
    }
    let total = case.observed.total();
    let scale = if case.counters.ineligible == 0 {
        Some(exact::whole(1))
    } else {
        exact::ratio(total.valid(), coverage.observed)
    };
    let Some(scale) = scale else {
        return (None, None);
    };
    let budget = budget * &scale;
    let over =
        |events: Exact| (budget != Exact::from_integer(BigInt::ZERO)).then(|| events / &budget);
    let bad = exact::whole(total.bad);
    let missing = exact::whole(coverage.missing) * scale;
    (over(bad.clone()), over(bad + missing))
}

/// How many points a burn-down has at most.
const POINTS: usize = 120;

/// The share that was spent by when, at even distances from the start to now.
pub(super) fn burn_down(case: &Case<'_>) -> Vec<(i64, f64)> {
    if consumed(case).is_none() || case.period.from_ns >= case.period.at_ns {
        return Vec::new();
    }
    let shares: Vec<f64> = (0..case.subject.regions.len())
        .map(|region| share_of_one(case, region).as_ref().map_or(0.0, shown))
        .collect();
    let mut bads: Vec<(i64, usize)> = case
        .observed
        .bads
        .iter()
        .map(|b| (b.end, b.region))
        .collect();
    bads.sort_unstable();
    let mut bads = bads.into_iter().peekable();
    let length = i128::from(case.period.at_ns) - i128::from(case.period.from_ns);
    let mut spent = 0.0;
    (0..=POINTS)
        .map(|point| {
            let passed = length * i128::try_from(point).unwrap_or(0) / 120;
            let at = case
                .period
                .from_ns
                .saturating_add(i64::try_from(passed).unwrap_or(i64::MAX));
            while let Some((_, region)) = bads.next_if(|(end, _)| *end < at) {
                spent += shares.get(region).copied().unwrap_or(0.0);
            }
            (at, spent)
        })
        .collect()
}
