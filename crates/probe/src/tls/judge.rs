//! Is this chain good for this name, now? And if not, which of its faults is told?
//!
//! The verdict is webpki's. Where it is against the chain we look once more ourselves, for webpki
//! reports whichever fault it met first, and calls an incomplete chain an unknown issuer. Of several
//! faults, in this order: expired, not yet valid, wrong name, issuer.
//!
//! A verdict in favour is remembered by the digest of name and chain, as long as no certificate in
//! it begins or ends to be valid: a prober sees the same chain every minute, and building and
//! checking its path is a fifth of a handshake's work. The server's proof that it holds the key is
//! checked every time.
//!
//! A search for a path can be made long on purpose: of issuers that all bear one name, webpki tries
//! every order, and gives up after 200,000 steps, up to half a second in which a thread of the runtime
//! does nothing else, and every run on it is late. So it is given only what a path can go by, and of
//! that only so much that its steps are a few thousand at the worst.

use super::facts::{self, Parsed};
use jaunt_record::{FailureKind, Tls};
use rustls::{
    CertificateError, Error, RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::WebPkiSupportedAlgorithms,
    server::ParsedCertificate,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// So many verdicts are remembered per setting, about 1 KiB each; then all are forgotten, which
/// costs each chain one more check.
const REMEMBERED: usize = 1024;

/// Who is trusted.
#[derive(Debug)]
pub(super) struct Trust {
    store: Arc<RootCertStore>,
    /// Certificates that the setting names itself. One of them is good also as the server's own: that
    /// is what who pins a self-signed certificate means, though webpki refuses a CA in that place.
    pinned: Vec<CertificateDer<'static>>,
}

impl Trust {
    pub(super) fn system(store: &Arc<RootCertStore>) -> Self {
        Self {
            store: Arc::clone(store),
            pinned: Vec::new(),
        }
    }

    pub(super) fn own(pinned: Vec<CertificateDer<'static>>) -> Self {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(pinned.iter().cloned());
        Self {
            store: Arc::new(store),
            pinned,
        }
    }
}

/// Judges chains.
#[derive(Debug)]
pub(super) struct Judge {
    trust: Trust,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    good: Mutex<HashMap<[u8; 32], Good>>,
}

/// A verdict in favour.
#[derive(Clone, Debug)]
struct Good {
    facts: Arc<Tls>,
    from: i64,
    until: i64,
}

/// What was found wrong.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) kind: FailureKind,
    pub(super) message: String,
    /// What rustls is told, so that the server gets the right alert.
    pub(super) error: Error,
}

impl Judge {
    pub(super) fn new(trust: Trust, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self {
            trust,
            algorithms,
            good: Mutex::default(),
        }
    }

    /// The facts of the chain that `leaf` and `rest` make, and what is wrong with it for `name`.
    pub(super) fn verdict(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> (Arc<Tls>, Result<(), Finding>) {
        let key = digest(leaf, rest, name);
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if let Some(good) = self.remembered(&key, seconds) {
            return (good, Ok(()));
        }
        let chain = Parsed::chain(leaf, rest);
        let facts = Arc::new(facts::of(leaf, rest.len() + 1, &chain));
        let issuers = facts::reachable(&chain).into_iter();
        let issuers = issuers.filter_map(|place| rest.get(place.checked_sub(1)?).cloned());
        let checked = self.check(leaf, &issuers.collect::<Vec<_>>(), name, now);
        let verdict = checked.map_err(|error| self.finding(error, leaf, &chain, name, seconds));
        if let (Ok(()), Some((from, until))) = (&verdict, facts::validity(&chain)) {
            let facts = Arc::clone(&facts);
            self.remember(key, Good { facts, from, until });
        }
        (facts, verdict)
    }

    fn check(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(leaf)?;
        if self.trust.pinned.contains(leaf) {
            return verify_server_name(&parsed, name).and_then(|()| in_time(leaf, now));
        }
        verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &self.trust.store,
            issuers,
            now,
            self.algorithms.all,
        )?;
        verify_server_name(&parsed, name)
    }

    fn finding(
        &self,
        error: Error,
        leaf: &CertificateDer<'_>,
        chain: &[Parsed],
        name: &ServerName<'_>,
        now: i64,
    ) -> Finding {
        let name_text = name.to_str();
        let path = facts::path(chain);
        if let Some(old) = path.iter().find(|one| one.not_after < now) {
            let when = facts::instant(old.not_after);
            return Finding {
                kind: FailureKind::TlsExpired,
                message: format!("{} expired on {when}", whose(old, &name_text)),
                error: CertificateError::Expired.into(),
            };
        }
        if let Some(young) = path.iter().find(|one| one.not_before > now) {
            let when = facts::instant(young.not_before);
            return Finding {
                kind: FailureKind::TlsNotYetValid,
                message: format!("{} is not valid before {when}", whose(young, &name_text)),
                error: CertificateError::NotValidYet.into(),
            };
        }
        let named =
            ParsedCertificate::try_from(leaf).and_then(|parsed| verify_server_name(&parsed, name));
        if let (Err(error), Some(own)) = (named, path.first()) {
            return Finding {
                kind: FailureKind::TlsWrongName,
                message: format!(
                    "the certificate is for {}, not for `{name_text}`",
                    own.for_whom()
                ),
                error,
            };
        }
        self.issuer(error, &path, chain)
    }

    fn issuer(&self, error: Error, path: &[&Parsed], chain: &[Parsed]) -> Finding {
        let self_signed = path.len() == 1 && path.iter().all(|one| one.self_issued());
        let unknown = matches!(
            error,
            Error::InvalidCertificate(CertificateError::UnknownIssuer)
        );
        let last = chain.last();
        if !(unknown || self_signed) {
            return Finding {
                kind: FailureKind::TlsBadCertificate,
                message: format!("the certificate cannot be accepted: {}", why(&error)),
                error,
            };
        }
        let issuer = path.last().map_or("?", |one| &one.issuer);
        if let Some(last) = last.filter(|last| !last.self_issued() && last.names_its_issuer) {
            return Finding {
                kind: FailureKind::TlsIncompleteChain,
                message: format!(
                    "the server did not send the certificate of `{}`, which issued the last one it sent",
                    last.issuer
                ),
                error,
            };
        }
        let none = match self.trust.store.is_empty() {
            true => "; no trusted root was found on this machine",
            false => "",
        };
        let message = match self_signed {
            true => {
                format!("the certificate is signed by itself (`{issuer}`), and not trusted{none}")
            }
            false => format!("the issuer `{issuer}` is not trusted{none}"),
        };
        Finding {
            kind: FailureKind::TlsUnknownIssuer,
            message,
            error: CertificateError::UnknownIssuer.into(),
        }
    }

    fn remembered(&self, key: &[u8; 32], now: i64) -> Option<Arc<Tls>> {
        let good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        let known = good.get(key)?;
        (known.from <= now && now <= known.until).then(|| Arc::clone(&known.facts))
    }

    fn remember(&self, key: [u8; 32], verdict: Good) {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if good.len() >= REMEMBERED {
            good.clear();
        }
        good.insert(key, verdict);
    }
}

fn in_time(leaf: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let parsed = Parsed::new(leaf).ok_or(CertificateError::BadEncoding)?;
    if parsed.not_after < now {
        return Err(CertificateError::Expired.into());
    }
    if parsed.not_before > now {
        return Err(CertificateError::NotValidYet.into());
    }
    Ok(())
}

fn whose(certificate: &Parsed, name: &str) -> String {
    match certificate.place {
        0 => format!("the certificate of `{name}`"),
        _ => format!("the intermediate certificate `{}`", certificate.subject),
    }
}

fn why(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(why) => format!("{why}"),
        other => other.to_string(),
    }
}

/// SHA-256 over name and chain, each with its length, so that no two inputs run into one.
fn digest(
    leaf: &CertificateDer<'_>,
    rest: &[CertificateDer<'_>],
    name: &ServerName<'_>,
) -> [u8; 32] {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let name = name.to_str();
    let parts = std::iter::once(name.as_bytes())
        .chain(std::iter::once(leaf.as_ref()))
        .chain(rest.iter().map(AsRef::as_ref));
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut key = [0; 32];
    key.copy_from_slice(context.finish().as_ref());
    key
}
