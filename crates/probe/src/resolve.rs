//! `resolve`: a question to the DNS, and what was answered.

mod answers;
mod ask;
mod channel;
mod validate;

pub use ask::resolve;
pub(crate) use ask::sealed;

use crate::Family;
use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// The name, taken as absolute; for PTR an address will do.
    pub name: String,
    /// Which records; each is a question of its own, asked at once.
    pub types: Vec<RecordType>,
    /// Which server; `None`: the network's.
    pub server: Option<NameServer>,
    /// Who named the server, if one is named.
    pub named: crate::Named,
    /// Validate DNSSEC: an answer that is bogus is a failure, and `ad` is our own word.
    pub dnssec: bool,
    /// Over which addresses a server that is a name is reached.
    pub family: Family,
    /// When the attempt's time is up.
    pub deadline: Instant,
}

/// A DNS record type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the protocol's own")]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Mx,
    Txt,
    Ns,
    Soa,
    Srv,
    Caa,
    Https,
    Ptr,
}

/// A name server, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NameServer {
    /// UDP, then TCP where the answer was truncated.
    Udp(SocketAddr),
    /// TCP.
    Tcp(SocketAddr),
    /// DNS over TLS (RFC 7858): the certificate's name, and where.
    Tls {
        /// The name held against the certificate.
        name: String,
        /// Where it listens.
        address: SocketAddr,
    },
    /// DNS over HTTPS (RFC 8484).
    Https {
        /// The URL.
        url: url::Url,
    },
}

impl NameServer {
    /// The server of `9.9.9.9`, `9.9.9.9:5353`, `[2620:fe::fe]:53`, `udp://…`, `tcp://9.9.9.9`,
    /// `tls://name@9.9.9.9`, `https://host/dns-query`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let address = |text: &str, port: u16| {
            let bare = text
                .strip_prefix('[')
                .and_then(|text| text.strip_suffix(']'))
                .unwrap_or(text);
            let with_port = || text.parse::<SocketAddr>().ok();
            bare.parse::<IpAddr>()
                .ok()
                .map(|ip| SocketAddr::new(ip, port))
                .or_else(with_port)
        };
        match text.split_once("://") {
            None => address(text, 53).map(Self::Udp),
            Some(("udp", rest)) => address(rest, 53).map(Self::Udp),
            Some(("tcp", rest)) => address(rest, 53).map(Self::Tcp),
            Some(("tls", rest)) => {
                let (name, at) = rest.split_once('@')?;
                let address = address(at, 853)?;
                (!name.is_empty()).then(|| Self::Tls {
                    name: name.into(),
                    address,
                })
            }
            Some(("https", _)) => {
                let url = url::Url::parse(text).ok()?;
                url.has_host().then_some(Self::Https { url })
            }
            Some(_) => None,
        }
    }
}

/// What was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// The response code: `NOERROR`, `NXDOMAIN`, `SERVFAIL` …; of several questions the worst.
    pub rcode: String,
    /// Authoritative.
    pub aa: bool,
    /// Authentic data: the server's word; where we validate, ours: proven, or proven absent.
    pub ad: bool,
    /// Truncated.
    pub tc: bool,
    /// Recursion available.
    pub ra: bool,
    /// The records of the answer section, CNAMEs on the way included.
    pub answers: Vec<Answer>,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its type, as DNS writes it.
    pub kind: String,
    /// Seconds it may be kept.
    pub ttl: u32,
    /// Its data in presentation form.
    pub text: String,
    /// Of A and AAAA.
    pub address: Option<IpAddr>,
    /// Of TXT: its strings joined.
    pub txt: Option<String>,
    /// Of CNAME, MX, NS, SRV, PTR, HTTPS: the name without its last dot.
    pub target: Option<String>,
    /// Of MX the preference, of SRV and HTTPS the priority.
    pub preference: Option<u16>,
}
