//! Whole runs: a journey's text in, its record out, and the truth read at the server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

mod captures;
mod carry;
mod credentials;
mod egress;
mod ends;
mod evasions;
mod expects;
mod poll;
mod redirects;
mod secrets;
mod sends;
mod server;
mod shopping;
