//! `jaunt slo plan`: what an objective costs and allows.

use crate::{
    agreement::File, args::Format, exit::Exit, output::Output, report::journeys, trouble::Report,
};
use jaunt_agreement::Agreement;
use jaunt_slo::{
    Confidence, Objective, Rule, Severity, Slo, Subject, Worth, certifying_runs, default_policy,
    words::{grouped, lasting},
    worth,
};
use serde_json::{Value, json};
use std::{fmt::Write, path::PathBuf, time::Duration};

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jaunt slo plan journeys/
  jaunt slo plan journeys/ --agreement agreement.toml     what it costs, and what it is worth
")]
pub(crate) struct Args {
    /// Journeys: files, or directories of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// An agreement: its `[value]` says what reliability is worth
    #[arg(long, value_name = "FILE")]
    agreement: Option<PathBuf>,

    /// For whom to write
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// Nothing to plan.
#[derive(Debug, thiserror::Error)]
#[error("no journey here has an `[[slo]]`")]
struct NoSlo;

/// What one SLO asks for.
struct Plan<'a> {
    subject: &'a Subject,
    slo: &'a Slo,
    window: Duration,
    runs: u64,
    budget: Duration,
    allowed: u64,
    share_of_one: Option<f64>,
    finest: Option<f64>,
    certifying: u64,
    certified_in: Option<Duration>,
    rules: Vec<Rule>,
    worth: Option<Worth>,
}

pub(super) fn run(args: &Args, output: &mut Output) -> Result<Exit, Report> {
    let Some(judged) = journeys::load(&args.paths, args.format, output)? else {
        return Ok(Exit::Unjudged);
    };
    let mut file = args.agreement.as_deref().map(File::open).transpose()?;
    if let Some(file) = &mut file {
        let journeys: Vec<_> = judged.iter().map(|judged| &judged.journey).collect();
        file.hold_against(&journeys);
        file.tell(args.format, output);
        if file.agreement.is_none() {
            return Ok(Exit::Unjudged);
        }
    }
    let agreement = file.as_ref().and_then(|file| file.agreement.as_ref());
    let subjects = judged.iter().map(|judged| &judged.subject);
    let plans: Vec<Plan<'_>> = subjects
        .flat_map(|subject| {
            subject
                .slos
                .iter()
                .map(|slo| Plan::new(subject, slo, agreement))
        })
        .collect();
    if plans.is_empty() {
        return Err(NoSlo.into());
    }
    for plan in &plans {
        output.result(&match args.format {
            Format::Human => plan.for_people(),
            Format::Json => format!("{}\n", plan.for_programs()),
        })?;
    }
    Ok(Exit::Fine)
}

impl<'a> Plan<'a> {
    fn new(subject: &'a Subject, slo: &'a Slo, agreement: Option<&Agreement>) -> Self {
        let cadence = subject.cadence();
        let window = slo.window.nominal();
        let certifying = certifying_runs(&slo.objective, 0, Confidence::DEFAULT);
        Self {
            subject,
            slo,
            window,
            runs: cadence.runs(window),
            budget: window.mul_f64(slo.objective.budget_ratio()),
            allowed: cadence.allowed(window, &slo.objective),
            share_of_one: cadence.share_of_one(window, &slo.objective),
            finest: cadence.finest(window, Confidence::DEFAULT),
            certifying,
            certified_in: cadence.time_for(certifying),
            rules: default_policy(&slo.objective, window, cadence),
            worth: agreement
                .filter(|agreement| {
                    let named = agreement.slo(&subject.journey, &slo.name).is_some();
                    named && agreement.customer == subject.customer
                })
                .and_then(|agreement| agreement.value.as_ref())
                .map(|value| {
                    let runs = cadence.runs(YEAR);
                    worth(&slo.objective, runs, value.per_bad_run, value.per_nine)
                }),
        }
    }

    /// Whether a window without a failure can certify the objective.
    fn measurable(&self) -> bool {
        self.certifying <= self.runs
    }

    fn for_people(&self) -> String {
        let mut text = format!(
            "{}/{} {}: {} over {}\n",
            self.subject.customer,
            self.subject.journey,
            self.slo.name,
            self.slo.objective,
            self.slo.window
        );
        let mut line = |sentence: String| {
            let _ = writeln!(text, "  {sentence}");
        };
        line(format!(
            "allows {} and {} of {} runs to be bad",
            lasting(self.budget.as_secs_f64()),
            self.allowed,
            self.runs
        ));
        if let Some(share) = self.share_of_one {
            let warning = if share > 0.02 {
                ": above 2 %, so single failures weigh heavily; probe more, or promise less"
            } else {
                ""
            };
            line(format!(
                "one bad run spends {:.2} % of the budget{warning}",
                100.0 * share
            ));
        }
        for sentence in self.evidence() {
            line(sentence);
        }
        for rule in &self.rules {
            line(alert(rule));
        }
        line(self.next_nine());
        for sentence in self.worth.iter().flat_map(said_of) {
            line(sentence);
        }
        text
    }

    fn evidence(&self) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(time) = self.certified_in {
            said.push(format!(
                "{} runs without a failure certify it at 95 %: {}",
                self.certifying,
                lasting(time.as_secs_f64())
            ));
        }
        if let Some(finest) = self.finest {
            said.push(format!(
                "a clean window certifies {:.4} % at best",
                100.0 * finest
            ));
        }
        if !self.measurable() {
            said.push("unmeasurable by this plan: no window holds enough runs".to_owned());
        }
        said
    }

    /// A further nine has a tenth of the budget, and asks for ten times the runs.
    fn next_nine(&self) -> String {
        format!(
            "a further nine leaves {}, costs about ten times more, and takes {} runs to certify",
            lasting(self.budget.as_secs_f64() / 10.0),
            tighter(&self.slo.objective).map_or_else(
                || "more".to_owned(),
                |next| certifying_runs(&next, 0, Confidence::DEFAULT).to_string()
            )
        )
    }

    fn for_programs(&self) -> Value {
        let rules = self.rules.iter().map(|rule| {
            json!({
                "rule": rule.name, "severity": rule.severity.as_str(),
                "long_s": rule.long.as_secs(), "short_s": rule.short.as_secs(),
                "k_min": rule.k_min, "reachable": rule.reachable,
            })
        });
        json!({
            "customer": self.subject.customer,
            "journey": self.subject.journey,
            "slo": self.slo.name,
            "objective": self.slo.objective.decimal(),
            "window_s": self.window.as_secs(),
            "planned_events": self.runs,
            "budget_seconds": self.budget.as_secs_f64(),
            "allowed_events": self.allowed,
            "share_of_one": self.share_of_one,
            "best_objective_in_window": self.finest,
            "n_if_no_failure": self.certifying,
            "days_if_no_failure": self.certified_in.map(|t| t.as_secs_f64() / 86_400.0),
            "measurable": self.measurable(),
            "alerts": rules.collect::<Vec<_>>(),
            "worth": self.worth.map(|worth| json!({
                "cost_a_year": worth.cost,
                "loss_a_year": worth.loss,
                "next_nine_costs": worth.next_cost,
                "next_nine_avoids": worth.next_avoids,
                "best_objective": worth.best_budget.map(|b| 1.0 - b),
            })),
        })
    }
}

/// A year, as the planner counts it.
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// What an objective costs and is worth, in money a year.
fn said_of(worth: &Worth) -> Vec<String> {
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
fn alert(rule: &Rule) -> String {
    let who = match rule.severity {
        Severity::Page => "pages",
        Severity::Ticket => "opens a ticket",
    };
    let long = lasting(rule.long.as_secs_f64());
    if rule.reachable {
        format!(
            "{} {who} at {} failures within {long} that spend {} % of the budget",
            rule.name, rule.k_min, rule.percent
        )
    } else {
        format!(
            "{} can never fire: not even a total outage burns that fast",
            rule.name
        )
    }
}

/// The objective with a tenth of the budget; `None` where it has too many digits.
fn tighter(objective: &Objective) -> Option<Objective> {
    let decimal = objective.budget_decimal();
    let digits = decimal.strip_prefix("0.")?;
    let places = u32::try_from(digits.len()).ok()? + 1;
    let whole = 10_u128.checked_pow(places)?;
    let numerator = whole - digits.parse::<u128>().ok()?;
    // As a percentage: two places fewer after the point.
    let text = format!(
        "{numerator:0>width$}",
        width = usize::try_from(places).ok()?
    );
    let (percent, rest) = text.split_at_checked(2)?;
    Objective::parse(&format!("{percent}.{rest}0%")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_further_nine_has_a_tenth_of_the_budget() {
        for (objective, next) in [
            ("99%", "0.999"),
            ("99.9%", "0.9999"),
            ("99.5%", "0.9995"),
            ("90%", "0.99"),
        ] {
            let objective = Objective::parse(objective).unwrap();
            assert_eq!(tighter(&objective).unwrap().decimal(), next);
        }
    }
}
