//! TLS: six ways to fail are six kinds, and a chain's facts are told in each of them.

use super::{
    certs::{self, CA, INTERMEDIATE, Identity, STRANGER},
    server::{self, Server},
    visit::{answer, failure, fault, get, network, phases, visit, visitor},
};
use jaunt_probe::{Request, TlsConfig, TlsSetup, TlsVersion, Verify, request};
use rustls::{RootCertStore, ServerConfig, server::WebPkiClientVerifier};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn config(
    identity: Identity,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(identity.chain, identity.key)
        .unwrap()
}

fn demanding(
    identity: Identity,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CA.der()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .unwrap();
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(identity.chain, identity.key)
        .unwrap()
}

async fn serving(config: ServerConfig) -> Server {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::new(move |tcp, log| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut tls) = acceptor.accept(tcp).await else {
                return;
            };
            let name = tls.get_ref().1.server_name().unwrap_or("none").to_owned();
            while let Some(request) = server::request(&mut tls).await {
                log.request(format!("SNI {name}\n{request}"));
                tls.write_all(OK).await.unwrap();
            }
        }
    })
    .await
}

async fn with(identity: Identity) -> Server {
    serving(config(identity, rustls::ALL_VERSIONS)).await
}

/// Over TLS to this server, by its address.
fn secure(server: &Server) -> Request {
    get(&server.url("/").replace("http:", "https:"))
}

fn under(request: Request, tls: TlsConfig) -> Request {
    Request {
        tls: TlsSetup::new(&network(), tls).unwrap(),
        ..request
    }
}

fn trusting() -> TlsConfig {
    TlsConfig {
        roots: Some(CA.pem()),
        ..TlsConfig::default()
    }
}

#[tokio::test]
async fn a_good_chain_is_accepted_and_told() {
    let server = with(INTERMEDIATE.issues(certs::good).followed_by(&INTERMEDIATE)).await;
    let exchange = visit(&secure(&server)).await;
    assert_eq!(answer(&exchange).body, "ok");
    assert_eq!(
        phases(&exchange),
        ["connect", "tls", "send", "wait", "receive"]
    );
    let tls = exchange.facts.tls.unwrap();
    assert_eq!(tls.version.as_deref(), Some("1.3"));
    assert_eq!(tls.cipher.as_deref(), Some("TLS_AES_256_GCM_SHA384"));
    assert_eq!(tls.group.as_deref(), Some("X25519MLKEM768"));
    assert_eq!(tls.resumed, Some(false));
    assert_eq!(tls.chain, 2);
    assert_eq!(tls.names, ["localhost", "127.0.0.1"]);
    assert_eq!(tls.key.as_deref(), Some("P-256"));
    assert_eq!(tls.subject.as_deref(), Some("CN=a server of the tests"));
    assert_eq!(tls.issuer.as_deref(), Some("CN=intermediate of the tests"));
    // The leaf goes first: 2080-01-02.
    assert_eq!(tls.expires_at, Some(3_471_379_200));
}

#[tokio::test]
async fn six_faults_are_six_kinds_and_the_chain_is_told_in_each() {
    let lonely = |params: &mut rcgen::CertificateParams| certs::names_its_issuer(params);
    for (identity, kind, names) in [
        (
            CA.issues(certs::expired),
            "tls.expired",
            "2024-03-01T00:00:00Z",
        ),
        (
            CA.issues(certs::not_yet_valid),
            "tls.not-yet-valid",
            "2090-03-01T00:00:00Z",
        ),
        (
            CA.issues(certs::for_another),
            "tls.wrong-name",
            "`shop.example`",
        ),
        (
            STRANGER.issues(certs::good),
            "tls.unknown-issuer",
            "root of nobody",
        ),
        (
            Identity::self_signed(certs::good),
            "tls.unknown-issuer",
            "signed by itself",
        ),
        (
            INTERMEDIATE.issues(lonely),
            "tls.incomplete-chain",
            "intermediate of the tests",
        ),
        (
            INTERMEDIATE.issues(certs::good),
            "tls.unknown-issuer",
            "intermediate of the tests",
        ),
    ] {
        let server = with(identity).await;
        let exchange = visit(&secure(&server)).await;
        assert_eq!(failure(&exchange), format!("{kind} in tls"));
        let message = &fault(&exchange).message;
        assert!(message.contains(names), "{kind}: {message}");
        assert_eq!(phases(&exchange), ["connect", "tls"]);
        let tls = exchange.facts.tls.as_ref().unwrap();
        assert!(tls.expires_at.is_some() && tls.sha256.is_some(), "{tls:?}");
        assert_eq!(tls.version.as_deref(), Some("1.3"), "{kind}");
        assert_eq!(
            tls.cipher.as_deref(),
            Some("TLS_AES_256_GCM_SHA384"),
            "{kind}"
        );
        assert_eq!(server.requests(), [""; 0]);
    }
}

#[tokio::test]
async fn of_several_faults_the_first_in_order_is_told() {
    for (identity, kind) in [
        (
            STRANGER.issues(|params| {
                certs::for_another(params);
                certs::expired(params);
            }),
            "tls.expired",
        ),
        (
            STRANGER.issues(|params| {
                certs::for_another(params);
                certs::not_yet_valid(params);
            }),
            "tls.not-yet-valid",
        ),
        (STRANGER.issues(certs::for_another), "tls.wrong-name"),
    ] {
        let server = with(identity).await;
        assert_eq!(
            failure(&visit(&secure(&server)).await),
            format!("{kind} in tls")
        );
    }
}

#[tokio::test]
async fn too_old_a_protocol_is_a_kind_of_its_own() {
    let old = config(CA.issues(certs::good), &[&rustls::version::TLS12]);
    let server = serving(old).await;
    let young = TlsConfig {
        min: Some(TlsVersion::V13),
        ..trusting()
    };
    let exchange = visit(&under(secure(&server), young)).await;
    assert_eq!(failure(&exchange), "tls.version in tls");
    let exchange = visit(&secure(&server)).await;
    answer(&exchange);
    assert_eq!(exchange.facts.tls.unwrap().version.as_deref(), Some("1.2"));
}

#[tokio::test]
async fn a_server_hello_of_tls_1_0_is_told_as_such() {
    let server = Server::new(|mut tcp, _| async move {
        let mut some = [0; 64];
        tcp.read_exact(&mut some).await.unwrap();
        let mut hello = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
        hello.extend([7; 32]);
        hello.extend([0, 0, 0x2f, 0]);
        tcp.write_all(&hello).await.unwrap();
        server::close(tcp).await;
    })
    .await;
    let exchange = visit(&secure(&server)).await;
    assert_eq!(failure(&exchange), "tls.version in tls");
    assert!(
        fault(&exchange).message.contains("1.0"),
        "{:?}",
        fault(&exchange)
    );
}

#[tokio::test]
async fn a_missing_or_refused_client_certificate_is_told_in_every_version() {
    let stranger = STRANGER.issues(certs::for_clients);
    for (version, phase) in [
        (&rustls::version::TLS12, "tls"),
        (&rustls::version::TLS13, "wait"),
    ] {
        for identity in [None, Some(&stranger)] {
            let server = serving(demanding(CA.issues(certs::good), &[version])).await;
            let mine = TlsConfig {
                identity: identity
                    .map(|mine| (mine.chain_pem.clone().into(), mine.key_pem.clone().into())),
                ..trusting()
            };
            let exchange = visit(&under(secure(&server), mine)).await;
            assert_eq!(
                failure(&exchange),
                format!("tls.client-certificate in {phase}")
            );
        }
    }
}

#[tokio::test]
async fn a_client_certificate_opens_the_door() {
    let mine = CA.issues(certs::for_clients);
    let server = serving(demanding(CA.issues(certs::good), rustls::ALL_VERSIONS)).await;
    let known = TlsConfig {
        identity: Some((mine.chain_pem.into(), mine.key_pem.into())),
        ..trusting()
    };
    answer(&visit(&under(secure(&server), known)).await);
}

#[tokio::test]
async fn without_verification_any_chain_will_do_and_is_told() {
    let server = with(STRANGER.issues(certs::expired)).await;
    let lax = TlsConfig {
        verify: Verify::Nothing,
        ..trusting()
    };
    let exchange = visit(&under(secure(&server), lax)).await;
    answer(&exchange);
    // 2024-03-01
    assert_eq!(exchange.facts.tls.unwrap().expires_at, Some(1_709_251_200));
}

#[tokio::test]
async fn a_pinned_self_signed_certificate_is_trusted() {
    let own = Identity::self_signed(|params| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    });
    let pinned = TlsConfig {
        roots: Some(own.chain_pem.clone().into()),
        ..TlsConfig::default()
    };
    let server = with(own).await;
    answer(&visit(&under(secure(&server), pinned)).await);
}

#[tokio::test]
async fn who_does_not_speak_tls_is_told() {
    let server = Server::answering_once("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let raw = Server::new(|mut tcp, _| async move {
        let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        server::close(tcp).await;
    })
    .await;
    drop(server);
    let exchange = visit(&secure(&raw)).await;
    assert_eq!(failure(&exchange), "tls.other in tls");
    assert!(
        fault(&exchange).message.contains("cleartext HTTP"),
        "{:?}",
        fault(&exchange)
    );
    let closing = Server::new(|mut tcp, _| async move {
        let mut some = [0; 16];
        tcp.read_exact(&mut some).await.unwrap();
        server::close(tcp).await;
    })
    .await;
    assert_eq!(
        failure(&visit(&secure(&closing)).await),
        "tls.closed in tls"
    );
}

#[tokio::test]
async fn the_name_is_the_urls_or_the_host_headers_for_an_address_or_one_set_for_it() {
    let host: http::HeaderMap = [(http::header::HOST, "localhost:8443".parse().unwrap())]
        .into_iter()
        .collect();
    let server = with(CA.issues(certs::good)).await;
    answer(&visit(&secure(&server)).await);
    answer(
        &visit(&Request {
            headers: host.clone(),
            ..secure(&server)
        })
        .await,
    );
    let set = Request {
        headers: host,
        server_name: Some("shop.example".into()),
        ..secure(&server)
    };
    assert_eq!(failure(&visit(&set).await), "tls.wrong-name in tls");
    let seen: Vec<_> = server
        .requests()
        .iter()
        .map(|text| text.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(seen, ["SNI none", "SNI localhost"]);
}

#[tokio::test]
async fn sessions_are_a_visitors_own() {
    let server = serving({
        let mut config = config(CA.issues(certs::good), rustls::ALL_VERSIONS);
        config.send_tls13_tickets = 2;
        config
    })
    .await;
    let mut first = visitor();
    let cold = secure(&server);
    let resumed = |exchange: jaunt_probe::Exchange<_>| exchange.facts.tls.unwrap().resumed;
    assert_eq!(resumed(request(&mut first, &cold).await), Some(false));
    // The same visitor, its kept connection left aside by another version, comes as a browser would.
    let again = Request {
        version: jaunt_probe::Version::H1,
        ..cold.clone()
    };
    assert_eq!(resumed(request(&mut first, &again).await), Some(true));
    let new = Request {
        connection: jaunt_probe::Connection::New,
        ..cold.clone()
    };
    assert_eq!(resumed(request(&mut first, &new).await), Some(false));
    assert_eq!(resumed(request(&mut visitor(), &cold).await), Some(false));
}

#[test]
fn a_broken_setting_is_refused_at_load() {
    let network = network();
    let mine = CA.issues(certs::good);
    let other = CA.issues(certs::good);
    let refused = |tls: TlsConfig| TlsSetup::new(&network, tls).unwrap_err().to_string();
    let roots = TlsConfig {
        roots: Some(b"nothing".to_vec()),
        ..TlsConfig::default()
    };
    assert_eq!(
        refused(roots),
        "roots is not usable: there is no certificate in it"
    );
    let mixed = TlsConfig {
        identity: Some((mine.chain_pem.into(), other.key_pem.into())),
        ..TlsConfig::default()
    };
    assert_eq!(
        refused(mixed),
        "key is not usable: it is not the client certificate's"
    );
}
