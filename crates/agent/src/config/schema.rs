//! JSON Schema of the agent's file, for editors: generated from the table that the reader stands on.

use super::key::{Key, ROOT, Section, Takes};
use serde_json::{Map, Value, json};

/// The JSON Schema (2020-12) of the agent's file.
pub fn schema() -> Value {
    schema_of(&ROOT, "jaunt agent", &["region", "source"])
}

/// The JSON Schema (2020-12) of a file that has these keys.
pub fn schema_of(root: &Section, title: &str, required: &[&str]) -> Value {
    let mut schema = object(root);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert(
            "$schema".into(),
            "https://json-schema.org/draft/2020-12/schema".into(),
        );
        schema.insert("title".into(), title.into());
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
    }
    schema
}

fn object(section: &Section) -> Value {
    let properties: Map<String, Value> = section
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), property(key)))
        .collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn property(key: &Key) -> Value {
    let mut property = value(&key.takes);
    if let Some(property) = property.as_object_mut() {
        property.insert("description".into(), key.about.into());
    }
    property
}

/// A text of its own form, or where it comes from.
fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": format!("{pattern}|^(env|file):.+") })
}

fn value(takes: &Takes) -> Value {
    match takes {
        Takes::Text => json!({ "type": "string" }),
        Takes::Duration => text(r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"),
        Takes::Size => text(r"^[0-9]+(\.[0-9]+)?(B|KiB|MiB|GiB)$"),
        Takes::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Takes::Ratio => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
        Takes::Truth => json!({ "type": "boolean" }),
        // An instant is TOML's own type; editors hand it over as text.
        Takes::Instant => json!({ "type": "string", "format": "date-time" }),
        Takes::OneOf(names) => json!({ "anyOf": [{ "enum": names }, secret()] }),
        Takes::SomeOf(names) => {
            json!({ "type": "array", "uniqueItems": true, "items": { "enum": names } })
        }
        Takes::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Takes::Secrets => json!({ "type": "object", "additionalProperties": secret() }),
        Takes::Table(section) => object(section),
        Takes::Tables(section) => {
            json!({ "type": "object", "additionalProperties": object(section) })
        }
        Takes::List(section) => json!({ "type": "array", "items": object(section) }),
    }
}

fn secret() -> Value {
    json!({ "type": "string", "pattern": "^(env|file):.+" })
}
