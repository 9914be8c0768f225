//! Both ports under TLS, and certificates that stand for tokens.

use crate::support::{config, record, slot};
use jaunt_agent::Clock;
use jaunt_hub::{
    Hub,
    config::{Proof, Role, Tls, Token},
};
use jaunt_record::Verdict;
use prost::Message;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate and key, PEM.
fn certificate(
    name: &str,
    usage: ExtendedKeyUsagePurpose,
    issuer: &CertifiedIssuer<'_, KeyPair>,
) -> (String, String) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn client(ca: &str, own: Option<&(String, String)>) -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let ca = reqwest::Certificate::from_pem(ca.as_bytes()).unwrap();
    let builder = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([ca])
        .timeout(Duration::from_secs(20));
    match own {
        None => builder.build().unwrap(),
        Some((certificate, key)) => {
            let pem = format!("{certificate}{key}");
            let identity = reqwest::Identity::from_pem(pem.as_bytes()).unwrap();
            builder.identity(identity).build().unwrap()
        }
    }
}

async fn secured(folder: &Path, ca: &CertifiedIssuer<'_, KeyPair>, agents: &str) -> Hub {
    let (chain, key) = certificate("localhost", ExtendedKeyUsagePurpose::ServerAuth, ca);
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name)
    };
    let mut config = config(folder);
    config.tls = Some(Tls {
        cert: write("hub.pem", &chain),
        key: write("hub.key", &key),
        client_ca: Some(write("agents.pem", agents)),
    });
    config.tokens.push(Token {
        name: "fra".into(),
        proof: Proof::Certificate("fra.agents.example".into()),
        role: Role::Agent,
        customers: vec!["acme".into()],
        side: None,
        expires_s: None,
    });
    Hub::start(config, None, Clock::system()).await.unwrap()
}

#[tokio::test]
async fn a_certificate_of_the_agents_authority_stands_for_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs, strangers) = (authority(), authority(), authority());
    let hub = secured(folder.path(), &ours, &theirs.pem()).await;
    let url = format!("https://localhost:{}/v1/logs", hub.ingest.port());
    let usage = || ExtendedKeyUsagePurpose::ClientAuth;
    let fra = certificate("fra.agents.example", usage(), &theirs);
    let other = certificate("iad.agents.example", usage(), &theirs);
    let forged = certificate("fra.agents.example", usage(), &strangers);
    let event = jaunt_otlp::slot_event(&record("acme", slot(1), Verdict::Pass), &[]);
    let request = opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest {
        resource_logs: vec![opentelemetry_proto::tonic::logs::v1::ResourceLogs {
            scope_logs: vec![opentelemetry_proto::tonic::logs::v1::ScopeLogs {
                log_records: vec![event],
                ..Default::default()
            }],
            ..Default::default()
        }],
    };
    let post = async |own: Option<&(String, String)>, token: Option<&str>| {
        let mut post = client(&ours.pem(), own)
            .post(&url)
            .header("content-type", "application/x-protobuf")
            .body(request.encode_to_vec());
        if let Some(token) = token {
            post = post.bearer_auth(token);
        }
        post.send()
            .await
            .map(|response| response.status().as_u16())
            .ok()
    };
    assert_eq!(post(Some(&fra), None).await, Some(200));
    assert_eq!(
        post(Some(&other), None).await,
        Some(401),
        "a name that no token has"
    );
    assert_eq!(post(Some(&forged), None).await, None, "another authority's");
    assert_eq!(post(None, None).await, Some(401));
    assert_eq!(
        post(None, Some("agent-acme")).await,
        Some(200),
        "a bearer token as well"
    );
    hub.drain().await;
}

/// What the hub shows a new connection, which must succeed: its certificate.
async fn shown(hub: &Hub, cas: [&CertifiedIssuer<'_, KeyPair>; 2]) -> Vec<u8> {
    let cas = cas.map(|ca| reqwest::Certificate::from_pem(ca.pem().as_bytes()).unwrap());
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(cas)
        .tls_info(true)
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/style.css", hub.web.port());
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let tls = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
    tls.peer_certificate().unwrap().to_vec()
}

#[tokio::test]
async fn certificates_change_while_connections_come_and_none_of_them_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (authority(), authority());
    let hub = secured(folder.path(), &before, &before.pem()).await;
    let kept = client(&before.pem(), None);
    let url = format!("https://localhost:{}/style.css", hub.web.port());
    assert_eq!(kept.get(&url).send().await.unwrap().status(), 200);

    let first = shown(&hub, [&before, &after]).await;
    let (chain, key) = certificate("localhost", ExtendedKeyUsagePurpose::ServerAuth, &after);
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    // For a while the two do not go together, and more than one look falls into it.
    write("hub.key", &key);
    let half = Instant::now();
    while half.elapsed() < Duration::from_secs(5) {
        assert_eq!(shown(&hub, [&before, &after]).await, first);
    }
    write("hub.pem", &chain);
    let written = Instant::now();
    while shown(&hub, [&before, &after]).await == first {
        assert!(written.elapsed() < Duration::from_secs(30), "not followed");
    }
    let answer = kept.get(&url).send().await;
    assert_eq!(answer.unwrap().status(), 200, "an open connection is cut");

    let second = shown(&hub, [&before, &after]).await;
    write("hub.pem", "no certificate");
    let broken = Instant::now();
    while broken.elapsed() < Duration::from_secs(5) {
        assert_eq!(shown(&hub, [&before, &after]).await, second);
    }
    hub.drain().await;
}
