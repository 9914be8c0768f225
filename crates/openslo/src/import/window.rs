//! `timeWindow`: over which time.

use super::annotated::Annotations;
use crate::{annotation as name, code, export::shorthand, yaml::Node};
use jaunt_slo::{Period, Window};
use jaunt_text::Diagnostics;
use jiff::civil;
use std::{ops::Range, time::Duration};

/// The window where none is given: SLO.md's default, four whole weeks.
const USUAL: Duration = Duration::from_secs(28 * 86_400);

/// The window of an SLO's spec.
pub(super) fn window(
    spec: &Node,
    annotations: &Annotations<'_>,
    found: &mut Diagnostics<'_>,
) -> Option<Window> {
    let Some(list) = spec.get("timeWindow") else {
        let place = spec.span.start..spec.span.start;
        found
            .warning(
                code::NO_WINDOW,
                place,
                "no `timeWindow`: taken as 28 days, rolling",
            )
            .help("say it: `timeWindow: [{ duration: 28d, isRolling: true }]`");
        return Some(Window::Rolling(USUAL));
    };
    let [one] = list.items() else {
        let message = "`timeWindow` is a list of one window";
        found.error(code::WINDOW, list.span.clone(), message);
        return None;
    };
    let duration = super::required(one, "duration", found)?;
    let text = duration.text().unwrap_or_default();
    let place = duration.span.clone();
    let rolls = one.get("isRolling").and_then(Node::text);
    match (one.get("calendar"), rolls) {
        (Some(calendar), Some("true")) => {
            let message = "a window rolls or follows the calendar, not both";
            found.error(code::WINDOW, calendar.span.clone(), message);
            None
        }
        (Some(calendar), _) => of_calendar(text, place, calendar, found),
        (None, Some("false")) => {
            let message = "a window that does not roll has a `calendar`";
            found.error(code::WINDOW, one.span.clone(), message);
            None
        }
        (None, _) => rolling(text, place, annotations, found),
    }
}

/// A period of the calendar, which begins where ours does.
fn of_calendar(
    text: &str,
    place: Range<usize>,
    calendar: &Node,
    found: &mut Diagnostics<'_>,
) -> Option<Window> {
    let period = match text {
        "1d" => Period::Day,
        "1w" => Period::Week,
        "1M" => Period::Month,
        "1Q" => Period::Quarter,
        "1Y" => Period::Year,
        _ => {
            let message = format!(
                "`{text}` is no calendar window of ours: one day, week, month, quarter or year"
            );
            let minutes =
                (text == "1m").then(|| "did you mean `1M`? `m` is minutes, `M` months".to_owned());
            found
                .error(code::WINDOW, place, message)
                .maybe_help(minutes);
            return None;
        }
    };
    let zone = super::required(calendar, "timeZone", found)?;
    let zone_text = zone.text().unwrap_or_default();
    let window = Window::parse(&format!("{} {zone_text}", period.as_str()))
        .map_err(|error| {
            found.error(code::WINDOW, zone.span.clone(), error.to_string());
        })
        .ok()?;
    if let Some(start) = calendar.get("startTime") {
        begins_with(period, start, found)?;
    }
    Some(window)
}

/// Whether a start is the beginning of a period; another is refused, since ours begin nowhere else.
fn begins_with(period: Period, start: &Node, found: &mut Diagnostics<'_>) -> Option<()> {
    let text = start.text().unwrap_or_default();
    let Ok(at) = text.parse::<civil::DateTime>() else {
        let message = format!("`{text}` is no date with time: `2024-01-01 00:00:00`");
        found.error(code::WINDOW, start.span.clone(), message);
        return None;
    };
    let begins = match period {
        Period::Day => true,
        Period::Week => at.weekday() == civil::Weekday::Monday,
        Period::Month => at.day() == 1,
        Period::Quarter => at.day() == 1 && at.month() % 3 == 1,
        Period::Year => at.day() == 1 && at.month() == 1,
    };
    if !begins || at.time() != civil::Time::midnight() {
        let message = format!(
            "a {} of ours begins {}at midnight, not at `{text}`",
            period.as_str(),
            match period {
                Period::Day => "",
                Period::Week => "on Monday ",
                Period::Month => "on the first ",
                Period::Quarter => "on the first of January, April, July and October ",
                Period::Year => "on the first of January ",
            }
        );
        found.error(code::WINDOW, start.span.clone(), message);
        return None;
    }
    Some(())
}

fn rolling(
    text: &str,
    place: Range<usize>,
    annotations: &Annotations<'_>,
    found: &mut Diagnostics<'_>,
) -> Option<Window> {
    if let Some(exact) = annotations.duration(name::WINDOW, found)
        && shorthand(exact).0 == text
    {
        return Some(Window::Rolling(exact));
    }
    if let Some(count) = text.strip_suffix(['M', 'Q', 'Y']) {
        let message = format!("`{text}` rolls over no fixed time: months and years differ");
        found.error(code::WINDOW, place, message).help(format!(
            "give days (`30d`), or a `calendar` for `{count}` whole ones"
        ));
        return None;
    }
    let weeks = text
        .strip_suffix('w')
        .and_then(|count| count.parse::<u64>().ok());
    let text = weeks.map_or_else(
        || text.to_owned(),
        |weeks| format!("{}d", weeks.saturating_mul(7)),
    );
    match Window::parse(&text) {
        Ok(window @ Window::Rolling(_)) => Some(window),
        Ok(Window::Calendar { .. }) => {
            found.error(
                code::WINDOW,
                place,
                format!("`{text}` is no duration: `28d`"),
            );
            None
        }
        Err(error) => {
            found.error(code::WINDOW, place, error.to_string());
            None
        }
    }
}
