//! `[[slo]]`: objectives.

use super::{
    calendar::{instant, tables},
    capture::optional,
    top::{Head, identity},
};
use crate::{Step, code, spec};
use jaunt_slo::{
    Cadence, Confidence, Good, Objective, ObjectiveError, Period, Population, Slo, Weighting,
    Window,
};
use jaunt_text::{Diagnostics, Item, Table, list, nearest};
use std::time::Duration;

/// `[[slo]]`.
pub(super) fn slos(
    root: &Table<'_>,
    head: &Head,
    steps: &[Step],
    found: &mut Diagnostics<'_>,
) -> Vec<Slo> {
    let mut slos: Vec<Slo> = Vec::new();
    for table in tables(root, "slo", found) {
        let Some(slo) = slo(&table, head, steps, found) else {
            continue;
        };
        if slos.iter().any(|other| other.name == slo.name) {
            let place = table.item("name").map_or(table.span(), |item| item.span());
            found
                .error(
                    code::DUPLICATE_NAME,
                    place,
                    format!("there are two SLOs called `{}`", slo.name),
                )
                .help("give each its own name: reports go by it");
        }
        slos.push(slo);
    }
    slos
}

fn slo(table: &Table<'_>, head: &Head, steps: &[Step], found: &mut Diagnostics<'_>) -> Option<Slo> {
    table.only(&spec::key_names(spec::SLO), &super::top::above(), found);
    let name = table.required("name", found);
    let name = name.and_then(|item| identity(&item, found));
    let objective_item = table.required("objective", found);
    let objective = objective_item
        .as_ref()
        .and_then(|item| objective(item, found));
    let window = table.required("window", found);
    let window = window.and_then(|item| window_of(&item, found));
    let under = optional(table, "under", found, |item, found| {
        item.duration_in(Duration::from_nanos(1)..=Duration::from_secs(86_400), found)
    });
    let of = optional(table, "of", found, |item, found| {
        population(table, item, found)
    });
    let good = optional(table, "good", found, |item, found| {
        item.one_of(
            &["pass"],
            |text| (text == "pass").then_some(Good::Pass),
            found,
        )
    });
    let step = optional(table, "step", found, |item, found| step(item, steps, found));
    let weighting = optional(table, "weighting", found, |item, found| {
        weighting(item, head, found)
    });
    let slice = optional(table, "slice", found, slice);
    let since = optional(table, "since", found, instant);
    let slo = Slo {
        name: name?,
        objective: objective?,
        window: window?,
        under,
        of: of.unwrap_or_default(),
        good: good.unwrap_or_default(),
        step,
        weighting: weighting.unwrap_or_default(),
        slice,
        since,
    };
    measurable(&slo, head, objective_item?, found);
    Some(slo)
}

/// An objective: a percentage with its sign, above 0 % and below 100 %.
pub fn objective(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Objective> {
    let Some(text) = item.as_text() else {
        item.wrong("a percentage in quotes, such as `\"99.9%\"`", found);
        return None;
    };
    let (message, help) = match Objective::parse(text) {
        Ok(objective) => return Some(objective),
        Err(ObjectiveError::Unit) => (
            format!("`{text}` is no objective: it has no percent sign"),
            unit_help(text),
        ),
        Err(ObjectiveError::Number) => (
            format!("`{text}` is no objective"),
            "write a percentage of at most 12 decimals: `99.9%`".to_owned(),
        ),
        Err(ObjectiveError::Range) => (
            format!("`{text}` is out of range"),
            "an objective lies between 0 % and 100 %: at 100 % there is no budget, and the first failure breaks it for good".to_owned(),
        ),
    };
    found
        .error(code::BAD_OBJECTIVE, item.span(), message)
        .label("expected such as `99.9%`")
        .help(help);
    None
}

/// `0.999` was meant as a ratio, `99.9` as a percentage.
fn unit_help(text: &str) -> String {
    let ratio = text.strip_prefix("0.").filter(|digits| {
        digits.len() >= 2 && digits.len() <= 14 && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    match ratio.and_then(|digits| digits.split_at_checked(2)) {
        Some((whole, "")) => format!("did you mean `{whole}%`?"),
        Some((whole, rest)) => format!("did you mean `{whole}.{rest}%`?"),
        None if text.parse::<f64>().is_ok() => format!("did you mean `{text}%`?"),
        None => "write a percentage: `99.9%`".to_owned(),
    }
}

/// A window: a length, or a calendar period with its zone.
pub fn window_of(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Window> {
    let text = item.text(found)?;
    match Window::parse(text) {
        Ok(window) => Some(window),
        Err(error) => {
            found
                .error(
                    code::BAD_WINDOW,
                    item.span(),
                    format!("`{text}` is no window"),
                )
                .label(error.to_string())
                .help("write `28d` for the last 28 days, or a `day`, `week`, `month`, `quarter` or `year` with its zone: `month Europe/Madrid`");
            None
        }
    }
}

fn population(
    table: &Table<'_>,
    item: &Item<'_>,
    found: &mut Diagnostics<'_>,
) -> Option<Population> {
    let of = item.one_of(
        &["passed"],
        |text| (text == "passed").then_some(Population::Passed),
        found,
    )?;
    if !table.has("under") {
        found
            .error(
                code::BAD_SLO,
                item.key_span(),
                "`of = \"passed\"` needs `under`: of the runs that passed, how many were quick enough",
            )
            .help("add `under`, or leave `of` out");
    }
    Some(of)
}

fn step(item: &Item<'_>, steps: &[Step], found: &mut Diagnostics<'_>) -> Option<String> {
    let id = item.text(found)?;
    let names = || steps.iter().map(|step| step.id.as_str());
    let Some(step) = steps.iter().find(|step| step.id == id) else {
        found
            .error(
                code::BAD_SLO,
                item.span(),
                format!("there is no step `{id}`"),
            )
            .label(format!("steps are {}", list(names(), "and")))
            .maybe_help(nearest(id, names()).map(|near| format!("did you mean `{near}`?")));
        return None;
    };
    if step.always {
        found
            .error(
                code::BAD_SLO,
                item.span(),
                format!("step `{id}` is `always`: clean-up is in no SLI"),
            )
            .help("judge a step that users take");
        return None;
    }
    Some(id.to_owned())
}

fn weighting(item: &Item<'_>, head: &Head, found: &mut Diagnostics<'_>) -> Option<Weighting> {
    let weighting = item.one_of(
        &["regions"],
        |text| (text == "regions").then_some(Weighting::Regions),
        found,
    )?;
    if head.weights.is_empty() {
        found
            .error(
                code::BAD_SLO,
                item.span(),
                "regions are to be weighed, and have no weights",
            )
            .help("add `weights = { fra = \"2\", iad = \"1\" }` at the top of the file");
    }
    Some(weighting)
}

fn slice(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Duration> {
    let range = Duration::from_secs(1)..=Duration::from_secs(86_400);
    let slice = item.duration_in(range, found)?;
    if slice.subsec_nanos() != 0 {
        found.error(
            jaunt_text::code::DURATION_RANGE,
            item.span(),
            "`slice` is whole seconds",
        );
        return None;
    }
    Some(slice)
}

/// Warns where so few runs are planned that the objective cannot be told from the next one.
fn measurable(slo: &Slo, head: &Head, item: Item<'_>, found: &mut Diagnostics<'_>) {
    let length = nominal(&slo.window);
    let cadence = Cadence {
        every: head.every,
        regions: u64::try_from(head.regions.len().max(1)).unwrap_or(1),
    };
    let runs = cadence.runs(length);
    let wanted = jaunt_slo::certifying_runs(&slo.objective, 0, Confidence::DEFAULT);
    if runs >= wanted {
        return;
    }
    let finest = cadence
        .finest(length, Confidence::DEFAULT)
        .map_or_else(|| "nothing".to_owned(), crate::explain::percent_below);
    found
        .warning(
            code::UNMEASURABLE,
            item.span(),
            format!("{} is finer than {runs} runs per window can show", slo.objective),
        )
        .label(format!("even without a failure they show {finest} at most"))
        .help(format!(
            "it takes {wanted} runs without a failure: lower `every`, add regions, or lengthen the window"
        ));
}

/// How long a window usually is.
pub(crate) fn nominal(window: &Window) -> Duration {
    let days = match window {
        Window::Rolling(length) => return *length,
        Window::Calendar { period, .. } => match period {
            Period::Day => 1,
            Period::Week => 7,
            Period::Month => 30,
            Period::Quarter => 91,
            Period::Year => 365,
        },
    };
    Duration::from_secs(days * 86_400)
}
