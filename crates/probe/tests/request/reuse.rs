//! One request on the wire, on a kept connection or a new one.

use super::{
    server::{self, Server},
    visit::{answer, failure, get, phases, post, visit, visitor},
};
use jaunt_probe::{Connection, Request, request};
use std::sync::Arc;
use tokio::{io::AsyncWriteExt, sync::Notify};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn a_second_request_uses_the_kept_connection() {
    let server = Server::answering(OK).await;
    let mut visitor = visitor();
    let first = request(&mut visitor, &get(&server.url("/a"))).await;
    let second = request(&mut visitor, &get(&server.url("/b"))).await;
    assert!(!first.facts.reused);
    assert!(second.facts.reused);
    assert_eq!(phases(&second), ["send", "wait", "receive"]);
    assert_eq!(second.facts.remote, Some(server.address));
    assert_eq!(second.facts.bytes_in, OK.len() as u64);
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}

#[tokio::test]
async fn a_visitor_shares_no_connection_with_another() {
    let server = Server::answering(OK).await;
    for _ in 0..2 {
        answer(&visit(&get(&server.url("/"))).await);
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_step_can_ask_for_a_new_connection() {
    let server = Server::answering(OK).await;
    let mut visitor = visitor();
    request(&mut visitor, &get(&server.url("/"))).await;
    let cold = Request {
        connection: Connection::New,
        ..get(&server.url("/"))
    };
    assert!(!request(&mut visitor, &cold).await.facts.reused);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced_unseen() {
    for answered in [
        OK,
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    ] {
        let closed = Arc::new(Notify::new());
        let told = Arc::clone(&closed);
        let server = Server::new(move |mut tcp, log| {
            let told = Arc::clone(&told);
            async move {
                log.request(server::request(&mut tcp).await.unwrap());
                tcp.write_all(answered.as_bytes()).await.unwrap();
                tcp.shutdown().await.unwrap();
                told.notify_one();
                server::close(tcp).await;
            }
        })
        .await;
        let mut visitor = visitor();
        answer(&request(&mut visitor, &get(&server.url("/a"))).await);
        closed.notified().await;
        let second = request(&mut visitor, &get(&server.url("/b"))).await;
        answer(&second);
        assert!(!second.facts.reused);
        assert_eq!(phases(&second), ["connect", "send", "wait", "receive"]);
        assert_eq!((server.connections(), server.requests().len()), (2, 2));
    }
}

#[tokio::test]
async fn a_kept_connection_that_closes_on_the_request_is_a_failure() {
    let server = Server::new(|mut tcp, log| async move {
        log.request(server::request(&mut tcp).await.unwrap());
        tcp.write_all(OK.as_bytes()).await.unwrap();
        log.request(server::request(&mut tcp).await.unwrap());
        server::close(tcp).await;
    })
    .await;
    let mut visitor = visitor();
    answer(&request(&mut visitor, &get(&server.url("/a"))).await);
    let second = request(&mut visitor, &get(&server.url("/b"))).await;
    assert_eq!(failure(&second), "http.closed in wait");
    assert!(second.facts.reused);
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}

#[tokio::test]
async fn the_head_is_what_was_asked_for() {
    let server = Server::answering(OK).await;
    let mut asked = post(&server.url("/path?q=1#part"), "body");
    for (name, value) in [("X-Twice", "1"), ("x-twice", "2"), ("X-Empty", "")] {
        let name: http::HeaderName = name.parse().unwrap();
        asked.headers.append(name, value.parse().unwrap());
    }
    answer(&visit(&asked).await);
    let host = server.address;
    assert_eq!(
        server.requests(),
        [format!(
            "POST /path?q=1 HTTP/1.1\r\nhost: {host}\r\nx-twice: 1\r\nx-twice: 2\r\nx-empty: \r\n\
             content-length: 4\r\n\r\nbody"
        )]
    );
    let own = Request {
        headers: [(http::header::HOST, "shop.example".parse().unwrap())]
            .into_iter()
            .collect(),
        ..get(&server.url("/"))
    };
    answer(&visit(&own).await);
    assert_eq!(
        server.requests()[1],
        "GET / HTTP/1.1\r\nhost: shop.example\r\n\r\n"
    );
}
