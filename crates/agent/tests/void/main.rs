//! When void, when fail: every row of the table, once with the fault really there, and once where
//! it only looks like it and is the service's.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::panic,
    reason = "a test ends where what it needs is not there"
)]

mod carry;
mod hosts;
mod isolated;
mod ours;
mod resolver;
#[path = "../../../probe/tests/dns/server.rs"]
mod server;
