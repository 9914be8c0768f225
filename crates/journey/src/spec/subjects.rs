//! The subjects of expectations and captures.

use crate::{AddressField, AnswerField, CertField, DnsFlag, LatencyField, TlsField, TtlField};

/// A subject.
#[derive(Clone, Copy, Debug)]
pub struct SubjectSpec {
    /// The key that names it.
    pub name: &'static str,
    /// What stands under that key.
    pub value: SubjectValue,
    /// What it is, in a line.
    pub about: &'static str,
    /// What it compares as, for the reference.
    pub compares: &'static str,
}

/// What stands under a subject's key.
#[derive(Clone, Copy, Debug)]
pub enum SubjectValue {
    /// A name of the author's choice.
    Name,
    /// A path or selector.
    Path,
    /// One of these.
    OneOf(&'static [&'static str]),
}

/// What a subject compares as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compares {
    /// Text.
    Text,
    /// Text that is an IP address: blocks in `one_of`.
    Ip,
    /// A JSON node: its own type.
    Node,
    /// A whole number.
    Whole,
    /// A size.
    Size,
    /// A duration.
    Duration,
    /// An instant.
    Instant,
    /// A boolean.
    Boolean,
}

impl Compares {
    /// For people: `a duration`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Ip => "an address, as text",
            Self::Node => "a JSON value",
            Self::Whole => "a whole number",
            Self::Size => "a size",
            Self::Duration => "a duration",
            Self::Instant => "an instant",
            Self::Boolean => "a boolean",
        }
    }
}

const fn subject(
    name: &'static str,
    value: SubjectValue,
    compares: &'static str,
    about: &'static str,
) -> SubjectSpec {
    SubjectSpec {
        name,
        value,
        about,
        compares,
    }
}

/// Every subject.
pub const SUBJECTS: &[SubjectSpec] = &[
    subject(
        "header",
        SubjectValue::Name,
        "text",
        "a response header; several of one name are several nodes",
    ),
    subject(
        "cookie",
        SubjectValue::Name,
        "text; an `attribute` by its own type",
        "a cookie that the response sets",
    ),
    subject(
        "json",
        SubjectValue::Path,
        "the node's type",
        "nodes of a JSON body (RFC 9535)",
    ),
    subject(
        "css",
        SubjectValue::Path,
        "text",
        "elements of an HTML body; their text, or an `attribute`",
    ),
    subject("xpath", SubjectValue::Path, "text", "nodes of an XML body"),
    subject(
        "body",
        SubjectValue::OneOf(&["text"]),
        "text",
        "the body, by the charset of its Content-Type",
    ),
    subject(
        "received",
        SubjectValue::OneOf(&["text"]),
        "text",
        "all text received so far",
    ),
    subject(
        "size",
        SubjectValue::OneOf(&["bytes"]),
        "whole number, or a size such as `8KiB`",
        "the decoded body's size",
    ),
    subject(
        "redirects",
        SubjectValue::OneOf(&["count"]),
        "whole number",
        "how many redirects were followed",
    ),
    subject(
        "status",
        SubjectValue::OneOf(&["code"]),
        "whole number",
        "the status code",
    ),
    subject(
        "sha256",
        SubjectValue::OneOf(&["body"]),
        "text",
        "SHA-256 of the decoded body in lower-case hex",
    ),
    subject(
        "url",
        SubjectValue::OneOf(&["final"]),
        "text",
        "the last URL",
    ),
    subject(
        "version",
        SubjectValue::OneOf(&["http"]),
        "text",
        "`HTTP/1.1`, `HTTP/2`",
    ),
    subject(
        "address",
        SubjectValue::OneOf(AddressField::NAMES),
        "text; `ip` also by blocks in `one_of`",
        "the address that was used",
    ),
    subject(
        "cert",
        SubjectValue::OneOf(CertField::NAMES),
        "duration, instant, whole number (`chain`), text",
        "a fact of the certificate",
    ),
    subject(
        "tls",
        SubjectValue::OneOf(TlsField::NAMES),
        "text; `resumed` boolean",
        "a fact of the TLS connection",
    ),
    subject(
        "latency",
        SubjectValue::OneOf(LatencyField::NAMES),
        "duration",
        "how long the whole step or a phase of it took",
    ),
    subject(
        "rcode",
        SubjectValue::OneOf(&["name"]),
        "text",
        "the DNS response code, `NOERROR` and its kin",
    ),
    subject(
        "flag",
        SubjectValue::OneOf(DnsFlag::NAMES),
        "boolean",
        "a flag of the DNS response",
    ),
    subject(
        "answer",
        SubjectValue::OneOf(AnswerField::NAMES),
        "text; `preference` whole number",
        "the DNS answers",
    ),
    subject(
        "ttl",
        SubjectValue::OneOf(TtlField::NAMES),
        "duration",
        "a time to live of the answers",
    ),
];

impl SubjectSpec {
    /// The subject of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SUBJECTS.iter().find(|subject| subject.name == name)
    }
}
