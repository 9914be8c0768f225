//! Messages as the answers that a journey asks about.

use super::{Answer, Answers, RecordType};
use crate::dns::message;
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{self, Name, RData, Record},
};

/// How many records of an answer are kept.
const KEPT: usize = 256;

impl RecordType {
    /// As the DNS library calls it.
    pub(super) const fn wire(self) -> rr::RecordType {
        match self {
            Self::A => rr::RecordType::A,
            Self::Aaaa => rr::RecordType::AAAA,
            Self::Cname => rr::RecordType::CNAME,
            Self::Mx => rr::RecordType::MX,
            Self::Txt => rr::RecordType::TXT,
            Self::Ns => rr::RecordType::NS,
            Self::Soa => rr::RecordType::SOA,
            Self::Srv => rr::RecordType::SRV,
            Self::Caa => rr::RecordType::CAA,
            Self::Https => rr::RecordType::HTTPS,
            Self::Ptr => rr::RecordType::PTR,
        }
    }
}

/// What all messages together say: the first response code that is not NOERROR, the flags that all
/// of them carry (TC: that any does), and their records in order.
pub(super) fn of(messages: &[Box<Message>]) -> Answers {
    let code = messages
        .iter()
        .map(|message| message.metadata.response_code)
        .find(|code| *code != ResponseCode::NoError)
        .unwrap_or(ResponseCode::NoError);
    let all = |flag: fn(&Message) -> bool| messages.iter().all(|message| flag(message));
    Answers {
        rcode: message::rcode(code),
        aa: all(|message| message.metadata.authoritative),
        ad: all(|message| message.metadata.authentic_data),
        tc: messages.iter().any(|message| message.metadata.truncation),
        ra: all(|message| message.metadata.recursion_available),
        answers: messages
            .iter()
            .flat_map(|message| &message.answers)
            .take(KEPT)
            .map(answer)
            .collect(),
    }
}

fn answer(record: &Record) -> Answer {
    let (target, preference) = named(&record.data);
    Answer {
        kind: record.record_type().to_string(),
        ttl: record.ttl,
        text: text(&record.data),
        address: record.data.ip_addr(),
        txt: match &record.data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        },
        target: target.map(bare),
        preference,
    }
}

/// The data in presentation form. A service binding is written here (RFC 9460 §2.1), since the
/// library ends each of its lists with a comma.
fn text(data: &RData) -> String {
    let RData::HTTPS(https) = data else {
        return data.to_string();
    };
    let mut text = format!("{} {}", https.0.svc_priority, https.0.target_name);
    for (key, value) in &https.0.svc_params {
        let value = value.to_string();
        text.push_str(&match value.trim_end_matches(',') {
            "" => format!(" {key}"),
            value => format!(" {key}={value}"),
        });
    }
    text
}

/// The name that a record points at, and its preference or priority.
fn named(data: &RData) -> (Option<&Name>, Option<u16>) {
    match data {
        RData::CNAME(name) => (Some(&name.0), None),
        RData::NS(name) => (Some(&name.0), None),
        RData::PTR(name) => (Some(&name.0), None),
        RData::MX(mx) => (Some(&mx.exchange), Some(mx.preference)),
        RData::SRV(srv) => (Some(&srv.target), Some(srv.priority)),
        RData::HTTPS(https) => (Some(&https.0.target_name), Some(https.0.svc_priority)),
        _ => (None, None),
    }
}

/// A name without its last dot; the root stays one.
fn bare(name: &Name) -> String {
    let text = name.to_ascii();
    match text.strip_suffix('.') {
        Some("") | None => text,
        Some(bare) => bare.to_owned(),
    }
}
