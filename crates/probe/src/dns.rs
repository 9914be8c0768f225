//! Speaking DNS: questions, the transports that carry them, and the servers that are asked.
//!
//! The exchange is our own, message by message, because a resolver library hides what a prober
//! must tell: it retries in silence, asks two servers at once and reorders them by speed. Here a
//! question goes to one server at a time, in the order they are given, once each; `hickory-proto`
//! encodes and decodes. What a server sends is hostile input: a datagram that is no answer to our
//! question (other id, other question, not a response) is passed over, one that is but cannot be
//! read is `malformed`, and either is bounded.

pub(crate) mod message;
pub(crate) mod resolver;
pub(crate) mod stream;
pub(crate) mod udp;

pub(crate) use message::{Asked, Signatures, Unanswered};
