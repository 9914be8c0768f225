//! Facts around an answer: address, certificate, TLS, DNS.

use crate::value::Node;
use jaunt_journey::{AddressField, AnswerField, CertField, DnsFlag, TlsField, TtlField};
use jaunt_probe::Answers;
use jaunt_record::Exchange;
use serde_json::Value as Json;

pub(super) fn address(facts: &Exchange, field: AddressField) -> Option<Node> {
    let remote = facts.remote?;
    Some(match field {
        AddressField::Ip => Node::text(remote.ip().to_string()),
        AddressField::Port => Node::text(remote.port().to_string()),
    })
}

pub(super) fn cert(facts: &Exchange, field: CertField, now: jiff::Timestamp) -> Vec<Node> {
    let Some(tls) = &facts.tls else {
        return Vec::new();
    };
    let text = |text: &Option<String>| text.as_deref().map(Node::text);
    let expires = || jiff::Timestamp::from_second(tls.expires_at?).ok();
    let node = match field {
        CertField::Names => return tls.names.iter().map(Node::text).collect(),
        CertField::ExpiresIn => {
            expires().map(|at| Node::Duration(at.as_nanosecond() - now.as_nanosecond()))
        }
        CertField::ExpiresAt => expires().map(Node::Instant),
        CertField::Subject => text(&tls.subject),
        CertField::Issuer => text(&tls.issuer),
        CertField::Serial => text(&tls.serial),
        CertField::Sha256 => text(&tls.sha256),
        CertField::Chain => (tls.chain > 0).then(|| Node::whole(tls.chain.into())),
        CertField::Key => text(&tls.key),
    };
    node.into_iter().collect()
}

pub(super) fn tls(facts: &Exchange, field: TlsField) -> Option<Node> {
    let tls = facts.tls.as_ref()?;
    match field {
        TlsField::Version => tls.version.as_deref().map(Node::text),
        TlsField::Cipher => tls.cipher.as_deref().map(Node::text),
        TlsField::Alpn => tls.alpn.as_deref().map(Node::text),
        TlsField::Resumed => tls.resumed.map(|yes| Node::Json(Json::Bool(yes))),
        TlsField::Group => tls.group.as_deref().map(Node::text),
    }
}

pub(super) fn flag(dns: &Answers, flag: DnsFlag) -> Node {
    Node::Json(Json::Bool(match flag {
        DnsFlag::Aa => dns.aa,
        DnsFlag::Ad => dns.ad,
        DnsFlag::Tc => dns.tc,
        DnsFlag::Ra => dns.ra,
    }))
}

pub(super) fn answer(dns: &Answers, field: AnswerField) -> Vec<Node> {
    dns.answers
        .iter()
        .filter_map(|answer| match field {
            AnswerField::Address => answer.address.map(|ip| Node::text(ip.to_string())),
            AnswerField::Text => answer.txt.as_deref().map(Node::text),
            AnswerField::Target => answer.target.as_deref().map(Node::text),
            AnswerField::Preference => answer.preference.map(|n| Node::whole(n.into())),
            AnswerField::All => Some(Node::text(&*answer.text)),
        })
        .collect()
}

pub(super) fn ttl(dns: &Answers, field: TtlField) -> Option<Node> {
    let all = dns.answers.iter().map(|answer| answer.ttl);
    let ttl = match field {
        TtlField::Min => all.min(),
        TtlField::Max => all.max(),
    }?;
    Some(Node::Duration(i128::from(ttl) * 1_000_000_000))
}
