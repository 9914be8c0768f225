//! Who stands by in a handshake and remembers what was shown: the chain, the verdict on it, and
//! whether the server asked for our certificate.
//!
//! rustls tells its verifier the chain, and whoever holds a failed connection only the error. A
//! visitor makes one handshake at a time under a setting, so one witness per visitor and setting is
//! enough; it is also by its witness that rustls knows whose sessions may be resumed.

use super::{
    Verify,
    judge::{Finding, Judge},
    server_name,
};
use jaunt_record::Tls;
use rustls::{
    DigitallySignedStruct, Error, SignatureScheme,
    client::{
        ResolvesClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{verify_tls12_signature, verify_tls13_signature},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(super) struct Witness {
    judge: Arc<Judge>,
    verify: Verify,
    seen: Mutex<Seen>,
}

/// What was shown in a handshake.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The chain's facts; `None` where none was sent, or the session was resumed.
    pub(super) facts: Option<Arc<Tls>>,
    /// What is wrong with it.
    pub(super) finding: Option<Finding>,
    /// Whether the server asked for our certificate.
    pub(super) asked: bool,
}

impl Witness {
    pub(super) fn new(judge: Arc<Judge>, verify: Verify) -> Self {
        Self {
            judge,
            verify,
            seen: Mutex::default(),
        }
    }

    /// A handshake begins.
    pub(super) fn forget(&self) {
        *self.book() = Seen::default();
    }

    /// What was shown since then.
    pub(super) fn seen(&self) -> Seen {
        self.book().clone()
    }

    /// The facts of a chain that a resumed session carries along.
    pub(super) fn facts_again(&self, chain: &[CertificateDer<'_>], name: &str) -> Option<Arc<Tls>> {
        let (leaf, rest) = chain.split_first()?;
        Some(
            self.judge
                .verdict(leaf, rest, &server_name(name)?, UnixTime::now())
                .0,
        )
    }

    fn book(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (facts, verdict) = self
            .judge
            .verdict(end_entity, intermediates, server_name, now);
        let mut seen = self.book();
        seen.facts = Some(facts);
        match (self.verify, verdict) {
            (Verify::Full, Err(finding)) => {
                let error = finding.error.clone();
                seen.finding = Some(finding);
                Err(error)
            }
            (Verify::Full, Ok(())) | (Verify::Nothing, _) => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.verify {
            Verify::Full => verify_tls12_signature(message, cert, dss, &self.judge.algorithms),
            Verify::Nothing => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.verify {
            Verify::Full => verify_tls13_signature(message, cert, dss, &self.judge.algorithms),
            Verify::Nothing => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.algorithms.supported_schemes()
    }
}

/// Our certificate, if we have one, and a note that it was asked for.
#[derive(Debug)]
pub(super) struct Identity {
    key: Option<Arc<CertifiedKey>>,
    witness: Arc<Witness>,
}

impl Identity {
    pub(super) fn new(key: Option<Arc<CertifiedKey>>, witness: Arc<Witness>) -> Self {
        Self { key, witness }
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        _sigschemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.witness.book().asked = true;
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}
