//! From a TLS setting to what every handshake under it shares.

use super::{
    TlsConfig, TlsError, TlsVersion, Verify,
    judge::{Judge, Trust},
    witness::{Identity, Witness},
};
use crate::Network;
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::{CryptoProvider, aws_lc_rs},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::sync::{Arc, Once};

/// Sessions kept for one visitor and setting: a journey speaks to few hosts, and an idle visitor
/// shall stay small.
const SESSIONS: usize = 8;

/// A prepared setting.
#[derive(Debug)]
pub(super) struct Prepared {
    verify: Verify,
    judge: Arc<Judge>,
    identity: Option<Arc<CertifiedKey>>,
    client: ClientConfig,
}

impl Prepared {
    pub(super) fn new(network: &Network, config: &TlsConfig) -> Result<Self, TlsError> {
        let provider = network.crypto();
        let identity = match &config.identity {
            Some((chain, key)) => Some(Arc::new(identity(chain, key, provider)?)),
            None => None,
        };
        let trust = match &config.roots {
            Some(pem) => Trust::own(roots(pem)?),
            None => Trust::system(network.roots()),
        };
        let judge = Arc::new(Judge::new(
            trust,
            provider.signature_verification_algorithms,
        ));
        let client = client(provider, config, &judge)?;
        WARM.call_once(|| warm_up(provider));
        Ok(Self {
            verify: config.verify,
            judge,
            identity,
            client,
        })
    }

    /// The client of one visitor: its own witness and identity, and its own sessions or none.
    pub(super) fn client(&self, kept: Sessions) -> (Arc<ClientConfig>, Arc<Witness>) {
        let witness = Arc::new(Witness::new(Arc::clone(&self.judge), self.verify));
        let mut client = self.client.clone();
        client
            .dangerous()
            .set_certificate_verifier(Arc::clone(&witness) as _);
        client.client_auth_cert_resolver =
            Arc::new(Identity::new(self.identity.clone(), Arc::clone(&witness)));
        client.resumption = match kept {
            Sessions::OfThisVisitor => Resumption::in_memory_sessions(SESSIONS),
            Sessions::None => Resumption::disabled(),
        };
        (Arc::new(client), witness)
    }
}

/// Whether sessions are kept to be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sessions {
    /// For as long as the visitor lives, as a browser would.
    OfThisVisitor,
    /// No: every handshake is a full one.
    None,
}

/// The crypto provider with the key exchanges that browsers offer, in their order: the hybrid
/// X25519MLKEM768 first. It costs a third more than X25519 alone, and is what users' clients do.
pub(crate) fn provider() -> CryptoProvider {
    use aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
    CryptoProvider {
        kx_groups: vec![X25519MLKEM768, X25519, SECP256R1, SECP384R1],
        ..aws_lc_rs::default_provider()
    }
}

static WARM: Once = Once::new();

/// Lets the crypto library set itself up (it seeds its random numbers from the processor's jitter,
/// tens of milliseconds) before a handshake is measured, and not within the first one.
fn warm_up(provider: &CryptoProvider) {
    for group in &provider.kx_groups {
        // A group that cannot start says so in the handshake.
        drop(group.start());
    }
}

/// The system's trust roots, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, and those of `own`
/// (PEM) beside them. What cannot be read or parsed is left out: a certificate under it will be of an
/// unknown issuer, which is then said.
pub(crate) fn roots_with(own: &[u8]) -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store.add_parsable_certificates(CertificateDer::pem_slice_iter(own).flatten());
    store
}

/// Whether `pem` holds certificates, all of them sound.
pub(crate) fn check_roots(pem: &[u8]) -> Result<(), TlsError> {
    roots(pem).map(drop)
}

fn client(
    provider: &Arc<CryptoProvider>,
    config: &TlsConfig,
    judge: &Arc<Judge>,
) -> Result<ClientConfig, TlsError> {
    let versions: &[_] = match config.min {
        None | Some(TlsVersion::V12) => &[&rustls::version::TLS13, &rustls::version::TLS12],
        Some(TlsVersion::V13) => &[&rustls::version::TLS13],
    };
    let witness = Witness::new(Arc::clone(judge), config.verify);
    let mut client = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(versions)
        .map_err(|error| TlsError::pem("TLS version", &error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(witness))
        .with_no_client_auth();
    // Each visitor gets sessions of its own; an empty cache here cost 14 KiB a journey.
    client.resumption = Resumption::disabled();
    Ok(client)
}

fn identity(chain: &[u8], key: &[u8], provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let chain = certificates("client certificate", chain)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| TlsError::pem("key", &error))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => TlsError::Pem {
            what: "key",
            why: "it is not the client certificate's".into(),
        },
        error => TlsError::pem("client certificate", &error),
    })
}

fn roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    certificates("roots", pem)
}

fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::pem(what, &error))?;
    if found.is_empty() {
        return Err(TlsError::Pem {
            what,
            why: "there is no certificate in it".into(),
        });
    }
    for certificate in &found {
        rustls::server::ParsedCertificate::try_from(certificate)
            .map_err(|error| TlsError::pem(what, &error))?;
    }
    Ok(found)
}
