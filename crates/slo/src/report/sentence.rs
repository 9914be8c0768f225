//! What a report says in words.

use super::{BudgetReport, Coverage, Evidence, Intervals, Said, SliReport, Status};
use crate::{Good, Population, Slo, Subject, words::grouped};

/// What a reader is told, and why it cannot be said where it cannot.
///
/// "Met" only if enough was seen, and if it holds even where all missing runs were bad.
/// `holds`: whether the budget does so then; `None` where nothing was planned.
pub(super) fn said(
    budget: &BudgetReport,
    coverage: &Coverage,
    holds: Option<bool>,
) -> (Said, Option<String>) {
    let percent = coverage.ratio.map_or(0.0, |ratio| 100.0 * ratio);
    match budget.status {
        Status::NoData => (
            Said::NoData,
            Some(format!(
                "none of {} planned runs counts",
                grouped(coverage.due)
            )),
        ),
        // Overspent whatever the missing runs were: that can be said on any coverage.
        Status::Violated
            if coverage.sufficient || budget.consumed_if_missing_good.is_some_and(|c| c > 1.0) =>
        {
            (Said::Violated, None)
        }
        Status::Violated | Status::Met if !coverage.sufficient => (
            Said::CannotBeSaid,
            Some(format!(
                "only {} of {} planned runs were seen ({percent:.1} %): insufficient",
                grouped(coverage.due - coverage.missing),
                grouped(coverage.due),
            )),
        ),
        Status::Violated => (Said::Violated, None),
        Status::Met => match holds {
            Some(true) => (Said::Met, None),
            Some(false) => (
                Said::CannotBeSaid,
                Some(format!(
                    "the {} runs that are missing could have spent the budget: if all were bad, \
                     {:.0} % of it",
                    grouped(coverage.missing),
                    (100.0 * budget.consumed_at_most.unwrap_or(0.0)).ceil(),
                )),
            ),
            None => (Said::CannotBeSaid, Some("no run was planned".to_owned())),
        },
    }
}

/// The SLO in words.
pub(crate) fn statement(subject: &Subject, slo: &Slo) -> String {
    let what = match &slo.step {
        Some(step) => format!("step `{step}` of journey `{}`", subject.journey),
        None => format!("journey `{}`", subject.journey),
    };
    let runs = match slo.of {
        Population::Valid => "of the runs",
        Population::Passed => "of the runs that passed",
    };
    let good = match (slo.good, slo.under) {
        (Good::PassOrSlow, None) => "pass".to_owned(),
        (Good::Pass, None) => "pass and are not slow".to_owned(),
        (_, Some(under)) if slo.of == Population::Passed => {
            format!("take at most {}", millis(under))
        }
        (Good::PassOrSlow, Some(under)) => format!("pass within {}", millis(under)),
        (Good::Pass, Some(under)) => format!("pass within {} and are not slow", millis(under)),
    };
    format!(
        "{} {runs} of {what} {good}, over {}",
        slo.objective, slo.window
    )
}

fn millis(time: std::time::Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms >= 1_000.0 && time.subsec_millis().is_multiple_of(100) {
        format!("{} s", ms / 1e3)
    } else {
        format!("{ms} ms")
    }
}

/// The evidence in words: `99.888 % (N = 2 688, 3 bad), interval 99.672–99.962 %: over budget by
/// count, undecided as evidence`. No more digits than the interval's half-width justifies.
pub(super) fn evidence(sli: &SliReport, intervals: &Intervals, budget: &BudgetReport) -> String {
    let (Some(ratio), Some([lower, upper])) = (sli.ratio, intervals.wilson) else {
        return "no valid run: nothing can be said".to_owned();
    };
    let digits = digits(f64::midpoint(upper, -lower) * 100.0);
    let count = match budget.status {
        Status::NoData => "no data",
        Status::Met => "within budget by count",
        Status::Violated => "over budget by count",
    };
    let evidence = match intervals.evidence {
        Evidence::Certified => "certified by evidence",
        Evidence::Refuted => "refuted by evidence",
        Evidence::Undecided => "undecided as evidence",
    };
    format!(
        "{:.digits$} % (N = {}, {} bad), interval {:.digits$}–{:.digits$} %: {count}, {evidence}",
        100.0 * ratio,
        grouped(sli.valid),
        grouped(sli.bad),
        100.0 * lower,
        100.0 * upper,
    )
}

/// As many decimals of a percentage as show three digits of the half-width.
fn digits(half_width: f64) -> usize {
    (0..8)
        .find(|digits| half_width * 10_f64.powi(*digits) >= 100.0)
        .and_then(|digits| usize::try_from(digits).ok())
        .unwrap_or(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_the_half_width_justifies() {
        // 99.672–99.962: half-width 0.145 → three decimals.
        for (half_width, expected) in [(0.145, 3), (1.45, 2), (14.5, 1), (0.0145, 4)] {
            assert_eq!(digits(half_width), expected, "{half_width}");
        }
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(grouped(12), "12");
    }
}
