//! A validated journey: what the runner carries out.
//!
//! Whoever holds one of these holds a good one: they are made by the parser alone (the structs are
//! `non_exhaustive`), with `[defaults]` already folded into every step, the matrix spread out, and
//! regexes, paths and templates compiled.

pub mod expectation;
pub mod subject;
pub mod template;
pub mod verb;

pub use expectation::{
    Capture, Comparison, Decode, Expectation, JsonType, Operand, Operator, Otherwise, Pick,
    Quantifier, TextTest,
};
pub use subject::{
    AddressField, AnswerField, BodyText, CertField, CookieAttribute, CssPath, DnsFlag, JsonPath,
    LatencyField, Pattern, Subject, TlsField, TtlField, XPath,
};
pub use template::{Part, Reference, RunValue, Scope, Template, Value};
pub use verb::{
    Auth, Body, BodyContent, Connect, ConnectExchange, Connection, DnsServer, DnsType, Endpoint,
    Family, Handshake, HttpVersion, MultipartContent, MultipartPart, OauthStyle, Origin, Request,
    Resolve, Starttls, StatusRule, TlsSettings, TlsVersion, Traceparent, Verb, Wait,
};

use std::{collections::BTreeMap, time::Duration};

/// What a user does, as one file says it (for a matrix: one combination of it).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Journey {
    /// Its name, with the matrix part: `checkout[host=a.example]`; the identity with `customer`.
    pub name: String,
    /// The tenant.
    pub customer: String,
    /// For people.
    pub title: Option<String>,
    /// Distance of slots: whole seconds, 1 s to 1 d.
    pub every: Duration,
    /// Bound of the whole run; below `every`.
    pub deadline: Duration,
    /// A passing run that took longer is slow.
    pub slow: Option<Duration>,
    /// Where it runs; empty: every region.
    pub regions: Vec<String>,
    /// How many regions failing the same slot make a global failure.
    pub quorum: Option<u32>,
    /// Weights of regions, as exact decimal text.
    pub weights: BTreeMap<String, String>,
    /// `[vars]`.
    pub vars: BTreeMap<String, Var>,
    /// `[secrets]`.
    pub secrets: BTreeMap<String, Secret>,
    /// This combination of `[matrix]`: name → value.
    pub matrix: BTreeMap<String, Value>,
    /// Origins that the file itself spells out, in URLs and in `origins`: credentials go nowhere else.
    pub origins: Vec<Origin>,
    /// The steps, in order; never empty.
    pub steps: Vec<Step>,
    /// `[[slo]]`.
    pub slos: Vec<jaunt_slo::Slo>,
    /// `[[maintenance]]`.
    pub maintenance: Vec<jaunt_slo::Maintenance>,
    /// `[maintenance_policy]`.
    pub maintenance_policy: jaunt_slo::MaintenancePolicy,
    /// `[[correction]]`.
    pub corrections: Vec<jaunt_slo::Correction>,
    /// `[[felt]]`.
    pub felt: Vec<Felt>,
    /// SHA-256 of the file's text.
    pub definition: [u8; 32],
}

impl Journey {
    /// What the arithmetic of SLOs asks of it.
    pub fn judged(&self) -> jaunt_slo::Subject {
        let party = |step: &Step| Some((step.id.clone(), step.party.clone()?));
        jaunt_slo::Subject {
            customer: self.customer.clone(),
            journey: self.name.clone(),
            every: self.every,
            regions: self.regions.clone(),
            weights: self.weights.clone(),
            quorum: self.quorum,
            maintenance: self.maintenance.clone(),
            policy: self.maintenance_policy,
            parties: self.steps.iter().filter_map(party).collect(),
            corrections: self.corrections.clone(),
            slos: self.slos.clone(),
        }
    }
}

/// A variable.
#[derive(Clone, Debug, PartialEq)]
pub enum Var {
    /// One value.
    Fixed(Value),
    /// One of these at random per run; never empty.
    Pick(Vec<Value>),
}

/// Where a secret comes from; never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Secret {
    /// `env:NAME` or `file:NAME`.
    pub source: SecretSource,
    /// The value is a base32 seed, and the current code (RFC 6238) is what is meant.
    pub totp: bool,
}

/// A secret's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable (on an agent: behind the customer's prefix).
    Env(String),
    /// A file (on an agent: a bare name in the customer's directory); its last newline is not part of it.
    File(String),
}

/// The users' own word, beside the figures and in none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Felt {
    /// From when.
    pub from: jiff::Timestamp,
    /// Until when.
    pub to: jiff::Timestamp,
    /// How many tickets came.
    pub tickets: Option<u64>,
    /// In their words.
    pub note: Option<String>,
}

/// One action of a journey.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Step {
    /// Its id, unique in the journey.
    pub id: String,
    /// What it does.
    pub verb: Verb,
    /// Bound of each attempt.
    pub timeout: Duration,
    /// What must hold, in the file's order (`status` is the request's own).
    pub expect: Vec<Expectation>,
    /// What is kept for later steps, in the file's order.
    pub captures: Vec<Capture>,
    /// Clean-up: also after a failure; outside duration and verdict.
    pub always: bool,
    /// Captures (`step`, `name`) that must be there, else the step is skipped, not failed.
    pub when: Vec<(String, String)>,
    /// Who answers for what goes wrong inside the service.
    pub party: Option<String>,
    /// Which addresses may be used.
    pub family: Family,
    /// Repeat until everything holds.
    pub poll: Option<Poll>,
}

/// How a step is repeated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Poll {
    /// Pause between the end of an attempt and the next.
    pub every: Duration,
    /// How long attempts may start, from the first one's start.
    pub within: Duration,
    /// Fails at once when one of these holds.
    pub stop: Vec<Expectation>,
}
