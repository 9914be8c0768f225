//! A name server that does what it is told, for what a sound one never does: wait, keep silent,
//! lie. It counts the questions it gets.
//!
//! Messages are put together by hand (RFC 1035 §4), so that they can be wrong.

use super::{place, unbound};
use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// A running name server on port 53 of an address of its own, UDP alone.
pub(crate) struct Dns {
    addr: SocketAddr,
    dir: TempDir,
    asked: Arc<Mutex<Vec<Question>>>,
}

/// A question that came: the name without its last dot, and the type's number.
pub(crate) type Question = (String, u16);

/// What is answered for a name.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// These addresses, each to questions of its family, after this long.
    Addresses(Vec<IpAddr>, Duration),
    /// A response code and nothing else.
    Rcode(u8),
    /// Nothing at all.
    Silence,
    /// These bytes after the message's id.
    Bytes(Vec<u8>),
}

impl Reply {
    /// These addresses, at once.
    pub(crate) fn at<const N: usize>(addresses: [&str; N]) -> Self {
        let parse = |text: &str| text.parse().unwrap();
        Self::Addresses(addresses.map(parse).into(), Duration::ZERO)
    }
}

impl Dns {
    /// Starts it; a name that is not listed does not exist. `None`, said aloud, where port 53 or a
    /// mount namespace is not granted.
    pub(crate) fn start<const N: usize>(names: [(&str, Reply); N]) -> Option<Self> {
        unbound::may_choose_resolver().then_some(())?;
        let addr = place::address_with_port(53);
        let socket = UdpSocket::bind(addr).unwrap();
        let names: Vec<(String, Reply)> = names
            .into_iter()
            .map(|(name, reply)| (name.to_owned(), reply))
            .collect();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let its_asked = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut packet = [0; 4096];
            while let Ok((count, peer)) = socket.recv_from(&mut packet) {
                let Some((question, end)) = question(&packet[..count]) else {
                    return;
                };
                let reply = names.iter().find(|(name, _)| *name == question.0);
                let reply = reply.map_or(Reply::Rcode(3), |(_, reply)| reply.clone());
                let answer = answer(&packet[..end], question.1, &reply);
                its_asked.lock().unwrap().push(question);
                let socket = socket.try_clone().unwrap();
                std::thread::spawn(move || {
                    if let Reply::Addresses(_, delay) = reply {
                        std::thread::sleep(delay);
                    }
                    if let Some(answer) = answer {
                        let _ = socket.send_to(&answer, peer);
                    }
                });
            }
        });
        Some(Self {
            addr,
            dir: TempDir::new().unwrap(),
            asked,
        })
    }

    /// Where it listens.
    pub(crate) fn ip(&self) -> IpAddr {
        self.addr.ip()
    }

    /// The questions that came.
    pub(crate) fn asked(&self) -> Vec<Question> {
        self.asked.lock().unwrap().clone()
    }

    /// What runs a program with this server as its only one.
    pub(crate) fn runner(&self) -> Vec<String> {
        unbound::resolving_by(self.dir.path(), self.addr.ip())
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        // A packet without a question ends it.
        let socket = UdpSocket::bind((self.addr.ip(), 0)).unwrap();
        let _ = socket.send_to(&[0], self.addr);
    }
}

/// The one question of a message, and where it ends.
fn question(packet: &[u8]) -> Option<(Question, usize)> {
    let (mut labels, mut at) = (Vec::new(), 12);
    loop {
        let length = usize::from(*packet.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(packet.get(at..at + length)?).to_lowercase());
        at += length;
    }
    let kind = u16::from_be_bytes(packet.get(at..at + 2)?.try_into().unwrap());
    Some(((labels.join("."), kind), at + 4))
}

fn answer(asked: &[u8], kind: u16, reply: &Reply) -> Option<Vec<u8>> {
    let header = |rcode: u8, answers: u8| {
        // Response, recursion desired and available; one question.
        let counts = [0x81, 0x80 | rcode, 0, 1, 0, answers, 0, 0, 0, 0];
        [&asked[..2], &counts, &asked[12..]].concat()
    };
    match reply {
        Reply::Silence => None,
        Reply::Bytes(bytes) => Some([&asked[..2], bytes].concat()),
        Reply::Rcode(rcode) => Some(header(*rcode, 0)),
        Reply::Addresses(addresses, _) => {
            let records: Vec<Vec<u8>> = addresses
                .iter()
                .filter_map(|address| record(*address, kind))
                .collect();
            let count = u8::try_from(records.len()).unwrap();
            Some([header(0, count), records.concat()].concat())
        }
    }
}

/// The record of an address, where the question was for its family.
fn record(address: IpAddr, kind: u16) -> Option<Vec<u8>> {
    let (its_kind, bytes) = match address {
        IpAddr::V4(v4) => (1, v4.octets().to_vec()),
        IpAddr::V6(v6) => (28, v6.octets().to_vec()),
    };
    // The name is a pointer to the question; class IN; 60 s to live.
    let length = u8::try_from(bytes.len()).unwrap();
    let head = [0xc0, 12, 0, its_kind, 0, 1, 0, 0, 0, 60, 0, length];
    (u16::from(its_kind) == kind).then(|| [&head[..], &bytes].concat())
}
