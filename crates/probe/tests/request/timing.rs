//! Phases say what happened: each delayed by a known time at the server, and nothing else.

use super::{
    server::{self, Server},
    visit::{answer, failure, get, phases, post, visit, within},
};
use jaunt_probe::{Exchange, Response};
use jaunt_record::Phase;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    time::sleep,
};

const DELAY: Duration = Duration::from_millis(60);

fn took(exchange: &Exchange<Response>, phase: Phase) -> Duration {
    exchange
        .facts
        .phases
        .took(phase)
        .unwrap_or_else(|| panic!("no phase {phase}"))
}

/// A visit in which `phase` took the delay, and the exchange hardly more than that.
///
/// A busy machine keeps server and visitor waiting: one visit in twenty has to be such a one.
async fn only(server: &Server, phase: Phase) -> Exchange<Response> {
    const SLACK: Duration = Duration::from_millis(25);
    let mut seen = Vec::new();
    for _ in 0..20 {
        let exchange = visit(&get(&server.url("/"))).await;
        let (long, all) = (took(&exchange, phase), exchange.facts.duration);
        assert_eq!(exchange.facts.phases.total(), all);
        if long >= DELAY && all < DELAY + SLACK {
            return exchange;
        }
        seen.push((long, all));
    }
    panic!("{phase} took, of all: {seen:?}");
}

#[tokio::test]
async fn a_server_that_thinks_shows_in_wait() {
    let server = Server::new(|mut tcp, _| async move {
        server::request(&mut tcp).await;
        sleep(DELAY).await;
        tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .await
            .unwrap();
        server::close(tcp).await;
    })
    .await;
    let exchange = only(&server, Phase::Wait).await;
    assert_eq!(phases(&exchange), ["connect", "send", "wait", "receive"]);
}

#[tokio::test]
async fn interim_responses_do_not_end_wait() {
    let server = Server::new(|mut tcp, _| async move {
        server::request(&mut tcp).await;
        tcp.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .await
            .unwrap();
        sleep(DELAY / 2).await;
        tcp.write_all(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            .await
            .unwrap();
        sleep(DELAY / 2).await;
        tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .await
            .unwrap();
        server::close(tcp).await;
    })
    .await;
    let exchange = only(&server, Phase::Wait).await;
    assert_eq!(answer(&exchange).status, 200);
}

#[tokio::test]
async fn the_first_byte_ends_wait_though_the_headers_are_not_complete() {
    let server = Server::new(|mut tcp, _| async move {
        server::request(&mut tcp).await;
        tcp.write_all(b"H").await.unwrap();
        sleep(DELAY / 2).await;
        tcp.write_all(b"TTP/1.1 200 OK\r\n").await.unwrap();
        sleep(DELAY / 2).await;
        tcp.write_all(b"Content-Length: 2\r\n\r\nok").await.unwrap();
        server::close(tcp).await;
    })
    .await;
    only(&server, Phase::Receive).await;
}

#[tokio::test]
async fn a_body_that_drips_shows_in_receive() {
    let server = Server::new(|mut tcp, _| async move {
        server::request(&mut tcp).await;
        tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
            .await
            .unwrap();
        for byte in b"slowly" {
            sleep(DELAY / 6).await;
            tcp.write_all(&[*byte]).await.unwrap();
        }
        server::close(tcp).await;
    })
    .await;
    let exchange = only(&server, Phase::Receive).await;
    assert_eq!(answer(&exchange).body, "slowly");
}

#[tokio::test]
async fn a_server_that_is_slow_to_take_the_body_shows_in_send() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let body = vec![b'x'; 16 << 20];
    let length = body.len();
    let server = Server::on(listener, move |mut tcp, _| async move {
        sleep(DELAY).await;
        let mut rest = length;
        let mut some = vec![0; 1 << 20];
        while rest > 0 {
            rest = rest.saturating_sub(tcp.read(&mut some).await.unwrap());
        }
        tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .await
            .unwrap();
        server::close(tcp).await;
    });
    let exchange = visit(&post(&server.url("/"), body)).await;
    answer(&exchange);
    assert!(
        took(&exchange, Phase::Send) >= DELAY,
        "{:?}",
        exchange.facts.phases
    );
    assert_eq!(exchange.facts.phases.total(), exchange.facts.duration);
}

#[tokio::test]
async fn a_timeout_names_its_phase_and_keeps_what_was_measured() {
    for (said, phase, happened) in [
        ("", "timeout.wait in wait", vec!["connect", "send", "wait"]),
        (
            "HTTP/1.1 102 Processing\r\n\r\n",
            "timeout.wait in wait",
            vec!["connect", "send", "wait"],
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            "timeout.receive in receive",
            vec!["connect", "send", "wait", "receive"],
        ),
        (
            "HTTP/1.1 200 OK\r\nX-Half",
            "timeout.receive in receive",
            vec!["connect", "send", "wait", "receive"],
        ),
    ] {
        let server = Server::answering(said).await;
        let mut late = Vec::new();
        // Late is what a busy machine makes of it: one visit in twenty has to end in time.
        while late.len() < 20 {
            let exchange = visit(&within(get(&server.url("/")), 80)).await;
            let duration = exchange.facts.duration;
            if duration >= Duration::from_millis(130) {
                late.push(duration);
                continue;
            }
            assert_eq!(failure(&exchange), phase, "{said:?}");
            assert_eq!(phases(&exchange), happened, "{said:?}");
            assert!(duration > Duration::from_millis(70), "{duration:?}");
            assert_eq!(exchange.facts.phases.total(), duration);
            break;
        }
        assert!(late.len() < 20, "{late:?}");
    }
}

#[tokio::test]
async fn a_timeout_while_sending_is_one_in_send() {
    let server = Server::silent().await;
    let exchange = visit(&within(post(&server.url("/"), vec![b'x'; 64 << 20]), 100)).await;
    assert_eq!(failure(&exchange), "timeout.send in send");
}

#[tokio::test]
async fn a_timeout_in_tls_keeps_what_connect_took() {
    let server = Server::silent().await;
    let url = server.url("/").replace("http:", "https:");
    let exchange = visit(&within(get(&url), 80)).await;
    assert_eq!(failure(&exchange), "timeout.tls in tls");
    assert_eq!(phases(&exchange), ["connect", "tls"]);
}

#[tokio::test]
async fn bytes_are_counted_as_they_are_on_the_wire() {
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let server = Server::answering(response).await;
    let exchange = visit(&get(&server.url("/"))).await;
    assert_eq!(exchange.facts.bytes_in, response.len() as u64);
    assert_eq!(exchange.facts.bytes_out, server.requests()[0].len() as u64);
}
