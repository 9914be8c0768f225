//! Whole-program tests: `jaunt` as a user runs it, against real servers, a module per thing that a
//! user does. What happened is read at the servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test ends where what it needs is not there"
)]

mod agent;
mod agreement;
mod as_agent;
mod backends;
mod browser;
mod bundle;
mod captures;
mod clock;
mod commands;
mod demo;
mod deploy;
mod faults;
mod floods;
mod flow;
mod hub;
mod hub_writes;
mod names;
mod neighbours;
mod phases;
mod polled;
mod probes;
mod prometheus;
mod report;
mod requests;
mod resolvers;
mod rules;
mod scraped;
mod secrets;
mod servers;
mod support;
mod systemd;
mod telemetry;
mod terminal;
mod timing;
mod tls;
mod whole;
