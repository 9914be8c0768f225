//! The words and marks that all pages use for the same things.

use jaunt_record::Verdict;
use jaunt_slo::{
    report::{IncidentReport, Said},
    words::{lasting, percent, seconds_between, shown, whole},
};
use maud::{Markup, html};
use std::time::Duration;

/// A verdict of an SLO: mark, word and class, so that no colour has to be seen.
pub(crate) fn said(said: Said) -> Markup {
    let (class, mark, word) = match said {
        Said::Met => ("met", "✓", "met"),
        Said::Violated => ("violated", "✕", "violated"),
        Said::CannotBeSaid => ("doubt", "?", "cannot be said"),
        Said::NoData => ("doubt", "–", "no data"),
    };
    html! { span class={ "said " (class) } { span.mark aria-hidden="true" { (mark) } " " (word) } }
}

/// The class of a run's verdict in the style sheet.
pub(crate) const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "v-pass",
        Verdict::Slow => "v-slow",
        Verdict::Fail => "v-fail",
        Verdict::Void => "v-void",
        Verdict::Missed => "v-missed",
    }
}

/// A run's verdict, with a mark of its own.
pub(crate) fn verdict(verdict: Verdict) -> Markup {
    let mark = match verdict {
        Verdict::Pass => "✓",
        Verdict::Slow => "◑",
        Verdict::Fail => "✕",
        Verdict::Void => "○",
        Verdict::Missed => "·",
    };
    html! {
        span class={ "verdict " (class(verdict)) } {
            span.mark aria-hidden="true" { (mark) } " " (verdict.as_str())
        }
    }
}

/// A share in percent, or a dash where it cannot be said.
pub(crate) fn share(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{} %", whole(ratio)))
}

/// A ratio in percent with three decimals, or a dash.
pub(crate) fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{} %", percent(ratio)))
}

/// How long an incident lasted.
pub(crate) fn lasted(incident: &IncidentReport) -> String {
    incident.end_ns.map_or_else(
        || "going on".to_owned(),
        |end| lasting(seconds_between(incident.start_ns, end)),
    )
}

/// An instant that a machine reads too.
pub(crate) fn time(ns: i64) -> Markup {
    let machine = jiff::Timestamp::from_nanosecond(i128::from(ns))
        .map_or_else(|_| String::new(), |at| at.to_string());
    html! { time datetime=(machine) { (shown(ns)) } }
}

/// A duration in the unit that suits it, to three digits.
pub(crate) fn took(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let (value, unit) = if seconds >= 1.0 {
        (seconds, "s")
    } else if seconds >= 1e-3 {
        (seconds * 1e3, "ms")
    } else {
        (seconds * 1e6, "µs")
    };
    let digits = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

/// A sentence that begins as one: what reports say begins in lower case, for a terminal.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// A sentence in which what stands between backticks is code, as a terminal cannot show it.
pub(crate) fn words(text: &str) -> Markup {
    // One without its other half is none.
    let pairs = text.matches('`').count() / 2 * 2;
    let parts: Vec<&str> = text.splitn(pairs + 1, '`').collect();
    html! {
        @for (n, part) in parts.into_iter().enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A count with thousands apart: `12 345`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_escaped() {
        for (text, expected) in [
            ("as it is", "as it is"),
            (
                "step `a<b` of `c`",
                "step <code>a&lt;b</code> of <code>c</code>",
            ),
            ("`one` and `half", "<code>one</code> and `half"),
            ("`", "`"),
        ] {
            assert_eq!(words(text).into_string(), expected, "{text}");
        }
    }

    #[test]
    fn figures_are_written_as_people_read_them() {
        for (number, text) in [(0, "0"), (999, "999"), (12_345, "12\u{202f}345")] {
            assert_eq!(count(number), text);
        }
        for (ns, text) in [
            (1_500, "1.50 µs"),
            (12_340_000, "12.3 ms"),
            (999_960_000, "1000 ms"),
            (2_500_000_000, "2.50 s"),
        ] {
            assert_eq!(took(Duration::from_nanos(ns)), text);
        }
    }
}
