//! Values as JSON has them: exact numbers, types that never mix.
//!
//! Numbers keep their text (`arbitrary_precision`) and are compared digit by digit, so 1 = 1.0 =
//! 1e0, 2^63-1 is not 2^63, and 1e400 costs no more than its five characters.

use jaunt_journey::{Comparison, JsonType};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// What a subject's node is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// Text, number, boolean, null, array or object.
    Json(Json),
    /// A stretch of time in ns; negative once past.
    Duration(i128),
    /// An instant.
    Instant(jiff::Timestamp),
}

impl Node {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Json(Json::String(text.into()))
    }

    pub(crate) fn whole(number: u64) -> Self {
        Self::Json(Json::Number(number.into()))
    }

    /// As a capture keeps it: a duration in seconds, an instant in RFC 3339.
    pub(crate) fn into_json(self) -> Json {
        match self {
            Self::Json(json) => json,
            Self::Duration(ns) => number(&seconds(ns)).unwrap_or(Json::Null),
            Self::Instant(at) => Json::String(at.to_string()),
        }
    }

    /// As people read it: its type and its text.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Json(json) => show(json),
            Self::Duration(ns) => format!("duration {}", span(*ns)),
            Self::Instant(at) => format!("instant {at}"),
        }
    }
}

/// A value with its type: `string "1"`, `number 1`.
pub(crate) fn show(json: &Json) -> String {
    match json {
        Json::Null => "null".into(),
        Json::Array(items) if items.is_empty() => "array [] (empty)".into(),
        other => format!("{} {}", kind(other), clip(other)),
    }
}

/// The JSON text of a value; of one that is large only its beginning's worth.
fn clip(json: &Json) -> String {
    match json {
        Json::Array(items) if items.len() > 100 => format!("of {} elements", items.len()),
        Json::Object(members) if members.len() > 100 => format!("of {} members", members.len()),
        other => other.to_string(),
    }
}

/// The name of a value's type.
pub(crate) fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// Whether `json` is of this type.
pub(crate) fn is(json: &Json, wanted: JsonType) -> bool {
    match (wanted, json) {
        (JsonType::String, Json::String(_))
        | (JsonType::Number, Json::Number(_))
        | (JsonType::Boolean, Json::Bool(_))
        | (JsonType::Null, Json::Null)
        | (JsonType::Array, Json::Array(_))
        | (JsonType::Object, Json::Object(_)) => true,
        (JsonType::Integer, Json::Number(number)) => {
            Decimal::parse(&number.to_string()).is_some_and(|decimal| decimal.is_whole())
        }
        _ => false,
    }
}

/// The text that stands for a value inside a longer text: strings bare, all else as JSON.
pub(crate) fn bare(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The value of a JSON text.
///
/// `serde_json` writes `1e5` as `1e+5`; where a text has exponents its numbers get their own texts
/// back, one by one, in the order of the text.
pub(crate) fn parse(text: &str) -> Result<Json, serde_json::Error> {
    let mut json: Json = serde_json::from_str(text)?;
    let texts = numbers(text);
    if texts.iter().any(|number| number.contains(['e', 'E'])) {
        let mut restored = json.clone();
        let mut texts = texts.into_iter();
        // A key given twice puts the order out; then all stay as they are.
        if restore(&mut restored, &mut texts).is_some() && texts.next().is_none() {
            json = restored;
        }
    }
    Ok(json)
}

/// The numbers of a valid JSON text, in order.
fn numbers(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let rest = bytes.get(at..).unwrap_or_default();
        at += match byte {
            b'"' => string(rest),
            b'-' | b'0'..=b'9' => {
                let length = rest.iter().take_while(|byte| part(byte)).count();
                found.extend(text.get(at..at + length));
                length
            }
            _ => 1,
        };
    }
    found
}

/// How long the string is that `rest` begins with, quotes included.
fn string(rest: &[u8]) -> usize {
    let mut escaped = true; // the first quote does not end it
    for (at, byte) in rest.iter().enumerate() {
        match (escaped, byte) {
            (false, b'"') => return at + 1,
            (false, b'\\') => escaped = true,
            _ => escaped = false,
        }
    }
    rest.len().max(1)
}

/// Gives each number of `json` its own text; `None` if one of them is not its number.
fn restore<'a>(json: &mut Json, texts: &mut impl Iterator<Item = &'a str>) -> Option<()> {
    match json {
        Json::Number(own) => {
            let text = texts.next()?;
            let given = Decimal::parse(text)?;
            if given.cmp(&Decimal::parse(&own.to_string())?).is_ne() {
                return None;
            }
            // The only way to a number that keeps its text; it was parsed as a number just now.
            *own = serde_json::Number::from_string_unchecked(text.to_owned());
        }
        Json::Array(items) => items.iter_mut().try_for_each(|item| restore(item, texts))?,
        Json::Object(members) => {
            let mut members = members.values_mut();
            members.try_for_each(|member| restore(member, texts))?;
        }
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
    Some(())
}

/// The number of this text, kept as it is.
pub(crate) fn number(text: &str) -> Option<Json> {
    parse(text).ok().filter(Json::is_number)
}

/// Whether two values are equal: types never mix, numbers are exact decimals.
pub(crate) fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(_), Json::Number(_)) => order(a, b) == Some(Ordering::Equal),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

/// How two values of one type are ordered: numbers as exact decimals, texts by code points.
pub(crate) fn order(a: &Json, b: &Json) -> Option<Ordering> {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let a = Decimal::parse(&a.to_string())?;
            Some(a.cmp(&Decimal::parse(&b.to_string())?))
        }
        (Json::String(a), Json::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Whether an order is what a comparison asks for.
pub(crate) fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Eq => order.is_eq(),
        Comparison::Ne => order.is_ne(),
        Comparison::Lt => order.is_lt(),
        Comparison::Le => order.is_le(),
        Comparison::Gt => order.is_gt(),
        Comparison::Ge => order.is_ge(),
    }
}

/// A decimal number: sign, digits without zeros at either end, and the place of its first digit.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    /// The number is 0.DIGITS · 10^exponent. Exponents beyond an i64 are all taken for its bounds.
    exponent: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let leading = all.iter().take_while(|digit| **digit == b'0').count();
        let trailing = all.iter().rev().take_while(|digit| **digit == b'0').count();
        let Some(digits) = all.get(leading..all.len().saturating_sub(trailing)) else {
            return Some(Self::zero());
        };
        if digits.is_empty() {
            return Some(Self::zero());
        }
        let places = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        Some(Self {
            negative,
            digits: digits.to_vec(),
            exponent: exponent(power)?.saturating_add(places),
        })
    }

    fn zero() -> Self {
        Self {
            negative: false,
            digits: Vec::new(),
            exponent: 0,
        }
    }

    fn is_whole(&self) -> bool {
        i64::try_from(self.digits.len()).is_ok_and(|digits| digits <= self.exponent.max(0))
    }
}

fn exponent(text: &str) -> Option<i64> {
    let digits = text.trim_start_matches(['+', '-']);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bound = if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    Some(text.parse().unwrap_or(bound))
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |decimal: &Self| match (decimal.digits.is_empty(), decimal.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        if by_sign.is_ne() || self.digits.is_empty() {
            return by_sign;
        }
        let size = self
            .exponent
            .cmp(&other.exponent)
            .then_with(|| self.digits.cmp(&other.digits));
        if self.negative { size.reverse() } else { size }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Nanoseconds as exact decimal seconds.
fn seconds(ns: i128) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let size = ns.unsigned_abs();
    let (whole, rest) = (size / 1_000_000_000, size % 1_000_000_000);
    let fraction = format!("{rest:09}");
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// A duration as people read it, in the largest unit that leaves a whole part: `1.5s`, `21.3d`.
pub(crate) fn span(ns: i128) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let size = ns.unsigned_abs();
    let (unit, name) = match size {
        0..1_000_000_000 => (1_000_000, "ms"),
        1_000_000_000..120_000_000_000 => (1_000_000_000, "s"),
        120_000_000_000..7_200_000_000_000 => (60_000_000_000, "m"),
        7_200_000_000_000..172_800_000_000_000 => (3_600_000_000_000, "h"),
        _ => (86_400_000_000_000, "d"),
    };
    let thousandths = (size % unit) * 1000 / unit;
    let fraction = format!("{thousandths:03}");
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}{name}", size / unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(text: &str) -> Json {
        parse(text).unwrap()
    }

    #[test]
    fn numbers_are_exact_decimals() {
        for (a, b, expected) in [
            ("1", "1.0", Ordering::Equal),
            ("1", "1e0", Ordering::Equal),
            ("100", "1e2", Ordering::Equal),
            ("0.1", "1E-1", Ordering::Equal),
            ("0", "-0.0", Ordering::Equal),
            ("0e999999999999999999999", "0", Ordering::Equal),
            ("9223372036854775807", "9223372036854775808", Ordering::Less),
            ("0.1", "0.10000000000000001", Ordering::Less),
            ("1e400", "1e399", Ordering::Greater),
            ("-1e400", "1", Ordering::Less),
            ("-2", "-10", Ordering::Greater),
            ("9", "10", Ordering::Less),
            ("0.09", "0.1", Ordering::Less),
            ("1e-400", "0", Ordering::Greater),
            ("1e99999999999999999999", "2", Ordering::Greater),
        ] {
            assert_eq!(order(&json(a), &json(b)), Some(expected), "{a} {b}");
            assert_eq!(
                order(&json(b), &json(a)),
                Some(expected.reverse()),
                "{b} {a}"
            );
        }
    }

    #[test]
    fn a_number_never_equals_a_string_and_both_types_show() {
        assert!(!equal(&json("1"), &json("\"1\"")));
        assert!(!equal(&json("true"), &json("\"true\"")));
        assert!(!equal(&json("null"), &json("\"\"")));
        assert_eq!(show(&json("1")), "number 1");
        assert_eq!(show(&json("\"1\"")), "string \"1\"");
        assert_eq!(show(&json("[]")), "array [] (empty)");
        assert!(equal(
            &json(r#"{"a":[1.0],"b":2}"#),
            &json(r#"{"b":2e0,"a":[1]}"#)
        ));
    }

    #[test]
    fn a_number_keeps_its_exact_text() {
        for text in ["1e5", "9223372036854775807", "0.1", "1.0", "1E400", "-0"] {
            assert_eq!(json(text).to_string(), text);
        }
        let text = r#"{"a":[1e5,{"b":-2E-3}],"c":"3e3","d":0.10}"#;
        assert_eq!(json(text).to_string(), text);
        // A key given twice: the last counts, and the numbers stay whose they are.
        let twice = json(r#"{"a":"x","b":1e5,"a":2}"#);
        assert!(equal(&twice, &json(r#"{"a":2,"b":100000}"#)));
    }

    #[test]
    fn an_integer_is_a_number_without_a_fraction() {
        for (text, whole) in [
            ("1", true),
            ("1.0", true),
            ("1.5", false),
            ("1e3", true),
            ("15e-1", false),
            ("150e-1", true),
            ("0", true),
            ("0.01", false),
            ("\"1\"", false),
        ] {
            assert_eq!(is(&json(text), JsonType::Integer), whole, "{text}");
        }
    }

    #[test]
    fn durations_read_well() {
        for (ns, text) in [
            (1_500_000_000, "1.5s"),
            (250_000, "0.25ms"),
            (-86_400_000_000_000 * 3, "-3d"),
            (86_400_000_000_000 * 21, "21d"),
            (0, "0ms"),
        ] {
            assert_eq!(span(ns), text);
        }
        assert_eq!(seconds(1_500_000_000), "1.5");
        assert_eq!(seconds(-2_000_000_000), "-2");
    }

    proptest! {
        #[test]
        fn whole_numbers_are_ordered_as_integers_are(a in any::<i64>(), b in any::<i64>()) {
            prop_assert_eq!(order(&a.into(), &b.into()), Some(a.cmp(&b)));
            let tenth = number(&format!("{a}e-1")).unwrap();
            let same = number(&format!("{}.{}", a / 10, (a % 10).abs())).unwrap();
            if a / 10 != 0 || a >= 0 {
                prop_assert!(equal(&tenth, &same));
            }
        }
    }
}
