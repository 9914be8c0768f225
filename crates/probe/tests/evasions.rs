//! Ways around the egress policy, each tried and each refused: listeners on loopback stand where the
//! way would lead, and must hear nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a scripted server that fails is a failed test"
)]

#[path = "dns/server.rs"]
mod server;

use jaunt_probe::{
    Connection, Conversation, Exchange, Family, Handshake, NameServer, Named, Network, Outcome,
    Policy, Proxy, Question, RecordType, Request, Target, TlsConfig, TlsSetup, Version, Visitor,
};
use jaunt_record::{FailureKind, VoidCause};
use server::{Heard, Server, address_record, record, wire};
use std::{
    fmt::Debug,
    io::ErrorKind,
    net::{TcpListener, UdpSocket},
    sync::Arc,
    time::{Duration, Instant},
};

/// One port of loopback, by TCP and UDP, by IPv4 and (where there is one) IPv6.
struct Witness {
    port: u16,
    tcp: Vec<TcpListener>,
    udp: UdpSocket,
}

impl Witness {
    fn new() -> Self {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let six = TcpListener::bind(("::1", port)).ok();
        let tcp: Vec<_> = [first].into_iter().chain(six).collect();
        for listener in &tcp {
            listener.set_nonblocking(true).unwrap();
        }
        let udp = UdpSocket::bind(("127.0.0.1", port)).unwrap();
        udp.set_nonblocking(true).unwrap();
        Self { port, tcp, udp }
    }

    /// Nobody has knocked. A connect on loopback is in the queue before it returns.
    fn heard_nothing(&self, what: &str) {
        for listener in &self.tcp {
            let knock = listener.accept().map_err(|error| error.kind());
            assert!(
                matches!(knock, Err(ErrorKind::WouldBlock)),
                "{what}: {knock:?}"
            );
        }
        let datagram = self.udp.recv(&mut [0; 16]).map_err(|error| error.kind());
        assert!(
            matches!(datagram, Err(ErrorKind::WouldBlock)),
            "{what}: {datagram:?}"
        );
    }
}

/// What came of a try.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Void(VoidCause),
    Fail(FailureKind),
}

const DENIED: Verdict = Verdict::Void(VoidCause::EgressDenied);

/// The verdict of an exchange that must not have dialled anyone, and its message.
fn verdict<T: Debug>(exchange: &Exchange<T>) -> (Verdict, String) {
    assert!(exchange.facts.connects.is_empty(), "{exchange:?}");
    match &exchange.outcome {
        Outcome::Answered(answer) => panic!("{answer:?}"),
        Outcome::Failed(fault) => (Verdict::Fail(fault.kind), fault.message.clone()),
        Outcome::Void(void) => (Verdict::Void(void.cause), void.message.clone()),
    }
}

fn stranger(network: &Arc<Network>) -> Visitor {
    network.visitor(&Arc::new(Policy::public()))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

fn tls(network: &Arc<Network>) -> TlsSetup {
    TlsSetup::new(network, TlsConfig::default()).unwrap()
}

fn get(network: &Arc<Network>, url: &str, named: Named) -> Request {
    Request {
        method: http::Method::GET,
        url: url::Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}")),
        named,
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
        version: Version::Auto,
        tls: tls(network),
        server_name: None,
        family: Family::Any,
        proxy: None,
        connection: Connection::Keep,
        max_body: 1 << 20,
        deadline: soon(),
    }
}

fn target(host: &str, port: u16, named: Named) -> Target {
    Target {
        host: host.into(),
        port,
        named,
        family: Family::Any,
    }
}

fn conversation(target: Target) -> Conversation {
    Conversation {
        target,
        tls: None,
        turns: Vec::new(),
        deadline: soon(),
    }
}

fn shaking(network: &Arc<Network>, target: Target) -> Handshake {
    Handshake {
        target,
        tls: tls(network),
        server_name: Some("shop.example".into()),
        alpn: Vec::new(),
        greeting: None,
        deadline: soon(),
    }
}

fn question(server: NameServer, named: Named) -> Question {
    Question {
        name: "shop.example".into(),
        types: vec![RecordType::A],
        server: Some(server),
        named,
        dnssec: false,
        family: Family::Any,
        deadline: soon(),
    }
}

/// Hosts as a journey may write them, and the rule that refuses each.
const HOSTS: &[(&str, &str)] = &[
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("127.0.0.1.", "loopback"),
    ("2130706433", "loopback"),
    ("017700000001", "loopback"),
    ("0x7f000001", "loopback"),
    ("0X7F000001", "loopback"),
    ("0x7f.0.0.1", "loopback"),
    ("0177.0.0.1", "loopback"),
    ("0177.0x0.0.01", "loopback"),
    ("127.1", "loopback"),
    ("127.0.1", "loopback"),
    ("0x7f.1", "loopback"),
    ("127.0x1", "loopback"),
    ("127.65535", "loopback"),
    ("%31%32%37.0.0.1", "loopback"),
    ("127%2e0%2e0%2e1", "loopback"),
    ("127\u{3002}0\u{3002}0\u{3002}1", "loopback"),
    ("127\u{ff0e}0\u{ff0e}0\u{ff0e}1", "loopback"),
    ("127\u{ff61}0\u{ff61}0\u{ff61}1", "loopback"),
    ("\u{ff11}\u{ff12}\u{ff17}.0.0.1", "loopback"),
    ("\u{2460}\u{2461}\u{2466}.0.0.1", "loopback"),
    ("127.0.0.\u{ad}1", "loopback"),
    ("0x7f.0\u{3002}0.\u{ff11}", "loopback"),
    ("localhost", "loopback"),
    ("LOCALHOST.", "loopback"),
    ("shop.localhost", "loopback"),
    ("loc\u{ad}alhost", "loopback"),
    ("\u{24db}ocalhost", "loopback"),
    ("0", "unspecified"),
    ("0x0", "unspecified"),
    ("0.0.0.0", "unspecified"),
    ("0.1", "unspecified"),
    ("10.1", "private"),
    ("012.0.0.1", "private"),
    ("167772161", "private"),
    ("172.16.1", "private"),
    ("0xac.0x1f.1", "private"),
    ("3232235521", "private"),
    ("0300.0250.1", "private"),
    ("192.168.257", "private"),
    ("169.254.169.254", "metadata"),
    ("2852039166", "metadata"),
    ("0xa9fea9fe", "metadata"),
    ("0251.0376.0251.0376", "metadata"),
    ("169.254.43518", "metadata"),
    ("169.254.1", "link-local"),
    ("100.64.1", "cgnat"),
    ("198.18.1", "benchmarking"),
    ("0xe0000001", "multicast"),
    ("0xffffffff", "broadcast"),
    ("4026531841", "reserved"),
    ("[::1]", "loopback"),
    ("[0:0:0:0:0:0:0:1]", "loopback"),
    ("[::0.0.0.1]", "loopback"),
    ("[::]", "unspecified"),
    ("[::ffff:127.0.0.1]", "v4-mapped"),
    ("[::ffff:7f00:1]", "v4-mapped"),
    ("[0:0:0:0:0:FFFF:7F00:1]", "v4-mapped"),
    ("[::ffff:169.254.169.254]", "v4-mapped"),
    ("[::127.0.0.1]", "v4-compatible"),
    ("[::ffff:0:127.0.0.1]", "v4-compatible"),
    ("[64:ff9b::127.0.0.1]", "nat64"),
    ("[64:ff9b::a9fe:a9fe]", "nat64"),
    ("[64:ff9b:1::7f00:1]", "nat64"),
    ("[2002:7f00:1::]", "6to4"),
    ("[2002:a9fe:a9fe::1]", "6to4"),
    ("[2001:0:7f00:1::]", "teredo"),
    ("[2001::80ff:fffe]", "teredo"),
    ("[2606:4700::5efe:7f00:1]", "isatap"),
    ("[2606:4700::200:5efe:10.0.0.1]", "isatap"),
    ("[fe80::1]", "link-local"),
    ("[fec0::1]", "site-local"),
    ("[fc00::1]", "private"),
    ("[fd12:3456::1]", "private"),
    ("[fd00:ec2::254]", "metadata"),
    ("[ff02::1]", "multicast"),
    ("[100::1]", "reserved"),
    ("[4000::1]", "reserved"),
    ("[3fff::1]", "documentation"),
];

#[tokio::test]
async fn an_address_in_other_words_is_refused_by_its_rule_through_every_verb() {
    let (witness, resolver) = (Witness::new(), Server::zone(&[]).await);
    let network = resolver.network();
    for (host, rule) in HOSTS {
        for (named, expected) in [
            (Named::Journey, DENIED),
            (
                Named::Location,
                Verdict::Fail(FailureKind::RedirectNotPublic),
            ),
            (Named::Capture, Verdict::Fail(FailureKind::CaptureNotPublic)),
        ] {
            let request = get(&network, &format!("http://{host}:{}/", witness.port), named);
            let canonical = request.url.host_str().unwrap();
            let target = target(canonical.trim_matches(['[', ']']), witness.port, named);
            let mut visitor = stranger(&network);
            let mut told = vec![
                verdict(&jaunt_probe::request(&mut visitor, &request).await),
                verdict(&jaunt_probe::connect(&mut visitor, &conversation(target.clone())).await),
                verdict(&jaunt_probe::handshake(&mut visitor, &shaking(&network, target)).await),
            ];
            let doh = url::Url::parse(&format!("https://{host}:{}/q", witness.port)).unwrap();
            let doh = question(NameServer::Https { url: doh }, named);
            told.push(verdict(&jaunt_probe::resolve(&mut visitor, &doh).await));
            for (seen, message) in told {
                assert_eq!(seen, expected, "{host}: {message}");
                assert!(message.contains(&format!("({rule})")), "{host}: {message}");
            }
        }
        witness.heard_nothing(host);
    }
    assert!(resolver.heard().is_empty(), "{:?}", resolver.heard());
}

#[tokio::test]
async fn a_url_that_looks_like_another_hosts_is_judged_by_where_it_leads() {
    let (witness, resolver) = (Witness::new(), Server::zone(&[]).await);
    let network = resolver.network();
    let port = witness.port;
    for url in [
        format!("http://example.com@127.0.0.1:{port}/"),
        format!("http://example.com:80@127.0.0.1:{port}/"),
        format!("http://example.com%2f@127.0.0.1:{port}/"),
        format!("http://example.com%00@127.0.0.1:{port}/"),
        format!("http://a@b@127.0.0.1:{port}/"),
        format!("http://user:pass@[::1]:{port}/"),
        format!("http://127.0.0.1:{port}#@example.com/"),
        format!("http://127.0.0.1:{port}?@example.com/"),
        format!("http://127.0.0.1:{port}\\@example.com/"),
        format!("http:\\\\127.0.0.1:{port}/"),
        format!("http:127.0.0.1:{port}/"),
        format!("http:////127.0.0.1:{port}/"),
        format!("ht\ttp://127.\n0.0.1:{port}/"),
        format!(" http://127.0.0.1:{port}/ "),
    ] {
        let request = get(&network, &url, Named::Journey);
        let exchange = jaunt_probe::request(&mut stranger(&network), &request).await;
        assert_eq!(verdict(&exchange).0, DENIED, "{url}");
        witness.heard_nothing(&url);
    }
    assert!(resolver.heard().is_empty());
}

#[tokio::test]
async fn a_zone_or_a_short_form_where_no_url_is_read_is_no_address() {
    let (witness, resolver) = (Witness::new(), Server::zone(&[]).await);
    let network = resolver.network();
    for zoned in [
        "[::1%lo]",
        "[::1%25lo]",
        "[fe80::1%251]",
        "127.0.0.1%lo",
        "127.0.0.256",
    ] {
        let url = format!("http://{zoned}:{}/", witness.port);
        assert!(url::Url::parse(&url).is_err(), "{url}");
    }
    for host in [
        "::1%lo",
        "fe80::1%1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
    ] {
        let conversation = conversation(target(host, witness.port, Named::Journey));
        let exchange = jaunt_probe::connect(&mut stranger(&network), &conversation).await;
        let (seen, message) = verdict(&exchange);
        assert!(matches!(seen, Verdict::Fail(_)), "{host}: {message}");
        witness.heard_nothing(host);
        for scheme in ["", "udp://", "tcp://", "tls://dns.example@"] {
            assert!(
                NameServer::parse(&format!("{scheme}{host}")).is_none(),
                "{scheme}{host}"
            );
        }
    }
}

#[tokio::test]
async fn a_name_server_of_the_journeys_own_is_held_against_the_policy() {
    let (witness, resolver) = (Witness::new(), Server::zone(&[]).await);
    let network = resolver.network();
    let port = witness.port;
    for at in [
        "127.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "10.0.0.53",
    ] {
        for text in [
            format!("{at}:{port}"),
            format!("tcp://{at}:{port}"),
            format!("tls://dns.example@{at}:{port}"),
            format!("https://{at}:{port}/dns-query"),
        ] {
            let server = NameServer::parse(&text).unwrap();
            for (named, expected) in [
                (Named::Journey, DENIED),
                (Named::Capture, Verdict::Fail(FailureKind::CaptureNotPublic)),
            ] {
                let question = question(server.clone(), named);
                let exchange = jaunt_probe::resolve(&mut stranger(&network), &question).await;
                assert_eq!(verdict(&exchange).0, expected, "{text}");
            }
            witness.heard_nothing(&text);
        }
    }
    assert!(resolver.heard().is_empty());
}

/// A resolver that leads every name, by way of another, to where nobody may go.
async fn misleading() -> Server {
    Server::new(|heard: &Heard| {
        let only = |addresses: &[&str]| {
            let addresses: Vec<_> = addresses.iter().map(|text| text.parse().unwrap()).collect();
            heard.records(&addresses)
        };
        let records = match heard.name.as_str() {
            "v4.example" => only(&["127.0.0.1"]),
            "v6.example" => only(&["::1"]),
            "mapped.example" => only(&["::ffff:127.0.0.1"]),
            "compatible.example" => only(&["::127.0.0.1"]),
            "nat64.example" => only(&["64:ff9b::7f00:1"]),
            "6to4.example" => only(&["2002:7f00:1::"]),
            "teredo.example" => only(&["2001::80ff:fffe"]),
            "any.example" => only(&["0.0.0.0"]),
            "metadata.example" => only(&["169.254.169.254"]),
            "private.example" => only(&["10.0.0.1", "fd00::1"]),
            "mixed.example" => only(&["127.0.0.2", "127.0.0.1"]),
            "families.example" => only(&["127.0.0.2", "::1"]),
            "alias.example" if heard.kind == 1 => vec![
                record(&[0xc0, 12], 5, 60, &wire("inner.example")),
                record(&wire("inner.example"), 5, 60, &wire("innermost.example")),
                address_record(&wire("innermost.example"), "127.0.0.1".parse().unwrap(), 60),
            ],
            _ => Vec::new(),
        };
        vec![heard.reply(0, &records)]
    })
    .await
}

#[tokio::test]
async fn an_address_that_dns_brings_fails_and_no_byte_leaves() {
    let (witness, resolver) = (Witness::new(), misleading().await);
    let network = resolver.network();
    // The one address that is open: what is mixed with it must not reach it either.
    let open = TcpListener::bind(("127.0.0.2", witness.port)).unwrap();
    open.set_nonblocking(true).unwrap();
    let policy = Arc::new(Policy::public_and(vec!["127.0.0.2/32".parse().unwrap()]));
    let refused = Verdict::Fail(FailureKind::ResolveNotPublic);
    for name in [
        "v4",
        "v6",
        "mapped",
        "compatible",
        "nat64",
        "6to4",
        "teredo",
        "any",
        "metadata",
        "private",
        "mixed",
        "families",
        "alias",
    ] {
        let host = format!("{name}.example");
        for named in [Named::Journey, Named::Location, Named::Capture] {
            let at = target(&host, witness.port, named);
            let url = format!("https://{host}:{}/", witness.port);
            let mut proxied = get(&network, "http://shop.example/", Named::Journey);
            let proxy = url::Url::parse(&url).unwrap();
            proxied.proxy = Some(Proxy {
                url: proxy.clone(),
                named,
            });
            let doh = question(NameServer::Https { url: proxy }, named);
            let fresh = || network.visitor(&policy);
            let told = [
                verdict(&jaunt_probe::request(&mut fresh(), &get(&network, &url, named)).await),
                verdict(&jaunt_probe::request(&mut fresh(), &proxied).await),
                verdict(&jaunt_probe::connect(&mut fresh(), &conversation(at.clone())).await),
                verdict(&jaunt_probe::handshake(&mut fresh(), &shaking(&network, at)).await),
                verdict(&jaunt_probe::resolve(&mut fresh(), &doh).await),
            ];
            for (seen, message) in told {
                assert_eq!(seen, refused, "{host}: {message}");
            }
        }
        witness.heard_nothing(&host);
        assert!(open.accept().is_err(), "{host}");
    }
}

#[tokio::test]
async fn a_name_that_is_bound_anew_is_judged_anew() {
    let witness = Witness::new();
    let open = TcpListener::bind(("127.0.0.2", witness.port)).unwrap();
    open.set_nonblocking(true).unwrap();
    let resolver = Server::new(|heard: &Heard| {
        let address = if heard.before < 2 {
            "127.0.0.2"
        } else {
            "127.0.0.1"
        };
        let records = [address_record(&[0xc0, 12], address.parse().unwrap(), 0)];
        vec![heard.reply(0, if heard.kind == 1 { &records } else { &[] })]
    })
    .await;
    let network = resolver.network();
    let policy = Arc::new(Policy::public_and(vec!["127.0.0.2/32".parse().unwrap()]));
    let mut visitor = network.visitor(&policy);
    let conversation = conversation(target("rebound.example", witness.port, Named::Journey));
    let exchange = jaunt_probe::connect(&mut visitor, &conversation).await;
    assert!(
        matches!(exchange.outcome, Outcome::Answered(_)),
        "{exchange:?}"
    );
    assert!(open.accept().is_ok());
    let exchange = jaunt_probe::connect(&mut visitor, &conversation).await;
    assert_eq!(
        verdict(&exchange).0,
        Verdict::Fail(FailureKind::ResolveNotPublic)
    );
    witness.heard_nothing("rebound");
}

#[tokio::test]
async fn a_proxy_is_no_way_around() {
    let (witness, resolver) = (Witness::new(), Server::zone(&[]).await);
    let network = resolver.network();
    let port = witness.port;
    for proxy in [
        "127.1",
        "0x7f000001",
        "[::1]",
        "[::ffff:7f00:1]",
        "localhost",
        "user:pass@127.0.0.1",
        "169.254.169.254",
    ] {
        let mut request = get(&network, "http://shop.example/", Named::Journey);
        for (named, expected) in [
            (Named::Journey, DENIED),
            (Named::Capture, Verdict::Fail(FailureKind::CaptureNotPublic)),
        ] {
            let url = format!("http://{proxy}:{port}").parse().unwrap();
            request.proxy = Some(Proxy { url, named });
            let exchange = jaunt_probe::request(&mut stranger(&network), &request).await;
            assert_eq!(verdict(&exchange).0, expected, "{proxy}");
        }
        witness.heard_nothing(proxy);
    }
    // Nor does one that may be reached carry us to where we may not go.
    let policy = format!("127.0.0.1:{port}")
        .parse()
        .map(|open| Policy::public_and(vec![open]));
    let policy = Arc::new(policy.unwrap());
    for host in ["127.0.0.2", "10.1", "[::1]", "0xa9fea9fe", "localhost"] {
        let mut request = get(&network, &format!("https://{host}/"), Named::Journey);
        let url = format!("http://127.0.0.1:{port}").parse().unwrap();
        request.proxy = Some(Proxy {
            url,
            named: Named::Journey,
        });
        let exchange = jaunt_probe::request(&mut network.visitor(&policy), &request).await;
        assert_eq!(verdict(&exchange).0, DENIED, "{host}");
        witness.heard_nothing(host);
    }
}
