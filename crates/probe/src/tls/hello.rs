//! A ServerHello read off the wire, for the facts of a handshake that failed: rustls keeps its
//! connection to itself then. It is sent in clear in every version (RFC 8446 §4.1.3).

use jaunt_record::Tls;
use rustls::{CipherSuite, NamedGroup, ProtocolVersion};

/// What a server chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerHello {
    pub(super) version: ProtocolVersion,
    cipher: CipherSuite,
    group: Option<NamedGroup>,
    alpn: Option<String>,
}

const RECORD_HANDSHAKE: u8 = 22;
const HANDSHAKE_SERVER_HELLO: u8 = 2;
const EXTENSION_ALPN: u16 = 16;
const EXTENSION_SUPPORTED_VERSIONS: u16 = 43;
const EXTENSION_KEY_SHARE: u16 = 51;

impl ServerHello {
    /// The ServerHello at the beginning of what a server sent, if there is a whole one.
    pub(super) fn parse(heard: &[u8]) -> Option<Self> {
        let mut record = Bytes(heard);
        if record.byte()? != RECORD_HANDSHAKE {
            return None;
        }
        record.take(4)?; // legacy version, length
        if record.byte()? != HANDSHAKE_SERVER_HELLO {
            return None;
        }
        let [_, high, low] = *record.take(3)? else {
            return None;
        };
        let mut body = Bytes(record.take(usize::from(u16::from_be_bytes([high, low])))?);
        let mut hello = Self {
            version: ProtocolVersion::from(body.number()?),
            cipher: CipherSuite::TLS_NULL_WITH_NULL_NULL,
            group: None,
            alpn: None,
        };
        body.take(32)?; // random
        let session = body.byte()?;
        body.take(usize::from(session))?;
        hello.cipher = CipherSuite::from(body.number()?);
        body.byte()?; // compression
        // A server of old may end here.
        let length = body.number().unwrap_or(0);
        let mut extensions = Bytes(body.take(usize::from(length))?);
        while let Some(kind) = extensions.number() {
            let length = extensions.number()?;
            hello.read(kind, Bytes(extensions.take(usize::from(length))?));
        }
        Some(hello)
    }

    fn read(&mut self, kind: u16, mut data: Bytes<'_>) {
        match kind {
            EXTENSION_SUPPORTED_VERSIONS => {
                self.version = data.number().map_or(self.version, ProtocolVersion::from);
            }
            EXTENSION_KEY_SHARE => self.group = data.number().map(NamedGroup::from),
            EXTENSION_ALPN => {
                let protocol = data.number().and_then(|_| {
                    let length = data.byte()?;
                    data.take(usize::from(length))
                });
                self.alpn = protocol.map(|name| String::from_utf8_lossy(name).into_owned());
            }
            _ => {}
        }
    }

    /// Adds what it says to `facts`.
    pub(super) fn tell(&self, facts: &mut Tls) {
        facts.version = Some(version(self.version));
        facts.cipher = Some(cipher(self.cipher));
        facts.group = self.group.map(group);
        facts.alpn.clone_from(&self.alpn);
    }
}

/// A version as we write it.
pub(super) fn version(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_3 => "1.3".into(),
        ProtocolVersion::TLSv1_2 => "1.2".into(),
        ProtocolVersion::TLSv1_1 => "1.1".into(),
        ProtocolVersion::TLSv1_0 => "1.0".into(),
        ProtocolVersion::SSLv3 => "SSL 3.0".into(),
        other => format!("{other:?}"),
    }
}

/// A cipher suite's IANA name; rustls writes `TLS13_` where IANA has `TLS_`.
pub(super) fn cipher(suite: CipherSuite) -> String {
    format!("{suite:?}").replacen("TLS13_", "TLS_", 1)
}

/// A group's IANA name.
pub(super) fn group(group: NamedGroup) -> String {
    format!("{group:?}")
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self) -> Option<u16> {
        let [high, low] = *self.take(2)? else {
            return None;
        };
        Some(u16::from_be_bytes([high, low]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ServerHello of `version` with these extensions.
    fn record(version: [u8; 2], extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_vec();
        body.extend([7; 32]);
        body.extend([0, 0x13, 0x01, 0]);
        if !extensions.is_empty() {
            body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
            body.extend(extensions);
        }
        let length = u8::try_from(body.len()).unwrap();
        let mut record = vec![22, 3, 3, 0, length + 4, 2, 0, 0, length];
        record.extend(body);
        record
    }

    #[test]
    fn the_extension_says_the_version_where_there_is_one() {
        let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 4, 0x11, 0xec, 0, 0];
        let hello = ServerHello::parse(&record([3, 3], &extensions)).unwrap();
        let mut facts = Tls::default();
        hello.tell(&mut facts);
        assert_eq!(facts.version.as_deref(), Some("1.3"));
        assert_eq!(facts.cipher.as_deref(), Some("TLS_AES_128_GCM_SHA256"));
        assert_eq!(facts.group.as_deref(), Some("X25519MLKEM768"));
    }

    #[test]
    fn a_server_of_old_is_told_by_its_version() {
        let hello = ServerHello::parse(&record([3, 1], &[])).unwrap();
        assert_eq!(version(hello.version), "1.0");
    }

    #[test]
    fn a_cut_hello_is_none_and_no_panic() {
        let whole = record([3, 3], &[0, 43, 0, 2, 3, 4]);
        for end in 0..whole.len() {
            assert_eq!(ServerHello::parse(&whole[..end]), None, "cut at {end}");
        }
    }
}
