//! Figures in words: what a person reads about a report, the same wherever it is shown.

use crate::report::{CorrectionReport, IncidentReport, Report, Said};
use crate::{
    Event,
    restate::{Figure, Restated},
};
use jiff::{Timestamp, tz::TimeZone};
use std::fmt::Write;

/// What matters about one SLO, in the order in which it does.
pub fn sentences(report: &Report) -> Vec<String> {
    let mut said = vec![report.evidence_sentence.clone()];
    said.extend(budget(report));
    said.extend(whose(report));
    said.extend(what_it_takes(report));
    said.extend(coverage(report));
    if report.sli.felt_ratio != report.sli.ratio
        && let Some(felt) = report.sli.felt_ratio
    {
        said.push(format!(
            "as users felt it, with maintenance: {} %",
            percent(felt)
        ));
    }
    if report.agents.all_void_minutes > 0 {
        said.push(format!(
            "in {} minutes every region blamed its own agent: what the service did then is unknown",
            report.agents.all_void_minutes
        ));
    }
    if report.period.provisional {
        said.push(
            "provisional: runs may still come in until a day after the period ends".to_owned(),
        );
    }
    said
}

/// Why runs that were read are in no ratio: those whose place or time is not what is judged, or
/// cannot be told. `None` where each counts.
pub fn left_out(report: &Report) -> Option<String> {
    let counted = &report.ingest;
    let (from, to) = (report.period.from_ns, report.evaluate_at_ns);
    let judged = if from < to {
        format!("that ended outside {} to {}", shown(from), shown(to))
    } else {
        format!("since the SLO holds from {} only", shown(from))
    };
    let parts = [
        (
            counted.not_yet_received,
            "received later than what is known",
        ),
        (
            counted.unknown_region,
            "of regions that the journey does not name",
        ),
        (
            counted.unscheduled,
            "that no slot asked for (`--manual` counts those by hand)",
        ),
        (
            counted.quarantined_clock,
            "of a clock too far off to tell the time",
        ),
        (
            counted.late_dropped,
            "received more than a day after they ended",
        ),
        (counted.out_of_window, judged.as_str()),
        (counted.excluded_maintenance, "that met agreed maintenance"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{} {why}", grouped(count)))
        .collect();
    (!parts.is_empty()).then(|| format!("not counted: {}", parts.join("; ")))
}

fn budget(report: &Report) -> Option<String> {
    let consumed = report.budget.consumed?;
    let left = report.budget.remaining?;
    let time = lasting((left * report.budget.budget_seconds).abs());
    let budget = lasting(report.budget.budget_seconds);
    let mut text = if left < 0.0 {
        format!(
            "budget: {} % spent of {budget}, {time} over",
            whole(consumed)
        )
    } else {
        format!(
            "budget: {} % spent of {budget}, {time} left",
            whole(consumed)
        )
    };
    let worst = report.budget.consumed_if_missing_bad;
    if report.coverage.missing > 0
        && let (Some(best), Some(worst)) = (report.budget.consumed_if_missing_good, worst)
    {
        let _ = write!(
            text,
            " (between {} and {} %, as missing runs may have been)",
            whole(best),
            whole(worst)
        );
    }
    if let Some(exhausted) = report.budget.exhausted_in_s {
        let _ = write!(
            text,
            "; at the rate of the last 6 h it is gone in {}",
            lasting(exhausted)
        );
    }
    Some(text)
}

/// Whose the spending was, the most first.
fn whose(report: &Report) -> Option<String> {
    let total = report.budget.consumed.filter(|consumed| *consumed > 0.0)?;
    let mut parties: Vec<_> = report.attribution.budget_by_party.iter().collect();
    parties.sort_by(|a, b| b.1.total_cmp(a.1));
    let parts: Vec<_> = parties
        .iter()
        .map(|(party, share)| format!("{party} {} %", whole(**share / total)))
        .collect();
    Some(format!("whose: {}", parts.join(", ")))
}

fn what_it_takes(report: &Report) -> Option<String> {
    match report.said {
        Said::Violated => report.budget.recovers_at_ns.map(|at| {
            format!(
                "if every run is good from now on, it holds again from {}",
                shown(at)
            )
        }),
        Said::Met => {
            let left = report.budget.remaining? * report.budget.budget_events;
            Some(format!(
                "it holds with up to {:.0} more bad runs in this window",
                left.floor()
            ))
        }
        Said::CannotBeSaid | Said::NoData => None,
    }
}

fn coverage(report: &Report) -> Option<String> {
    let ratio = report.coverage.ratio?;
    (report.coverage.missing > 0).then(|| {
        let verdict = if report.coverage.sufficient {
            "sufficient"
        } else {
            "insufficient"
        };
        format!(
            "coverage: {} of {} planned runs, {} %: {verdict}",
            report.coverage.due - report.coverage.missing,
            report.coverage.due,
            percent(ratio)
        )
    })
}

/// An incident in one line.
pub fn incident(incident: &IncidentReport) -> String {
    let mut text = format!("{}, ", shown(incident.start_ns));
    match incident.end_ns {
        Some(end) => text.push_str(&lasting(seconds_between(incident.start_ns, end))),
        None => text.push_str("still going on"),
    }
    let _ = write!(
        text,
        ", {} ({}), step {} in {}, {}",
        incident.scope,
        incident.regions.join(", "),
        incident.step,
        incident.phase,
        incident.party
    );
    if let Some(before) = &incident.party_before {
        let _ = write!(text, " (before the correction: {before})");
    }
    if let Some(burnt) = incident.budget_burnt {
        let _ = write!(text, ": {} % of the budget", whole(burnt));
    }
    match incident.page_delay_s {
        Some(delay) => {
            let _ = write!(text, ", paged after {}", lasting(delay));
        }
        None => text.push_str(", nobody was paged"),
    }
    text
}

/// A correction in one line.
pub fn correction(correction: &CorrectionReport) -> String {
    let what = match &correction.party {
        Some(party) => format!("the bad runs are put down to {party}"),
        None => "the runs are left out".to_owned(),
    };
    format!(
        "corrected {}: from {} to {} {what}, by {} with the consent of {}: {}",
        shown(correction.at_ns),
        shown(correction.from_ns),
        shown(correction.to_ns),
        correction.author,
        correction.approved_by,
        correction.reason
    )
}

/// A restated figure: `SLI 99.900 → 99.800 %`.
pub fn restated(restated: &Restated) -> String {
    let (name, how): (_, fn(f64) -> String) = match restated.figure {
        Figure::Good => ("good runs", |count| format!("{count}")),
        Figure::Bad => ("bad runs", |count| format!("{count}")),
        Figure::Sli => ("SLI", |ratio| format!("{} %", percent(ratio))),
        Figure::Felt => ("as users felt it", |ratio| format!("{} %", percent(ratio))),
        Figure::Observed => ("runs seen", |count| format!("{count}")),
        Figure::Budget => ("budget", lasting),
        Figure::Consumed => ("budget spent", |ratio| format!("{} %", whole(ratio))),
        Figure::Incidents => ("incidents", |count| format!("{count}")),
        Figure::Uptime => ("user-uptime", |ratio| format!("{} %", percent(ratio))),
    };
    let shown = |figure: Option<f64>| figure.map_or_else(|| "nothing".to_owned(), how);
    format!("{name} {} → {}", shown(restated.old), shown(restated.new))
}

/// A line behind a restatement: `fra 2026-01-05 10:00 UTC fail, received 2026-01-07 08:00 UTC`.
pub fn later(event: &Event) -> String {
    let received = event
        .recv_ns
        .map_or_else(String::new, |recv| format!(", received {}", shown(recv)));
    format!(
        "{} {} {}{received}",
        event.region,
        shown(event.start_ns),
        event.verdict.as_str()
    )
}

/// The time between two instants, seconds.
pub fn seconds_between(from: i64, to: i64) -> f64 {
    std::time::Duration::from_nanos(to.saturating_sub(from).unsigned_abs()).as_secs_f64()
}

/// A share in whole percent; below ten, with one decimal.
pub fn whole(ratio: f64) -> String {
    let percent = 100.0 * ratio;
    if percent.abs() < 10.0 {
        format!("{percent:.1}")
    } else {
        format!("{percent:.0}")
    }
}

/// A ratio in percent with three decimals.
pub fn percent(ratio: f64) -> String {
    format!("{:.3}", 100.0 * ratio)
}

/// A count with thin spaces between thousands.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `2026-01-05 10:00 UTC`.
pub fn shown(ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(ns)).map_or_else(
        |_| ns.to_string(),
        |instant| {
            let zoned = instant.to_zoned(TimeZone::UTC);
            zoned.strftime("%Y-%m-%d %H:%M UTC").to_string()
        },
    )
}

/// Seconds in the largest units that matter: `2 d 3 h`, `40 min`, `12 s`.
pub fn lasting(seconds: f64) -> String {
    // Times here are below 10^10 s and never negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded, bounded"
    )]
    let seconds = seconds.max(0.0).round() as u64;
    let (d, h, m, s) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    match (d, h, m) {
        (0, 0, 0) => format!("{s} s"),
        (0, 0, m) if m < 10 && s > 0 => format!("{m} min {s} s"),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_units_that_matter() {
        for (seconds, expected) in [
            (0.4, "0 s"),
            (59.0, "59 s"),
            (158.8, "2 min 39 s"),
            (2_400.0, "40 min"),
            (7_200.0, "2 h"),
            (183_600.0, "2 d 3 h"),
        ] {
            assert_eq!(lasting(seconds), expected);
        }
        assert_eq!(shown(1_767_607_200_000_000_000), "2026-01-05 10:00 UTC");
    }
}
