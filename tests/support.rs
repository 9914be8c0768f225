//! What whole-program tests stand on: real servers on loopback, and `jaunt` itself.
//!
//! Every server has an address of its own in 127.0.0.0/8, so that tests run beside each other and
//! nothing races for a port. Each one says what it saw; tests read there what happened.

pub(crate) mod agent;
pub(crate) mod browser;
pub(crate) mod clock;
pub(crate) mod curl;
pub(crate) mod dns;
pub(crate) mod full;
pub(crate) mod http;
pub(crate) mod httpbin;
pub(crate) mod jaunt;
pub(crate) mod knot;
pub(crate) mod nginx;
pub(crate) mod otlp;
pub(crate) mod pki;
pub(crate) mod place;
pub(crate) mod process;
pub(crate) mod rotel;
pub(crate) mod scripted;
pub(crate) mod shop;
pub(crate) mod skip;
pub(crate) mod space;
pub(crate) mod unbound;
pub(crate) mod victoria;
