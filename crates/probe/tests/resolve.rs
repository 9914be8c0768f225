//! The `resolve` verb, and the lookup before every dial, against scripted name servers on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a scripted server that fails is a failed test"
)]

#[path = "dns/server.rs"]
mod server;

use jaunt_probe::{
    Answer, Answers, Conversation, Exchange, Family, Fault, NameServer, Named, Network, Outcome,
    Policy, Question, RecordType, Target,
};
use jaunt_record::{FailureKind, FailurePhase, Phase, VoidCause};
use server::{Heard, Server, network, record, wire};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const SOON: Duration = Duration::from_secs(5);

/// A question of `kind` for `name`, to `server`, else to the network's.
fn question(name: &str, kind: RecordType, server: Option<NameServer>) -> Question {
    Question {
        name: name.into(),
        types: vec![kind],
        server,
        named: Named::Journey,
        dnssec: false,
        family: Family::Any,
        deadline: Instant::now() + SOON,
    }
}

async fn put(network: &Arc<Network>, question: &Question) -> Exchange<Answers> {
    let mut visitor = network.visitor(&Arc::new(Policy::everything()));
    jaunt_probe::resolve(&mut visitor, question).await
}

/// Asks `server` alone, by UDP.
async fn ask(server: &Server, name: &str, kind: RecordType) -> Exchange<Answers> {
    let named = NameServer::Udp(server.address);
    put(&server.network(), &question(name, kind, Some(named))).await
}

fn answers(exchange: &Exchange<Answers>) -> &Answers {
    match &exchange.outcome {
        Outcome::Answered(answers) => answers,
        other => panic!("{other:?}"),
    }
}

fn fault<T: std::fmt::Debug>(exchange: &Exchange<T>) -> &Fault {
    match &exchange.outcome {
        Outcome::Failed(fault) => fault,
        other => panic!("{other:?}"),
    }
}

/// A connection to `host`, whose name `network` has to look up first.
async fn dial(
    network: &Arc<Network>,
    host: &str,
    within: Duration,
) -> Exchange<impl std::fmt::Debug + use<>> {
    let conversation = Conversation {
        target: Target {
            host: host.into(),
            port: 9,
            named: Named::Journey,
            family: Family::Any,
        },
        tls: None,
        turns: Vec::new(),
        deadline: Instant::now() + within,
    };
    let mut visitor = network.visitor(&Arc::new(Policy::everything()));
    jaunt_probe::connect(&mut visitor, &conversation).await
}

/// The one record of `kind` whose data are these bytes, asked for and read.
async fn one(kind: RecordType, number: u16, data: Vec<u8>) -> Answer {
    let server = Server::new(move |heard: &Heard| {
        assert_eq!(heard.kind, number);
        vec![heard.reply(0, &[record(&[0xc0, 12], number, 300, &data)])]
    })
    .await;
    let exchange = ask(&server, "shop.example", kind).await;
    let answers = answers(&exchange);
    assert_eq!(
        (answers.rcode.as_str(), answers.answers.len()),
        ("NOERROR", 1)
    );
    assert_eq!(answers.answers[0].ttl, 300);
    answers.answers[0].clone()
}

#[tokio::test]
async fn every_type_shows_its_text_and_what_it_points_at() {
    let named = |lead: &[u8], name: &str| [lead, &wire(name)].concat();
    let soa = [
        wire("ns.example"),
        wire("admin.example"),
        (1..=20).collect(),
    ]
    .concat();
    let https = named(&[0, 1], "cdn.example");
    let https = [https, vec![0, 1, 0, 6, 2, b'h', b'2', 2, b'h', b'3']].concat();
    type Row = (
        RecordType,
        u16,
        Vec<u8>,
        &'static str,
        Option<&'static str>,
        Option<u16>,
    );
    let rows: Vec<Row> = vec![
        (
            RecordType::A,
            1,
            vec![192, 0, 2, 7],
            "192.0.2.7",
            None,
            None,
        ),
        (
            RecordType::Cname,
            5,
            wire("alias.example"),
            "alias.example.",
            Some("alias.example"),
            None,
        ),
        (
            RecordType::Ns,
            2,
            wire("ns.example"),
            "ns.example.",
            Some("ns.example"),
            None,
        ),
        (
            RecordType::Ptr,
            12,
            wire("host.example"),
            "host.example.",
            Some("host.example"),
            None,
        ),
        (
            RecordType::Mx,
            15,
            named(&[0, 10], "mail.example"),
            "10 mail.example.",
            Some("mail.example"),
            Some(10),
        ),
        (
            RecordType::Mx,
            15,
            named(&[0, 0], ""),
            "0 .",
            Some("."),
            Some(0),
        ),
        (
            RecordType::Srv,
            33,
            named(&[0, 5, 0, 9, 1, 187], "sip.example"),
            "5 9 443 sip.example.",
            Some("sip.example"),
            Some(5),
        ),
        (
            RecordType::Soa,
            6,
            soa,
            "ns.example. admin.example. 16909060 84281096 151653132 219025168 286397204",
            None,
            None,
        ),
        (
            RecordType::Caa,
            257,
            b"\x00\x05issueca.example".to_vec(),
            "0 issue \"ca.example\"",
            None,
            None,
        ),
        (
            RecordType::Https,
            65,
            https,
            "1 cdn.example. alpn=h2,h3",
            Some("cdn.example"),
            Some(1),
        ),
        (
            RecordType::Txt,
            16,
            b"\x07v=spf1 \x04-all".to_vec(),
            "v=spf1 -all",
            None,
            None,
        ),
    ];
    for (kind, number, data, text, target, preference) in rows {
        let answer = one(kind, number, data).await;
        assert_eq!(answer.text, text, "{kind:?}");
        assert_eq!(answer.target.as_deref(), target, "{kind:?}");
        assert_eq!(answer.preference, preference, "{kind:?}");
        let txt = (kind == RecordType::Txt).then_some("v=spf1 -all");
        assert_eq!(answer.txt.as_deref(), txt);
        let address = (kind == RecordType::A).then(|| "192.0.2.7".parse().unwrap());
        assert_eq!(answer.address, address);
    }
    let six = one(
        RecordType::Aaaa,
        28,
        vec![0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
    )
    .await;
    assert_eq!(six.text, "2001:db8::7");
    assert_eq!(six.address, Some("2001:db8::7".parse().unwrap()));
}

#[tokio::test]
async fn a_response_code_is_an_answer_of_the_verb() {
    for (code, name) in [
        (0, "NOERROR"),
        (1, "FORMERR"),
        (2, "SERVFAIL"),
        (3, "NXDOMAIN"),
        (5, "REFUSED"),
    ] {
        let server = Server::new(move |heard: &Heard| vec![heard.reply(code, &[])]).await;
        let exchange = ask(&server, "shop.example", RecordType::A).await;
        assert_eq!(answers(&exchange).rcode, name);
        assert!(answers(&exchange).answers.is_empty());
        // The network's own servers say the same, and say it of themselves.
        let exchange = put(
            &server.network(),
            &question("shop.example", RecordType::A, None),
        )
        .await;
        assert_eq!(answers(&exchange).rcode, name);
        let dns = exchange.facts.dns.as_ref().unwrap();
        assert_eq!(dns.rcode.as_deref(), Some(name));
        assert_eq!(dns.server, Some(format!("udp {}", server.address)));
    }
}

#[tokio::test]
async fn a_response_code_is_a_failure_of_a_lookup() {
    for (code, kind) in [
        (0, FailureKind::ResolveNodata),
        (1, FailureKind::ResolveOther),
        (2, FailureKind::ResolveServfail),
        (3, FailureKind::ResolveNxdomain),
        (5, FailureKind::ResolveRefused),
    ] {
        let server = Server::new(move |heard: &Heard| vec![heard.reply(code, &[])]).await;
        let exchange = dial(&server.network(), "shop.example", SOON).await;
        let fault = fault(&exchange);
        assert_eq!(
            (fault.phase, fault.kind),
            (FailurePhase::Resolve, kind),
            "{fault:?}"
        );
        assert!(fault.message.contains("`shop.example`"), "{fault:?}");
        assert!(exchange.facts.connects.is_empty());
    }
}

#[tokio::test]
async fn a_truncated_answer_is_asked_for_again_by_tcp() {
    let server = Server::new(|heard: &Heard| {
        let one = record(&[0xc0, 12], 1, 60, &[127, 0, 0, 1]);
        vec![match heard.tcp {
            true => heard.reply(0, &vec![one; 100]),
            false => heard.flagged([0x83, 0x80], &[]),
        }]
    })
    .await;
    let exchange = ask(&server, "shop.example", RecordType::A).await;
    assert_eq!(answers(&exchange).answers.len(), 100);
    assert!(!answers(&exchange).tc);
    let dns = exchange.facts.dns.as_ref().unwrap();
    assert_eq!(dns.server, Some(format!("tcp {}", server.address)));
    let transports: Vec<bool> = server.heard().iter().map(|one| one.tcp).collect();
    assert_eq!(transports, [false, true]);

    let exchange = dial(&server.network(), "shop.example", SOON).await;
    assert_eq!(exchange.facts.remote.map(|remote| remote.ip()), None);
    assert_eq!(fault(&exchange).kind, FailureKind::ConnectRefused);
}

#[tokio::test]
async fn silence_ends_with_the_bound_in_resolve() {
    let server = Server::new(|_: &Heard| Vec::new()).await;
    let bound = Duration::from_millis(150);
    let network = server.network();
    let named = NameServer::Udp(server.address);
    let mut asked = question("shop.example", RecordType::A, Some(named));
    asked.deadline = Instant::now() + bound;
    let exchange = put(&network, &asked).await;
    let mut bounds = vec![(fault(&exchange).clone(), exchange.facts.phases)];
    let exchange = dial(&network, "shop.example", bound).await;
    bounds.push((fault(&exchange).clone(), exchange.facts.phases));
    for (fault, phases) in bounds {
        assert_eq!(fault.kind, FailureKind::TimeoutResolve);
        assert_eq!(fault.phase, FailurePhase::Resolve);
        let took = phases.took(Phase::Resolve).unwrap();
        assert!(
            took >= Duration::from_millis(140) && took < Duration::from_secs(1),
            "{took:?}"
        );
        assert!(fault.message.contains("within 150ms"), "{}", fault.message);
    }
}

#[tokio::test]
async fn what_answers_another_question_is_passed_over() {
    let server = Server::new(|heard: &Heard| {
        let record = |last| [record(&[0xc0, 12], 1, 60, &[192, 0, 2, last])];
        let mut other_id = heard.reply(0, &record(1));
        other_id[1] ^= 1;
        let mut other_name = heard.reply(0, &record(2));
        other_name[13] ^= 1;
        let mut other_type = heard.reply(0, &record(3));
        let at = 12 + heard.name.len() + 3;
        other_type[at] = 28;
        let mut other_class = heard.reply(0, &record(4));
        other_class[at + 2] = 3;
        let query = heard.flagged([0x01, 0], &record(5));
        vec![
            other_id,
            other_name,
            other_type,
            other_class,
            query,
            vec![],
            vec![7],
            heard.reply(0, &record(9)),
        ]
    })
    .await;
    for tcp in [false, true] {
        let named = match tcp {
            true => NameServer::Tcp(server.address),
            false => NameServer::Udp(server.address),
        };
        let asked = question("shop.example", RecordType::A, Some(named));
        let exchange = put(&server.network(), &asked).await;
        let answers = &answers(&exchange).answers;
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0].text, "192.0.2.9");
    }
}

#[tokio::test]
async fn a_datagram_from_elsewhere_is_never_read() {
    // The forger knows id, question and port; the honest server answers after it.
    let forger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let honest = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = honest.local_addr().unwrap();
    let network = network(&[&address.to_string()]);
    let asked = question(
        "shop.example",
        RecordType::A,
        Some(NameServer::Udp(address)),
    );
    let serve = async {
        let mut buffer = vec![0; 512];
        let (length, peer) = honest.recv_from(&mut buffer).await.unwrap();
        let mut forged = buffer[..length].to_vec();
        forged[2] |= 0x80;
        forged[3] |= 3;
        // On loopback the kernel has it at the asker's door when this returns.
        forger.send_to(&forged, peer).unwrap();
        forged[3] &= 0xf0;
        honest.send_to(&forged, peer).await.unwrap();
    };
    let (exchange, ()) = tokio::join!(put(&network, &asked), serve);
    assert_eq!(answers(&exchange).rcode, "NOERROR");
}

#[tokio::test]
async fn a_port_refused_by_every_server_is_our_own_resolvers_fault() {
    let closed = || {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.local_addr().unwrap().to_string()
    };
    let (one, two) = (closed(), closed());
    let shut = network(&[&one, &two]);
    let exchange = dial(&shut, "shop.example", SOON).await;
    let Outcome::Void(void) = &exchange.outcome else {
        panic!("{exchange:?}");
    };
    assert_eq!(void.cause, VoidCause::Resolver);
    let exchange = put(&shut, &question("shop.example", RecordType::A, None)).await;
    let Outcome::Void(void) = &exchange.outcome else {
        panic!("{exchange:?}");
    };
    assert_eq!(void.cause, VoidCause::Resolver);

    // A server that the journey names is the journey's: its refusal is a failure.
    let named = NameServer::parse(&one).unwrap();
    let exchange = put(&shut, &question("shop.example", RecordType::A, Some(named))).await;
    assert_eq!(fault(&exchange).kind, FailureKind::ResolveOther);

    // One that answers is enough, and what it says counts.
    let server = Server::zone(&[]).await;
    let half = network(&[&one, &server.address.to_string()]);
    let exchange = dial(&half, "shop.example", SOON).await;
    assert_eq!(fault(&exchange).kind, FailureKind::ResolveNxdomain);

    // So is one that is silent: in doubt it is a failure.
    let silent = Server::new(|_: &Heard| Vec::new()).await;
    let half = network(&[&one, &silent.address.to_string()]);
    let exchange = dial(&half, "shop.example", Duration::from_millis(100)).await;
    assert_eq!(fault(&exchange).kind, FailureKind::TimeoutResolve);
}

/// Messages that no honest server sends, made of an honest answer.
fn garbage(heard: &Heard) -> Vec<Vec<u8>> {
    let whole = heard.reply(0, &[]);
    let header = |counts: [u8; 8], rest: &[u8]| [&whole[..4], &counts, rest].concat();
    let one = |owner: &[u8], data: &[u8]| heard.reply(0, &[record(owner, 5, 60, data)]);
    let tail = u8::try_from(whole.len()).unwrap();
    let question = &whole[12..];
    vec![
        // A question whose name points at itself, forwards, and to nowhere.
        header([0, 1, 0, 0, 0, 0, 0, 0], &[0xc0, 12, 0, 1, 0, 1]),
        header([0, 1, 0, 0, 0, 0, 0, 0], &[0xc0, 18, 0, 1, 0, 1, 0xc0, 12]),
        header([0, 1, 0, 0, 0, 0, 0, 0], &[0xff, 0xff, 0, 1, 0, 1]),
        // An owner that points at itself, at a pair that point at each other, and past the end.
        one(&[0xc0, tail], &wire("a.example")),
        one(&[0xc0, tail + 2, 0xc0, tail], &wire("a.example")),
        one(&[0xff, 0xff], &wire("a.example")),
        // A target that points at itself: its label before it grows without end.
        one(&[0xc0, 12], &[1, b'a', 0xc0, tail + 12]),
        // A label of a reserved form, one that is cut off, and a name that is too long.
        one(&[0xc0, 12], &[0x80, b'a', 0]),
        one(&[0xc0, 12], &[63, b'a']),
        one(&[0xc0, 12], &wire(&"abcdefgh.".repeat(40))),
        // Counts that promise what is not there.
        header([0, 1, 0xff, 0xff, 0, 0, 0, 0], question),
        header([0xff, 0xff, 0, 0, 0, 0, 0, 0], question),
        header([0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff], question),
        // Data that are longer than the message, and an address of three bytes.
        heard.reply(0, &[vec![0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 1]]),
        heard.reply(0, &[record(&[0xc0, 12], 1, 60, &[1, 2, 3])]),
        // No more than our id.
        whole[..2].to_vec(),
        whole[..11].to_vec(),
    ]
}

#[tokio::test]
async fn what_cannot_be_read_is_malformed_and_neither_panics_nor_hangs() {
    let server = Server::new(|heard: &Heard| {
        // The question says which one is wanted.
        let number: usize = heard.name[1..heard.name.find('.').unwrap()]
            .parse()
            .unwrap();
        garbage(heard).into_iter().skip(number).take(1).collect()
    })
    .await;
    let network = server.network();
    for number in 0..17 {
        let name = format!("n{number}.example");
        let named = NameServer::Udp(server.address);
        let exchange = put(&network, &question(&name, RecordType::A, Some(named))).await;
        let kind = fault(&exchange).kind;
        assert_eq!(
            kind,
            FailureKind::ResolveMalformed,
            "{number}: {exchange:?}"
        );
        let exchange = dial(&network, &name, SOON).await;
        let kind = fault(&exchange).kind;
        assert_eq!(
            kind,
            FailureKind::ResolveMalformed,
            "{number}: {exchange:?}"
        );
    }
}
