//! Why the log does not take a line.

use jaunt_agreement::Side;

/// Why the log does not take a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A text is missing.
    #[error("`{0}` is missing")]
    Empty(&'static str),
    /// A text is too long.
    #[error("{what} is longer than {most} characters")]
    Text {
        /// Which.
        what: &'static str,
        /// How many characters it may have.
        most: usize,
    },
    /// A text holds what nobody can read.
    #[error("{0} holds control characters")]
    Control(&'static str),
    /// A time ends before it begins.
    #[error("`to` is not after `from`")]
    Backwards,
    /// A time is far from now.
    #[error("the time is more than 400 days from now")]
    Far,
    /// Maintenance of more than a month.
    #[error("maintenance of more than 31 days is for the agreement to say")]
    TooLong,
    /// No such entry of this customer.
    #[error("there is no entry {0}, or it is not yours to answer")]
    NoSuch(i64),
    /// Nothing to agree to.
    #[error("a `{0}` needs no consent")]
    NeedsNone(&'static str),
    /// One cannot consent to one's own proposal.
    #[error("the {0} proposed it, so the other side has to answer")]
    Own(Side),
    /// Only its own side takes an entry back.
    #[error("the {0} wrote it, so only the {0} withdraws it")]
    Others(Side),
    /// It is agreed, declined or withdrawn.
    #[error("it is settled already")]
    Settled,
    /// Too much waits for consent.
    #[error("{0} entries wait for consent already: answer or withdraw some first")]
    Waiting(usize),
    /// The customer's log is as long as it may be.
    #[error("the log has {0} lines, which is as many as it may have")]
    Full(usize),
}
