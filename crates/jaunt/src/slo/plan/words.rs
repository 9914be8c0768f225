//! What a plan says, in words.

use jaunt_slo::{
    Cadence, Rule, Severity, Worth,
    words::{grouped, lasting},
};
use std::{fmt::Write, time::Duration};

/// How often alerts are evaluated.
const EVALUATED: Duration = Duration::from_secs(60);

/// What an objective costs and is worth, in money a year.
pub(super) fn said_of(worth: &Worth) -> Vec<String> {
    let verdict = if worth.next_avoids > worth.next_cost {
        "it pays for itself"
    } else {
        "ask who will pay before accepting it"
    };
    let best = match worth.best_budget {
        Some(b) => format!("by these figures {} costs least over all", objective_of(b)),
        None => "by these figures less is at stake than any objective costs".to_owned(),
    };
    vec![
        format!(
            "holding it costs {} a year; a budget that is all spent costs {}",
            money(worth.cost),
            money(worth.loss)
        ),
        format!(
            "a further nine costs {} more a year and avoids {} of loss: {verdict}",
            money(worth.next_cost),
            money(worth.next_avoids)
        ),
        best,
    ]
}

/// An amount: whole from a hundred on, else to the hundredth.
fn money(amount: f64) -> String {
    if amount < 100.0 {
        return format!("{amount:.2}");
    }
    // Rounded, and far below 2^63: money.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded, never negative; what is too large saturates"
    )]
    grouped(amount.round() as u64)
}

/// The objective that leaves this budget, to two digits of the budget.
fn objective_of(budget: f64) -> String {
    let places = (0..10_u8)
        .find(|places| budget * 100.0 * 10_f64.powi(i32::from(*places)) >= 10.0)
        .unwrap_or(10);
    format!("{:.*} %", usize::from(places), 100.0 * (1.0 - budget))
}

/// An alert of the default policy in words.
pub(super) fn alert(rule: &Rule, cadence: Cadence) -> String {
    let who = match rule.severity {
        Severity::Page => "pages",
        Severity::Ticket => "opens a ticket",
    };
    let long = lasting(rule.long.as_secs_f64());
    let planned = cadence.runs(rule.long);
    if !rule.reachable {
        return format!(
            "{} can never fire: not even a total outage burns that fast",
            rule.name
        );
    }
    if planned < rule.k_min {
        return format!(
            "{} can never fire: it wants {}, and {long} plan {}",
            rule.name,
            counted(rule.k_min, "failure"),
            counted(planned, "run"),
        );
    }
    format!(
        "{} {who} at {} within {long} that spend {} % of the budget",
        rule.name,
        counted(rule.k_min, "failure"),
        rule.percent
    )
}

/// `1 run`, `2 runs`.
fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count))
}

/// After how long outages are seen, and pages go out.
pub(super) fn detection(cadence: Cadence, rules: &[Rule]) -> Option<String> {
    let all = cadence.sees_all_within()?;
    let one = cadence.sees_one_after();
    let mut said = format!(
        "an outage meets a run within {}, one of a single region after {} on average",
        lasting(all.as_secs_f64()),
        lasting(one.as_secs_f64())
    );
    if let Some(after) = rules
        .iter()
        .filter_map(|rule| pages_after(rule, cadence))
        .min()
    {
        let _ = write!(
            said,
            "; a total one pages after about {}",
            lasting(after.as_secs_f64())
        );
    }
    Some(said)
}

/// When a total outage pages: once the long window's threshold and count are reached, the runs are
/// over, and someone looks, which is done each minute.
pub(super) fn pages_after(rule: &Rule, cadence: Cadence) -> Option<Duration> {
    let fires = rule.severity == Severity::Page && rule.reachable;
    if !fires || cadence.runs(rule.long) < rule.k_min {
        return None;
    }
    let between = cadence.sees_all_within()?;
    let (part, whole) = rule.threshold;
    let spent = rule.long.as_nanos().checked_mul(part)?.checked_div(whole)?;
    let spent = Duration::from_nanos(u64::try_from(spent).ok()?);
    let counted = between.checked_mul(u32::try_from(rule.k_min).ok()?)?;
    Some(spent.max(counted) + between + EVALUATED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jaunt_slo::{Objective, default_policy, worth};

    #[test]
    fn money_and_what_it_says_are_told_calmly() {
        let objective = Objective::parse("99.9%").unwrap();
        let said = |per_bad_run| said_of(&worth(&objective, 1_576_800, per_bad_run, 40_000.0));
        assert_eq!(
            said(12.0),
            [
                "holding it costs 40 000 a year; a budget that is all spent costs 18 922",
                "a further nine costs 360 000 more a year and avoids 17 029 of loss: ask who will pay before accepting it",
                "by these figures 99.85 % costs least over all",
            ]
        );
        assert!(said(1_200.0)[1].ends_with("it pays for itself"));
        assert_eq!(
            said(0.000_001)[2],
            "by these figures less is at stake than any objective costs"
        );
    }

    #[test]
    fn what_a_plan_can_see_and_what_can_never_fire_is_told() {
        let objective = Objective::parse("99.9%").unwrap();
        let month = Duration::from_secs(28 * 86_400);
        let told = |every, regions| {
            let every = Duration::from_secs(every);
            let cadence = Cadence { every, regions };
            let rules = default_policy(&objective, month, cadence);
            let alerts = rules.iter().map(|rule| alert(rule, cadence));
            (detection(cadence, &rules), alerts.collect::<Vec<_>>())
        };
        let (seen, alerts) = told(60, 3);
        // 13.44 · 0.001 · 1 h = 48 s, but three failures take a minute; 20 s more until the last one
        // is met, and a minute until someone looks.
        assert_eq!(
            seen.as_deref(),
            Some(
                "an outage meets a run within 20 s, one of a single region after 30 s on average; a total one pages after about 2 min 20 s"
            )
        );
        assert_eq!(
            alerts[0],
            "page-fast pages at 3 failures within 1 h that spend 2 % of the budget"
        );
        let (seen, alerts) = told(86_400, 3);
        assert_eq!(
            seen.as_deref(),
            Some("an outage meets a run within 8 h, one of a single region after 12 h on average")
        );
        assert_eq!(
            alerts[0],
            "page-fast can never fire: it wants 2 failures, and 1 h plan 0 runs"
        );
        assert_eq!(
            alerts[3],
            "ticket-slow opens a ticket at 1 failure within 3 d that spend 10 % of the budget"
        );
    }
}
