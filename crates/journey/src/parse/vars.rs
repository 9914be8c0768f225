//! Variables and secrets.

use super::{
    address::plain,
    scope::{Scope, Use, is_word, literal},
};
use crate::{Part, Reference, Secret, SecretSource, Template, Value, Var, code, spec};
use jaunt_text::{Diagnostics, Item, Table};
use std::collections::BTreeMap;

/// `[vars]`, in the file's order: a variable may refer to the matrix and to those above it.
pub(super) fn vars(
    root: &Table<'_>,
    scope: Scope<'_>,
    overrides: &BTreeMap<String, String>,
    found: &mut Diagnostics<'_>,
) -> Vec<(String, Var)> {
    let table = root.item("vars").and_then(|item| item.table(found));
    let mut vars: Vec<(String, Var)> = Vec::new();
    for item in table.iter().flat_map(Table::items) {
        if misplaced(&item, "vars", found) || !named(&item, found) {
            continue;
        }
        let read = variable(&item, scope, &vars, found);
        let var = overrides.get(item.key()).map_or(read.clone(), |text| {
            Some(Var::Fixed(overridden(read.as_ref(), text)))
        });
        vars.extend(var.map(|var| (item.key().to_owned(), var)));
    }
    vars
}

/// What the command line says, in the type of what it replaces.
fn overridden(read: Option<&Var>, text: &str) -> Value {
    let literal = Value::Text(Template {
        parts: vec![Part::Text(text.to_owned())],
    });
    match read {
        Some(Var::Fixed(Value::Number(_)))
            if serde_json::from_str::<serde_json::Number>(text).is_ok() =>
        {
            Value::Number(text.to_owned())
        }
        Some(Var::Fixed(Value::Bool(_))) => text.parse().map_or(literal, Value::Bool),
        _ => literal,
    }
}

fn variable(
    item: &Item<'_>,
    scope: Scope<'_>,
    above: &[(String, Var)],
    found: &mut Diagnostics<'_>,
) -> Option<Var> {
    let pick = item.as_table().and_then(|table| table.item("pick"));
    let Some(pick) = pick else {
        let value = scope.value(item, Use::Seen, found)?;
        return substituted(item, value, above, found).map(Var::Fixed);
    };
    item.as_table()?.only(&["pick"], &[], found);
    let values: Vec<_> = pick
        .list("a list to pick from", found)?
        .iter()
        .map(|item| {
            let value = scope.value(item, Use::Seen, found)?;
            substituted(item, value, above, found)
        })
        .collect();
    if values.is_empty() {
        found
            .error(code::BAD_VAR, pick.span(), "there is nothing to pick from")
            .help("list at least one value");
        return None;
    }
    values.into_iter().collect::<Option<_>>().map(Var::Pick)
}

/// The value with the variables above put in their places; of the rest only the matrix stays.
fn substituted(
    item: &Item<'_>,
    value: Value,
    above: &[(String, Var)],
    found: &mut Diagnostics<'_>,
) -> Option<Value> {
    let lookup = |reference: &Reference| match reference {
        Reference::Matrix(_) => Ok(None),
        Reference::Var(name) => match above.iter().find(|(known, _)| known == name) {
            Some((_, Var::Fixed(value))) => Ok(Some(value.clone())),
            Some((_, Var::Pick(_))) => Err(format!("`{name}` is picked anew in each run")),
            None => Err(format!("`{name}` does not stand above it")),
        },
        Reference::Run(_) | Reference::Secret(_) | Reference::Capture { .. } => {
            Err("only a run knows this".to_owned())
        }
    };
    match replace(&value, &lookup) {
        Ok(value) => Some(value),
        Err(why) => {
            found
                .error(
                    code::BAD_VAR,
                    item.span(),
                    format!("{} cannot be made of this", item.name()),
                )
                .label(why)
                .help("a variable may refer to `matrix` and to fixed variables above it");
            None
        }
    }
}

/// A value with references replaced by what `lookup` gives; those it gives nothing for stay.
pub(super) fn replace(
    value: &Value,
    lookup: &dyn Fn(&Reference) -> Result<Option<Value>, String>,
) -> Result<Value, String> {
    match value {
        Value::Text(template) => {
            if let [Part::Reference(reference)] = template.parts.as_slice()
                && let Some(value) = lookup(reference)?
            {
                return Ok(value);
            }
            let mut text = Template::default();
            for part in &template.parts {
                match part {
                    Part::Text(more) => text.push_text(more),
                    Part::Reference(reference) => match lookup(reference)? {
                        None => text.parts.push(part.clone()),
                        Some(Value::Text(inner)) => {
                            inner.parts.iter().for_each(|part| match part {
                                Part::Text(more) => text.push_text(more),
                                Part::Reference(_) => text.parts.push(part.clone()),
                            })
                        }
                        Some(value) => text.push_text(
                            &plain(&value).ok_or("a list or table does not fit into a text")?,
                        ),
                    },
                }
            }
            Ok(Value::Text(text))
        }
        Value::List(values) => {
            let values: Result<Vec<_>, _> =
                values.iter().map(|value| replace(value, lookup)).collect();
            values.map(Value::List)
        }
        Value::Table(entries) => {
            let entries: Result<Vec<_>, String> = entries
                .iter()
                .map(|(name, value)| Ok((name.clone(), replace(value, lookup)?)))
                .collect();
            entries.map(Value::Table)
        }
        Value::Number(_) | Value::Bool(_) | Value::Datetime(_) => Ok(value.clone()),
    }
}

/// Whether a key of `[vars]` and its kin belongs at the top of the file: it is one of the top's
/// names, and nothing refers to it here.
pub(super) fn misplaced(item: &Item<'_>, scope: &str, found: &mut Diagnostics<'_>) -> bool {
    let key = item.key();
    let top = spec::TOP.iter().any(|top| top.name == key);
    if !top || found.text().contains(&format!("{{{{{scope}.{key}}}}}")) {
        return false;
    }
    found
        .error(
            jaunt_text::code::MISPLACED_KEY,
            item.key_span(),
            format!("`{key}` below `[{scope}]` is only a name there"),
        )
        .label(format!("belongs above `[{scope}]`"))
        .help(format!("move it above `[{scope}]`, to the top of the file"));
    true
}

/// Whether a key can be referred to.
pub(super) fn named(item: &Item<'_>, found: &mut Diagnostics<'_>) -> bool {
    let good = is_word(item.key());
    if !good {
        found
            .error(
                code::BAD_NAME,
                item.key_span(),
                format!("`{}` cannot be referred to", item.key()),
            )
            .help("names are letters, digits, `-` and `_`");
    }
    good
}

/// `[secrets]`.
pub(super) fn secrets(root: &Table<'_>, found: &mut Diagnostics<'_>) -> BTreeMap<String, Secret> {
    let table = root.item("secrets").and_then(|item| item.table(found));
    table
        .iter()
        .flat_map(Table::items)
        .filter(|item| !misplaced(item, "secrets", found) && named(item, found))
        .collect::<Vec<_>>()
        .iter()
        .filter_map(|item| Some((item.key().to_owned(), secret(item, found)?)))
        .collect()
}

fn secret(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Secret> {
    let Some(table) = item.as_table() else {
        found
            .error(
                code::BAD_SOURCE,
                item.span(),
                format!("secret {} must be a source, never a value", item.name()),
            )
            .help("write `{ from = \"env:NAME\" }` or `{ from = \"file:NAME\" }`");
        return None;
    };
    table.only(&spec::key_names(spec::SECRET), &[], found);
    let from = table.required("from", found)?;
    let totp = table.item("totp").and_then(|item| item.boolean(found));
    let text = literal(&from, found)?;
    let source = match text.split_once(':') {
        Some(("env", name)) if is_variable(name) => SecretSource::Env(name.to_owned()),
        Some(("file", name)) if !name.is_empty() && !name.contains('\0') => {
            SecretSource::File(name.to_owned())
        }
        _ => {
            found
                .error(
                    code::BAD_SOURCE,
                    from.span(),
                    format!("secret {} has no source", item.name()),
                )
                .label("expected `env:NAME` or `file:NAME`")
                .help("a secret's value never stands in a file");
            return None;
        }
    };
    Some(Secret {
        source,
        totp: totp.unwrap_or(false),
    })
}

fn is_variable(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.bytes().all(allowed)
}
