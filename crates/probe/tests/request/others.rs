//! HTTP/2, and ways through a proxy.

use super::{
    server::{self, Server},
    visit::{answer, failure, fault, get, phases, post, visit, visitor},
};
use bytes::Bytes;
use jaunt_probe::{Named, Proxy, Request, Version, request};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn h2(request: Request) -> Request {
    Request {
        version: Version::H2,
        ..request
    }
}

/// Echoes bodies by HTTP/2 after 50 ms; resets the stream of `/reset`.
async fn echoing() -> Server {
    Server::new(|tcp, log| async move {
        let mut connection = h2::server::handshake(tcp).await.unwrap();
        while let Some(Ok((asked, mut answer))) = connection.accept().await {
            log.request(asked.uri().to_string());
            if asked.uri().path() == "/reset" {
                answer.send_reset(h2::Reason::INTERNAL_ERROR);
                continue;
            }
            let mut work = tokio::task::JoinSet::new();
            work.spawn(async move {
                let mut body = asked.into_body();
                let mut all = Vec::new();
                while let Some(Ok(piece)) = body.data().await {
                    all.extend_from_slice(&piece);
                    let _ = body.flow_control().release_capacity(piece.len());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                let head = http::Response::new(());
                let mut stream = answer.send_response(head, false).unwrap();
                stream.send_data(Bytes::from(all), true).unwrap();
            });
            work.detach_all();
        }
    })
    .await
}

#[tokio::test]
async fn http_2_by_prior_knowledge_measures_and_reuses() {
    let server = echoing().await;
    let mut visitor = visitor();
    let first = request(
        &mut visitor,
        &h2(post(&server.url("/a"), vec![b'x'; 200_000])),
    )
    .await;
    assert_eq!(answer(&first).body.len(), 200_000);
    assert_eq!(answer(&first).version, "HTTP/2");
    assert_eq!(phases(&first), ["connect", "send", "wait", "receive"]);
    let wait = first.facts.phases.took(jaunt_record::Phase::Wait).unwrap();
    assert!(
        wait >= Duration::from_millis(45),
        "{:?}",
        first.facts.phases
    );
    let second = request(&mut visitor, &h2(get(&server.url("/b")))).await;
    answer(&second);
    assert!(second.facts.reused);
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}

#[tokio::test]
async fn a_reset_stream_is_a_reset() {
    let server = echoing().await;
    let exchange = visit(&h2(get(&server.url("/reset")))).await;
    assert_eq!(failure(&exchange), "http.reset in wait");
    assert_eq!(server.requests().len(), 1);
}

/// Answers by HTTP/2 with as many bytes of headers as the path says.
async fn wordy() -> Server {
    Server::new(|tcp, log| async move {
        let mut connection = h2::server::handshake(tcp).await.unwrap();
        while let Some(Ok((asked, mut answer))) = connection.accept().await {
            log.request(asked.uri().to_string());
            let bytes: usize = asked.uri().path()[1..].parse().unwrap();
            let mut head = http::Response::new(());
            for number in 0..bytes / 1_000 {
                let name = format!("x-{number}").parse::<http::HeaderName>().unwrap();
                // Nothing that a table of headers would shorten.
                let value = format!("{number:>6}{}", "x".repeat(980)).parse().unwrap();
                head.headers_mut().insert(name, value);
            }
            answer.send_response(head, true).unwrap();
        }
    })
    .await
}

#[tokio::test]
async fn headers_by_http_2_are_too_large_by_however_much_they_are() {
    for (bytes, expected) in [
        (50_000, None),
        (70_000, Some("http.headers-too-large")),
        (200_000, Some("http.headers-too-large")),
        (400_000, Some("http.headers-too-large")),
        (2_000_000, Some("http.headers-too-large")),
    ] {
        let server = wordy().await;
        let exchange = visit(&h2(get(&server.url(&format!("/{bytes}"))))).await;
        match expected {
            None => assert_eq!(answer(&exchange).status, 200),
            Some(kind) => {
                let told = failure(&exchange);
                assert!(told.starts_with(kind), "{bytes}: {told}");
            }
        }
    }
}

fn through(proxy: &Server, target: &str) -> Request {
    Request {
        proxy: Some(Proxy {
            url: format!("http://user:pa%20ss@{}", proxy.address)
                .parse()
                .unwrap(),
            named: Named::Journey,
        }),
        ..get(target)
    }
}

#[tokio::test]
async fn a_proxy_connects_us() {
    let origin = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let proxy = Server::new(|mut tcp, log| async move {
        let asked = server::request(&mut tcp).await.unwrap();
        let target = asked.split(' ').nth(1).unwrap().to_owned();
        log.request(asked);
        let mut onward = tokio::net::TcpStream::connect(target).await.unwrap();
        tcp.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")
            .await
            .unwrap();
        let _ = tokio::io::copy_bidirectional(&mut tcp, &mut onward).await;
    })
    .await;
    let exchange = visit(&through(&proxy, &origin.url("/"))).await;
    assert_eq!(answer(&exchange).body, "ok");
    assert_eq!(exchange.facts.remote, Some(proxy.address));
    let asked = &proxy.requests()[0];
    assert!(asked.starts_with(&format!("CONNECT {} HTTP/1.1\r\n", origin.address)));
    assert!(
        asked.contains("Proxy-Authorization: Basic dXNlcjpwYSBzcw==\r\n"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_proxys_refusal_is_told_with_its_status() {
    let proxy = Server::answering("HTTP/1.1 407 Who are you\r\n\r\n").await;
    let exchange = visit(&through(&proxy, "http://shop.example/")).await;
    assert_eq!(failure(&exchange), "connect.proxy in connect");
    assert!(fault(&exchange).message.contains("407 Who are you"));
}

#[tokio::test]
async fn a_proxy_that_closes_is_told() {
    let proxy = Server::new(|mut tcp, _| async move {
        let _ = tcp.read_u8().await;
        server::close(tcp).await;
    })
    .await;
    let exchange = visit(&through(&proxy, "http://shop.example/")).await;
    assert_eq!(failure(&exchange), "connect.proxy in connect");
}
