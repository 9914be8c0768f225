//! Every key of the hub's file, once: the reader, its hints and the JSON Schema stand on this table.

use jaunt_agent::{
    config::{SOURCE, Takes},
    section,
};

/// The sides of an agreement, for which tokens write.
pub(super) const SIDES: &[&str] = &["provider", "customer"];

pub(super) const NAMES: &[&str] = &["underscore", "utf8"];

pub(super) const ROLES: &[&str] = &["agent", "reader", "operator"];

section! { pub(super) ROOT = "the hub's file" {
    "data_dir": Takes::Text, "where what is received is kept; default `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/jaunt-hub`";
    "ingest": Takes::Text, "address of OTLP by gRPC and HTTP; default `127.0.0.1:4317`";
    "web": Takes::Text, "address of pages and API; default `127.0.0.1:8417`";
    "url": Takes::Text, "what links begin with; default from `web`";
    "tls": Takes::Table(&TLS), "how both ports are secured; default not at all";
    "source": Takes::List(&SOURCE), "folders and signed bundles of journeys, whose objectives are judged";
    "token": Takes::List(&TOKEN), "who may read and write; made by `jaunt hub token add`";
    "keep": Takes::Table(&KEEP), "for how long what is kept";
    "alertmanager": Takes::List(&ALERTMANAGER), "where alerts are pushed to, by Alertmanager's v2 API";
    "store": Takes::Table(&STORE), "another store than the embedded one";
}}

section! { pub(super) TLS = "`tls`" {
    "cert": Takes::Text, "PEM file of our chain";
    "key": Takes::Text, "PEM file of its key";
    "client_ca": Takes::Text, "PEM file of those who sign the certificates of agents and collectors";
}}

section! { pub(super) TOKEN = "a token" {
    "name": Takes::Text, "its name, for people; required";
    "hash": Takes::Text, "`sha256:` and 64 hex digits of the secret's hash";
    "cert": Takes::Text, "instead of `hash`: a DNS name (or, without one, the common name) of the client certificate that stands for it";
    "role": Takes::OneOf(ROLES), "`agent` writes, `reader` reads its customers, `operator` reads all; required";
    "customers": Takes::Texts, "whose data; `[\"*\"]` for all; required for `agent` and `reader`";
    "side": Takes::OneOf(SIDES), "for `reader` and `operator`: the side of the agreement for which it may write maintenance, notes and consent; default none, so that it only reads";
    "expires": Takes::Instant, "until when it holds; default for ever";
}}

section! { pub(super) KEEP = "`keep`" {
    "slots": Takes::Duration, "each slot's verdict and latency; default `400d`";
    "runs": Takes::Duration, "whole runs that passed; default `7d`";
    "failures": Takes::Duration, "whole runs that did not; default `35d`";
    "max_size": Takes::Size, "bytes on disk; default `20GiB`";
}}

section! { pub(super) ALERTMANAGER = "an Alertmanager" {
    "url": Takes::Text, "its URL; required";
}}

section! { pub(super) STORE = "`store`" {
    "prometheus": Takes::Text, "URL of a Prometheus-compatible store that figures are read from; its token in the variable `JAUNT_PROMETHEUS_TOKEN`, its tenant in `JAUNT_PROMETHEUS_TENANT`; required";
    "names": Takes::OneOf(NAMES), "how it spells names: `underscore` as most stores do (default), `utf8` where it keeps dots";
}}
