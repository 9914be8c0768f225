//! What each verb has of its own.

use super::{
    Key, Takes, key, must,
    step::{AUTH, BODY, POLL, TLS},
};
use crate::{Connection, DnsType, HttpVersion, Starttls, Traceparent};

const TEXT_OR_LIST: Takes = Takes::Either(&[Takes::Template, Takes::List(&Takes::Template)]);

/// The own keys of `request`.
pub(in crate::spec) const REQUEST: &[Key] = &[
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
pub(in crate::spec) const RESOLVE: &[Key] = &[
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
pub(in crate::spec) const CONNECT: &[Key] = &[
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
pub(in crate::spec) const HANDSHAKE: &[Key] = &[
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
