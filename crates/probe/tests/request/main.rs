//! `request` against servers that answer, dawdle and lie.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

mod bodies;
mod certs;
mod endings;
mod others;
mod reuse;
mod server;
mod timing;
mod tls;
mod visit;
