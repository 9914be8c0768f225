//! The one table of the file: what the parser knows, hints offer and the schema completes.

use jaunt_journey::{
    object,
    spec::{Key, MAINTENANCE_POLICY, Takes, key, must},
};
use serde_json::{Value, json};
use toml::de::DeTable;

pub(crate) use jaunt_journey::spec::key_names;

/// The keys of the file itself.
pub(crate) const TOP: &[Key] = &[
    must(
        "agreement",
        Takes::Text,
        "identity: [a-z0-9-], stable over edits",
    ),
    must(
        "customer",
        Takes::Text,
        "the tenant, as the journeys name it",
    ),
    must("provider", Takes::Text, "who provides, for people"),
    must(
        "in_force",
        Takes::Instant,
        "from when it holds; later than its last signature",
    ),
    key(
        "contact",
        Takes::Tables(CONTACT),
        "whom to turn to, and with which key a party signs",
    ),
    key(
        "parties",
        Takes::Map(&Takes::Text),
        "whose failure it is: a kind such as `\"http.5xx\"`, else a phase, to a party",
    ),
    key(
        "slo",
        Takes::Tables(SLO),
        "an objective that both sides share; must equal the journey's",
    ),
    key(
        "policy",
        Takes::Tables(POLICY),
        "what happens at how much of the budget",
    ),
    key(
        "maintenance",
        Takes::Table(MAINTENANCE_POLICY),
        "on which conditions maintenance is left out; must equal the journeys'",
    ),
    key(
        "value",
        Takes::Table(VALUE),
        "what reliability is worth and costs, for the planner",
    ),
    key(
        "signed",
        Takes::Tables(SIGNED),
        "written by `jaunt slo sign`",
    ),
];

/// The keys of `[[contact]]`.
pub(crate) const CONTACT: &[Key] = &[
    must("party", Takes::OneOf(SIDES), "whose contact"),
    must("name", Takes::Text, "who or which team, for people"),
    key("page", Takes::Text, "where to page them: a URL"),
    key(
        "key",
        Takes::Text,
        "the public key with which this party signs: `jaunt-public-key:…`",
    ),
];

/// The keys of `[[slo]]`.
pub(crate) const SLO: &[Key] = &[
    must("journey", Takes::Text, "the journey's name"),
    must("name", Takes::Text, "the SLO's name in the journey"),
    must("objective", Takes::Text, "as in the journey: `99.9%`"),
    must("window", Takes::Text, "as in the journey: `28d`"),
    key(
        "allot",
        Takes::Map(&Takes::Text),
        "shares of the budget by party: `{ provider = \"60%\", customer = \"40%\" }`",
    ),
];

/// The keys of `[[policy]]`.
pub(crate) const POLICY: &[Key] = &[
    must("at", Takes::Text, "from this share of the budget on: `75%`"),
    must("do", Takes::Text, "what happens then"),
    must("who", Takes::OneOf(WHO), "who does it"),
    key(
        "gate",
        Takes::OneOf(GATES),
        "what `jaunt slo gate` answers while it is in force; by default `wait` where `do` speaks of waiting, freezing or stopping",
    ),
];

/// The keys of `[value]`.
pub(crate) const VALUE: &[Key] = &[
    must(
        "per_bad_run",
        Takes::Text,
        "what one bad run costs, as decimal text",
    ),
    must(
        "per_nine",
        Takes::Text,
        "what holding the present objective costs a year, as decimal text",
    ),
];

/// The keys of `[[signed]]`.
pub(crate) const SIGNED: &[Key] = &[
    must("party", Takes::OneOf(SIDES), "who signed"),
    must("by", Takes::Text, "which person"),
    must("at", Takes::Instant, "when"),
    must("key", Takes::Text, "the public key"),
    must(
        "signature",
        Takes::Text,
        "ed25519 over the file's text without `[[signed]]`",
    ),
    key(
        "terms",
        Takes::List(&Takes::Text),
        "what was signed, a term a line, so that a later change can be told",
    ),
];

/// The two that sign.
pub(crate) const SIDES: &[&str] = &["provider", "customer"];
/// Who acts on a policy row.
pub(crate) const WHO: &[&str] = &["provider", "customer", "both"];
/// What a policy row says to a pipeline.
pub(crate) const GATES: &[&str] = &["wait", "go"];

/// The JSON Schema (2020-12) of an agreement, for editors: made from the table that the parser
/// reads.
pub fn schema() -> Value {
    let mut schema = object(TOP);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert(
            "$schema".into(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        schema.insert("title".into(), json!("jaunt agreement"));
    }
    schema
}

/// Whether a text means to be an agreement: it names itself one, and no journey.
pub fn is_agreement(text: &str) -> bool {
    // What is too large to be read is no agreement of ours; its own reader says so.
    if text.len() > jaunt_text::LARGEST || !text.contains("agreement") {
        return false;
    }
    let (document, _) = DeTable::parse_recoverable(text);
    let root = document.get_ref();
    root.contains_key("agreement") && !root.contains_key("journey")
}
