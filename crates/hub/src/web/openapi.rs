//! The API's description: OpenAPI 3.1, made of the tables that the router is made of.

mod report;
mod shape;

use super::{
    api,
    route::{Answers, Needs, Route, Takes},
    write,
};

use serde_json::{Map, Value, json};

/// The document; `url` is where the API is.
pub(super) fn document(url: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in api::ROUTES.iter().chain(write::ROUTES) {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.method().to_owned(), operation(route));
        }
    }
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
                "description": "made by `jaunt hub token add --role reader`, with `--side` for one that writes; a hub without tokens needs none to read, and nobody can write there",
            } },
        },
    })
}

fn operation(route: &Route) -> Value {
    let in_path = in_path(route.path).map(|name| parameter(name, "path"));
    let asked = route.asks.iter().map(|name| parameter(name, "query"));
    let mut operation = json!({
        "operationId": route.name(),
        "summary": route.about,
        "parameters": in_path.chain(asked).collect::<Vec<_>>(),
        "responses": responses(route),
    });
    let body = match route.takes {
        Takes::Nothing => None,
        Takes::Body(kind) => Some((kind, true)),
        Takes::MayBody(kind) => Some((kind, false)),
    };
    if let (Some((kind, required)), Some(operation)) = (body, operation.as_object_mut()) {
        let content = json!({ "application/json": { "schema": shape::schema(kind) } });
        let body = json!({ "required": required, "content": content });
        operation.insert("requestBody".into(), body);
    }
    operation
}

fn responses(route: &Route) -> Value {
    let (status, media, kind) = match route.answers {
        Answers::Json(kind) => ("200", "application/json", kind),
        Answers::Made(kind) => ("201", "application/json", kind),
        Answers::Lines(kind) => ("200", "application/x-ndjson", kind),
    };
    let refused = |about: &str| {
        json!({
            "description": about,
            "content": { "application/json": { "schema": shape::schema("Error") } },
        })
    };
    let schema = shape::schema(kind);
    let mut responses = json!({
        status: { "description": route.about, "content": { media: { "schema": schema } } },
        "400": refused("What was asked cannot be understood."),
        "401": { "description": "A token that holds is needed." },
        "403": { "description": "The token may not read." },
        "404": refused("There is no such thing, or it is not yours to see."),
        "503": refused("The hub is stopping, or the store that it reads does not answer: try again."),
    });
    let mut more = Vec::new();
    if route.needs == Needs::Runs {
        let about = "This hub reads counters (`[store] prometheus`), which know no single runs.";
        more.push(("501", refused(about)));
    }
    if !matches!(route.takes, Takes::Nothing) {
        let settled =
            "It cannot be written as things stand: it is settled, or not yours to answer.";
        let unkept = "It could not be kept: nothing was written; try again.";
        more.extend([
            (
                "403",
                refused("The token only reads, or another site sent this."),
            ),
            ("409", refused(settled)),
            (
                "413",
                json!({ "description": "The body is longer than any entry." }),
            ),
            ("503", refused(unkept)),
        ]);
    }
    if let Some(responses) = responses.as_object_mut() {
        responses.extend(more.into_iter().map(|(status, of)| (status.to_owned(), of)));
    }
    responses
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
        "entry" => ("whole", "the entry's number"),
        "answer" => ("Answer", "what is said to it"),
        "standing" => (
            "text",
            "how it stands: `said`, `pending`, `agreed`, `declined` or `withdrawn`",
        ),
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
