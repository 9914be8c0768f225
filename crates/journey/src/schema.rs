//! The JSON Schema of a journey (2020-12), for editors: made from the table that the parser reads.
//!
//! It is a little wider than the parser: which key goes with which, an editor need not know.

use crate::spec::{
    CAPTURE, COMMON, DEFAULTS, Key, NOT_YET, OPERATORS, OperatorTakes, SUBJECTS, SubjectValue, TOP,
    Takes, VERBS,
};
use serde_json::{Map, Value, json};

/// The schema of a journey's file.
pub fn schema() -> Value {
    let mut schema = object(TOP);
    let title = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "jaunt journey",
        "$defs": {
            "step": step(),
            "expectation": looking(expectation_keys()),
            "capture": looking(capture_keys()),
        },
    });
    if let (Some(schema), Value::Object(title)) = (schema.as_object_mut(), title) {
        schema.extend(title);
    }
    schema
}

/// The schema of a table with these keys and no others.
pub fn object(keys: &[Key]) -> Value {
    let required: Vec<_> = keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties(keys),
        "required": required,
        "additionalProperties": false,
    })
}

fn properties(keys: &[Key]) -> Map<String, Value> {
    keys.iter()
        .map(|key| (key.name.to_owned(), described(takes(key.takes), key.about)))
        .collect()
}

fn described(mut schema: Value, about: &str) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(about));
    }
    schema
}

fn takes(takes: Takes) -> Value {
    match takes {
        Takes::Text | Takes::Template => json!({ "type": "string" }),
        Takes::Duration => json!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$",
        }),
        Takes::Size => json!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?(B|KiB|MiB|GiB)$",
        }),
        Takes::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Takes::Boolean => json!({ "type": "boolean" }),
        // TOML's own date; editors hand it on as a string.
        Takes::Instant => json!({ "type": "string", "format": "date-time" }),
        Takes::OneOf(names) => json!({ "enum": names }),
        Takes::Any => json!({}),
        Takes::List(element) => json!({ "type": "array", "items": self::takes(*element) }),
        Takes::Map(element) => {
            json!({ "type": "object", "additionalProperties": self::takes(*element) })
        }
        Takes::Table(keys) => object(keys),
        Takes::Tables(keys) => json!({ "type": "array", "items": object(keys) }),
        Takes::Either(forms) => {
            let forms: Vec<_> = forms.iter().map(|form| self::takes(*form)).collect();
            json!({ "anyOf": forms })
        }
        Takes::Expectations => {
            json!({ "type": "array", "items": { "$ref": "#/$defs/expectation" } })
        }
        Takes::Captures => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/capture" } })
        }
        Takes::Steps => {
            json!({ "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/step" } })
        }
        Takes::Defaults => defaults(),
    }
}

/// One form per verb, so that an editor offers what goes with the verb that is there.
fn step() -> Value {
    let forms: Vec<_> = VERBS
        .iter()
        .map(|verb| {
            let about = format!("{}: `{} = \"{}\"`", verb.about, verb.name, verb.line);
            let mut properties = properties(COMMON);
            properties.extend(self::properties(verb.keys));
            properties.insert(
                verb.name.to_owned(),
                json!({ "type": "string", "description": about }),
            );
            let mut required = vec![verb.name];
            required.extend(
                verb.keys
                    .iter()
                    .filter(|key| key.required)
                    .map(|key| key.name),
            );
            json!({
                "type": "object",
                "title": verb.name,
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            })
        })
        .collect();
    json!({ "oneOf": forms, "$comment": format!("not built yet: {}", not_yet()) })
}

fn not_yet() -> String {
    let names: Vec<_> = NOT_YET.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

fn defaults() -> Value {
    let keys = COMMON.iter().chain(VERBS.iter().flat_map(|verb| verb.keys));
    let keys: Vec<Key> = keys
        .filter(|key| DEFAULTS.contains(&key.name))
        .copied()
        .collect();
    json!({
        "type": "object",
        "properties": properties(&keys),
        "additionalProperties": false,
    })
}

fn looking(mut properties: Map<String, Value>) -> Value {
    for subject in SUBJECTS {
        let value = match subject.value {
            SubjectValue::Name | SubjectValue::Path => json!({ "type": "string" }),
            SubjectValue::OneOf(names) => json!({ "enum": names }),
        };
        let about = format!("{}; compares as {}", subject.about, subject.compares);
        properties.insert(subject.name.to_owned(), described(value, &about));
    }
    let about = "an attribute of the cookie or element, instead of its value";
    properties.insert(
        "attribute".to_owned(),
        json!({ "type": "string", "description": about }),
    );
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn expectation_keys() -> Map<String, Value> {
    let mut keys = Map::new();
    keys.insert(
        "of".to_owned(),
        json!({ "enum": crate::Quantifier::NAMES, "description": "how several nodes are judged" }),
    );
    keys.insert(
        "else".to_owned(),
        json!({ "enum": ["slow", "warn"], "description": "`slow` grades a latency, `warn` only warns" }),
    );
    for operator in OPERATORS {
        let value = match operator.takes {
            OperatorTakes::Operand | OperatorTakes::Piece => json!({}),
            OperatorTakes::Text | OperatorTakes::Regex => json!({ "type": "string" }),
            OperatorTakes::Operands => json!({ "type": "array", "minItems": 1 }),
            OperatorTakes::Boolean => json!({ "type": "boolean" }),
            OperatorTakes::OneOf(names) => json!({ "enum": names }),
            OperatorTakes::Count => json!({ "type": "integer", "minimum": 0 }),
        };
        keys.insert(operator.name.to_owned(), described(value, operator.about));
    }
    keys
}

fn capture_keys() -> Map<String, Value> {
    properties(CAPTURE)
}
