//! The API's description: OpenAPI 3.1, made of the table that the router is made of. What both sides
//! write (`/api/v1/entries`) has a router of its own, and is not described.

mod report;
mod shape;

use super::api::{Answers, Needs, ROUTES, Route};
use serde_json::{Map, Value, json};

/// The document; `url` is where the API is.
pub(super) fn document(url: &str) -> Value {
    let paths: Map<_, _> = ROUTES
        .iter()
        .map(|route| (route.path.to_owned(), json!({ "get": operation(route) })))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "jaunt hub",
            "description": "The data behind every page. A reader's token sees its customers only: another's things are as if they were not there.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": url }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": shape::schemas(),
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "made by `jaunt hub token add --role reader`; none where the hub has no tokens",
            } },
        },
    })
}

fn operation(route: &Route) -> Value {
    let (media, schema) = match route.answers {
        Answers::Json(kind) => ("application/json", shape::schema(kind)),
        Answers::Lines(kind) => ("application/x-ndjson", shape::schema(kind)),
    };
    let refused = |about: &str| {
        json!({
            "description": about,
            "content": { "application/json": { "schema": shape::schema("Error") } },
        })
    };
    let in_path = in_path(route.path).map(|name| parameter(name, "path"));
    let asked = route.asks.iter().map(|name| parameter(name, "query"));
    let mut responses = json!({
        "200": { "description": route.about, "content": { media: { "schema": schema } } },
        "400": refused("What was asked cannot be understood."),
        "401": { "description": "A token that holds is needed." },
        "403": { "description": "The token may not read." },
        "404": refused("There is no such thing, or it is not yours to see."),
        "503": refused("The hub is stopping, or the store that it reads does not answer: try again."),
    });
    if let Some(responses) = responses
        .as_object_mut()
        .filter(|_| route.needs == Needs::Runs)
    {
        let about = "This hub reads counters (`[store] prometheus`), which know no single runs.";
        responses.insert("501".into(), refused(about));
    }
    json!({
        "operationId": route.name(),
        "summary": route.about,
        "parameters": in_path.chain(asked).collect::<Vec<_>>(),
        "responses": responses,
    })
}

/// The names in braces.
fn in_path(path: &str) -> impl Iterator<Item = &str> {
    let parts = path.split('/');
    parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn parameter(name: &str, place: &str) -> Value {
    let (kind, about) = match name {
        "customer" => ("text", "the tenant"),
        "journey" => ("text", "the journey"),
        "slo" => ("text", "the SLO's name"),
        "id" => ("text", "the run's: 32 hex digits"),
        "region" => ("text", "where"),
        "verdict" => ("Verdict", "what came of it"),
        "from" => ("text", "not before: RFC 3339, or Unix nanoseconds"),
        "to" => ("text", "before: RFC 3339, or Unix nanoseconds"),
        "limit" => ("whole", "at most so many; 100 unless it is said"),
        _ => ("text", ""),
    };
    json!({
        "name": name,
        "in": place,
        "required": place == "path",
        "description": about,
        "schema": shape::schema(kind),
    })
}
