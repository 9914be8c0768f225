//! The matrix: a journey per combination.

use super::vars::{misplaced, named, replace};
use crate::{Part, Reference, Template, Value, Var, code};
use jaunt_text::{Diagnostics, Item, Table};
use std::collections::BTreeMap;

/// The most journeys that one file makes.
pub(crate) const MOST: usize = 1_000;

/// One combination, in the file's order.
pub(super) type Combination = Vec<(String, Value)>;

/// Every combination of `[matrix]`; without one, the empty combination alone.
pub(super) fn combinations(root: &Table<'_>, found: &mut Diagnostics<'_>) -> Vec<Combination> {
    let mut combinations = vec![Combination::new()];
    let Some(item) = root.item("matrix") else {
        return combinations;
    };
    let table = item.table(found);
    for axis in table.iter().flat_map(Table::items) {
        if misplaced(&axis, "matrix", found) || !named(&axis, found) {
            continue;
        }
        let Some(values) = values(&axis, found) else {
            continue;
        };
        if combinations.len().saturating_mul(values.len()) > MOST {
            found
                .error(
                    code::LARGE_MATRIX,
                    item.key_span(),
                    format!("`[matrix]` makes more than {MOST} journeys"),
                )
                .label(format!("`{}` takes it beyond", axis.key()))
                .help("split the file, or leave combinations out");
            return combinations;
        }
        combinations = combinations
            .iter()
            .flat_map(|before| {
                values.iter().map(|value| {
                    let mut combination = before.clone();
                    combination.push((axis.key().to_owned(), value.clone()));
                    combination
                })
            })
            .collect();
    }
    combinations
}

/// The values of one axis: plain ones, each its own.
fn values(axis: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Vec<Value>> {
    let items = axis.list("a list of values", found)?;
    let mut values: Vec<Value> = Vec::new();
    for item in &items {
        let value = value(item, found)?;
        if values.contains(&value) {
            found.error(
                code::BAD_MATRIX,
                item.span(),
                format!("`{}` has this value twice", axis.key()),
            );
        }
        values.push(value);
    }
    if values.is_empty() {
        found
            .error(
                code::BAD_MATRIX,
                axis.span(),
                format!("`{}` has no values, so there is no journey", axis.key()),
            )
            .help("list at least one");
        return None;
    }
    Some(values)
}

fn value(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Value> {
    use toml::de::DeValue;
    let value = match item.value() {
        DeValue::String(text) => {
            // The value becomes a part of the journey's name.
            let named = |letter: char| !letter.is_control() && !"[],={}".contains(letter);
            if text.is_empty() || text.len() > 200 || !text.chars().all(named) {
                found
                    .error(
                        code::BAD_MATRIX,
                        item.span(),
                        format!(
                            "`{}` cannot be a part of a journey's name",
                            text.escape_debug()
                        ),
                    )
                    .help("values of a matrix have 1 to 200 bytes and none of `[],={}`");
                return None;
            }
            Value::Text(Template {
                parts: vec![Part::Text(text.to_string())],
            })
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
            super::value::scalar(item, found)?
        }
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            item.wrong("text, a number or a boolean", found);
            return None;
        }
    };
    Some(value)
}

/// The name of a combination's journey: `checkout[host=a.example]`.
pub(super) fn name(journey: &str, combination: &Combination) -> String {
    if combination.is_empty() {
        return journey.to_owned();
    }
    let parts: Vec<String> = combination
        .iter()
        .map(|(name, value)| {
            let value = super::address::plain(value).unwrap_or_default();
            format!("{name}={value}")
        })
        .collect();
    format!("{journey}[{}]", parts.join(","))
}

/// The variables with the matrix's values put in.
pub(super) fn vars(vars: &[(String, Var)], combination: &Combination) -> BTreeMap<String, Var> {
    let lookup = |reference: &Reference| match reference {
        Reference::Matrix(name) => Ok(combination
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())),
        _ => Ok(None),
    };
    let put = |value: &Value| replace(value, &lookup).unwrap_or_else(|_| value.clone());
    vars.iter()
        .map(|(name, var)| {
            let var = match var {
                Var::Fixed(value) => Var::Fixed(put(value)),
                Var::Pick(values) => Var::Pick(values.iter().map(put).collect()),
            };
            (name.clone(), var)
        })
        .collect()
}
