//! A question in one datagram.

use super::message::{Asked, Read, Unanswered};
use hickory_proto::op::Message;
use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Instant,
};
use tokio::net::UdpSocket;

/// The largest datagram that is read; three times what we say we take.
const DATAGRAM: usize = 4096;

/// How many datagrams that are no answer are passed over: a flood ends the question.
const FOREIGN: usize = 256;

/// What came of a datagram.
#[derive(Debug)]
pub(crate) enum Datagram {
    /// The answer, and its size.
    Answer(Box<Message>, usize),
    /// Too large for one: ask again over a stream.
    Truncated,
}

/// Asks `server` once, from a port of its own, and waits for the answer until `deadline`.
///
/// The socket is connected: the kernel lets nothing through that comes from elsewhere, and a closed
/// port is noticed (ICMP) instead of waited for.
pub(crate) async fn ask(
    server: SocketAddr,
    asked: &Asked,
    deadline: Instant,
) -> Result<Datagram, Unanswered> {
    tokio::time::timeout_at(deadline.into(), exchange(server, asked))
        .await
        .unwrap_or(Err(Unanswered::Silent))
}

async fn exchange(server: SocketAddr, asked: &Asked) -> Result<Datagram, Unanswered> {
    let local: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(server).await?;
    socket.send(&asked.bytes).await?;
    let mut buffer = vec![0; DATAGRAM];
    for _ in 0..FOREIGN {
        let length = socket.recv(&mut buffer).await?;
        match asked.read(buffer.get(..length).unwrap_or_default()) {
            Read::Answer(message) => return Ok(Datagram::Answer(message, length)),
            Read::Truncated => return Ok(Datagram::Truncated),
            Read::Malformed(why) => return Err(Unanswered::Malformed(why)),
            Read::Foreign => {}
        }
    }
    Err(Unanswered::Malformed(format!(
        "{FOREIGN} datagrams came, none of them an answer to the question"
    )))
}
