//! What a step has, whatever it does.

use super::{Key, Takes, key, must};
use crate::{Family, OauthStyle, TlsVersion};

/// The keys that every verb has.
pub const COMMON: &[Key] = &[
    key(
        "id",
        Takes::Text,
        "the step's name, for references and reports; a lone step may omit it",
    ),
    key(
        "timeout",
        Takes::Duration,
        "bound of each attempt; default `10s`",
    ),
    key(
        "expect",
        Takes::Expectations,
        "what must hold, all of it judged",
    ),
    key(
        "capture",
        Takes::Captures,
        "what is kept for later steps, by name",
    ),
    key(
        "always",
        Takes::Boolean,
        "clean-up: also after a failure, outside duration and verdict",
    ),
    key(
        "when",
        Takes::Table(WHEN),
        "on which condition the step runs; else it is skipped, not failed",
    ),
    key(
        "party",
        Takes::Text,
        "who answers for what goes wrong inside the service here",
    ),
    key(
        "family",
        Takes::OneOf(Family::NAMES),
        "which addresses may be used; default `any`",
    ),
];

/// The keys of `when`.
pub const WHEN: &[Key] = &[must(
    "captured",
    Takes::List(&Takes::Text),
    "captures that must be there, as `step.name`",
)];

/// Keys of steps that may stand in `[defaults]`.
pub const DEFAULTS: &[&str] = &[
    "timeout",
    "party",
    "family",
    "header",
    "query",
    "auth",
    "tls",
    "version",
    "redirects",
    "proxy",
    "connection",
    "max_body",
    "origins",
    "traceparent",
    "server",
    "dnssec",
    "alpn",
];

/// The keys of `poll`.
pub const POLL: &[Key] = &[
    must(
        "every",
        Takes::Duration,
        "pause between the end of an attempt and the next",
    ),
    must("for", Takes::Duration, "how long attempts may start"),
    key(
        "stop",
        Takes::Expectations,
        "fails at once when one of these holds",
    ),
];

/// The keys of `tls`.
pub const TLS: &[Key] = &[
    key(
        "cert",
        Takes::Text,
        "client certificate chain, a PEM file beside the journey",
    ),
    key("key", Takes::Text, "its key, a PEM file beside the journey"),
    key(
        "ca",
        Takes::Text,
        "roots trusted instead of the system's, a PEM file beside the journey",
    ),
    key(
        "server_name",
        Takes::Template,
        "the name sent and held against the certificate",
    ),
    key(
        "min",
        Takes::OneOf(TlsVersion::NAMES),
        "the least version accepted",
    ),
    key(
        "insecure",
        Takes::Boolean,
        "accept any certificate; its facts are still reported",
    ),
];

/// The keys of `auth`, of which one is given.
pub const AUTH: &[Key] = &[
    key(
        "basic",
        Takes::Table(&[
            must("user", Takes::Template, "user name"),
            must("password", Takes::Template, "password"),
        ]),
        "user and password (RFC 7617)",
    ),
    key("bearer", Takes::Template, "a token (RFC 6750)"),
    key(
        "oauth2",
        Takes::Table(&[
            must("url", Takes::Template, "the token endpoint"),
            must("client", Takes::Template, "the client's id"),
            must("secret", Takes::Template, "the client's secret"),
            key("scope", Takes::Template, "the scope asked for"),
            key(
                "style",
                Takes::OneOf(OauthStyle::NAMES),
                "where the credentials go; default `header`",
            ),
        ]),
        "client credentials (RFC 6749 §4.4), fetched outside the measured time",
    ),
    key(
        "sigv4",
        Takes::Table(&[
            must("region", Takes::Template, "the region signed for"),
            must("service", Takes::Template, "the service signed for"),
            must("key", Takes::Template, "access key id"),
            must("secret", Takes::Template, "secret access key"),
            key("session", Takes::Template, "session token"),
        ]),
        "AWS Signature Version 4",
    ),
];

/// The keys of `body`, of which one is given beside `type`.
pub const BODY: &[Key] = &[
    key("json", Takes::Any, "any value, as JSON"),
    key("text", Takes::Template, "text"),
    key(
        "form",
        Takes::Map(&Takes::Any),
        "form fields, URL-encoded; a list gives several",
    ),
    key("file", Takes::Text, "a file beside the journey"),
    key(
        "graphql",
        Takes::Table(&[
            must("query", Takes::Template, "the document"),
            key("variables", Takes::Map(&Takes::Any), "its variables"),
            key(
                "operation",
                Takes::Template,
                "which operation of the document",
            ),
        ]),
        "a GraphQL request",
    ),
    key(
        "multipart",
        Takes::List(&Takes::Table(MULTIPART)),
        "parts of a multipart form",
    ),
    key(
        "type",
        Takes::Template,
        "the Content-Type, instead of the one that the kind implies",
    ),
];

/// The keys of a part of `body.multipart`.
pub const MULTIPART: &[Key] = &[
    must("name", Takes::Text, "the field's name"),
    key("text", Takes::Template, "text"),
    key("json", Takes::Any, "any value, as JSON"),
    key("file", Takes::Text, "a file beside the journey"),
    key("filename", Takes::Template, "the file name to state"),
    key("type", Takes::Template, "its Content-Type"),
];

/// The keys of a capture beside its subject.
pub const CAPTURE: &[Key] = &[
    key(
        "pick",
        Takes::Either(&[
            Takes::OneOf(&["first", "last", "random"]),
            Takes::Table(&[
                key(
                    "min",
                    Takes::Text,
                    "the one in which the number at this JSON path is the least",
                ),
                key(
                    "max",
                    Takes::Text,
                    "the one in which the number at this JSON path is the greatest",
                ),
            ]),
        ]),
        "which of several nodes; without it several are a failure",
    ),
    key("then", Takes::Text, "a JSON path into what was picked"),
    key(
        "matches",
        Takes::Text,
        "a regular expression whose one group is kept",
    ),
    key(
        "decode",
        Takes::OneOf(crate::Decode::NAMES),
        "how it is decoded",
    ),
    key(
        "as",
        Takes::OneOf(&["url"]),
        "a relative reference becomes an absolute URL",
    ),
    key("secret", Takes::Boolean, "it is kept out of every output"),
];
