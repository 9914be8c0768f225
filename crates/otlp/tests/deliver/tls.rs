//! Certificates that change while a delivery runs.

use crate::{
    place::{Place, Running, T0, run},
    receiver::{Receiver, Reply, spans},
};
use jaunt_otlp::{Signal, deliver::What};
use jaunt_record::Verdict;
use rcgen::{CertificateParams, CertifiedIssuer, Issuer, KeyPair};
use rustls::{RootCertStore, ServerConfig, server::WebPkiClientVerifier};
use std::{net::IpAddr, path::Path, sync::Arc, time::Duration};
use tokio::{net::TcpListener, time::Instant};
use tokio_rustls::TlsAcceptor;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate of `authority` for 127.0.0.1, and its key, as PEM.
fn leaf(authority: &Authority) -> (String, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    let ip = IpAddr::from([127, 0, 0, 1]);
    params.subject_alt_names.push(rcgen::SanType::IpAddress(ip));
    let key = KeyPair::generate().unwrap();
    let issuer: &Issuer<'_, KeyPair> = authority;
    let cert = params.signed_by(&key, issuer).unwrap();
    (cert.pem(), key.serialize_pem())
}

/// A server that shows a certificate of `authority`, and wants one of `clients`.
fn acceptor(authority: &Authority, clients: &Authority) -> TlsAcceptor {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(clients.der().clone()).unwrap();
    let builder =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let (cert, key) = leaf(authority);
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(builder.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(cert.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Writes the files of a client, each at once, as a rotation does.
fn rotate(folder: &Path, ca: &str, (cert, key): (String, String)) {
    for (name, text) in [("ca.pem", ca), ("cert.pem", &cert), ("key.pem", &key)] {
        let new = folder.join("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, folder.join(name)).unwrap();
    }
}

/// Waits until something was told.
async fn until_told(feed: &crate::place::Ours, what: impl Fn(&What) -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !feed.told().iter().any(&what) {
        assert!(
            Instant::now() < end,
            "not told within 20 s: {:?}",
            feed.told()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn certificates_are_read_anew_when_their_files_change() {
    let (ours, stranger) = (authority("ours"), authority("stranger"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tls = acceptor(&ours, &ours);
    let receiver = Receiver::secured(listener, Some(tls), |_, _| Reply::ok());
    let place = Place::new();
    let feed = place.live();
    feed.append(&run(1, Verdict::Fail, T0));
    let folder = tempfile::tempdir().unwrap();
    rotate(folder.path(), &stranger.pem(), leaf(&stranger));
    let mut settings = place.settings(&receiver.endpoint(), &[Signal::Traces]);
    let files = &mut settings.config.traces.as_mut().unwrap().tls;
    files.ca = Some(folder.path().join("ca.pem"));
    files.cert = Some(folder.path().join("cert.pem"));
    files.key = Some(folder.path().join("key.pem"));
    let _running = Running::start(&feed, settings).await;
    until_told(&feed, |what| matches!(what, What::Waiting { .. })).await;
    assert!(receiver.all().is_empty());

    rotate(folder.path(), "not a certificate", leaf(&stranger));
    until_told(&feed, |what| matches!(what, What::Tls { .. })).await;

    rotate(folder.path(), &ours.pem(), leaf(&ours));
    feed.until_done("backend.traces").await;
    assert_eq!(spans(&receiver.all()).len(), 1);
    assert_eq!(feed.told().last(), Some(&What::Resumed));
}
