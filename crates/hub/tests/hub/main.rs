//! A hub on loopback, met as agents, collectors, readers and strangers meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test ends where what it needs is not there, and a skipped one says so"
)]

mod alertmanager;
mod api;
mod bad;
mod full;
mod ingest;
mod kill;
mod openapi;
mod pages;
mod secured;
mod slow;
mod support;
mod write;

/// Real servers, as the tests of the whole program start them.
#[path = "../../../../tests/support"]
#[allow(
    dead_code,
    reason = "what the whole program is met with is more than what a hub is"
)]
mod servers {
    pub(crate) mod place;
    pub(crate) mod process;
    pub(crate) mod skip;
}
