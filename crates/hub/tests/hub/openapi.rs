//! Every answer is as the API describes it, and every description has an answer.

use crate::{
    api::with_two_customers,
    support::{Running, record, slot},
};
use jaunt_record::{Exchange, Expected, Tls, Verdict, Void, VoidCause};
use serde_json::{Value, json};

/// A hub with failures and passes, a run with all that an exchange can tell, and a void one; and the
/// slot of the run that tells all.
async fn eventful() -> (Running, i64) {
    let running = with_two_customers().await;
    running.agreed("acme").await;
    let last = slot(1);
    let mut told = record("acme", last, Verdict::Pass);
    told.steps[0].exchanges.push(Exchange {
        attempt: 1,
        method: "GET".into(),
        url: "https://acme.example/".into(),
        remote: Some("192.0.2.1:443".parse().unwrap()),
        protocol: Some("h2".into()),
        tls: Some(Tls {
            version: Some("TLSv1.3".into()),
            ..Tls::default()
        }),
        status: Some(200),
        ..Exchange::default()
    });
    told.steps[0].expectations.push(Expected {
        subject: "status".into(),
        expected: "eq 200".into(),
        actual: "200".into(),
        holds: true,
        otherwise: "fail".into(),
    });
    told.steps[0].expectations.push(Expected {
        subject: "certificate expires_in".into(),
        expected: "ge 30d".into(),
        actual: "20d".into(),
        holds: false,
        otherwise: "warn".into(),
    });
    told.warnings = told.steps[0].warnings();
    let mut void = record("acme", slot(42), Verdict::Void);
    void.void = Some(Void {
        cause: VoidCause::Isolated,
        message: "no reference could be reached".into(),
    });
    running
        .send("agent-all", "http/protobuf", &[told, void])
        .await
        .unwrap();
    let (status, entry) = running.post("writer-acme", ENTRIES, felt()).await;
    assert_eq!((status, &entry["id"]), (201, &json!(1)), "{entry}");
    (running, last)
}

const ENTRIES: &str = "/api/v1/entries";

/// What a customer's users felt.
fn felt() -> Value {
    json!({
        "what": "felt", "customer": "acme", "journey": "checkout", "tickets": 3, "reason": "slow",
        "from": format!("{}000000000", slot(9)), "to": format!("{}000000000", slot(3)),
    })
}

/// A validator of a part of the document.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut root = schema.clone();
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["components"] = document["components"].clone();
    jsonschema::validator_for(&root).unwrap()
}

fn check(validator: &jsonschema::Validator, answer: &Value, path: &str) {
    let faults: Vec<_> = validator
        .iter_errors(answer)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{path}: {faults:#?}");
}

/// The addresses of a described path that have an answer.
fn filled(path: &str, runs: &Value) -> Vec<String> {
    let path = path
        .replace("{entry}", "1")
        .replace("{customer}", "acme")
        .replace("{journey}", "checkout")
        .replace("{slo}", "up");
    if !path.contains("{id}") {
        assert!(!path.contains('{'), "{path}: fill it in");
        return vec![path];
    }
    let runs = runs["runs"].as_array().unwrap().iter();
    runs.map(|run| path.replace("{id}", run["run_id"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn every_answer_is_as_it_is_described() {
    let (running, last) = eventful().await;
    let document = running.json("operator", "/api/v1/openapi.json").await;
    let runs = running.json("operator", "/api/v1/runs?limit=1000").await;
    let warned = runs["runs"].as_array().unwrap().iter();
    let warned = warned.filter(|run| run["slot"] == last && run["verdict"] == "pass");
    let mut warnings = Vec::new();
    for run in warned {
        let path = format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap());
        let run = running.json("operator", &path).await;
        warnings.extend(run["warnings"].as_array().unwrap().clone());
    }
    let expected =
        json!({ "step": "home", "expected": "certificate expires_in ge 30d", "actual": "20d" });
    assert_eq!(warnings, [expected], "behaviour 47");
    let mut answers = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(read) = item.get("get") else {
            continue;
        };
        let content = &read["responses"]["200"]["content"];
        let (media, content) = content.as_object().unwrap().iter().next().unwrap();
        let validator = validator(&document, &content["schema"]);
        for path in filled(path, &runs) {
            let (status, text) = running.get(Some("operator"), &path).await;
            assert_eq!(status, 200, "{path}: {text}");
            let values: Vec<&str> = match media.as_str() {
                "application/json" => vec![&text],
                _ => text.lines().collect(),
            };
            assert!(!values.is_empty(), "{path}: nothing to hold against it");
            for value in values {
                check(&validator, &serde_json::from_str(value).unwrap(), &path);
                answers += 1;
            }
        }
    }
    assert!(answers > 150, "{answers}");
}

#[tokio::test]
async fn a_field_more_or_less_than_described_is_found() {
    let running = with_two_customers().await;
    let document = running.json("operator", "/api/v1/openapi.json").await;
    let schema = json!({ "$ref": "#/components/schemas/Report" });
    let validator = validator(&document, &schema);
    let report = running
        .json("operator", "/api/v1/slos/acme/checkout/up")
        .await;
    assert!(validator.is_valid(&report));
    let mut more = report.clone();
    more["incidents"][0]["mood"] = json!("calm");
    assert!(!validator.is_valid(&more));
    let mut less = report.clone();
    less["budget"].as_object_mut().unwrap().remove("consumed");
    assert!(!validator.is_valid(&less));
}

#[tokio::test]
async fn refusals_are_as_they_are_described() {
    let running = Running::start().await;
    let document = running.json("operator", "/api/v1/openapi.json").await;
    for (path, described, expected) in [
        ("/api/v1/runs?from=yesterday", "/api/v1/runs", 400),
        ("/api/v1/runs/xyz", "/api/v1/runs/{id}", 404),
    ] {
        let (status, text) = running.get(Some("operator"), path).await;
        assert_eq!(status, expected, "{path}");
        let response = &document["paths"][described]["get"]["responses"][expected.to_string()];
        let validator = validator(
            &document,
            &response["content"]["application/json"]["schema"],
        );
        check(&validator, &serde_json::from_str(&text).unwrap(), path);
    }
}

#[tokio::test]
async fn the_description_is_whole() {
    let running = Running::start().await;
    let (_, text) = running.get(Some("operator"), "/api/v1/openapi.json").await;
    let document: Value = serde_json::from_str(&text).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in schemas.keys() {
        let reference = format!("\"#/components/schemas/{name}\"");
        let is_base = matches!(name.as_str(), "IncidentReport" | "RunHead");
        assert!(
            text.contains(&reference) || is_base,
            "`{name}` is of no answer"
        );
    }
    let mut named = Vec::new();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().values();
        operations.map(move |operation| (path, operation))
    });
    for (path, operation) in operations {
        named.push(operation["operationId"].as_str().unwrap());
        for parameter in operation["parameters"].as_array().unwrap() {
            let about = parameter["description"].as_str().unwrap();
            assert!(!about.is_empty(), "{path}: {parameter}");
        }
    }
    let count = named.len();
    named.sort_unstable();
    named.dedup();
    assert_eq!(named.len(), count, "two operations have one name");
}

#[tokio::test]
async fn what_is_written_and_what_comes_of_it_are_as_they_are_described() {
    let running = with_two_customers().await;
    let document = running.json("operator", "/api/v1/openapi.json").await;
    let schema = |path: &str, at: &str| {
        let operation = &document["paths"][path]["post"];
        let content = operation.pointer(at).unwrap_or(&Value::Null);
        let schema = &content["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{path}: nothing at {at}");
        validator(&document, schema)
    };
    let body = schema(ENTRIES, "/requestBody");
    let maintenance = json!({
        "what": "maintenance", "customer": "acme", "journey": null, "reason": "new disks",
        "from": format!("{}000000000", slot(-90)), "to": format!("{}000000000", slot(-150)),
    });
    for wanted in [felt(), maintenance] {
        check(&body, &wanted, ENTRIES);
        let (status, made) = running.post("writer-acme", ENTRIES, wanted).await;
        assert_eq!(status, 201, "{made}");
        check(&schema(ENTRIES, "/responses/201"), &made, ENTRIES);
    }
    let settle = "/api/v1/entries/{entry}/{answer}";
    let why = json!({ "reason": "fine" });
    check(&schema(settle, "/requestBody"), &why, settle);
    let consent = "/api/v1/entries/2/consent";
    for (token, path, sent, described, expected) in [
        ("reader-acme", ENTRIES, felt(), ENTRIES, 403),
        ("writer-globex", ENTRIES, felt(), ENTRIES, 404),
        ("writer-acme", ENTRIES, json!({ "what": 1 }), ENTRIES, 400),
        ("writer-acme", consent, json!({}), settle, 409),
        (
            "provider",
            "/api/v1/entries/9/consent",
            json!({}),
            settle,
            404,
        ),
        ("provider", consent, why, settle, 200),
        ("provider", consent, json!({}), settle, 409),
    ] {
        let (status, said) = running.post(token, path, sent.clone()).await;
        assert_eq!(status, expected, "{token} {path} {sent}: {said}");
        check(
            &schema(described, &format!("/responses/{expected}")),
            &said,
            path,
        );
        let unfit = expected == 400;
        assert!(!unfit || !body.is_valid(&sent), "{sent} was to be refused");
    }
}

/// The API's addresses in the source of the router, braces and all.
fn routed(folder: &std::path::Path, found: &mut std::collections::BTreeSet<String>) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            routed(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for opens in [".route(\"", "path: \""] {
            let after = text
                .match_indices(opens)
                .map(|(at, _)| &text[at + opens.len()..]);
            let named = after.filter_map(|rest| rest.split('"').next());
            found.extend(
                named
                    .filter(|it| it.starts_with("/api/"))
                    .map(str::to_owned),
            );
        }
    }
}

#[tokio::test]
async fn every_route_of_the_api_stands_in_the_description_with_every_method_that_it_has() {
    let running = Running::start().await;
    let document = running.json("operator", "/api/v1/openapi.json").await;
    let described = document["paths"].as_object().unwrap();
    let mut found = std::collections::BTreeSet::new();
    routed(
        std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/web")),
        &mut found,
    );
    assert!(found.len() >= 13, "{found:?}");
    let described_paths: std::collections::BTreeSet<_> = described.keys().cloned().collect();
    assert_eq!(found, described_paths);
    let client = crate::support::client();
    for (path, item) in described {
        let filled = path.replace("{entry}", "1").replace(['{', '}'], "");
        for method in ["get", "post", "put", "patch", "delete"] {
            let url = format!("http://{}{filled}", running.hub.web);
            let name = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = client
                .request(name, url)
                .bearer_auth("operator")
                .send()
                .await;
            let is_there = answer.unwrap().status() != 405;
            assert_eq!(is_there, item.get(method).is_some(), "{method} {path}");
        }
    }
}
