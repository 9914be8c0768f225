//! Any value, with references in its texts.

use super::scope::{Scope, Use};
use crate::Value;
use jaunt_text::{Diagnostics, Item, code};
use toml::de::{DeFloat, DeInteger, DeValue};

impl Scope<'_> {
    /// Any value; its texts become templates.
    pub(super) fn value(
        self,
        item: &Item<'_>,
        seen: Use,
        found: &mut Diagnostics<'_>,
    ) -> Option<Value> {
        match item.value() {
            DeValue::String(_) => self.template(item, seen, found).map(Value::Text),
            DeValue::Array(_) => {
                let values: Vec<_> = item
                    .list("a list", found)?
                    .iter()
                    .map(|item| self.value(item, seen, found))
                    .collect();
                values.into_iter().collect::<Option<_>>().map(Value::List)
            }
            DeValue::Table(_) => {
                let entries: Vec<_> = item
                    .as_table()?
                    .items()
                    .map(|item| Some((item.key().to_owned(), self.value(&item, seen, found)?)))
                    .collect();
                entries.into_iter().collect::<Option<_>>().map(Value::Table)
            }
            _ => scalar(item, found),
        }
    }

    /// Text, a number or a boolean, or a list of those: a form field, a query parameter.
    pub(super) fn field(
        self,
        item: &Item<'_>,
        seen: Use,
        found: &mut Diagnostics<'_>,
    ) -> Option<Value> {
        let plain = |value: &DeValue<'_>| {
            matches!(
                value,
                DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_)
            )
        };
        let fits = match item.value() {
            DeValue::Array(items) => items.iter().all(|item| plain(item.get_ref())),
            value => plain(value),
        };
        if !fits {
            item.wrong("text, a number, a boolean or a list of those", found);
            return None;
        }
        self.value(item, seen, found)
    }
}

/// A number, boolean or date.
pub(super) fn scalar(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Value> {
    match item.value() {
        DeValue::Integer(number) => {
            let text = whole(number);
            if text.is_none() {
                found.error(
                    code::OUT_OF_RANGE,
                    item.span(),
                    format!("{} is too large a number", item.name()),
                );
            }
            text.map(Value::Number)
        }
        DeValue::Float(number) => {
            let text = fraction(number);
            if text.is_none() {
                found
                    .error(
                        code::WRONG_TYPE,
                        item.span(),
                        format!("{} cannot be `{}`", item.name(), number.as_str()),
                    )
                    .help("JSON has neither infinity nor NaN");
            }
            text.map(Value::Number)
        }
        DeValue::Boolean(truth) => Some(Value::Bool(*truth)),
        DeValue::Datetime(datetime) => Some(Value::Datetime(datetime.to_string())),
        DeValue::String(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// A whole number as JSON writes it.
pub(super) fn whole(number: &DeInteger<'_>) -> Option<String> {
    let value = i128::from_str_radix(number.as_str(), number.radix()).ok()?;
    Some(value.to_string())
}

/// A number with a fraction as JSON writes it: the author's own digits.
fn fraction(number: &DeFloat<'_>) -> Option<String> {
    let text = number.as_str();
    let text = text.strip_prefix('+').unwrap_or(text);
    let json = serde_json::from_str::<serde_json::Number>(text).is_ok();
    json.then(|| text.to_owned())
}
