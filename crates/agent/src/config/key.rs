//! Every key of the agent's file, once: the reader, its hints and the JSON Schema stand on this table.

/// A table of the file.
#[derive(Debug)]
pub struct Section {
    /// What messages call it.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What stands there.
    pub takes: Takes,
    /// What it is for, with the value that holds when it is absent.
    pub about: &'static str,
}

/// What stands under a key.
#[derive(Debug)]
pub enum Takes {
    /// Text, or where it comes from: `env:NAME`, `file:PATH`.
    Text,
    /// A duration.
    Duration,
    /// A size.
    Size,
    /// A whole number.
    Whole(u64, u64),
    /// A number from 0 to 1.
    Ratio,
    /// `true` or `false`.
    Truth,
    /// A date and time with its offset.
    Instant,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Some of these.
    SomeOf(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A table of secrets by any name.
    Secrets,
    /// A table.
    Table(&'static Section),
    /// A table of tables by any name.
    Tables(&'static Section),
    /// A list of tables.
    List(&'static Section),
}

impl Section {
    /// The names of its keys.
    pub fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

/// Declares a [`Section`], a key a line: its name, what it takes, what it is for.
#[macro_export]
macro_rules! section {
    ($(#[$meta:meta])* $vis:vis $id:ident = $name:literal { $($key:literal: $takes:expr, $about:literal;)+ }) => {
        $(#[$meta])*
        $vis const $id: $crate::config::Section = $crate::config::Section {
            name: $name,
            keys: &[$($crate::config::Key { name: $key, takes: $takes, about: $about },)+],
        };
    };
}

pub(crate) const PROTOCOLS: &[&str] = &["http/protobuf", "grpc"];
pub(crate) const SIGNALS: &[&str] = &["metrics", "traces", "logs"];
pub(crate) const TEMPORALITIES: &[&str] = &["cumulative", "delta", "lowmemory"];
pub(crate) const HISTOGRAMS: &[&str] = &["journey", "step", "phase"];
/// The most of anything that is counted.
const MANY: u64 = 10_000_000;

section! { pub(crate) ROOT = "the agent's file" {
    "region": Takes::Text, "where this agent stands: `a-z 0-9 -`; required";
    "data_dir": Takes::Text, "journal, bundles and instance id; default `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/jaunt`";
    "instance": Takes::Text, "this agent's name; default the pod's on Kubernetes, else made once and kept";
    "listen": Takes::Text, "address of /livez, /readyz, /metrics and /status; default `127.0.0.1:9464`";
    "shard": Takes::Text, "which part of the journeys is this agent's: `2/5`, `ordinal/5`; default `1/1`";
    "shard_from": Takes::Instant, "`shard` holds for slots from here on, `shard_before` until then";
    "shard_before": Takes::Text, "the shard that holds until `shard_from`";
    "drain": Takes::Duration, "how long runs may take to end when told to stop; default `30s`";
    "tolerance": Takes::Duration, "a run that cannot start within this of its slot is missed; default `1s`";
    "source": Takes::List(&SOURCE), "where journeys come from; at least one";
    "customers": Takes::Tables(&CUSTOMER), "what a customer may; `default` is the pattern for all others";
    "ca": Takes::Text, "PEM file of roots that journeys and name servers are held against, beside the system's";
    "resolver": Takes::Table(&RESOLVER), "who resolves names; default the system's servers";
    "reference": Takes::Table(&REFERENCE), "what must be reachable if this agent is not isolated; default none";
    "export": Takes::List(&EXPORT), "where results go; default one that follows `OTEL_EXPORTER_OTLP_*`";
    "journal": Takes::Table(&JOURNAL), "bounds of what waits for delivery";
    "limits": Takes::Table(&AGENT_LIMITS), "limits of the whole agent";
}}

section! {
    /// `[[source]]`, the hub's as well as the agent's.
    pub SOURCE = "a source" {
    "dir": Takes::Text, "a folder: every `*.toml` below it is a journey, followed as it changes";
    "bundle": Takes::Text, "the URL of a signed bundle";
    "keys": Takes::Texts, "ed25519 public keys, any of which may have signed the bundle";
    "ca": Takes::Text, "PEM file of the roots to trust where the bundle is; default the system's";
    "customer": Takes::Text, "whose the journeys are; files that name another are refused";
    "every": Takes::Duration, "how often the bundle is asked for; default `60s`";
}}

section! { pub(crate) CUSTOMER = "a customer" {
    "secrets": Takes::Table(&SECRETS), "where its journeys' secrets are read; default nowhere";
    "egress": Takes::Texts, "what it may reach beyond the public internet: `10.20.0.0/16:443`; default nothing";
    "limits": Takes::Table(&LIMITS), "how much it may use";
}}

section! { pub(crate) SECRETS = "`secrets`" {
    "env": Takes::Text, "prefix of the variables that its journeys may read, who leave it out";
    "dir": Takes::Text, "folder of the files that its journeys may read, by bare names";
}}

section! { pub(crate) LIMITS = "`limits` of a customer" {
    "journeys": Takes::Whole(0, MANY), "journeys; default 500";
    "every": Takes::Duration, "the shortest `every`; default `10s`";
    "steps": Takes::Whole(1, 10_000), "steps of a journey; default 50";
    "runs": Takes::Whole(1, MANY), "runs at once; default 100";
    "per_host": Takes::Whole(1, MANY), "runs at once that name one host, other customers' included; default 20";
    "body": Takes::Size, "the largest `max_body` of a step; default `8MiB`";
    "series": Takes::Whole(1, 1_000_000_000), "metric series; default 50000";
}}

section! { pub(crate) RESOLVER = "`resolver`" {
    "servers": Takes::Texts, "servers, in this order: `10.0.0.53`, `tls://name@9.9.9.9`; default the system's";
    "hosts": Takes::Truth, "whether the hosts file is read; default false";
    "anchors": Takes::Text, "file of the DNSKEY records at which chains of trust begin; default the root's keys";
}}

section! { pub(crate) REFERENCE = "`reference`" {
    "targets": Takes::Texts, "two or more `ADDRESS:PORT` of different parties; all unreachable means isolated";
    "names": Takes::Texts, "control names: a resolver that fails them too is at fault";
}}

section! { pub(crate) EXPORT = "an export" {
    "name": Takes::Text, "its name: `a-z 0-9 -`; required where there are several";
    "endpoint": Takes::Text, "an OTLP receiver's URL; absent: `OTEL_EXPORTER_OTLP_*` govern this export";
    "protocol": Takes::OneOf(PROTOCOLS), "default `http/protobuf`";
    "headers": Takes::Secrets, "headers of every request";
    "tls": Takes::Table(&EXPORT_TLS), "how the receiver is trusted, and what we show it";
    "customers": Takes::Texts, "whose results; default `[\"*\"]`";
    "signals": Takes::SomeOf(SIGNALS), "default all three";
    "slots": Takes::Truth, "whether every slot is sent as a `jaunt.slot` event, which a hub needs; default false";
    "interval": Takes::Duration, "how often metrics are sent; default `60s`";
    "temporality": Takes::OneOf(TEMPORALITIES), "default `cumulative`";
    "histograms": Takes::SomeOf(HISTOGRAMS), "default `[\"journey\", \"step\"]`";
    "pass_ratio": Takes::Ratio, "share of passing runs whose traces are sent; default 1.0";
}}

section! { pub(crate) EXPORT_TLS = "`tls` of an export" {
    "ca": Takes::Text, "PEM file of the roots to trust; default the system's";
    "cert": Takes::Text, "PEM file of our certificate";
    "key": Takes::Text, "PEM file of its key";
}}

section! { pub(crate) JOURNAL = "`journal`" {
    "max_size": Takes::Size, "default `1GiB`";
    "max_age": Takes::Duration, "default `72h`";
    "sync": Takes::Text, "how long a finished run may be lost by a power failure; `always`: not at all; default `1s`";
}}

section! { pub(crate) AGENT_LIMITS = "`limits`" {
    "journeys": Takes::Whole(1, MANY), "journeys; default 20000";
    "runs": Takes::Whole(1, MANY), "runs at once; default 2000";
    "series": Takes::Whole(1, 1_000_000_000), "metric series; default 2000000";
}}
