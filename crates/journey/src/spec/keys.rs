//! The keys of every table.

use crate::{
    Connection, DnsType, Family, HttpVersion, OauthStyle, Starttls, TlsVersion, Traceparent,
};

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What stands under it.
    pub takes: Takes,
    /// What it is for, in a line.
    pub about: &'static str,
    /// Whether the table is refused without it.
    pub required: bool,
}

/// What stands under a key.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// Text as it stands.
    Text,
    /// Text that may hold references.
    Template,
    /// A duration: `"5s"`.
    Duration,
    /// A size: `"8MiB"`.
    Size,
    /// A whole number of this range.
    Whole(u64, u64),
    /// `true` or `false`.
    Boolean,
    /// A date and time with its offset.
    Instant,
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// Any value; its strings may hold references.
    Any,
    /// A list.
    List(&'static Takes),
    /// A table with names of the author's choice.
    Map(&'static Takes),
    /// A table with these keys.
    Table(&'static [Key]),
    /// A list of tables with these keys: `[[step]]`.
    Tables(&'static [Key]),
    /// One of several forms.
    Either(&'static [Takes]),
    /// A list of expectations.
    Expectations,
    /// A table of captures by name.
    Captures,
    /// A list of steps.
    Steps,
    /// The keys of steps that hold for all of them.
    Defaults,
}

/// A key that may be there.
pub const fn key(name: &'static str, takes: Takes, about: &'static str) -> Key {
    Key {
        name,
        takes,
        about,
        required: false,
    }
}

/// A key without which its table is refused.
pub const fn must(name: &'static str, takes: Takes, about: &'static str) -> Key {
    Key {
        name,
        takes,
        about,
        required: true,
    }
}

/// The names of some keys.
pub fn key_names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

const TEXT_OR_LIST: Takes = Takes::Either(&[Takes::Template, Takes::List(&Takes::Template)]);

/// The keys of the file itself.
pub const TOP: &[Key] = &[
    must(
        "journey",
        Takes::Text,
        "identity, with `customer`: [a-z0-9-], stable over edits",
    ),
    key(
        "customer",
        Takes::Text,
        "the tenant: limits, egress policy, secrets and report are per customer; default `default`",
    ),
    key("title", Takes::Text, "what a user does, for people"),
    key(
        "every",
        Takes::Duration,
        "distance of slots on the wall clock, whole seconds from `1s` to `1d`; default `60s`",
    ),
    key(
        "deadline",
        Takes::Duration,
        "bound of the whole run, below `every`; default the lesser of `30s` and half of `every`",
    ),
    key(
        "slow",
        Takes::Duration,
        "a passing run that took longer is `slow`",
    ),
    key(
        "regions",
        Takes::List(&Takes::Text),
        "where it runs; default every region",
    ),
    key(
        "quorum",
        Takes::Whole(1, 1_000),
        "how many regions failing the same slot make a global failure",
    ),
    key(
        "weights",
        Takes::Map(&Takes::Text),
        "a region's weight as decimal text, for SLOs weighted by region",
    ),
    key(
        "vars",
        Takes::Map(&Takes::Any),
        "values by name, or `{ pick = [...] }` for one at random per run",
    ),
    key(
        "secrets",
        Takes::Map(&Takes::Table(SECRET)),
        "where secrets come from, never their values",
    ),
    key(
        "matrix",
        Takes::Map(&Takes::List(&Takes::Any)),
        "a journey per combination of these lists",
    ),
    key(
        "defaults",
        Takes::Defaults,
        "keys that hold for every step of this file",
    ),
    must("step", Takes::Steps, "what is done, in order"),
    key(
        "slo",
        Takes::Tables(SLO),
        "an objective: of which runs, how many must be good, over which window",
    ),
    key(
        "maintenance",
        Takes::Tables(MAINTENANCE),
        "time that both sides agreed to leave out",
    ),
    key(
        "maintenance_policy",
        Takes::Table(MAINTENANCE_POLICY),
        "on which conditions maintenance is left out",
    ),
    key(
        "correction",
        Takes::Tables(CORRECTION),
        "what both sides found out about the past",
    ),
    key(
        "felt",
        Takes::Tables(FELT),
        "the users' own word, beside the figures and in none of them",
    ),
];

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

/// The keys of a secret.
pub const SECRET: &[Key] = &[
    must("from", Takes::Text, "`env:NAME` or `file:NAME`"),
    key(
        "totp",
        Takes::Boolean,
        "the value is a base32 seed, and its current code is meant (RFC 6238)",
    ),
];

/// The keys of `[[slo]]`.
pub const SLO: &[Key] = &[
    must("name", Takes::Text, "its name, unique in the journey"),
    must(
        "objective",
        Takes::Text,
        "how many of the valid runs must be good: `99.9%`",
    ),
    must(
        "window",
        Takes::Text,
        "`28d` rolling, or `month Europe/Madrid` and its kin (day, week, month, quarter, year)",
    ),
    key("under", Takes::Duration, "good means passed within this"),
    key(
        "of",
        Takes::OneOf(&["passed"]),
        "with `under`: of the runs that passed, how many were quick enough",
    ),
    key("good", Takes::OneOf(&["pass"]), "slow runs are bad"),
    key("step", Takes::Text, "judge one step rather than the run"),
    key(
        "weighting",
        Takes::OneOf(&["regions"]),
        "weigh regions by the journey's `weights`",
    ),
    key(
        "slice",
        Takes::Duration,
        "also judge time slices of this length, whole seconds",
    ),
    key(
        "since",
        Takes::Instant,
        "it holds from here; nothing before counts",
    ),
];

/// The keys of `[[maintenance]]`.
pub const MAINTENANCE: &[Key] = &[
    key("from", Takes::Instant, "from when"),
    key("to", Takes::Instant, "until when"),
    key(
        "on",
        Takes::Text,
        "every week, instead of `from` and `to`: `Sun 02:00-04:00 Europe/Berlin`",
    ),
    key("announced", Takes::Instant, "when it was announced"),
    key("by", Takes::Text, "who does it"),
    key(
        "approved_by",
        Takes::Text,
        "who agreed to it: the other party",
    ),
    key("reason", Takes::Text, "why"),
];

/// The keys of `[maintenance_policy]`.
pub const MAINTENANCE_POLICY: &[Key] = &[
    key(
        "notice",
        Takes::Duration,
        "how long before it must have been announced; default `24h`",
    ),
    key(
        "cap",
        Takes::Duration,
        "how much of it a window may leave out; default `8h`",
    ),
];

/// The keys of `[[correction]]`.
pub const CORRECTION: &[Key] = &[
    must("from", Takes::Instant, "from when it corrects"),
    must("to", Takes::Instant, "until when"),
    key(
        "party",
        Takes::Text,
        "whose the bad runs in it were, after all",
    ),
    key(
        "leave_out",
        Takes::OneOf(&["runs"]),
        "its runs are in no SLI, good and bad alike; instead of `party`",
    ),
    must("at", Takes::Instant, "when it was made"),
    must("author", Takes::Text, "who wrote it"),
    must(
        "approved_by",
        Takes::Text,
        "who agreed to it: the other party",
    ),
    must("reason", Takes::Text, "why"),
];

/// The keys of `[[felt]]`.
pub const FELT: &[Key] = &[
    must("from", Takes::Instant, "from when it hurt"),
    must("to", Takes::Instant, "until when"),
    key(
        "tickets",
        Takes::Whole(0, 1_000_000_000),
        "how many tickets came",
    ),
    key("note", Takes::Text, "in their words"),
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

/// The own keys of `request`.
pub(super) const REQUEST: &[Key] = &[
    must(
        "status",
        Takes::Either(&[
            Takes::Whole(100, 599),
            Takes::List(&Takes::Whole(100, 599)),
            Takes::OneOf(&["any", "1xx", "2xx", "3xx", "4xx", "5xx"]),
        ]),
        "which statuses are expected; required, since no silent default decides what a failure is",
    ),
    key(
        "header",
        Takes::Map(&TEXT_OR_LIST),
        "headers by name; a list sends several",
    ),
    key(
        "query",
        Takes::Map(&Takes::Any),
        "query parameters, appended to the URL's own; a list gives several",
    ),
    key("body", Takes::Table(BODY), "what is sent: one of its kinds"),
    key(
        "auth",
        Takes::Table(AUTH),
        "how the request is authenticated: one of its kinds",
    ),
    key("tls", Takes::Table(TLS), "TLS settings"),
    key(
        "version",
        Takes::OneOf(HttpVersion::NAMES),
        "which HTTP version; default `auto`",
    ),
    key(
        "redirects",
        Takes::Whole(0, 20),
        "how many redirects are followed; default 0",
    ),
    key(
        "proxy",
        Takes::Template,
        "the URL of an HTTP proxy to CONNECT through",
    ),
    key(
        "poll",
        Takes::Table(POLL),
        "repeat until status and all expectations hold",
    ),
    key(
        "connection",
        Takes::OneOf(Connection::NAMES),
        "a kept connection or a cold one; default `keep`",
    ),
    key(
        "max_body",
        Takes::Size,
        "largest decoded body; default `8MiB`",
    ),
    key(
        "origins",
        Takes::List(&Takes::Text),
        "further origins that credentials may go to",
    ),
    key(
        "traceparent",
        Takes::OneOf(Traceparent::NAMES),
        "whether the run's trace context is sent; default `sampled`",
    ),
];

/// The own keys of `resolve`.
pub(super) const RESOLVE: &[Key] = &[
    key(
        "server",
        Takes::Template,
        "which server: `9.9.9.9`, `tcp://…`, `tls://name@ip`, `https://…/dns-query`",
    ),
    key(
        "dnssec",
        Takes::Boolean,
        "validate DNSSEC: a bogus answer fails, and flag `ad` says whether it is proven",
    ),
    key(
        "poll",
        Takes::Table(POLL),
        "repeat until all expectations hold",
    ),
];

/// The own keys of `connect`.
pub(super) const CONNECT: &[Key] = &[
    key(
        "exchange",
        Takes::List(&Takes::Table(EXCHANGE)),
        "what is said, in turn",
    ),
    key(
        "tls",
        Takes::Table(TLS),
        "TLS at once, or the settings of `starttls`",
    ),
    key(
        "poll",
        Takes::Table(POLL),
        "repeat until all expectations hold",
    ),
];

/// The keys of a turn of an exchange, of which one is given.
pub const EXCHANGE: &[Key] = &[
    key("send", Takes::Template, "send text"),
    key("send_hex", Takes::Text, "send bytes, in hex"),
    key(
        "expect",
        Takes::Template,
        "wait until this text was received",
    ),
    key(
        "expect_regex",
        Takes::Text,
        "wait until what was received since the last turn matches",
    ),
    key("starttls", Takes::Boolean, "go on in TLS"),
];

/// The own keys of `handshake`.
pub(super) const HANDSHAKE: &[Key] = &[
    key("tls", Takes::Table(TLS), "TLS settings"),
    key("alpn", Takes::List(&Takes::Text), "protocols offered"),
    key(
        "starttls",
        Takes::OneOf(Starttls::NAMES),
        "what is said before the handshake",
    ),
];

/// The types that a `resolve` line may name.
pub(crate) const DNS_TYPES: &[&str] = DnsType::NAMES;
