//! Events: log records that have a name, and events within spans.

use super::names;

/// An event's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// As it goes out.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
}

names! { Event:
    /// Log: a slot that did not pass, with the reason in words.
    RUN = "jaunt.run";
    /// Log: an expectation graded `warn` did not hold, or a clean-up step failed; changes no verdict.
    WARNING = "jaunt.warning";
    /// Log: the compact record of a slot, for consumers that want every one; a missed range is one event.
    SLOT = "jaunt.slot";
    /// Log: the agent's own operation (reload, drop, egress, drain).
    OPERATION = "jaunt.operation";
    /// In a step's span: an expectation that did not hold.
    EXPECTATION = "jaunt.expectation";
    /// In an exchange's span: name resolution ended.
    RESOLVED = "jaunt.resolved";
    /// In an exchange's span: the connection was established.
    CONNECTED = "jaunt.connected";
    /// In an exchange's span: the TLS handshake ended.
    SECURED = "jaunt.secured";
    /// In an exchange's span: the request was handed to the kernel.
    SENT = "jaunt.sent";
    /// In an exchange's span: the first byte came.
    ANSWERED = "jaunt.answered";
    /// In an exchange's span: the last byte came.
    RECEIVED = "jaunt.received";
}
