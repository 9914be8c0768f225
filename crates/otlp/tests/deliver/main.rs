//! Delivery from a real journal over real sockets, through every fault that an endpoint has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

mod collectors;
mod date;
mod grpc;
mod metrics;
mod place;
mod receiver;
mod runs;
mod support;
mod tls;
