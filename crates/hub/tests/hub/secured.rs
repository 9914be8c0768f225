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
use std::{fs, path::Path, time::Duration};

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
