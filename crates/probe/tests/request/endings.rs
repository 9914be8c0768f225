//! Every way in which a response can fail to come to its proper end has its kind and phase.

use super::{
    server::{self, Server},
    visit::{answer, failure, fault, get, post, visit, visitor, within},
};
use jaunt_probe::{Family, Named, Network, NetworkConfig, Outcome, Policy, Request};
use jaunt_record::VoidCause;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn a_closed_port_says_that_nothing_listens() {
    let address = Server::answering("").await.stopped().await;
    let exchange = visit(&get(&format!("http://{address}/"))).await;
    assert_eq!(failure(&exchange), "connect.refused in connect");
    assert_eq!(
        fault(&exchange).message,
        format!("nothing listens on {address}")
    );
    let connects = &exchange.facts.connects;
    assert_eq!(connects.len(), 1);
    assert_eq!(connects[0].error.as_deref(), Some("connection refused"));
}

#[tokio::test]
async fn a_body_that_is_cut_fails_in_receive() {
    for (response, kind) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
            "http.truncated in receive",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
            "http.truncated in receive",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
            "http.truncated in receive",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\n12345\r\n0\r\n\r\n",
            "http.malformed in receive",
        ),
    ] {
        let server = Server::answering_once(response).await;
        let exchange = visit(&get(&server.url("/"))).await;
        assert_eq!(failure(&exchange), kind, "{response}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_close_is_told_from_what_is_not_http() {
    for (response, kind) in [
        ("", "http.closed in wait"),
        ("HTTP/1.1 200 OK\r\nX: ", "http.closed in receive"),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "http.malformed in receive"),
        ("HTTP/1.1 2000 Many\r\n\r\n", "http.malformed in receive"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "http.closed in wait"),
    ] {
        let server = Server::answering_once(response).await;
        let exchange = visit(&get(&server.url("/"))).await;
        assert_eq!(failure(&exchange), kind, "{response:?}");
        assert_eq!((server.connections(), server.requests().len()), (1, 1));
    }
}

#[tokio::test]
async fn a_body_until_close_is_whole() {
    let server = Server::answering_once("HTTP/1.0 200 OK\r\n\r\nall there is").await;
    let exchange = visit(&get(&server.url("/"))).await;
    assert_eq!(answer(&exchange).body, "all there is");
    assert_eq!(answer(&exchange).version, "HTTP/1.0");
}

#[tokio::test]
async fn a_reset_at_any_byte_is_a_reset_and_makes_no_second_attempt() {
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for cut in 0..response.len() {
        let server = Server::new(move |mut tcp, log| async move {
            log.request(server::request(&mut tcp).await.unwrap());
            tcp.write_all(&response.as_bytes()[..cut]).await.unwrap();
            // The client has read what came before: it has nothing more to wait for but the reset.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            server::reset(tcp);
        })
        .await;
        let exchange = visit(&get(&server.url("/"))).await;
        let phase = match cut {
            // Fewer bytes may yet become a 1xx.
            0..=9 => "wait",
            _ => "receive",
        };
        assert_eq!(
            failure(&exchange),
            format!("http.reset in {phase}"),
            "cut at {cut}"
        );
        assert_eq!((server.connections(), server.requests().len()), (1, 1));
    }
}

#[tokio::test]
async fn headers_beyond_64_kib_are_refused() {
    let long = format!("X-Long: {}\r\n", "x".repeat(1000));
    let head = |count: usize| {
        let headers = long.repeat(count);
        format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 2\r\n\r\nok")
    };
    let server = Server::answering(head(60)).await;
    assert_eq!(answer(&visit(&get(&server.url("/"))).await).body, "ok");
    let server = Server::answering(head(70)).await;
    let exchange = visit(&get(&server.url("/"))).await;
    assert_eq!(failure(&exchange), "http.headers-too-large in receive");
    let many = format!(
        "HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\nok",
        "A: b\r\n".repeat(900)
    );
    let server = Server::answering(many).await;
    assert_eq!(
        answer(&visit(&get(&server.url("/"))).await).headers.len(),
        901
    );
    let more = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(2000));
    let server = Server::answering(more).await;
    let exchange = visit(&get(&server.url("/"))).await;
    assert_eq!(failure(&exchange), "http.headers-too-large in receive");
}

#[tokio::test]
async fn endless_headers_end_at_the_bound() {
    let server = Server::new(|mut tcp, _| async move {
        server::request(&mut tcp).await;
        let _ = tcp.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while tcp
            .write_all(b"X-More: and more and more\r\n")
            .await
            .is_ok()
        {}
    })
    .await;
    let exchange = visit(&get(&server.url("/"))).await;
    assert_eq!(failure(&exchange), "http.headers-too-large in receive");
    assert!(
        exchange.facts.bytes_in < 1 << 20,
        "{}",
        exchange.facts.bytes_in
    );
}

#[tokio::test]
async fn an_early_refusal_of_a_large_body_is_an_answer() {
    let server = Server::new(|mut tcp, _| async move {
        let mut some = [0; 1000];
        tcp.read_exact(&mut some).await.unwrap();
        let refusal = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!";
        tcp.write_all(refusal.as_bytes()).await.unwrap();
        // Takes nothing more, and does not close yet.
        std::future::pending::<()>().await;
    })
    .await;
    let exchange = visit(&within(post(&server.url("/"), vec![b'x'; 8 << 20]), 2000)).await;
    assert_eq!(answer(&exchange).status, 413);
}

#[tokio::test]
async fn an_address_that_the_policy_forbids_is_void_or_a_failure_by_who_named_it() {
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let policy = Arc::new(Policy::public());
    let mut visitor = Network::new(NetworkConfig::default())
        .unwrap()
        .visitor(&policy);
    for (named, expected) in [
        (Named::Journey, None),
        (Named::Location, Some("redirect.not-public")),
        (Named::Capture, Some("capture.not-public")),
    ] {
        let request = Request {
            named,
            ..get(&server.url("/"))
        };
        let exchange = jaunt_probe::request(&mut visitor, &request).await;
        match (&exchange.outcome, expected) {
            (Outcome::Void(void), None) => assert_eq!(void.cause, VoidCause::EgressDenied),
            (Outcome::Failed(fault), Some(kind)) => assert_eq!(fault.kind.as_str(), kind),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        server.connections(),
        0,
        "no byte leaves, and no connection is made"
    );
}

#[tokio::test]
async fn a_family_that_the_target_has_not_is_said() {
    let request = Request {
        family: Family::V6,
        ..get("http://127.0.0.1:9/")
    };
    let exchange = jaunt_probe::request(&mut visitor(), &request).await;
    assert_eq!(failure(&exchange), "connect.other in resolve");
}
