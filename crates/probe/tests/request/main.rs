//! `request` against servers that answer, dawdle and lie.

mod bodies;
mod certs;
mod endings;
mod others;
mod reuse;
mod server;
mod timing;
mod tls;
mod visit;
