//! The verbs.

use super::keys::{CONNECT, HANDSHAKE, Key, REQUEST, RESOLVE};

/// A verb: what a step does.
#[derive(Clone, Copy, Debug)]
pub struct VerbSpec {
    /// The key that names it.
    pub name: &'static str,
    /// The form of its line.
    pub line: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// Its own keys.
    pub keys: &'static [Key],
    /// The subjects that its expectations and captures may look at.
    pub subjects: &'static [&'static str],
}

/// Every verb.
pub const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "request",
        line: "METHOD URL",
        about: "an HTTP request",
        keys: REQUEST,
        subjects: &[
            "header",
            "cookie",
            "json",
            "css",
            "xpath",
            "body",
            "sha256",
            "size",
            "url",
            "redirects",
            "status",
            "version",
            "cert",
            "tls",
            "address",
            "latency",
        ],
    },
    VerbSpec {
        name: "resolve",
        line: "[TYPE] NAME",
        about: "a DNS question; without a type, A and AAAA",
        keys: RESOLVE,
        subjects: &["rcode", "answer", "ttl", "flag", "latency", "address"],
    },
    VerbSpec {
        name: "connect",
        line: "HOST:PORT",
        about: "a TCP connection, and what is said on it",
        keys: CONNECT,
        subjects: &["received", "cert", "tls", "address", "latency"],
    },
    VerbSpec {
        name: "handshake",
        line: "HOST:PORT",
        about: "a TLS handshake, and nothing after it",
        keys: HANDSHAKE,
        subjects: &["cert", "tls", "address", "latency"],
    },
    VerbSpec {
        name: "wait",
        line: "DURATION or DURATION..DURATION",
        about: "think time, in no latency",
        keys: &[],
        subjects: &[],
    },
];

/// Verbs that are designed but not built yet, with what they will do.
pub const NOT_YET: &[(&str, &str)] = &[
    ("ping", "ICMP echo"),
    ("websocket", "a WebSocket conversation"),
    ("call", "a gRPC call"),
    ("browse", "a page in a real browser"),
];

impl VerbSpec {
    /// The verb of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        VERBS.iter().find(|verb| verb.name == name)
    }

    /// Its own key of this name.
    pub fn has_key(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }
}
