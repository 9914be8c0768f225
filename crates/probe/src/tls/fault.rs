//! What the end of a handshake means.

use super::hello::{self, ServerHello};
use jaunt_record::FailureKind;
use rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible, ProtocolVersion};
use std::io::{self, ErrorKind};

/// Kind and sentence for a handshake that ended in `error`. `asked`: whether the server asked for
/// our certificate; `heard`: the first bytes that it sent.
pub(super) fn of(
    error: &io::Error,
    asked: bool,
    hello: Option<&ServerHello>,
    heard: &[u8],
) -> (FailureKind, String) {
    match tls_error(error) {
        Some(error) => protocol(error, asked, hello, heard),
        None => transport(error),
    }
}

/// Kind and sentence where `error` is an alert that came after the handshake: in TLS 1.3 a server
/// refuses a client's certificate only when the client believes all is done.
pub(crate) fn alert(error: &io::Error) -> Option<(FailureKind, String)> {
    match tls_error(error)? {
        Error::AlertReceived(alert) => Some(of_alert(*alert, false)),
        other => Some((FailureKind::TlsOther, format!("TLS broke off: {other}"))),
    }
}

fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn protocol(
    error: &Error,
    asked: bool,
    hello: Option<&ServerHello>,
    heard: &[u8],
) -> (FailureKind, String) {
    match error {
        Error::AlertReceived(alert) => of_alert(*alert, asked),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        ) => too_old(hello),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        ) => not_tls(heard),
        Error::NoCertificatesPresented => (
            FailureKind::TlsBadCertificate,
            "the server sent no certificate".into(),
        ),
        Error::InvalidCertificate(error) => (
            FailureKind::TlsBadCertificate,
            format!("the server did not prove that it holds its certificate's key: {error}"),
        ),
        _ if hello.is_some_and(|hello| is_old(hello.version)) => too_old(hello),
        other => (
            FailureKind::TlsOther,
            format!("the handshake broke off: {other}"),
        ),
    }
}

fn of_alert(alert: AlertDescription, asked: bool) -> (FailureKind, String) {
    use AlertDescription as Alert;
    match alert {
        Alert::ProtocolVersion => (
            FailureKind::TlsVersion,
            "the server speaks no TLS version that we may use (alert protocol_version)".into(),
        ),
        Alert::CertificateRequired => (
            FailureKind::TlsClientCertificate,
            "the server demands a client certificate (alert certificate_required)".into(),
        ),
        // Only our certificate can be meant: the server has seen no other.
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied
        | Alert::NoCertificate => (
            FailureKind::TlsClientCertificate,
            format!(
                "the server refused our client certificate (alert {})",
                name(alert)
            ),
        ),
        // How TLS 1.2 servers say that they miss one.
        Alert::HandshakeFailure if asked => (
            FailureKind::TlsClientCertificate,
            "the server asked for a client certificate, and broke off (alert handshake_failure)"
                .into(),
        ),
        other => (
            FailureKind::TlsAlert,
            format!("the server broke off with the alert {}", name(other)),
        ),
    }
}

/// An alert's name as RFC 8446 §6 writes it: `HandshakeFailure` is `handshake_failure`.
fn name(alert: AlertDescription) -> String {
    let mut name = String::new();
    let mut before = '_';
    for letter in format!("{alert:?}").chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
        before = letter;
    }
    name
}

fn too_old(hello: Option<&ServerHello>) -> (FailureKind, String) {
    let message = match hello {
        Some(hello) => format!(
            "the server chose TLS {}, which is older than we may use",
            hello::version(hello.version)
        ),
        None => "the server speaks no TLS version that we may use".into(),
    };
    (FailureKind::TlsVersion, message)
}

fn is_old(version: ProtocolVersion) -> bool {
    matches!(
        version,
        ProtocolVersion::SSLv2
            | ProtocolVersion::SSLv3
            | ProtocolVersion::TLSv1_0
            | ProtocolVersion::TLSv1_1
    )
}

fn not_tls(heard: &[u8]) -> (FailureKind, String) {
    let spoken = match heard.starts_with(b"HTTP/") {
        true => "it answered in cleartext HTTP",
        false => "what it sent is no TLS record",
    };
    (
        FailureKind::TlsOther,
        format!("the server does not speak TLS on this port: {spoken}"),
    )
}

fn transport(error: &io::Error) -> (FailureKind, String) {
    match error.kind() {
        ErrorKind::UnexpectedEof => (
            FailureKind::TlsClosed,
            "the server closed the connection during the handshake".into(),
        ),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => (
            FailureKind::TlsClosed,
            "the server reset the connection during the handshake".into(),
        ),
        _ => (
            FailureKind::TlsOther,
            format!("the handshake broke off: {error}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_named_as_the_rfc_does() {
        assert_eq!(
            name(AlertDescription::HandshakeFailure),
            "handshake_failure"
        );
        assert_eq!(name(AlertDescription::UnknownCA), "unknown_ca");
    }

    #[test]
    fn a_missing_client_certificate_is_told_from_other_failures() {
        let alert = AlertDescription::HandshakeFailure;
        assert_eq!(of_alert(alert, true).0, FailureKind::TlsClientCertificate);
        assert_eq!(of_alert(alert, false).0, FailureKind::TlsAlert);
    }
}
