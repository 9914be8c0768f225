//! What an attempt brought: an answer, and the facts around it.

use jaunt_probe::{Answers, Response};
use url::Url;

/// What an attempt brought.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) answer: Answer,
    /// The last exchange's facts.
    pub(crate) facts: jaunt_record::Exchange,
    /// The final URL of a request, as it was asked for.
    pub(crate) url: Option<Url>,
    /// How many redirects were followed.
    pub(crate) redirects: u32,
    /// When it came, by the wall clock.
    pub(crate) at: jiff::Timestamp,
}

/// An answer, by verb.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Of `request`.
    Http(Response),
    /// Of `resolve`.
    Dns(Answers),
    /// Of `connect`: all bytes received.
    Received(Vec<u8>),
    /// Of `handshake` and `wait`: that it happened.
    Done,
}
