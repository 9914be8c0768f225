//! PromQL, as text.

use std::{fmt::Write, time::Duration};

/// How a label is held against a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Is<'a> {
    /// It equals this.
    This(&'a str),
    /// It is one of these words.
    OneOf(&'a [&'a str]),
}

/// `metric{label="value", …}`; a name that is no classic one stands in quotes, inside the braces.
pub(crate) fn selector(metric: &str, matchers: &[(&str, Is<'_>)]) -> String {
    let mut inner: Vec<String> = Vec::new();
    let outer = if is_classic(metric) {
        metric
    } else {
        inner.push(quoted(metric));
        ""
    };
    for (label, is) in matchers {
        let label = name(label);
        inner.push(match is {
            Is::This(value) => format!("{label}={}", quoted(value)),
            Is::OneOf(words) => format!("{label}=~{}", quoted(&words.join("|"))),
        });
    }
    if inner.is_empty() {
        return outer.to_owned();
    }
    format!("{outer}{{{}}}", inner.join(","))
}

/// A label's name, in quotes where it is no classic one.
pub(crate) fn name(label: &str) -> String {
    if is_classic(label) {
        label.to_owned()
    } else {
        quoted(label)
    }
}

fn is_classic(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    name.chars().all(word) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty()
}

/// A string of PromQL. A backtick is escaped too, so that it can stand within a template's raw
/// string.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() || c == '`' => {
                // Writing to a String does not fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A duration as Prometheus writes it: `5m`, `1d`; whole seconds, in the largest unit that fits.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (size, unit) = [(86_400, "d"), (3_600, "h"), (60, "m")]
        .into_iter()
        .find(|(size, _)| seconds >= *size && seconds.is_multiple_of(*size))
        .unwrap_or((1, "s"));
    format!("{}{unit}", seconds / size)
}

/// A fraction as decimal text: exactly where it has at most 15 digits after the point, else
/// rounded to so many (a double holds no more).
pub(crate) fn decimal((numerator, denominator): (u128, u128)) -> String {
    const PLACES: usize = 15;
    let denominator = denominator.max(1);
    let mut text = (numerator / denominator).to_string();
    let mut rest = numerator % denominator;
    if rest == 0 {
        return text;
    }
    text.push('.');
    for _ in 0..PLACES {
        if rest == 0 {
            break;
        }
        rest = rest.saturating_mul(10);
        text.push_str(&(rest / denominator).to_string());
        rest %= denominator;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_keep_their_dots_stand_in_quotes() {
        let matchers = [
            ("jaunt.slo", Is::This("can\"buy")),
            ("a", Is::OneOf(&["x", "y"])),
        ];
        assert_eq!(
            selector("jaunt.sli.events", &matchers),
            r#"{"jaunt.sli.events","jaunt.slo"="can\"buy",a=~"x|y"}"#
        );
        assert_eq!(selector("up", &[]), "up");
        assert_eq!(
            selector("up", &[("a", Is::This("b\n`"))]),
            "up{a=\"b\\u000a\\u0060\"}"
        );
    }

    #[test]
    fn durations_and_decimals_are_exact_where_they_can_be() {
        for (seconds, text) in [
            (300, "5m"),
            (86_400, "1d"),
            (7_200, "2h"),
            (5_400, "90m"),
            (61, "61s"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
        for (fraction, text) in [
            ((336, 25_000), "0.01344"),
            ((1, 3), "0.333333333333333"),
            ((3, 1), "3"),
            ((72, 5), "14.4"),
        ] {
            assert_eq!(decimal(fraction), text);
        }
    }
}
