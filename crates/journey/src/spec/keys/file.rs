//! The keys of a journey's file itself.

use super::{
    Key, Takes, key, must,
    promise::{CORRECTION, FELT, MAINTENANCE, MAINTENANCE_POLICY, SLO},
};

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

/// The keys of a secret.
pub const SECRET: &[Key] = &[
    must("from", Takes::Text, "`env:NAME` or `file:NAME`"),
    key(
        "totp",
        Takes::Boolean,
        "the value is a base32 seed, and its current code is meant (RFC 6238)",
    ),
];
