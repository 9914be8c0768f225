//! One question as bytes, and whether bytes answer it.

use hickory_proto::{
    op::{Edns, Message, MessageType, Query, ResponseCode},
    rr::{Name, RecordType},
};
use std::{borrow::Cow, io};

/// What a datagram may hold: clear of fragmentation on every path (DNS flag day 2020).
const UDP_PAYLOAD: u16 = 1232;

/// The bytes of a header (RFC 1035 §4.1.1).
const HEADER: usize = 12;

/// A question with its id, and the bytes that ask it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    id: u16,
    question: Query,
    /// The message as it goes on the wire, without a length prefix.
    pub(crate) bytes: Vec<u8>,
}

/// Why a question has no answer. What the answer says is not its business.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// The time was up.
    Silent,
    /// Nothing listens on the server's port.
    PortRefused,
    /// The server closed or reset the connection before a whole answer.
    Closed,
    /// What came cannot be understood.
    Malformed(String),
    /// This machine has no route to the server.
    NoRoute,
    /// No file descriptor or local port was left.
    NoDescriptors,
    /// The system's word on anything else.
    Io(io::Error),
    /// What an encrypted server's connection came to, in words.
    Told(String),
}

/// What received bytes are to a question.
#[derive(Debug)]
pub(crate) enum Read {
    /// Its answer.
    Answer(Box<Message>),
    /// Its answer, cut short (RFC 1035 §4.1.1, TC): ask again over a stream.
    Truncated,
    /// Something else: a late answer to another, or a forger's guess.
    Foreign,
    /// Its answer, but unreadable.
    Malformed(String),
}

/// Whether the signatures of the records are asked for as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signatures {
    /// The records alone.
    Left,
    /// Also what proves them, from a server that does not judge in our place: DO and CD (RFC 4035
    /// §4.6, §4.9.1; RFC 6840 §5.9).
    Wanted,
}

impl Asked {
    /// Asks for the records of `kind` at `name`, with a random id.
    pub(crate) fn new(
        name: &Name,
        kind: RecordType,
        signatures: Signatures,
    ) -> Result<Self, Unanswered> {
        let question = Query::query(name.clone(), kind);
        let wanted = signatures == Signatures::Wanted;
        let mut message = Message::query();
        message.metadata.recursion_desired = true;
        message.metadata.checking_disabled = wanted;
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_PAYLOAD)
            .set_version(0)
            .set_dnssec_ok(wanted);
        message.add_query(question.clone()).set_edns(edns);
        let bytes = message
            .to_vec()
            .map_err(|error| Unanswered::Malformed(error.to_string()))?;
        Ok(Self {
            id: message.metadata.id,
            question,
            bytes,
        })
    }

    /// The question.
    pub(crate) fn question(&self) -> &Query {
        &self.question
    }

    /// What `bytes` are to this question.
    pub(crate) fn read(&self, bytes: &[u8]) -> Read {
        match bytes {
            [high, low, ..] if u16::from_be_bytes([*high, *low]) == self.id => {}
            _ => return Read::Foreign,
        }
        let Some(flags) = bytes.get(2).filter(|_| bytes.len() >= HEADER) else {
            return Read::Malformed("shorter than a header".into());
        };
        if flags & 0x80 == 0 {
            return Read::Foreign;
        }
        if flags & 0x02 != 0 {
            // It may end within a record: what it holds is not looked at.
            return Read::Truncated;
        }
        match Message::from_vec(bytes) {
            Ok(message) if self.answered_by(&message) => Read::Answer(Box::new(message)),
            Ok(_) => Read::Foreign,
            Err(error) => Read::Malformed(error.to_string()),
        }
    }

    /// Whether `message` repeats our question; an error may come without one (RFC 1035 §4.1.1 lets
    /// a server that cannot read the question leave it out).
    fn answered_by(&self, message: &Message) -> bool {
        if message.metadata.message_type != MessageType::Response {
            return false;
        }
        match message.queries.as_slice() {
            [] => message.metadata.response_code != ResponseCode::NoError,
            [question] => {
                question.query_type == self.question.query_type
                    && question.query_class == self.question.query_class
                    && question.name.eq_ignore_root(&self.question.name)
            }
            _ => false,
        }
    }
}

impl From<io::Error> for Unanswered {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::PortRefused,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            io::ErrorKind::NetworkUnreachable => Self::NoRoute,
            io::ErrorKind::AddrNotAvailable => Self::NoDescriptors,
            _ => match error.raw_os_error() {
                // ENFILE and EMFILE have no kind of their own.
                Some(23 | 24) => Self::NoDescriptors,
                _ => Self::Io(error),
            },
        }
    }
}

impl Unanswered {
    /// What happened, as the end of `server 10.0.0.53:53 …`.
    pub(crate) fn told(&self) -> Cow<'static, str> {
        match self {
            Self::Silent => "did not answer in time".into(),
            Self::PortRefused => "refuses the port".into(),
            Self::Closed => "closed the connection before it answered".into(),
            Self::Malformed(why) => format!("sent an answer that cannot be read: {why}").into(),
            Self::NoRoute => "cannot be reached: this machine has no route to it".into(),
            Self::NoDescriptors => {
                "was not asked: no file descriptor or local port was left".into()
            }
            Self::Io(error) => format!("cannot be asked: {error}").into(),
            Self::Told(why) => format!("cannot be asked: {why}").into(),
        }
    }
}

/// A response code as the DNS writes it: `NOERROR`, `NXDOMAIN`, `RCODE24`.
pub(crate) fn rcode(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".into(),
        ResponseCode::FormErr => "FORMERR".into(),
        ResponseCode::ServFail => "SERVFAIL".into(),
        ResponseCode::NXDomain => "NXDOMAIN".into(),
        ResponseCode::NotImp => "NOTIMP".into(),
        ResponseCode::Refused => "REFUSED".into(),
        ResponseCode::YXDomain => "YXDOMAIN".into(),
        ResponseCode::YXRRSet => "YXRRSET".into(),
        ResponseCode::NXRRSet => "NXRRSET".into(),
        ResponseCode::NotAuth => "NOTAUTH".into(),
        ResponseCode::NotZone => "NOTZONE".into(),
        ResponseCode::BADVERS => "BADVERS".into(),
        other => format!("RCODE{}", u16::from(other)),
    }
}

/// `name` as the DNS asks for it: absolute, whether or not it ends with a dot.
pub(crate) fn absolute(name: &str) -> Result<Name, String> {
    let mut parsed = Name::from_str_relaxed(name).map_err(|error| error.to_string())?;
    if name.is_empty() {
        return Err("it is empty".into());
    }
    parsed.set_fqdn(true);
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        let name = absolute("shop.example").unwrap();
        Asked::new(&name, RecordType::A, Signatures::Left).unwrap()
    }

    /// The question sent back as an answer, with `flags` in the header's third and fourth byte.
    fn echoed(asked: &Asked, flags: [u8; 2]) -> Vec<u8> {
        let mut bytes = asked.bytes.clone();
        bytes[2..4].copy_from_slice(&flags);
        bytes
    }

    #[test]
    fn only_a_response_with_our_id_and_question_is_an_answer() {
        let asked = asked();
        let answer = echoed(&asked, [0x81, 0x80]);
        assert!(matches!(asked.read(&answer), Read::Answer(_)));

        let mut other_id = answer.clone();
        other_id[0] ^= 1;
        assert!(matches!(asked.read(&other_id), Read::Foreign));

        assert!(matches!(asked.read(&asked.bytes), Read::Foreign), "a query");

        let mut other_name = answer.clone();
        other_name[13] ^= 1;
        assert!(matches!(asked.read(&other_name), Read::Foreign));
        let mut other_case = answer;
        other_case[13] ^= 0x20;
        assert!(matches!(asked.read(&other_case), Read::Answer(_)));
    }

    #[test]
    fn what_is_cut_short_is_truncated_or_malformed_and_never_a_panic() {
        let asked = asked();
        let answer = echoed(&asked, [0x81, 0x80]);
        for length in 2..answer.len() {
            assert!(
                matches!(asked.read(&answer[..length]), Read::Malformed(_)),
                "{length}"
            );
        }
        assert!(matches!(asked.read(&answer[..1]), Read::Foreign));
        let truncated = echoed(&asked, [0x83, 0x80]);
        assert!(matches!(asked.read(&truncated[..20]), Read::Truncated));
    }

    #[test]
    fn a_name_is_absolute_and_never_empty() {
        assert!(absolute("shop.example").unwrap().is_fqdn());
        assert_eq!(absolute("a.").unwrap(), absolute("a").unwrap());
        assert!(absolute(".").unwrap().is_root());
        for bad in ["", "a..b", &"x".repeat(64), &"abc.".repeat(70)] {
            assert!(absolute(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let asked = asked();
            asked.read(&bytes);
            if let [high, low, flags, ..] = bytes.as_mut_slice() {
                [*high, *low] = asked.id.to_be_bytes();
                *flags = 0x80;
            }
            asked.read(&bytes);
        }
    }
}
