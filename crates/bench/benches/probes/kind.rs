//! What is probed, by what, and how often.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// What a probe does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A GET after a full TLS 1.3 handshake, the chain verified.
    Https,
    /// A GET.
    Http,
    /// A TCP connection.
    Tcp,
    /// A question for an address.
    Dns,
}

/// Who probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    /// jaunt.
    Jaunt,
    /// The same libraries in a bare loop.
    Floor,
    /// blackbox_exporter.
    Peer,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pace {
    /// One after another.
    Closed,
    /// A hundred a second.
    Paced,
}

/// What a variant probes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    /// The file of the root that signs for it.
    pub(crate) ca: PathBuf,
}

/// The name that is asked for.
pub(crate) const NAME: &str = "shop.test";

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Https, Self::Http, Self::Tcp, Self::Dns];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Dns => "dns",
        }
    }
}

impl Tool {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Jaunt => "jaunt",
            Self::Floor => "floor",
            Self::Peer => "peer",
        }
    }
}

impl Pace {
    pub(crate) const ALL: [Self; 2] = [Self::Closed, Self::Paced];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Paced => "paced",
        }
    }

    /// From one probe's start to the next one's; zero is at once.
    pub(crate) const fn every(self) -> Duration {
        match self {
            Self::Closed => Duration::ZERO,
            Self::Paced => Duration::from_millis(10),
        }
    }

    /// How many probes a round has.
    pub(crate) const fn count(self) -> u32 {
        match self {
            Self::Closed => 300,
            Self::Paced => 150,
        }
    }
}
