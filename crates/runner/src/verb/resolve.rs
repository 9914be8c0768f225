//! `resolve`: a question, and whether a user would have been served by the answer.

use crate::{
    attempt::{End, Stage, Told, fault, named},
    seen::{Answer, Seen},
};
use jaunt_journey::{DnsType, Resolve};
use jaunt_probe::{NameServer, Named, Outcome, Question, RecordType};
use jaunt_record::{FailureKind, FailurePhase};

pub(super) async fn attempt(stage: &mut Stage<'_>, resolve: &Resolve) -> Result<End, End> {
    let name = stage.known.text(&resolve.name)?;
    let (server, by) = match &resolve.server {
        None => (None, Named::Journey),
        Some(server) => {
            let filled = stage.known.fill(&server.text)?;
            let parsed = NameServer::parse(&filled.text).ok_or_else(|| {
                let message = format!("`{}` is no DNS server", filled.text);
                End::Failed(fault(
                    FailurePhase::Capture,
                    FailureKind::CaptureType,
                    message,
                ))
            })?;
            let by = named(&filled.captured, &(0..filled.text.len()));
            (Some(parsed), by)
        }
    };
    let question = Question {
        name: name.clone(),
        types: resolve.types.iter().copied().map(record_type).collect(),
        server,
        named: by,
        dnssec: resolve.dnssec,
        family: stage.family(),
        deadline: stage.deadline(),
    };
    let exchange = jaunt_probe::resolve(stage.visitor, &question).await;
    let types: Vec<&str> = resolve.types.iter().map(|kind| kind.as_str()).collect();
    let told = Told {
        hop: 0,
        url: format!("{} {name}", types.join(" ")),
        status_expected: false,
        traced: false,
    };
    let (facts, outcome) = stage.book(exchange, told);
    Ok(match outcome {
        Outcome::Answered(answers) => End::Seen(Box::new(Seen {
            answer: Answer::Dns(answers),
            facts,
            url: None,
            redirects: 0,
            at: stage.wall(),
        })),
        Outcome::Failed(fault) => End::Failed(fault),
        Outcome::Void(void) => End::Void(void),
    })
}

fn record_type(kind: DnsType) -> RecordType {
    match kind {
        DnsType::A => RecordType::A,
        DnsType::Aaaa => RecordType::Aaaa,
        DnsType::Cname => RecordType::Cname,
        DnsType::Mx => RecordType::Mx,
        DnsType::Txt => RecordType::Txt,
        DnsType::Ns => RecordType::Ns,
        DnsType::Soa => RecordType::Soa,
        DnsType::Srv => RecordType::Srv,
        DnsType::Caa => RecordType::Caa,
        DnsType::Https => RecordType::Https,
        DnsType::Ptr => RecordType::Ptr,
    }
}
