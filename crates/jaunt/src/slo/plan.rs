//! `jaunt slo plan`: what an objective costs and allows.

mod words;

use crate::{
    agreement::File, args::Format, exit::Exit, output::Output, report::journeys, trouble::Report,
};
use jaunt_agreement::Agreement;
use jaunt_slo::{
    Confidence, Objective, Rule, Slo, Subject, Worth, certifying_runs, default_policy,
    words::lasting, worth,
};
use serde_json::{Value, json};
use std::{fmt::Write, path::PathBuf, time::Duration};
use words::{alert, detection, pages_after, said_of};

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
        if self.subject.regions.is_empty() {
            line(format!(
                "allows {}; name `regions`: without them nobody can say what is planned",
                lasting(self.budget.as_secs_f64())
            ));
            return text;
        }
        line(format!(
            "allows {} and {} of {} runs to be bad",
            lasting(self.budget.as_secs_f64()),
            self.allowed,
            self.runs
        ));
        if let Some(share) = self.share_of_one {
            let warning = if share > 1.0 {
                ": a single one breaks the objective; probe more, or promise less"
            } else if share > 0.02 {
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
        let cadence = self.subject.cadence();
        detection(cadence, &self.rules)
            .into_iter()
            .for_each(&mut line);
        for rule in &self.rules {
            line(alert(rule, cadence));
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
            let cadence = self.subject.cadence();
            let way = match cadence.slowest_for(self.certifying, self.window) {
                Some(every) => format!(
                    "a run every {} in each region would do",
                    lasting(every.as_secs_f64())
                ),
                None => "it takes more regions, a longer window or a lower objective".to_owned(),
            };
            said.push(format!(
                "unmeasurable by this plan: no window holds enough runs; {way}"
            ));
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
        let cadence = self.subject.cadence();
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
        let pages = self
            .rules
            .iter()
            .filter_map(|rule| pages_after(rule, cadence));
        let rules = self.rules.iter().map(|rule| {
            json!({
                "rule": rule.name, "severity": rule.severity.as_str(),
                "long_s": rule.long.as_secs(), "short_s": rule.short.as_secs(),
                "k_min": rule.k_min, "reachable": rule.reachable,
                "planned_events": cadence.runs(rule.long),
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
            "slowest_every_s": seconds(cadence.slowest_for(self.certifying, self.window)),
            "detection": {
                "all_regions_within_s": seconds(cadence.sees_all_within()),
                "one_region_after_s": seconds(Some(cadence.sees_one_after())),
                "total_outage_pages_after_s": seconds(pages.min()),
            },
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
