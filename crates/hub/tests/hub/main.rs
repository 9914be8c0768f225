//! A hub on loopback, met as agents, collectors, readers and strangers meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

mod api;
mod bad;
mod full;
mod ingest;
mod kill;
mod pages;
mod secured;
mod support;
