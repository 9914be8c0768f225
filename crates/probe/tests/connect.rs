//! The `connect` and `handshake` verbs against scripted peers on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a scripted peer that fails is a failed test"
)]

use jaunt_probe::{
    Conversation, Exchange, Family, Fault, Greeting, Handshake, NameServer, Named, Network,
    NetworkConfig, Outcome, Policy, Received, ResolverConfig, Secured, Target, TlsConfig, TlsSetup,
    Turn,
};
use jaunt_record::{FailureKind, FailurePhase, Phase};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};

/// What a scripted peer does next.
#[derive(Clone, Copy, Debug)]
enum Move {
    Say(&'static [u8]),
    /// Reads so many bytes, which must be these.
    Hear(&'static [u8]),
    Flood(usize),
    Pause(Duration),
    Reset,
    /// Waits until the other side is gone.
    Linger,
}

/// A peer that accepts once and follows `script`, then closes.
async fn peer(tasks: &mut JoinSet<()>, script: Vec<Move>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for step in script {
            match step {
                Move::Say(bytes) => stream.write_all(bytes).await.unwrap(),
                Move::Hear(bytes) => {
                    let mut heard = vec![0; bytes.len()];
                    stream.read_exact(&mut heard).await.unwrap();
                    assert_eq!(heard, bytes);
                }
                Move::Flood(bytes) => {
                    let _ = stream.write_all(&vec![b'x'; bytes]).await;
                }
                Move::Pause(pause) => tokio::time::sleep(pause).await,
                Move::Reset => {
                    stream.set_zero_linger().unwrap();
                    return;
                }
                Move::Linger => {
                    let _ = stream.read(&mut [0; 16]).await;
                }
            }
        }
    });
    address
}

fn network() -> Arc<Network> {
    let servers = vec![NameServer::parse("127.0.0.1:9").unwrap()];
    let resolver = ResolverConfig {
        servers,
        hosts: false,
    };
    Network::new(NetworkConfig {
        resolver,
        ..NetworkConfig::default()
    })
    .unwrap()
}

fn target(address: SocketAddr) -> Target {
    Target {
        host: address.ip().to_string(),
        port: address.port(),
        named: Named::Journey,
        family: Family::Any,
    }
}

async fn converse(script: Vec<Move>, turns: Vec<Turn>, within: Duration) -> Exchange<Received> {
    let mut tasks = JoinSet::new();
    let address = peer(&mut tasks, script).await;
    let conversation = Conversation {
        target: target(address),
        tls: None,
        turns,
        deadline: Instant::now() + within,
    };
    let mut visitor = network().visitor(&Arc::new(Policy::everything()));
    let exchange = jaunt_probe::connect(&mut visitor, &conversation).await;
    drop(tasks);
    exchange
}

async fn shake(greeting: Greeting, script: Vec<Move>) -> Exchange<Secured> {
    let mut tasks = JoinSet::new();
    let address = peer(&mut tasks, script).await;
    let network = network();
    let handshake = Handshake {
        target: target(address),
        tls: TlsSetup::new(&network, TlsConfig::default()).unwrap(),
        server_name: Some("mail.example".into()),
        alpn: Vec::new(),
        greeting: Some(greeting),
        deadline: Instant::now() + SOON,
    };
    let mut visitor = network.visitor(&Arc::new(Policy::everything()));
    jaunt_probe::handshake(&mut visitor, &handshake).await
}

const SOON: Duration = Duration::from_secs(5);

fn fault<T: std::fmt::Debug>(exchange: &Exchange<T>) -> &Fault {
    match &exchange.outcome {
        Outcome::Failed(fault) => fault,
        other => panic!("{other:?}"),
    }
}

fn expect(text: &str) -> Turn {
    Turn::Expect(text.into())
}

#[tokio::test]
async fn a_conversation_is_held_in_turn_and_its_phases_account_for_it() {
    let pause = Duration::from_millis(40);
    let exchange = converse(
        vec![
            Move::Pause(pause),
            Move::Say(b"220 re"),
            Move::Say(b"ady\r\n"),
            Move::Hear(b"NOOP\r\n"),
            Move::Pause(pause),
            Move::Say(b"250 \xff ok 220\r\n"),
        ],
        vec![
            Turn::ExpectRegex(regex::Regex::new(r"^220 .*\r\n").unwrap()),
            Turn::Send(b"NOOP\r\n".to_vec()),
            expect("250 "),
            expect("220"),
        ],
        SOON,
    )
    .await;
    let Outcome::Answered(received) = &exchange.outcome else {
        panic!("{exchange:?}");
    };
    assert!(received.bytes.starts_with(b"220 ready\r\n250 \xff ok 220"));
    let facts = &exchange.facts;
    assert!(facts.phases.took(Phase::Wait).unwrap() >= pause * 2);
    assert!(facts.phases.took(Phase::Send).is_some());
    assert!(facts.phases.took(Phase::Connect).is_some());
    assert_eq!(facts.phases.took(Phase::Resolve), None);
    assert_eq!(facts.phases.took(Phase::Tls), None);
    assert_eq!(facts.phases.total(), facts.duration);
    assert_eq!(facts.bytes_out, 6);
}

#[tokio::test]
async fn what_came_instead_is_shown() {
    let script = vec![Move::Say(b"554 go away\r\n")];
    let exchange = converse(script, vec![expect("220")], SOON).await;
    let fault = fault(&exchange);
    assert_eq!(fault.kind, FailureKind::ExpectReceived);
    assert_eq!(fault.phase, FailurePhase::Expect);
    assert_eq!(
        fault.message,
        r"expected `220`, which did not come before the peer closed; received `554 go away\r\n`"
    );
}

#[tokio::test]
async fn an_answer_that_stays_wrong_is_shown_when_the_time_is_up() {
    let script = vec![Move::Say(b"554 go away\r\n"), Move::Linger];
    let exchange = converse(script, vec![expect("220")], Duration::from_millis(100)).await;
    let fault = fault(&exchange);
    assert_eq!(fault.kind, FailureKind::ExpectReceived);
    assert!(fault.message.contains("until the time was up"), "{fault:?}");
}

#[tokio::test]
async fn silence_is_a_timeout_in_wait() {
    let exchange = converse(
        vec![Move::Linger],
        vec![expect("220")],
        Duration::from_millis(100),
    )
    .await;
    assert_eq!(fault(&exchange).kind, FailureKind::TimeoutWait);
    assert!(exchange.facts.phases.took(Phase::Connect).is_some());
}

#[tokio::test]
async fn a_peer_that_closes_without_a_word_and_one_that_resets_differ() {
    let closed = converse(vec![], vec![expect("220")], SOON).await;
    assert_eq!(fault(&closed).kind, FailureKind::ConnectClosed);
    let reset = converse(vec![Move::Reset], vec![expect("220")], SOON).await;
    assert_eq!(fault(&reset).kind, FailureKind::ConnectReset);
}

#[tokio::test]
async fn a_flood_ends_at_one_mebibyte() {
    let script = vec![Move::Flood(3 << 20)];
    let exchange = converse(script, vec![expect("220")], SOON).await;
    let fault = fault(&exchange);
    assert_eq!(fault.kind, FailureKind::ExpectReceived);
    assert!(fault.message.contains("1 MiB"), "{}", fault.message);
    assert!(fault.message.len() < 500, "{}", fault.message.len());
}

#[tokio::test]
async fn a_server_that_does_not_turn_to_tls_says_so_in_each_protocol() {
    for (greeting, script) in [
        (Greeting::Smtp, vec![Move::Say(b"554 no\r\n")]),
        (
            Greeting::Smtp,
            vec![
                Move::Say(b"220-a\r\n220 b\r\n"),
                Move::Hear(b"EHLO jaunt.invalid\r\n"),
                Move::Say(b"250-a\r\n250 SIZE\r\n"),
            ],
        ),
        (
            Greeting::Imap,
            vec![
                Move::Say(b"* OK hi\r\n"),
                Move::Hear(b"a1 STARTTLS\r\n"),
                Move::Say(b"* note\r\na1 BAD no\r\n"),
            ],
        ),
        (
            Greeting::Pop3,
            vec![
                Move::Say(b"+OK\r\n"),
                Move::Hear(b"STLS\r\n"),
                Move::Say(b"-ERR no\r\n"),
            ],
        ),
        (
            Greeting::Ldap,
            vec![Move::Say(
                b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00",
            )],
        ),
        (Greeting::Postgres, vec![Move::Say(b"N")]),
    ] {
        let exchange = shake(greeting, [script, vec![Move::Linger]].concat()).await;
        let fault = fault(&exchange);
        assert_eq!(
            fault.kind,
            FailureKind::TlsStarttls,
            "{greeting:?}: {fault:?}"
        );
        assert_eq!(fault.phase, FailurePhase::Tls);
        assert!(exchange.facts.phases.took(Phase::Connect).is_some());
    }
}

#[tokio::test]
async fn a_server_that_turns_to_tls_is_met_with_a_client_hello_in_each_protocol() {
    // A TLS record of type handshake, version 3.1: the ClientHello's first bytes.
    let hello = Move::Hear(b"\x16\x03\x01");
    for (greeting, script) in [
        (
            Greeting::Smtp,
            vec![
                Move::Say(b"220 a\r\n"),
                Move::Hear(b"EHLO jaunt.invalid\r\n"),
                Move::Say(b"250-a\r\n250-STARTTLS\r\n250 SIZE\r\n"),
                Move::Hear(b"STARTTLS\r\n"),
                Move::Say(b"220 go\r\n"),
            ],
        ),
        (
            Greeting::Imap,
            vec![
                Move::Say(b"* OK hi\r\n"),
                Move::Hear(b"a1 STARTTLS\r\n"),
                Move::Say(b"a1 OK go\r\n"),
            ],
        ),
        (
            Greeting::Pop3,
            vec![
                Move::Say(b"+OK\r\n"),
                Move::Hear(b"STLS\r\n"),
                Move::Say(b"+OK\r\n"),
            ],
        ),
        (
            Greeting::Ldap,
            vec![
                Move::Hear(b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"),
                Move::Say(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
            ],
        ),
        (
            Greeting::Postgres,
            vec![
                Move::Hear(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]),
                Move::Say(b"S"),
            ],
        ),
    ] {
        // Closing with unread bytes resets; either way the handshake was under way and was closed.
        let exchange = shake(greeting, [script, vec![hello]].concat()).await;
        let fault = fault(&exchange);
        assert_eq!(
            fault.kind,
            FailureKind::TlsClosed,
            "{greeting:?}: {fault:?}"
        );
    }
}
