//! `objectives` and `budgetingMethod`: how many must be good, counted how.

use super::{annotated::Annotations, required};
use crate::{
    annotation as name, code,
    export::{SLICE_TARGET, shorthand},
    yaml::Node,
};
use jaunt_slo::Objective;
use jaunt_text::{Diagnostics, parse_duration};
use std::time::Duration;

/// The one objective of an SLO's spec.
pub(super) fn objective(
    spec: &Node,
    annotations: &Annotations<'_>,
    found: &mut Diagnostics<'_>,
) -> Option<Objective> {
    let one = only(spec, found)?;
    for key in ["indicator", "indicatorRef", "compositeWeight"] {
        if let Some(part) = one.get(key) {
            found
                .error(
                    code::COMPOSITE,
                    part.span.clone(),
                    format!("`{key}` makes this an objective of several indicators: a journey is one user's way, and has one"),
                )
                .help("write a journey for each, or one that walks through all");
            return None;
        }
    }
    let (node, text) = match (one.get("target"), one.get("targetPercent")) {
        (Some(node), None) => (node, percent(node.text().unwrap_or_default())),
        (None, Some(node)) => (node, node.text().map(|text| format!("{text}%"))),
        (Some(_), Some(node)) => {
            let message = "`target` and `targetPercent` say the same thing twice";
            found
                .error(code::TARGET, node.span.clone(), message)
                .help("keep one");
            return None;
        }
        (None, None) => {
            let message = "an objective has a `target` (`0.999`) or a `targetPercent` (`99.9`)";
            found.error(code::TARGET, one.span.clone(), message);
            return None;
        }
    };
    let read = Objective::parse(&text.unwrap_or_else(|| "%".to_owned()));
    match read {
        Ok(objective) => Some(as_spelt(objective, annotations)),
        Err(error) => {
            found.error(code::TARGET, node.span.clone(), error.to_string());
            None
        }
    }
}

/// The same objective as the journey wrote it, where that was kept: `99.90%`.
fn as_spelt(objective: Objective, annotations: &Annotations<'_>) -> Objective {
    let kept = annotations
        .text(name::OBJECTIVE)
        .and_then(|text| Objective::parse(text).ok());
    kept.filter(|kept| kept.decimal() == objective.decimal())
        .unwrap_or(objective)
}

fn only<'n>(spec: &'n Node, found: &mut Diagnostics<'_>) -> Option<&'n Node> {
    let list = required(spec, "objectives", found)?;
    if let [one] = list.items() {
        return Some(one);
    }
    let message = format!("{} objectives; an SLO here has one", list.items().len());
    found
        .error(code::OBJECTIVES, list.span.clone(), message)
        .help("make an SLO of each");
    None
}

/// A decimal ratio as a percentage, digit by digit: `0.9995` is `99.95%`. `None` where it is no
/// decimal number.
pub(crate) fn percent(ratio: &str) -> Option<String> {
    let (whole, fraction) = ratio.split_once('.').unwrap_or((ratio, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || ratio.len() > 32 || whole.len() + fraction.len() == 0
    {
        return None;
    }
    let fraction = format!("{fraction:0<2}");
    let (hundredths, rest) = fraction.split_at(2);
    let whole = format!("{whole}{hundredths}");
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    match rest.trim_end_matches('0') {
        "" => Some(format!("{whole}%")),
        rest => Some(format!("{whole}.{rest}%")),
    }
}

/// The time slice, where the budget is counted in slices.
pub(super) fn slice(
    spec: &Node,
    annotations: &Annotations<'_>,
    found: &mut Diagnostics<'_>,
) -> Option<Duration> {
    // Objectives of their own kind are told of where they are read.
    let one = spec
        .get("objectives")
        .and_then(|list| list.items().first())?;
    let method = required(spec, "budgetingMethod", found)?;
    match method.text() {
        Some("Occurrences") => None,
        Some("Timeslices") => slice_of(one, annotations, found),
        Some("RatioTimeslices") => {
            found
                .error(
                    code::BUDGETING,
                    method.span.clone(),
                    "`RatioTimeslices` is a mean of ratios, in which an hour of few runs weighs as much as one of many",
                )
                .help("use `Occurrences`, or `Timeslices`");
            None
        }
        other => {
            let message = format!(
                "`{}` is no budgeting method of OpenSLO v1",
                other.unwrap_or_default()
            );
            found
                .error(code::BUDGETING, method.span.clone(), message)
                .help("use `Occurrences`, or `Timeslices`");
            None
        }
    }
}

fn slice_of(
    one: &Node,
    annotations: &Annotations<'_>,
    found: &mut Diagnostics<'_>,
) -> Option<Duration> {
    if let Some(target) = one.get("timeSliceTarget")
        && target.text().and_then(percent) != percent(SLICE_TARGET)
    {
        let message = format!(
            "a slice of ours is good from a share of {SLICE_TARGET} on, whatever `timeSliceTarget` says"
        );
        found.warning(code::SLICE_TARGET, target.span.clone(), message);
    }
    let window = required(one, "timeSliceWindow", found)?;
    let text = window.text().unwrap_or_default();
    if let Some(exact) = annotations.duration(name::SLICE, found)
        && shorthand(exact).0 == text
    {
        return Some(exact);
    }
    // A bare number is minutes.
    let bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = if bare {
        format!("{text}m")
    } else {
        text.to_owned()
    };
    let time = parse_duration(&text).ok().filter(|time| !time.is_zero());
    if time.is_none() || text.ends_with('s') {
        let message =
            format!("`{text}` is no length of a slice: minutes, hours or days, as in `5m`");
        found.error(code::BUDGETING, window.span.clone(), message);
        return None;
    }
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_a_percentage_digit_by_digit() {
        for (ratio, expected) in [
            ("0.999", Some("99.9%")),
            ("0.9995", Some("99.95%")),
            ("0.9990", Some("99.9%")),
            ("0.9", Some("90%")),
            (".5", Some("50%")),
            ("0.00001", Some("0.001%")),
            ("1", Some("100%")),
            ("0", Some("0%")),
            ("", None),
            (".", None),
            ("-0.9", None),
            ("9.9e-1", None),
        ] {
            assert_eq!(percent(ratio).as_deref(), expected, "{ratio}");
        }
    }
}
