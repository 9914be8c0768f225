//! What certificates say of themselves.

use jaunt_record::Tls;
use rustls_pki_types::CertificateDer;
use std::net::IpAddr;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    oid_registry,
    prelude::FromDer,
    public_key::PublicKey,
};

/// So many names of a certificate are kept as facts: some list thousands.
const MOST_NAMES: usize = 100;

/// Longest text taken from a certificate, in characters.
const LONGEST: usize = 256;

/// So many certificates of one name are tried as an issuer: one that was signed anew or by another
/// authority as well is sent twice, at times three times.
const NAMESAKES: usize = 3;

/// So many certificates beside the server's own are tried in all; chains have two or three.
const MOST_ISSUERS: usize = 16;

/// What one certificate of a chain says.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    /// Its place in the chain; 0 is the server's own.
    pub(super) place: usize,
    pub(super) subject: String,
    pub(super) issuer: String,
    /// The names as DER, by which issuers are found.
    raw_subject: Vec<u8>,
    raw_issuer: Vec<u8>,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    /// Whether it says where its issuer's certificate is to be had (caIssuers).
    pub(super) names_its_issuer: bool,
    names: Vec<String>,
    serial: String,
    key: String,
}

impl Parsed {
    /// The certificates of a chain, in the order in which they were sent; broken ones left out.
    pub(super) fn chain(leaf: &CertificateDer<'_>, rest: &[CertificateDer<'_>]) -> Vec<Self> {
        std::iter::once(leaf)
            .chain(rest)
            .enumerate()
            .filter_map(|(place, der)| {
                Some(Self {
                    place,
                    ..Self::new(der)?
                })
            })
            .collect()
    }

    pub(super) fn new(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(Self {
            place: 0,
            subject: bounded(certificate.subject().to_string()),
            issuer: bounded(certificate.issuer().to_string()),
            raw_subject: certificate.subject().as_raw().to_vec(),
            raw_issuer: certificate.issuer().as_raw().to_vec(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            names_its_issuer: names_its_issuer(&certificate),
            names: names(&certificate),
            serial: serial(&certificate),
            key: key(&certificate),
        })
    }

    pub(super) fn self_issued(&self) -> bool {
        self.raw_subject == self.raw_issuer
    }

    /// Whether it is this one, sent once more (RFC 5280 §4.1.2.2).
    fn is(&self, other: &Self) -> bool {
        self.serial == other.serial && self.raw_issuer == other.raw_issuer
    }

    /// Its names for a sentence: a few, quoted.
    pub(super) fn for_whom(&self) -> String {
        let quoted: Vec<_> = self
            .names
            .iter()
            .take(3)
            .map(|name| format!("`{name}`"))
            .collect();
        match self.names.len() {
            0 => "no name at all".into(),
            1..=3 => quoted.join(", "),
            more => format!("{} and {} more", quoted.join(", "), more - 3),
        }
    }
}

/// The facts of a chain.
pub(super) fn of(leaf: &CertificateDer<'_>, sent: usize, chain: &[Parsed]) -> Tls {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, leaf);
    let own = chain.first().filter(|first| first.place == 0);
    Tls {
        subject: own.map(|own| own.subject.clone()),
        issuer: own.map(|own| own.issuer.clone()),
        names: own.map(|own| own.names.clone()).unwrap_or_default(),
        serial: own.map(|own| own.serial.clone()),
        sha256: Some(data_encoding::HEXLOWER.encode(digest.as_ref())),
        key: own.map(|own| own.key.clone()),
        chain: u32::try_from(sent).unwrap_or(u32::MAX),
        expires_at: chain.iter().map(|one| one.not_after).min(),
        ..Tls::default()
    }
}

/// From when until when every certificate of the chain is valid.
pub(super) fn validity(chain: &[Parsed]) -> Option<(i64, i64)> {
    let from = chain.iter().map(|one| one.not_before).max()?;
    let until = chain.iter().map(|one| one.not_after).min()?;
    Some((from, until))
}

/// The server's own certificate and, one by one, the sent ones that issued the one before; without
/// the root, whose dates nobody minds.
pub(super) fn path(chain: &[Parsed]) -> Vec<&Parsed> {
    let mut path: Vec<&Parsed> = chain.first().into_iter().collect();
    while let Some(last) = path.last().filter(|last| !last.self_issued()) {
        let issuer = chain.iter().find(|one| {
            one.raw_subject == last.raw_issuer
                && !one.self_issued()
                && path.iter().all(|taken| taken.place != one.place)
        });
        match issuer {
            Some(issuer) => path.push(issuer),
            None => break,
        }
    }
    path
}

/// The places of the certificates by which a path from the server's own may go: found by name, the
/// nearest first, no more than [`NAMESAKES`] of one name and [`MOST_ISSUERS`] in all.
pub(super) fn reachable(chain: &[Parsed]) -> Vec<usize> {
    let mut found: Vec<&Parsed> = chain.iter().filter(|one| one.place == 0).collect();
    let mut at = 0;
    while let Some(last) = found.get(at).copied() {
        at += 1;
        let issuers = chain.iter().filter(|one| one.place > 0);
        for issuer in issuers.filter(|one| one.raw_subject == last.raw_issuer) {
            let known = found.iter().any(|one| one.is(issuer));
            let namesakes = found.iter().skip(1);
            let namesakes = namesakes.filter(|one| one.raw_subject == issuer.raw_subject);
            if !known && namesakes.count() < NAMESAKES && found.len() <= MOST_ISSUERS {
                found.push(issuer);
            }
        }
    }
    found.iter().skip(1).map(|one| one.place).collect()
}

/// An instant in Unix seconds as RFC 3339 writes it.
pub(super) fn instant(seconds: i64) -> String {
    match x509_parser::time::ASN1Time::from_timestamp(seconds) {
        Ok(time) => {
            let time = time.to_datetime();
            let (hour, minute, second) = time.to_hms();
            format!(
                "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z",
                time.year(),
                u8::from(time.month()),
                time.day(),
            )
        }
        Err(_) => format!("{seconds} s of Unix time"),
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(bounded((*name).to_string())),
        GeneralName::IPAddress(octets) => address(octets),
        _ => None,
    };
    names
        .value
        .general_names
        .iter()
        .filter_map(text)
        .take(MOST_NAMES)
        .collect()
}

fn address(octets: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let six = || <[u8; 16]>::try_from(octets).map(IpAddr::from);
    Some(four.or_else(|_| six()).ok()?.to_string())
}

fn serial(certificate: &X509Certificate<'_>) -> String {
    let raw = certificate.raw_serial();
    // DER puts a zero before a number that would otherwise be negative.
    let digits = match raw {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    bounded(data_encoding::HEXLOWER.encode(digits))
}

fn key(certificate: &X509Certificate<'_>) -> String {
    let spki = certificate.public_key();
    let curve = spki
        .algorithm
        .parameters
        .as_ref()
        .and_then(|any| any.as_oid().ok());
    let algorithm = &spki.algorithm.algorithm;
    if *algorithm == oid_registry::OID_SIG_ED25519 {
        return "Ed25519".into();
    }
    if let Some(curve) = curve {
        if curve == oid_registry::OID_EC_P256 {
            return "P-256".into();
        }
        if curve == oid_registry::OID_NIST_EC_P384 {
            return "P-384".into();
        }
        if curve == oid_registry::OID_NIST_EC_P521 {
            return "P-521".into();
        }
    }
    match spki.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA-{}", rsa.key_size()),
        _ => bounded(algorithm.to_id_string()),
    }
}

fn names_its_issuer(certificate: &X509Certificate<'_>) -> bool {
    certificate.extensions().iter().any(|extension| {
        matches!(
            extension.parsed_extension(),
            ParsedExtension::AuthorityInfoAccess(access) if access
                .iter()
                .any(|one| one.access_method == oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS)
        )
    })
}

fn bounded(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some(_) => text.chars().take(LONGEST).chain(['…']).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate in this place, of `subject`, signed by `issuer`.
    fn certificate(place: usize, subject: &str, issuer: &str) -> Parsed {
        Parsed {
            place,
            subject: subject.into(),
            issuer: issuer.into(),
            raw_subject: subject.into(),
            raw_issuer: issuer.into(),
            not_before: 0,
            not_after: 1,
            names_its_issuer: false,
            names: Vec::new(),
            serial: place.to_string(),
            key: String::new(),
        }
    }

    #[test]
    fn a_path_is_looked_for_among_what_the_leaf_leads_to() {
        let chain = [
            certificate(0, "shop", "middle"),
            certificate(1, "stray", "other"),
            certificate(2, "upper", "root"),
            certificate(3, "middle", "upper"),
            certificate(4, "other", "root"),
        ];
        assert_eq!(reachable(&chain), [3, 2]);
    }

    #[test]
    fn a_crowd_of_namesakes_is_not_tried_out_and_one_sent_twice_is_one() {
        let mut chain = vec![certificate(0, "shop", "middle")];
        chain.extend((1..100).map(|place| certificate(place, "middle", "middle")));
        for again in chain.iter_mut().skip(1).take(50) {
            again.serial = "1".into();
        }
        assert_eq!(reachable(&chain), [1, 51, 52]);
    }

    #[test]
    fn a_tree_of_issuers_is_looked_at_to_a_bound() {
        let mut chain = vec![certificate(0, "shop", "1")];
        for place in 1..200_usize {
            let (subject, issuer) = (place.div_ceil(3), place.div_ceil(3) + 1);
            chain.push(certificate(
                place,
                &subject.to_string(),
                &issuer.to_string(),
            ));
        }
        assert_eq!(reachable(&chain).len(), MOST_ISSUERS);
        assert!(reachable(&[]).is_empty());
    }
}
