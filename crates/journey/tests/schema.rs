//! The schema and the reference, both made from the one table.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where what it needs is not there"
)]

#[path = "good/files.rs"]
mod files;

use jaunt_journey::{reference, schema};
use serde_json::{Value, json};

/// A document as an editor hands it to a validator: dates are strings.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(truth) => json!(truth),
        toml::Value::Datetime(date) => json!(date.to_string()),
        toml::Value::Array(items) => items.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            let entries = table.into_iter();
            Value::Object(entries.map(|(key, value)| (key, as_json(value))).collect())
        }
    }
}

/// Why `value` is not what `schema` allows; the part of JSON Schema that ours is made of.
fn refused(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let mut rules = schema.as_object().expect("a schema is an object").clone();
    for said in [
        "description",
        "title",
        "$schema",
        "$defs",
        "$comment",
        "format",
    ] {
        rules.remove(said);
    }
    for (rule, wanted) in &rules {
        let holds = match rule.as_str() {
            "$ref" => {
                let path = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                let target = root.pointer(path).expect("a definition that is there");
                return refused(root, target, value, at);
            }
            "type" => match wanted.as_str().unwrap() {
                "string" => value.is_string(),
                "integer" => value.is_u64() || value.is_i64(),
                "boolean" => value.is_boolean(),
                "array" => value.is_array(),
                "object" => value.is_object(),
                other => panic!("type `{other}`"),
            },
            "enum" => wanted.as_array().unwrap().contains(value),
            "minimum" => value.as_u64() >= wanted.as_u64(),
            "maximum" => value.as_u64() <= wanted.as_u64(),
            "minItems" => value.as_array().is_none_or(|all| !all.is_empty()),
            "pattern" => {
                let pattern = regex::Regex::new(wanted.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "required" => wanted
                .as_array()
                .unwrap()
                .iter()
                .all(|key| value.get(key.as_str().unwrap()).is_some()),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    refused(root, wanted, item, &format!("{at}[{index}]"))?;
                }
                true
            }
            "properties" => {
                for (key, item) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = wanted.get(key) {
                        refused(root, schema, item, &format!("{at}.{key}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties");
                for (key, item) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.get(key).is_some()) {
                        continue;
                    }
                    match wanted {
                        Value::Bool(false) => return Err(format!("{at}.{key} is not known")),
                        schema => refused(root, schema, item, &format!("{at}.{key}"))?,
                    }
                }
                true
            }
            "anyOf" | "oneOf" => {
                let forms = wanted.as_array().unwrap();
                let fits: Vec<_> = forms
                    .iter()
                    .map(|form| refused(root, form, value, at))
                    .collect();
                let fitting = fits.iter().filter(|fit| fit.is_ok()).count();
                if fitting == 0 {
                    return Err(format!("{at} fits no form: {fits:?}"));
                }
                rule == "anyOf" || fitting == 1
            }
            other => panic!("rule `{other}` at {at}"),
        };
        if !holds {
            return Err(format!("{at}: {rule} {wanted} does not hold of {value}"));
        }
    }
    Ok(())
}

#[test]
fn the_schema_allows_every_sound_journey() {
    let schema = schema();
    for (path, text) in files::sound() {
        let document: toml::Value = toml::from_str(&text).unwrap();
        let refused = refused(&schema, &schema, &as_json(document), "$");
        assert_eq!(refused, Ok(()), "{}", path.display());
    }
}

#[test]
fn the_schema_refuses_what_an_editor_should_mark() {
    let schema = schema();
    for (text, at) in [
        (
            "journey = \"a\"\nevrey = \"60s\"\n[[step]]\nwait = \"1s\"",
            "$.evrey",
        ),
        (
            "journey = \"a\"\nevery = 60\n[[step]]\nwait = \"1s\"",
            "$.every",
        ),
        (
            "journey = \"a\"\nevery = \"60\"\n[[step]]\nwait = \"1s\"",
            "$.every",
        ),
        (
            "journey = \"a\"\n[[step]]\nrequest = \"GET https://a.example/\"",
            "$.step[0]",
        ),
        (
            "journey = \"a\"\n[[step]]\nwait = \"1s\"\nstatus = 200",
            "$.step[0].status",
        ),
        ("journey = \"a\"", "step"),
    ] {
        let document: toml::Value = toml::from_str(text).unwrap();
        let refused = refused(&schema, &schema, &as_json(document), "$");
        assert!(
            refused.as_ref().is_err_and(|why| why.contains(at)),
            "{text}: {refused:?}"
        );
    }
}

/// Every schema of a property, with its path.
fn properties<'s>(schema: &'s Value, at: &str, into: &mut Vec<(String, &'s Value)>) {
    match schema {
        Value::Object(rules) => {
            for (rule, inner) in rules {
                let at = format!("{at}/{rule}");
                if rule == "properties" {
                    for (name, property) in inner.as_object().unwrap() {
                        into.push((format!("{at}/{name}"), property));
                        properties(property, &format!("{at}/{name}"), into);
                    }
                } else {
                    properties(inner, &at, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, at, into)),
        _ => {}
    }
}

#[test]
fn every_property_says_what_it_is_for() {
    let schema = schema();
    let mut all = Vec::new();
    properties(&schema, "", &mut all);
    assert!(all.len() > 200, "{}", all.len());
    for (path, property) in all {
        let about = property.get("description").and_then(Value::as_str);
        let about = about.unwrap_or_else(|| panic!("{path} has no description"));
        assert!(
            !about.is_empty() && !about.ends_with('.'),
            "{path}: {about}"
        );
    }
}

#[test]
fn the_reference_in_the_tree_is_the_one_that_is_made() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/REFERENCE.md");
    let made = reference();
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(path, &made).unwrap();
    }
    let there = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        there == made,
        "REFERENCE.md is not what the table makes: write it by `INSTA_UPDATE=always cargo test -p jaunt-journey --test schema`"
    );
}

#[test]
fn the_reference_names_the_whole_table() {
    let made = reference();
    let mut all = Vec::new();
    let schema = schema();
    properties(&schema, "", &mut all);
    for (path, _) in all {
        let name = path.rsplit('/').next().unwrap();
        let named = [
            format!("`{name}`"),
            format!("`{name} ="),
            format!(".{name}`"),
        ];
        assert!(named.iter().any(|named| made.contains(named)), "{path}");
    }
}
