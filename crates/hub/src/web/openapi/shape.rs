//! Objects of the API as rows of names, kinds and words; from them the schemas of the document.
//!
//! A kind is one of `text`, `whole`, `instant`, `number`, `bool`, `any`, or the name of a shape; behind
//! it `[]` makes a list, `{}` a map by name, `?` what may be null. A field whose name ends in `?` may be
//! absent. An object has no other fields than these: an answer with one more is a fault that a test
//! finds.

use super::report;
use crate::written::Answer;
use jaunt_record::Verdict;
use jaunt_slo::{
    Severity,
    report::{Evidence, Said, Status},
};
use serde_json::{Map, Value, json};

/// An object: its name, what it is, and its fields.
#[derive(Debug)]
pub(super) struct Shape {
    name: &'static str,
    about: &'static str,
    /// Whose fields it has beside its own.
    base: Option<&'static str>,
    /// Name, kind, what it is.
    fields: &'static [Field],
}

type Field = (&'static str, &'static str, &'static str);

pub(super) const fn shape(
    name: &'static str,
    about: &'static str,
    fields: &'static [Field],
) -> Shape {
    Shape {
        name,
        about,
        base: None,
        fields,
    }
}

const fn with(base: &'static str, shape: Shape) -> Shape {
    Shape {
        base: Some(base),
        ..shape
    }
}

const SHAPES: &[Shape] = &[
    shape(
        "Slos",
        "The reports of SLOs",
        &[("slos", "Report[]", "one for each SLO")],
    ),
    shape(
        "Journeys",
        "Journeys",
        &[("journeys", "Journey[]", "in the order of their names")],
    ),
    shape(
        "Journey",
        "A journey that is defined, or of which slots are known",
        &[
            ("customer", "text", "the tenant"),
            ("journey", "text", "its name"),
            ("title", "text?", "what it is, for people"),
            (
                "every_s",
                "whole?",
                "its interval, seconds; null where no source holds it",
            ),
            ("regions", "text[]?", "where it is planned"),
            ("slos", "text[]", "the names of its SLOs"),
            ("series", "Series[]", "of whom slots are known"),
        ],
    ),
    shape(
        "Series",
        "One agent's slots of a journey",
        &[("region", "text", "where"), ("agent", "text", "by whom")],
    ),
    shape(
        "Agreements",
        "Agreements",
        &[(
            "agreements",
            "Agreement[]",
            "of all customers that may be seen",
        )],
    ),
    shape(
        "Agreement",
        "What both sides agreed",
        &[
            ("customer", "text", "the tenant"),
            ("name", "text", "its name"),
            ("standing", "text", "whether both signed it as it is"),
            ("text", "text", "its file, which the signatures are over"),
        ],
    ),
    shape(
        "Incidents",
        "Incidents",
        &[("incidents", "Incident[]", "of all SLOs that are asked for")],
    ),
    with(
        "IncidentReport",
        shape(
            "Incident",
            "An incident, and of which SLO it is",
            &[
                ("id", "text", "the same on both sides' pages and in alerts"),
                ("customer", "text", "the tenant"),
                ("journey", "text", "the journey"),
                ("slo", "text", "the SLO's name"),
            ],
        ),
    ),
    shape("Runs", "Runs", &[("runs", "RunHead[]", "the newest first")]),
    shape(
        "RunHead",
        "A run without its steps",
        &[
            ("run_id", "text", "32 hex digits; the trace id"),
            ("customer", "text", "the tenant"),
            ("journey", "text", "the journey"),
            ("region", "text", "where"),
            ("agent", "text", "by whom"),
            ("kind", "text", "`scheduled`, `manual`, …"),
            ("slot", "instant?", "its nominal time, Unix seconds"),
            ("start_ns", "instant", "Unix ns"),
            ("end_ns", "instant", "Unix ns"),
            ("duration_ms", "number", "how long it took"),
            ("lateness_ms", "number", "how late it began"),
            ("verdict", "Verdict", "what came of it"),
            ("failure", "Failure?", "why it failed"),
            ("void", "Void?", "why it says nothing of the service"),
        ],
    ),
    shape(
        "Failure",
        "Why a run failed",
        &[
            ("step", "text", "the step"),
            ("phase", "text", "the phase"),
            ("kind", "text", "such as `http.5xx`"),
            ("party", "text", "whose it is presumed to be"),
            ("message", "text", "what happened, in a sentence"),
            ("excerpt?", "text", "what was seen, bounded and redacted"),
        ],
    ),
    shape(
        "Void",
        "Why a run says nothing of the service",
        &[
            ("cause", "text", "such as `isolated`"),
            ("message", "text", "what happened, in a sentence"),
        ],
    ),
    with(
        "RunHead",
        shape(
            "Run",
            "A whole run",
            &[
                ("warnings", "Warning[]", "what changes no verdict"),
                ("steps", "Step[]", "in their order"),
            ],
        ),
    ),
    shape(
        "Warning",
        "Something that a person should know and that changes no verdict",
        &[
            ("step", "text", "the step"),
            ("expected", "text", "what was expected of it"),
            ("actual", "text", "what was seen, bounded and redacted"),
        ],
    ),
    shape(
        "Step",
        "A step of a run",
        &[
            ("id", "text", "its name"),
            ("verb", "text", "what it does"),
            ("verdict", "text", "what came of it"),
            ("offset_ms", "number", "since the run's start"),
            ("duration_ms", "number", "how long it took"),
            ("attempts", "whole", "how often it was tried"),
            ("exchanges", "Exchange[]", "requests and their answers"),
            ("expectations", "Expectation[]", "what was expected of them"),
        ],
    ),
    shape(
        "Exchange",
        "One request and its answer, or how far it got",
        &[
            ("attempt", "whole", "from 1"),
            ("hop", "whole", "redirects before it"),
            ("method", "text", "how was asked"),
            ("url", "text", "what was asked, redacted"),
            ("offset_ms", "number", "since the run's start"),
            ("duration_ms", "number", "how long it took"),
            (
                "phases_ms",
                "number{}",
                "how long each phase took that happened",
            ),
            ("remote", "text?", "address and port"),
            ("protocol", "text?", "such as `h2`"),
            ("tls", "Tls?", "how it was secured"),
            ("status", "whole?", "the answer's"),
            ("reused", "bool", "whether over a connection of before"),
            ("failed", "Failed?", "where it ended"),
        ],
    ),
    shape(
        "Failed",
        "Where an exchange ended",
        &[
            ("phase", "text", "the phase"),
            ("kind", "text", "such as `tls.expired`"),
        ],
    ),
    shape(
        "Tls",
        "How an exchange was secured",
        &[
            ("version", "text?", "the protocol's"),
            ("cipher", "text?", "the suite"),
            ("alpn", "text?", "what was agreed to speak"),
            ("resumed", "bool?", "whether a session of before was"),
            (
                "expires_at",
                "instant?",
                "when the chain expires, Unix seconds",
            ),
        ],
    ),
    shape(
        "Expectation",
        "What was expected, and what was seen",
        &[
            ("subject", "text", "of what: `json $.status`"),
            ("expected", "text", "such as `eq \"confirmed\"`"),
            ("actual", "text", "what was seen, bounded and redacted"),
            ("holds", "bool", "whether it held"),
            (
                "else",
                "text",
                "what it means if it does not: `fail`, `slow` or `warn`",
            ),
        ],
    ),
    shape(
        "AgentList",
        "Agents",
        &[("agents", "Agent[]", "whose slots or word came in")],
    ),
    shape(
        "Agent",
        "An agent",
        &[
            ("agent", "text", "its name"),
            (
                "seen_ns",
                "instant?",
                "when it last said something of itself, Unix ns",
            ),
            ("regions", "text[]", "where it measures"),
            ("customers", "text[]", "for whom"),
            ("journeys", "whole", "how many journeys"),
            ("last_slot", "instant?", "its latest slot, Unix seconds"),
            ("about", "any{}", "what it says of itself"),
        ],
    ),
    shape(
        "Event",
        "One run, as every figure is made of",
        &[
            ("id?", "text", "the run's"),
            ("customer?", "text", "the tenant"),
            ("journey", "text", "the journey"),
            ("region", "text", "where"),
            ("agent", "text", "by whom"),
            ("slot?", "instant", "its nominal time, Unix seconds"),
            ("start_ns", "instant", "Unix ns"),
            ("end_ns", "instant", "Unix ns"),
            ("duration_ms", "number", "how long it took, exactly"),
            ("verdict", "Verdict", "what came of it"),
            ("kind", "text", "`scheduled`, `manual`, …"),
            ("step?", "text", "the step that failed"),
            ("phase?", "text", "the phase"),
            ("failure_kind?", "text", "such as `http.5xx`"),
            ("party?", "text", "whose the journey says it is"),
            ("steps?", "any{}", "verdict and milliseconds of each step"),
            ("sent_ns?", "instant", "when the agent sent it, Unix ns"),
            ("recv_ns?", "instant", "when it came in, Unix ns"),
        ],
    ),
    shape(
        "Entries",
        "What both sides wrote",
        &[("entries", "Entry[]", "of all customers that may be seen")],
    ),
    shape(
        "Entry",
        "What a side wrote, and how it stands",
        &[
            ("id", "whole", "its number"),
            ("at_ns", "instant", "when it was written, Unix ns"),
            ("author", "text", "the name of the token that wrote it"),
            ("side", "text", "`provider` or `customer`"),
            ("customer", "text", "the tenant"),
            (
                "journey",
                "text?",
                "the journey; null: all of the customer's",
            ),
            ("what", "text", "`maintenance`, `felt`, `party` or `note`"),
            ("slo?", "text", "of the incident that it is about"),
            (
                "incident?",
                "instant",
                "when that incident began, Unix seconds",
            ),
            ("from_ns?", "instant", "from when on, Unix ns"),
            ("to_ns?", "instant", "until when, Unix ns"),
            ("tickets?", "whole?", "how many users complained"),
            ("party?", "text", "whose the incident was"),
            ("reason", "text", "why, in its author's words"),
            (
                "standing",
                "text",
                "`said`, `pending`, `agreed`, `declined` or `withdrawn`",
            ),
            ("settled", "Settled?", "what settled it"),
        ],
    ),
    shape(
        "Settled",
        "What settled an entry",
        &[
            ("id", "whole", "its number"),
            ("at_ns", "instant", "when, Unix ns"),
            ("author", "text", "the name of the token"),
            ("side", "text", "`provider` or `customer`"),
            ("reason", "text", "why, in its author's words"),
        ],
    ),
    shape(
        "NewEntry",
        "An entry to be written; an instant is RFC 3339, or Unix ns as text",
        &[
            ("what", "text", "`maintenance`, `felt`, `party` or `note`"),
            ("customer", "text", "the tenant"),
            (
                "journey?",
                "text?",
                "the journey; only maintenance can do without",
            ),
            (
                "slo?",
                "text?",
                "of the incident that a party or a note is about",
            ),
            (
                "incident?",
                "instant?",
                "when that incident began, Unix seconds, as in its page's address",
            ),
            (
                "from?",
                "text?",
                "from when on there is maintenance, or users felt it",
            ),
            ("to?", "text?", "until when"),
            (
                "tickets?",
                "whole?",
                "how many users complained, where it is known",
            ),
            ("party?", "text?", "whose the incident was"),
            ("reason?", "text", "why, in your words"),
        ],
    ),
    shape(
        "Why",
        "What goes with an answer",
        &[("reason?", "text", "why, in your words")],
    ),
    shape(
        "Error",
        "Why there is no answer",
        &[("error", "Reason", "the reason")],
    ),
    shape(
        "Reason",
        "A reason",
        &[("message", "text", "in a sentence")],
    ),
];

/// The schemas of all shapes, by name.
pub(super) fn schemas() -> Map<String, Value> {
    let shapes = SHAPES.iter().chain(report::SHAPES);
    let objects = shapes.map(|shape| (shape.name.to_owned(), object(shape)));
    objects.chain(others()).collect()
}

/// What is no object: closed sets, by their own names, and pairs.
fn others() -> [(String, Value); 9] {
    let one_of = |names: Vec<Value>| json!({ "enum": names });
    let pair = |first: &str, second: &str| {
        json!({
            "type": "array", "minItems": 2, "maxItems": 2,
            "prefixItems": [schema(first), schema(second)],
        })
    };
    let severities = [Severity::Page, Severity::Ticket].map(|it| json!(it.as_str()));
    let said = [Said::Met, Said::Violated, Said::CannotBeSaid, Said::NoData];
    let status = [Status::NoData, Status::Met, Status::Violated];
    let evidence = [Evidence::Certified, Evidence::Refuted, Evidence::Undecided];
    [
        (
            "Verdict",
            one_of(Verdict::ALL.iter().map(|it| json!(it)).collect()),
        ),
        (
            "Answer",
            one_of(Answer::ALL.iter().map(|it| json!(it.as_str())).collect()),
        ),
        ("Severity", one_of(severities.to_vec())),
        ("Said", one_of(said.map(|it| json!(it)).to_vec())),
        ("Status", one_of(status.map(|it| json!(it)).to_vec())),
        ("Evidence", one_of(evidence.map(|it| json!(it)).to_vec())),
        ("Stretch", pair("instant", "instant?")),
        ("Spent", pair("instant", "number")),
        ("Bounds", pair("number", "number")),
    ]
    .map(|(name, schema)| (name.to_owned(), schema))
}

fn object(shape: &Shape) -> Value {
    let shapes = || SHAPES.iter().chain(report::SHAPES);
    let base = shape
        .base
        .and_then(|base| shapes().find(|it| it.name == base));
    let fields = base.into_iter().chain([shape]).flat_map(|it| it.fields);
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, kind, about) in fields {
        let mut schema = schema(kind);
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".into(), json!(about));
        }
        match name.strip_suffix('?') {
            Some(name) => properties.insert(name.to_owned(), schema),
            None => {
                required.push(*name);
                properties.insert((*name).to_owned(), schema)
            }
        };
    }
    json!({
        "type": "object",
        "description": shape.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The schema of a kind.
pub(super) fn schema(kind: &str) -> Value {
    if let Some(kind) = kind.strip_suffix('?') {
        return json!({ "anyOf": [schema(kind), { "type": "null" }] });
    }
    if let Some(kind) = kind.strip_suffix("[]") {
        return json!({ "type": "array", "items": schema(kind) });
    }
    if let Some(kind) = kind.strip_suffix("{}") {
        return json!({ "type": "object", "additionalProperties": schema(kind) });
    }
    match kind {
        "text" => json!({ "type": "string" }),
        "whole" => json!({ "type": "integer", "minimum": 0 }),
        "instant" => json!({ "type": "integer" }),
        "number" => json!({ "type": "number" }),
        "bool" => json!({ "type": "boolean" }),
        "any" => json!({}),
        shape => json!({ "$ref": format!("#/components/schemas/{shape}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_shapes_have_one_name() {
        let shapes = SHAPES.len() + report::SHAPES.len() + others().len();
        assert_eq!(schemas().len(), shapes);
    }
}
