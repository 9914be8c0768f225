//! An authority of the tests' own, and certificates with one fault each.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;

/// A certificate authority with an intermediate that signs for it.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    middle: CertifiedIssuer<'static, KeyPair>,
}

/// What a certificate says, and how its server presents it.
#[derive(Clone)]
pub(crate) struct Leaf {
    /// Names and addresses it is for.
    pub(crate) names: Vec<String>,
    /// Valid from, in days from now.
    pub(crate) from_day: i64,
    /// Valid until, in days from now.
    pub(crate) until_day: i64,
    /// Whether the server sends the intermediate along.
    pub(crate) chain: Chain,
}

/// Whether the server sends the intermediate along.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chain {
    /// As it should.
    Whole,
    /// The leaf alone, which names where its issuer's certificate is to be had.
    LeafOnly,
}

/// A certificate with its key, also as files.
pub(crate) struct Identity {
    chain_pem: String,
    key_pem: String,
    dir: TempDir,
}

/// The name of the intermediate.
const MIDDLE: &str = "jaunt test intermediate";

impl Leaf {
    /// Sound, for these names, valid for 90 days.
    pub(crate) fn of(names: &[&str]) -> Self {
        let names = names.iter().map(ToString::to_string).collect();
        Self {
            names,
            from_day: -1,
            until_day: 90,
            chain: Chain::Whole,
        }
    }
}

impl Authority {
    /// A new authority with keys of its own.
    pub(crate) fn new() -> Self {
        let root = CertifiedIssuer::self_signed(authority("jaunt test root"), key()).unwrap();
        let middle = authority(MIDDLE);
        let middle = CertifiedIssuer::signed_by(middle, key(), &root).unwrap();
        Self { root, middle }
    }

    /// The root as PEM: what a client must trust.
    pub(crate) fn pem(&self) -> String {
        self.root.pem()
    }

    /// A certificate for this address or name, as sound as can be.
    pub(crate) fn sound(&self, names: &[&str]) -> Identity {
        self.issue(&Leaf::of(names))
    }

    /// A certificate for a client.
    pub(crate) fn client(&self, name: &str) -> Identity {
        self.issue_for(&Leaf::of(&[name]), ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// A certificate as described.
    pub(crate) fn issue(&self, leaf: &Leaf) -> Identity {
        self.issue_for(leaf, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate for this address, and `count` more in the chain before the one that issued it:
    /// each bears that one's name, and none its key, so that whoever looks for a path tries them all.
    pub(crate) fn crowded(&self, name: &str, count: usize) -> Identity {
        let issued = self.issue(&Leaf {
            chain: Chain::LeafOnly,
            ..Leaf::of(&[name])
        });
        let decoys: Vec<String> = (0..count.min(128))
            .map(|_| CertifiedIssuer::self_signed(authority(MIDDLE), key()).unwrap())
            .map(|decoy| decoy.pem())
            .collect();
        let mut chain_pem = issued.chain_pem;
        chain_pem.extend(decoys.iter().map(String::as_str).cycle().take(count));
        Identity::new(chain_pem + &self.middle.pem(), issued.key_pem)
    }

    fn issue_for(&self, leaf: &Leaf, purpose: ExtendedKeyUsagePurpose) -> Identity {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(leaf.names.first().unwrap());
        params.subject_alt_names = leaf.names.iter().map(|name| alternative(name)).collect();
        params.not_before = date_time_ymd(1970, 1, 1) + from_epoch(leaf.from_day);
        params.not_after = date_time_ymd(1970, 1, 1) + from_epoch(leaf.until_day);
        params.extended_key_usages = vec![purpose];
        params.custom_extensions = vec![ca_issuers("http://issuer.invalid/middle.der")];
        let key = key();
        let cert = params.signed_by(&key, &self.middle).unwrap();
        let chain_pem = match leaf.chain {
            Chain::Whole => cert.pem() + &self.middle.pem(),
            Chain::LeafOnly => cert.pem(),
        };
        Identity::new(chain_pem, key.serialize_pem())
    }
}

impl Identity {
    fn new(chain_pem: String, key_pem: String) -> Self {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("cert.pem"), &chain_pem).unwrap();
        std::fs::write(dir.path().join("key.pem"), &key_pem).unwrap();
        Self {
            chain_pem,
            key_pem,
            dir,
        }
    }

    /// The chain, as PEM.
    pub(crate) fn chain_pem(&self) -> &str {
        &self.chain_pem
    }

    /// The key, as PEM.
    pub(crate) fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// The file of the chain.
    pub(crate) fn chain_file(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    /// The file of the key.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.dir.path().join("key.pem")
    }

    /// A server's configuration with this identity.
    pub(crate) fn server_config(&self, alpn: &[&str]) -> Arc<rustls::ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(self.chain_pem.as_bytes()).collect();
        let key = PrivatePkcs8KeyDer::from_pem_slice(self.key_pem.as_bytes()).unwrap();
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.unwrap(), PrivateKeyDer::Pkcs8(key))
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(1970, 1, 1) + from_epoch(-400);
    params.not_after = date_time_ymd(1970, 1, 1) + from_epoch(3_650);
    params
}

fn named(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn alternative(name: &str) -> SanType {
    name.parse::<IpAddr>().map_or_else(
        |_| SanType::DnsName(name.try_into().unwrap()),
        SanType::IpAddress,
    )
}

/// The time since 1970 of a moment so many days from now.
fn from_epoch(day: i64) -> Duration {
    let now = super::scripted::now_ns() / 1_000_000_000;
    Duration::from_secs(u64::try_from(now + 86_400 * day).unwrap())
}

/// Authority Information Access with one caIssuers address (RFC 5280 §4.2.2.1).
fn ca_issuers(url: &str) -> CustomExtension {
    // id-pkix 48 2 is caIssuers; the address is a GeneralName of kind 6. All lengths are short.
    let method = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let place = [&[0x86, short(url.len())][..], url.as_bytes()].concat();
    let one = [
        &[0x30, short(method.len() + place.len())][..],
        &method,
        &place,
    ]
    .concat();
    let all = [&[0x30, short(one.len())][..], &one].concat();
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], all)
}

fn short(length: usize) -> u8 {
    assert!(length < 128, "a short length of DER");
    u8::try_from(length).unwrap()
}
