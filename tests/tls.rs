//! TLS: each fault of a certificate or protocol has a kind of its own.

use crate::support::{
    jaunt::{calmly, run},
    nginx::{Nginx, Site},
    pki::{Authority, Chain, Leaf},
    scripted::{Act, Scripted, ok},
    skip::or_skip,
};
use serde_json::Value;

/// A `GET` of a server with this certificate, by the name `shop.test`.
fn visit(authority: &Authority, leaf: &Leaf) -> (crate::support::jaunt::Ran, Scripted) {
    let server = Scripted::start_tls(&authority.issue(leaf), &[], [ok("", "")]);
    let journey = get(&server.tls_url("/"), "header.host = \"shop.test\"");
    (run(&journey).trusting(authority).go(), server)
}

fn get(url: &str, rest: &str) -> String {
    format!("journey = \"t\"\n[[step]]\nrequest = \"GET {url}\"\nstatus = 200\n{rest}\n")
}

fn exchange(record: &Value) -> &Value {
    &record["steps"][0]["exchanges"][0]
}

/// Behaviour 32: and what was seen of the certificate is told all the same.
#[test]
fn each_fault_of_a_certificate_has_its_kind_and_its_expiry_is_told() {
    let authority = Authority::new();
    let sound = Leaf::of(&["shop.test"]);
    for (leaf, kind) in [
        (
            Leaf {
                from_day: -30,
                until_day: -1,
                ..sound.clone()
            },
            "tls.expired",
        ),
        (
            Leaf {
                from_day: 2,
                ..sound.clone()
            },
            "tls.not-yet-valid",
        ),
        (Leaf::of(&["other.test"]), "tls.wrong-name"),
        (
            Leaf {
                chain: Chain::LeafOnly,
                ..sound.clone()
            },
            "tls.incomplete-chain",
        ),
    ] {
        calmly(|| {
            let (ran, server) = visit(&authority, &leaf);
            let record = ran.failed("tls", kind);
            let seen = exchange(&record);
            assert!(seen["tls"]["expires_at"].is_string(), "{kind}: {seen}");
            assert!(
                seen["phases_ms"]["tls"].is_number() && seen["phases_ms"].get("send").is_none()
            );
            assert!(server.requests().is_empty(), "{kind}");
        });
    }
    calmly(|| {
        visit(&authority, &sound).0.judged("pass");
    });
}

/// Behaviour 32.
#[test]
fn an_issuer_that_is_not_trusted_is_unknown_until_the_step_trusts_it() {
    calmly(|| {
        let theirs = Authority::new();
        let identity = theirs.sound(&["shop.test"]);
        let server = Scripted::start_tls(&identity, &[], [ok("", "")]);
        let url = server.tls_url("/");
        let journey = get(&url, "header.host = \"shop.test\"");
        run(&journey).go().failed("tls", "tls.unknown-issuer");
        for own in ["tls.ca = \"ca.pem\"", "tls.insecure = true"] {
            let journey = get(&url, &format!("header.host = \"shop.test\"\n{own}"));
            run(&journey)
                .file("ca.pem", theirs.pem())
                .go()
                .judged("pass");
        }
        assert_eq!(server.requests().len(), 2);
    });
}

/// Behaviour 32.
#[test]
fn a_server_that_speaks_only_what_is_too_old_is_told_by_its_version() {
    let authority = Authority::new();
    let at = crate::support::place::address();
    let identity = authority.sound(&[&at.ip().to_string()]);
    let site = Site {
        tls: Some(&identity),
        at: Some(at),
        server: "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;",
        ..Site::default()
    };
    let nginx = or_skip!(Nginx::start(site));
    calmly(|| {
        run(&get(&nginx.url("/"), ""))
            .trusting(&authority)
            .go()
            .failed("tls", "tls.version");
    });
}

/// Behaviour 32: a floor that the step sets.
#[test]
fn a_floor_of_1_3_refuses_what_1_2_would_have_passed() {
    let authority = Authority::new();
    let at = crate::support::place::address();
    let identity = authority.sound(&[&at.ip().to_string()]);
    let site = Site {
        tls: Some(&identity),
        at: Some(at),
        server: "ssl_protocols TLSv1.2;",
        ..Site::default()
    };
    let nginx = or_skip!(Nginx::start(site));
    calmly(|| {
        let looks = "expect = [{ tls = \"version\", eq = \"1.2\" }]";
        run(&get(&nginx.url("/"), looks))
            .trusting(&authority)
            .go()
            .judged("pass");
        let journey = get(&nginx.url("/"), "tls.min = \"1.3\"");
        run(&journey)
            .trusting(&authority)
            .go()
            .failed("tls", "tls.version");
    });
}

/// Behaviour 32: what does not speak TLS at all is none of the six.
#[test]
fn a_server_without_tls_and_one_that_hangs_up_are_told_apart() {
    calmly(|| {
        let plain = Scripted::start([vec![
            Act::Send(b"220 mail.test ESMTP\r\n".into()),
            Act::Hold,
        ]]);
        run(&get(&plain.tls_url("/"), ""))
            .go()
            .failed("tls", "tls.other");
        let silent = Scripted::start([vec![]]);
        run(&get(&silent.tls_url("/"), ""))
            .go()
            .failed("tls", "tls.closed");
    });
}

/// Behaviour 32: the facts of a sound handshake, as the server itself tells them.
#[test]
fn version_cipher_and_protocol_are_those_in_the_servers_log() {
    let authority = Authority::new();
    let at = crate::support::place::address();
    let identity = authority.sound(&[&at.ip().to_string()]);
    let site = Site {
        tls: Some(&identity),
        http2: true,
        server: "ssl_protocols TLSv1.3;",
        at: Some(at),
        ..Site::default()
    };
    let nginx = or_skip!(Nginx::start(site));
    calmly(|| {
        let record = run(&get(&nginx.url("/"), "")).trusting(&authority).go();
        let record = record.judged("pass");
        let (log, seen) = (nginx.log(1).pop().unwrap(), exchange(&record));
        assert_eq!(log["protocol"], "HTTP/2.0");
        assert_eq!(
            (&seen["protocol"], &seen["tls"]["alpn"]),
            (&"h2".into(), &"h2".into())
        );
        let version = format!("TLSv{}", seen["tls"]["version"].as_str().unwrap());
        assert_eq!(log["tls"], version);
        assert_eq!(log["cipher"], seen["tls"]["cipher"]);
    });
}

/// Mutual TLS: the certificate of the step is the one that the server sees and trusts.
#[test]
fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("clients.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    let at = crate::support::place::address();
    let identity = authority.sound(&[&at.ip().to_string()]);
    let asks = format!(
        "ssl_client_certificate {}; ssl_verify_client on; ssl_verify_depth 2;",
        ca.display()
    );
    let site = Site {
        tls: Some(&identity),
        at: Some(at),
        server: &asks,
        ..Site::default()
    };
    let nginx = or_skip!(Nginx::start(site));
    nginx.put("known", "come in");
    let client = authority.client("prober.test");
    calmly(|| {
        run(&get(
            &nginx.url("/known"),
            "tls = { cert = \"me.pem\", key = \"me.key\" }",
        ))
        .file("me.pem", client.chain_pem())
        .file("me.key", client.key_pem())
        .trusting(&authority)
        .go()
        .judged("pass");
        // nginx answers a client without a certificate in words: 400.
        run(&get(&nginx.url("/stranger"), ""))
            .trusting(&authority)
            .go()
            .failed("expect", "http.4xx");
    });
    let log = nginx.log(2);
    let of = |uri: &str| log.iter().find(|line| line["uri"] == uri).unwrap().clone();
    assert_eq!(
        (&of("/known")["verify"], &of("/known")["status"]),
        (&"SUCCESS".into(), &200.into())
    );
    assert_eq!(
        (&of("/stranger")["verify"], &of("/stranger")["status"]),
        (&"NONE".into(), &400.into())
    );
}
