//! Name servers that are spoken to in private, and answers that are proven.

use crate::support::{
    clock::Clock,
    jaunt::{calmly, run},
    knot::Knot,
    pki::{Authority, Identity, Leaf},
    place,
    scripted::{Scripted, ok},
    skip::or_skip,
    unbound::Unbound,
};
use jaunt_probe::{
    Answers, Connection, Exchange, Family, NameServer, Named, Network, NetworkConfig, Outcome,
    Policy, Question, RecordType, Request, ResolverConfig, TlsConfig, TlsSetup, Version,
};
use jaunt_record::{FailureKind, Phase};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

const SHOP: &str = "shop.test. 300 IN A 127.9.9.9";

/// An unbound that has `shop.test` at 127.9.9.9, and the certificate it shows.
fn sealed(identity: impl Fn(&Authority, SocketAddr) -> Identity) -> Option<(Unbound, Authority)> {
    let (authority, addr) = (Authority::new(), place::address_with_port(53));
    let identity = identity(&authority, addr);
    let unbound = Unbound::sealed(addr, &identity, &[SHOP])?;
    Some((unbound, authority))
}

fn sound(authority: &Authority, addr: SocketAddr) -> Identity {
    authority.sound(&["dns.test", &addr.ip().to_string()])
}

fn asking(server: &str) -> String {
    format!(
        "journey = \"t\"\n[[step]]\nresolve = \"A shop.test\"\nserver = \"{server}\"\n\
         expect = [{{ answer = \"address\", eq = \"127.9.9.9\" }}]\n"
    )
}

#[test]
fn a_real_server_answers_by_tls_and_by_https_and_what_came_before_is_not_in_resolve() {
    let (unbound, authority) = or_skip!(sealed(sound));
    let ip = unbound.ip();
    for (server, protocol) in [
        (format!("tls://dns.test@{ip}"), "tls"),
        (format!("https://{ip}/dns-query"), "https"),
    ] {
        calmly(|| {
            let ran = run(&asking(&server)).trusting(&authority).go();
            let record = ran.judged("pass");
            let seen = &record["steps"][0]["exchanges"][0];
            assert_eq!(seen["protocol"], protocol, "{ran}");
            assert_eq!(seen["tls"]["version"], "1.3", "{ran}");
            for phase in ["resolve", "connect", "tls"] {
                let took = seen["phases_ms"][phase].as_f64();
                assert!(took > Some(0.0), "{phase}: {ran}");
            }
        });
    }
}

#[test]
fn a_name_servers_certificate_is_judged_as_any_other() {
    let other = |authority: &Authority, _| authority.sound(&["other.test"]);
    let expired = |authority: &Authority, _| {
        authority.issue(&Leaf {
            from_day: -90,
            until_day: -2,
            ..Leaf::of(&["dns.test"])
        })
    };
    type Maker = fn(&Authority, SocketAddr) -> Identity;
    let makers: [(Maker, &str); 3] = [
        (sound, "tls.unknown-issuer"),
        (other, "tls.wrong-name"),
        (expired, "tls.expired"),
    ];
    for (maker, kind) in makers {
        let (unbound, authority) = or_skip!(sealed(maker));
        for server in [
            format!("tls://dns.test@{}", unbound.ip()),
            format!("https://{}/dns-query", unbound.ip()),
        ] {
            calmly(|| {
                let mut jaunt = run(&asking(&server));
                if kind != "tls.unknown-issuer" {
                    jaunt = jaunt.trusting(&authority);
                }
                jaunt.go().failed("tls", kind);
            });
        }
    }
}

/// A network that asks these servers, trusting `authority` beside the system's roots.
fn network(servers: &[&str], authority: &Authority) -> Arc<Network> {
    let servers = servers.iter().map(|text| NameServer::parse(text).unwrap());
    Network::new(NetworkConfig {
        resolver: ResolverConfig {
            servers: servers.collect(),
            hosts: false,
        },
        roots: Some(authority.pem().into_bytes()),
        ..NetworkConfig::default()
    })
    .unwrap()
}

fn get(network: &Network, url: &str) -> Request {
    Request {
        method: "GET".parse().unwrap(),
        url: url.parse().unwrap(),
        named: Named::Journey,
        headers: Default::default(),
        body: Default::default(),
        version: Version::Auto,
        tls: TlsSetup::new(network, TlsConfig::default()).unwrap(),
        server_name: None,
        family: Family::V4,
        proxy: None,
        connection: Connection::Keep,
        max_body: 1 << 20,
        deadline: Instant::now() + Duration::from_secs(20),
    }
}

fn block_on<F: Future>(work: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(work)
}

#[test]
fn the_networks_own_servers_may_be_encrypted() {
    let authority = Authority::new();
    let (site, addr) = (
        Scripted::start([ok("", ""), ok("", "")]),
        place::address_with_port(53),
    );
    let record = format!("site.test. 60 IN A {}", site.addr().ip());
    let unbound = or_skip!(Unbound::sealed(addr, &sound(&authority, addr), &[&record]));
    let ip = unbound.ip();
    for server in [
        format!("tls://dns.test@{ip}"),
        format!("https://{ip}/dns-query"),
    ] {
        let network = network(&[&server], &authority);
        let request = get(
            &network,
            &format!("http://site.test:{}/", site.addr().port()),
        );
        let mut visitor = network.visitor(&Arc::new(Policy::everything()));
        let exchange = block_on(jaunt_probe::request(&mut visitor, &request));
        let Outcome::Answered(response) = &exchange.outcome else {
            panic!("{server}: {exchange:?}");
        };
        assert_eq!(response.status, 200);
        let dns = exchange.facts.dns.as_ref().unwrap();
        let (spoken, _) = server.split_once("://").unwrap();
        assert!(dns.server.as_ref().unwrap().starts_with(spoken), "{dns:?}");
        assert!(exchange.facts.phases.took(Phase::Resolve).is_some());
    }
}

#[test]
fn a_server_of_the_networks_own_that_nobody_vouches_for_is_passed_over_and_told_where_it_is_the_last()
 {
    let (unbound, authority) = or_skip!(sealed(sound));
    let stranger = Authority::new();
    let sealed = format!("tls://dns.test@{}", unbound.ip());
    let request = |network: &Arc<Network>| {
        let request = get(network, "http://shop.test:9/");
        let mut visitor = network.visitor(&Arc::new(Policy::public()));
        block_on(jaunt_probe::request(&mut visitor, &request))
    };
    let exchange = request(&network(&[&sealed], &stranger));
    let Outcome::Failed(fault) = &exchange.outcome else {
        panic!("{exchange:?}");
    };
    assert_eq!(fault.kind, FailureKind::ResolveOther, "{fault:?}");
    assert!(fault.message.contains("certificate"), "{fault:?}");

    let clear = unbound.ip().to_string();
    let exchange = request(&network(&[&sealed, &clear], &stranger));
    let Outcome::Failed(fault) = &exchange.outcome else {
        panic!("{exchange:?}");
    };
    // The second one's answer was believed: it leads where this visitor may not go.
    assert_eq!(fault.kind, FailureKind::ResolveNotPublic, "{fault:?}");
    drop(authority);
}

#[test]
fn a_server_of_the_networks_own_needs_an_address() {
    let servers = vec![NameServer::parse("https://dns.test/dns-query").unwrap()];
    let resolver = ResolverConfig {
        servers,
        hosts: false,
    };
    let refused = Network::new(NetworkConfig {
        resolver,
        ..NetworkConfig::default()
    });
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("`https://dns.test/dns-query`"), "{told}");
}

/// What a validating visitor is told of `name`, by way of `server`; the anchor is the key of `test`.
fn proven(
    knot: &Knot,
    kind: RecordType,
    name: &str,
    server: Option<NameServer>,
) -> Exchange<Answers> {
    let network = Network::new(NetworkConfig {
        resolver: ResolverConfig {
            servers: vec![NameServer::Udp(knot.addr())],
            hosts: false,
        },
        anchors: Some(knot.anchor().into()),
        ..NetworkConfig::default()
    })
    .unwrap();
    let question = Question {
        name: name.into(),
        types: vec![kind],
        server,
        named: Named::Journey,
        dnssec: true,
        family: Family::Any,
        deadline: Instant::now() + Duration::from_secs(20),
    };
    let mut visitor = network.visitor(&Arc::new(Policy::everything()));
    block_on(jaunt_probe::resolve(&mut visitor, &question))
}

#[test]
fn an_answer_is_secure_insecure_or_bogus_by_every_transport() {
    let knot = or_skip!(Knot::start());
    for server in [
        None,
        Some(NameServer::Udp(knot.addr())),
        Some(NameServer::Tcp(knot.addr())),
    ] {
        for (name, kind, rcode, texts) in [
            ("www.test", RecordType::A, "NOERROR", &["127.0.0.7"][..]),
            (
                "alias.test",
                RecordType::A,
                "NOERROR",
                &["www.test.", "127.0.0.7"],
            ),
            ("some.any.test", RecordType::A, "NOERROR", &["127.0.0.9"]),
            ("www.test", RecordType::Aaaa, "NOERROR", &[]),
            ("nobody.test", RecordType::A, "NXDOMAIN", &[]),
        ] {
            let exchange = proven(&knot, kind, name, server.clone());
            let Outcome::Answered(answers) = &exchange.outcome else {
                panic!("{name}: {exchange:?}");
            };
            assert_eq!(
                (answers.rcode.as_str(), answers.ad),
                (rcode, true),
                "{name}"
            );
            let told: Vec<&str> = answers.answers.iter().map(|one| &*one.text).collect();
            assert_eq!(told, texts, "{name}: signatures are no answers");
        }
        for (name, rcode) in [
            ("www.plain.test", "NOERROR"),
            ("nobody.plain.test", "NXDOMAIN"),
        ] {
            let exchange = proven(&knot, RecordType::A, name, server.clone());
            let Outcome::Answered(answers) = &exchange.outcome else {
                panic!("{name}: {exchange:?}");
            };
            assert_eq!(
                (answers.rcode.as_str(), answers.ad),
                (rcode, false),
                "{name}"
            );
        }
        let exchange = proven(&knot, RecordType::A, "www.bogus.test", server.clone());
        let Outcome::Failed(fault) = &exchange.outcome else {
            panic!("{exchange:?}");
        };
        assert_eq!(fault.kind, FailureKind::ResolveBogus, "{fault:?}");
        assert!(fault.message.contains("`www.bogus.test`"), "{fault:?}");
    }
}

#[test]
fn a_signed_answer_below_another_anchor_is_bogus_and_not_merely_unproven() {
    let (knot, other) = (or_skip!(Knot::start()), or_skip!(Knot::start()));
    // The other server's keys are not those of the anchor.
    let at_other = Some(NameServer::Udp(other.addr()));
    let exchange = proven(&knot, RecordType::A, "www.test", at_other);
    let Outcome::Failed(fault) = &exchange.outcome else {
        panic!("{exchange:?}");
    };
    assert_eq!(fault.kind, FailureKind::ResolveBogus);
}

/// RFC 5155: what is not there is proven without telling what is.
#[test]
fn absence_is_proven_by_hashed_names_too() {
    let knot = or_skip!(Knot::start_hashing());
    for (kind, name, rcode) in [
        (RecordType::A, "www.test", "NOERROR"),
        (RecordType::A, "some.any.test", "NOERROR"),
        (RecordType::Aaaa, "www.test", "NOERROR"),
        (RecordType::A, "nobody.test", "NXDOMAIN"),
    ] {
        let exchange = proven(&knot, kind, name, None);
        let Outcome::Answered(answers) = &exchange.outcome else {
            panic!("{name}: {exchange:?}");
        };
        assert_eq!(
            (answers.rcode.as_str(), answers.ad),
            (rcode, true),
            "{name}"
        );
    }
    // Below an unsigned delegation nothing is proven, and nothing bogus.
    let exchange = proven(&knot, RecordType::A, "www.plain.test", None);
    let Outcome::Answered(answers) = &exchange.outcome else {
        panic!("{exchange:?}");
    };
    assert!(!answers.ad);
}

/// A server that signed two months ago and never since: its signatures held for two weeks.
#[test]
fn an_expired_signature_is_bogus() {
    let clock = Clock::new();
    let knot = or_skip!(Knot::start_by(&clock));
    let exchange = proven(&knot, RecordType::A, "www.test", None);
    assert!(
        matches!(&exchange.outcome, Outcome::Answered(answers) if answers.ad),
        "{exchange:?}"
    );
    clock.back(Duration::from_secs(60 * 86_400));
    let knot = or_skip!(Knot::start_by(&clock));
    for (kind, name) in [(RecordType::A, "www.test"), (RecordType::A, "nobody.test")] {
        let exchange = proven(&knot, kind, name, None);
        let Outcome::Failed(fault) = &exchange.outcome else {
            panic!("{name}: {exchange:?}");
        };
        assert_eq!(fault.kind, FailureKind::ResolveBogus, "{fault:?}");
    }
}

#[test]
fn a_journey_that_asks_for_dnssec_is_held_to_the_roots_keys() {
    let knot = or_skip!(Knot::start());
    let journey = format!(
        "journey = \"t\"\n[[step]]\nresolve = \"A www.test\"\nserver = \"{}\"\n\
         dnssec = true\n",
        knot.addr().ip()
    );
    calmly(|| {
        // No chain from the root leads to `test`, whatever it signs.
        let record = run(&journey).go().failed("resolve", "resolve.bogus");
        let told: &Value = &record["failure"]["message"];
        assert!(told.as_str().unwrap().contains("`www.test`"), "{told}");
    });
}

#[test]
fn trust_anchors_that_are_none_are_refused() {
    let refused = Network::new(NetworkConfig {
        anchors: Some("test. IN A 127.0.0.1".into()),
        ..NetworkConfig::default()
    });
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("DNSKEY"), "{told}");
}
