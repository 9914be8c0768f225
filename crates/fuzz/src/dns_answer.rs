//! A DNS answer, through the real client path: a loopback server answers each question with the
//! bytes, behind the question's own id so that they are read at all.

use crate::wire;
use jaunt_probe::{NameServer, Named, Question, RecordType, ResolverConfig, resolve};
use std::{io, time::Instant};
use tokio::net::UdpSocket;

/// Any bytes as an answer.
pub(crate) fn feed(bytes: &[u8]) {
    wire::within_patience(async {
        if let Err(error) = exchange(bytes).await {
            panic!("the server could not be set up: {error}");
        }
    });
}

async fn exchange(bytes: &[u8]) -> io::Result<()> {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).await?;
    let server = NameServer::Udp(socket.local_addr()?);
    let (network, policy) = wire::network(ResolverConfig {
        servers: vec![server.clone()],
        hosts: false,
    });
    let question = Question {
        name: "fuzz.test".into(),
        types: vec![RecordType::A],
        server: Some(server),
        named: Named::Journey,
        dnssec: false,
        family: jaunt_probe::Family::Any,
        // A lie is passed over, as by any resolver, until time is up: little, so that many are tried.
        deadline: Instant::now() + std::time::Duration::from_millis(20),
    };
    let mut visitor = network.visitor(&policy);
    tokio::select! {
        _ = resolve(&mut visitor, &question) => {}
        () = serve(&socket, bytes) => {}
    }
    Ok(())
}

/// Answers every question, for as long as anyone asks.
async fn serve(socket: &UdpSocket, bytes: &[u8]) {
    let mut asked = [0; 512];
    loop {
        let Ok((count, peer)) = socket.recv_from(&mut asked).await else {
            continue;
        };
        let id = asked.get(..count.min(2)).unwrap_or_default();
        let answer = [id, bytes].concat();
        let _ = socket.send_to(&answer, peer).await;
    }
}
