//! Certificates of every kind, made anew in every test run.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::LazyLock;

/// An authority.
pub(crate) struct Ca {
    pub(crate) issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A chain as it is sent, and the key of its first.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    pub(crate) chain_pem: String,
    pub(crate) key_pem: String,
}

/// How a certificate differs from a good one.
pub(crate) type Change = fn(&mut CertificateParams);

/// The authority that the tests' requests trust.
pub(crate) static CA: LazyLock<Ca> = LazyLock::new(|| Ca::root("root of the tests"));

/// One that nobody trusts.
pub(crate) static STRANGER: LazyLock<Ca> = LazyLock::new(|| Ca::root("root of nobody"));

/// Under [`CA`].
pub(crate) static INTERMEDIATE: LazyLock<Ca> = LazyLock::new(|| {
    let params = authority("intermediate of the tests");
    let key = KeyPair::generate().unwrap();
    let issuer = CertifiedIssuer::signed_by(params, key, &CA.issuer).unwrap();
    Ca { issuer }
});

impl Ca {
    fn root(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(authority(name), key).unwrap();
        Self { issuer }
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        self.issuer.pem().into_bytes()
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    /// A server's (or client's) certificate for `localhost` and 127.0.0.1, but for this change.
    pub(crate) fn issues(&self, change: Change) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = leaf();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            chain_pem: certificate.pem(),
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            key_pem: key.serialize_pem(),
        }
    }
}

impl Identity {
    /// Signed by itself.
    pub(crate) fn self_signed(change: Change) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = leaf();
        change(&mut params);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            chain: vec![certificate.der().clone()],
            chain_pem: certificate.pem(),
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            key_pem: key.serialize_pem(),
        }
    }

    /// With this one sent after it.
    pub(crate) fn followed_by(mut self, ca: &Ca) -> Self {
        self.chain.push(ca.der());
        self
    }
}

pub(crate) fn good(_: &mut CertificateParams) {}

pub(crate) fn expired(params: &mut CertificateParams) {
    params.not_after = date_time_ymd(2024, 3, 1);
}

pub(crate) fn not_yet_valid(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2090, 3, 1);
    params.not_after = date_time_ymd(2091, 3, 1);
}

pub(crate) fn for_another(params: &mut CertificateParams) {
    params.subject_alt_names = CertificateParams::new(["shop.example".to_owned()])
        .unwrap()
        .subject_alt_names;
}

/// It says where its issuer's certificate is to be had: `http://ca.example/`.
pub(crate) fn names_its_issuer(params: &mut CertificateParams) {
    let mut access = vec![0x30, 0x1f, 0x30, 0x1d];
    access.extend([0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02]);
    access.extend([0x86, 0x11]);
    access.extend(b"http://ca.example");
    params
        .custom_extensions
        .push(CustomExtension::from_oid_content(
            &[1, 3, 6, 1, 5, 5, 7, 1, 1],
            access,
        ));
}

pub(crate) fn for_clients(params: &mut CertificateParams) {
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
}

fn leaf() -> CertificateParams {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = named("a server of the tests");
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2080, 1, 2);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2085, 1, 1);
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
