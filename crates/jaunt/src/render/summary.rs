//! What many runs of one journey come to: `jaunt run --repeat N`.

use super::{
    amount, clean,
    look::{self, BOLD, DIM, Look},
};
use jaunt_record::{Record, Verdict};
use std::{collections::BTreeMap, time::Duration};

/// Verdicts counted, and the latency of the runs that passed.
///
/// A percentile is a run that happened (nearest rank), and is told only where at least one run
/// lies beyond it: of ten runs there is no 99th percentile. Failed and void runs have no latency
/// that a user would call one, so they are counted and left out.
pub(crate) fn of_repeats(journey: &str, records: &[Record], look: &Look) -> String {
    let name = clean::line(journey);
    let mut text = format!(
        "{BOLD}{name}{BOLD:#}  {} runs: {}\n",
        records.len(),
        counts(records)
    );
    let times = look.glyph("×", "x");
    for (reason, count) in reasons(records) {
        text.push_str(&format!("  {count} {times} {reason}\n"));
    }
    let mut took: Vec<Duration> = records
        .iter()
        .filter(|record| matches!(record.verdict, Verdict::Pass | Verdict::Slow))
        .map(|record| record.duration)
        .collect();
    took.sort_unstable();
    if let (Some(least), Some(most)) = (took.first(), took.last()) {
        let mut parts = vec![("min", *least)];
        for (name, percent) in [("p50", 50), ("p90", 90), ("p99", 99)] {
            parts.extend(percentile(&took, percent).map(|at| (name, at)));
        }
        parts.push(("max", *most));
        for (name, at) in parts {
            text.push_str(&format!(
                "  {DIM}{name}{DIM:#} {}",
                amount::duration(at, look)
            ));
        }
        text.push('\n');
    }
    text
}

fn counts(records: &[Record]) -> String {
    let parts: Vec<String> = Verdict::ALL
        .iter()
        .filter_map(|verdict| {
            let count = records
                .iter()
                .filter(|record| record.verdict == *verdict)
                .count();
            let style = look::verdict(*verdict);
            (count > 0).then(|| format!("{count} {style}{verdict}{style:#}"))
        })
        .collect();
    parts.join(", ")
}

/// Why runs were not good, the most frequent first.
fn reasons(records: &[Record]) -> Vec<(String, usize)> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for record in records {
        let failure = record.failure.as_ref();
        let failed =
            failure.map(|one| format!("{} in step `{}`", one.kind, clean::line(&one.step)));
        let void = record.void.as_ref();
        let reason = failed.or_else(|| void.map(|void| format!("void: {}", void.cause)));
        if let Some(reason) = reason {
            *counted.entry(reason).or_default() += 1;
        }
    }
    let mut reasons: Vec<_> = counted.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    reasons
}

/// The nearest-rank percentile of sorted durations; `None` where none lies beyond it.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    (rank < sorted.len()).then(|| sorted.get(rank.checked_sub(1)?).copied())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_run_that_happened_and_has_one_beyond_it() {
        let runs =
            |count: u64| -> Vec<Duration> { (1..=count).map(Duration::from_millis).collect() };
        for (count, percent, expected) in [
            (1, 50, None),
            (2, 50, Some(1)),
            (10, 90, Some(9)),
            (9, 90, None),
            (10, 99, None),
            (100, 99, Some(99)),
            (1_000, 99, Some(990)),
            (0, 50, None),
        ] {
            let found = percentile(&runs(count), percent);
            assert_eq!(
                found,
                expected.map(Duration::from_millis),
                "p{percent} of {count}"
            );
        }
    }
}
