//! Expectations and captures.

use super::{JsonPath, Pattern, Subject, Template, Value, subject::field};
use std::time::Duration;

/// What must hold of a subject.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Expectation {
    /// What is looked at.
    pub subject: Subject,
    /// How several nodes are judged; `None`: several nodes are a failure that says so.
    pub of: Option<Quantifier>,
    /// What must hold.
    pub operator: Operator,
    /// What it means if it does not.
    pub otherwise: Otherwise,
    /// The subject as people read it: `json $.status`.
    pub subject_text: String,
    /// The operator as people read it: `eq "confirmed"`.
    pub operator_text: String,
}

field! {
    /// How several nodes are judged.
    Quantifier {
        /// Every one; `each` of nothing fails.
        Each = "each",
        /// At least one.
        Any = "any",
        /// Not one.
        None = "none",
    }
}

/// What an expectation means that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The run fails.
    Fail,
    /// The run is slow (on `latency` only).
    Slow,
    /// A warning: no verdict.
    Warn,
}

/// What must hold of a subject.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    /// `eq ne lt le gt ge`.
    Compare(Comparison, Operand),
    /// `contains starts_with ends_with matches` and their negations.
    Text {
        /// `not_…`.
        negated: bool,
        /// Which.
        test: TextTest,
    },
    /// `one_of`, `not_one_of`.
    OneOf {
        /// `not_…`.
        negated: bool,
        /// The choices; never empty.
        choices: Vec<Operand>,
    },
    /// `exists = true | false`.
    Exists(bool),
    /// `type = "…"`.
    Type(JsonType),
    /// `count_…`: of a single array its elements, else the nodes; of nothing 0.
    Count(Comparison, u64),
}

field! {
    /// A comparison.
    Comparison {
        /// `eq`
        Eq = "eq",
        /// `ne`
        Ne = "ne",
        /// `lt`
        Lt = "lt",
        /// `le`
        Le = "le",
        /// `gt`
        Gt = "gt",
        /// `ge`
        Ge = "ge",
    }
}

/// A test of text.
#[derive(Clone, Debug, PartialEq)]
pub enum TextTest {
    /// A piece of text; of a JSON array, an element that equals the value.
    Contains(Value),
    /// The beginning.
    StartsWith(Template),
    /// The end.
    EndsWith(Template),
    /// A regular expression that finds something.
    Matches(Pattern),
}

/// What a subject is compared with, of the type the subject compares as.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A value, templates filled in at run time; numbers compare as exact decimals.
    Value(Value),
    /// A duration (`latency`, `cert expires_in`, `ttl`, cookie `max-age`).
    Duration(Duration),
    /// An instant (`cert expires_at`, cookie `expires`).
    Instant(jiff::Timestamp),
    /// Bytes (`size`).
    Size(u64),
    /// An address block (`address ip` with `one_of`).
    Network(ipnet::IpNet),
}

field! {
    /// JSON's types.
    JsonType {
        /// `"string"`
        String = "string",
        /// `"number"`
        Number = "number",
        /// `"integer"`: a number without a fraction
        Integer = "integer",
        /// `"boolean"`
        Boolean = "boolean",
        /// `"null"`
        Null = "null",
        /// `"array"`
        Array = "array",
        /// `"object"`
        Object = "object",
    }
}

/// What a step keeps for later ones.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Capture {
    /// Its name, unique in the step.
    pub name: String,
    /// What is looked at.
    pub subject: Subject,
    /// The subject as people read it.
    pub subject_text: String,
    /// Which of several nodes; `None`: several are a failure.
    pub pick: Option<Pick>,
    /// A path into what was picked.
    pub then: Option<JsonPath>,
    /// A regular expression whose one group is what is kept.
    pub matches: Option<Pattern>,
    /// How it is decoded.
    pub decode: Option<Decode>,
    /// A relative reference becomes an absolute URL.
    pub as_url: bool,
    /// It is kept out of every output.
    pub secret: bool,
}

/// Which of several nodes.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    /// The first.
    First,
    /// The last.
    Last,
    /// One at random.
    Random,
    /// The one in which the number at this path is the least (ties: the first).
    Min(JsonPath),
    /// The one in which the number at this path is the greatest (ties: the first).
    Max(JsonPath),
}

field! {
    /// How a captured text is decoded.
    Decode {
        /// Base64, standard or URL-safe alphabet, padded or not.
        Base64 = "base64",
        /// Percent-encoding, `+` as it stands.
        Url = "url",
        /// HTML character references.
        Html = "html",
    }
}
