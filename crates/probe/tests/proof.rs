//! Proof that a fault is ours, against sockets: what proves, and what only looks like it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a scripted server that fails is a failed test"
)]

#[path = "dns/server.rs"]
mod server;

use jaunt_probe::Network;
use server::{Server, network};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::net::{TcpListener, UdpSocket};

/// Control names and references are tried so long; with room for a busy machine.
const BOUND: Duration = Duration::from_secs(6);

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// A server that answers every question with this response code and nothing else.
async fn says(rcode: u8) -> Server {
    Server::new(move |heard| vec![heard.reply(rcode, &[])]).await
}

/// A port on which nothing listens.
async fn closed() -> SocketAddr {
    let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    udp.local_addr().unwrap()
}

#[tokio::test]
async fn a_resolver_that_fails_every_control_name_fails() {
    let control = names(&["example.com", "example.org"]);
    for rcode in [2, 3, 5] {
        assert!(
            says(rcode).await.network().resolver_fails(&control).await,
            "response code {rcode}"
        );
    }
    let empty = says(0).await;
    assert!(
        empty.network().resolver_fails(&control).await,
        "an answer without an address is none"
    );
    let nobody = network(&[&closed().await.to_string()]);
    assert!(nobody.resolver_fails(&control).await, "a refused port");
}

#[tokio::test]
async fn silence_fails_within_two_seconds() {
    let silent = Server::new(|_| Vec::new()).await;
    let began = Instant::now();
    assert!(
        silent
            .network()
            .resolver_fails(&names(&["example.com"]))
            .await
    );
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
}

#[tokio::test]
async fn one_control_name_that_resolves_acquits_the_resolver() {
    let zone = Server::zone(&[("example.org", &["192.0.2.7"])]).await;
    let control = names(&["example.com", "example.org"]);
    assert!(!zone.network().resolver_fails(&control).await);
    let asked: Vec<String> = zone.heard().into_iter().map(|heard| heard.name).collect();
    assert!(asked.contains(&"example.com".into()) && asked.contains(&"example.org".into()));
}

#[tokio::test]
async fn a_second_server_that_answers_acquits_the_resolver() {
    let zone = Server::zone(&[("example.com", &["192.0.2.7"])]).await;
    let broken = says(2).await;
    let servers = [broken.address.to_string(), zone.address.to_string()];
    let both = network(&[&servers[0], &servers[1]]);
    assert!(!both.resolver_fails(&names(&["example.com"])).await);
}

#[tokio::test]
async fn without_control_names_nothing_is_proven() {
    let broken = says(2).await;
    assert!(!broken.network().resolver_fails(&[]).await);
    assert!(
        !broken
            .network()
            .resolver_fails(&names(&["bad..name"]))
            .await
    );
}

#[tokio::test]
async fn a_server_is_ours_by_its_address_whatever_transport_it_answered_by() {
    let zone = Server::zone(&[]).await;
    let network = zone.network();
    assert!(network.asks(&format!("udp {}", zone.address)));
    assert!(network.asks(&format!("tcp {}", zone.address)));
    assert!(!network.asks("udp 192.0.2.53:53"));
    assert!(!network.asks("https https://dns.example.net/dns-query"));
}

#[tokio::test]
async fn a_reference_that_answers_or_refuses_was_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = listener.local_addr().unwrap();
    let shut = closed().await;
    assert!(!Network::references_fail(&[open, shut]).await);
    assert!(!Network::references_fail(&[shut, shut]).await);
}

/// A listener whose backlog is full swallows connections, as a black hole does.
#[tokio::test]
async fn two_silent_references_prove_it_within_two_seconds_and_one_does_not() {
    let mut full = Vec::new();
    for _ in 0..2 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        loop {
            let connect = tokio::net::TcpStream::connect(address);
            match tokio::time::timeout(Duration::from_millis(200), connect).await {
                Ok(stream) => waiting.push(stream.unwrap()),
                Err(_) => break,
            }
            assert!(waiting.len() < 64, "the backlog has no end");
        }
        full.push((listener, waiting, address));
    }
    let targets: Vec<SocketAddr> = full.iter().map(|(_, _, address)| *address).collect();
    let began = Instant::now();
    assert!(Network::references_fail(&targets).await);
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    let one_reached = [targets[0], closed().await];
    assert!(!Network::references_fail(&one_reached).await);
    assert!(!Network::references_fail(&targets[..1]).await);
    assert!(!Network::references_fail(&[]).await);
}
