//! Asking: from a question to answers that can be looked at.

use super::{Answers, NameServer, Question, answers, channel::Channel, validate};
use crate::{
    Exchange, Family, Named, Network, Outcome, Policy, Visitor,
    dns::{Asked, Signatures, Unanswered, message},
    exchange::Trouble,
    track::{Track, void},
    watch,
};
use hickory_proto::{op::Message, rr::Name};
use jaunt_record::{Dns, FailureKind, VoidCause};
use std::{net::IpAddr, pin::Pin, sync::Arc, time::Instant};

/// Asks. A response code is an answer, not a fault: whether it is well is for the caller to say.
pub async fn resolve(visitor: &mut Visitor, question: &Question) -> Exchange<Answers> {
    let mut track = Track::new("DNS lookup", &question.name, 53);
    let work = ask(visitor, question, &mut track);
    let watched = watch::until(question.deadline, work).await;
    track.finish(watched)
}

async fn ask(
    visitor: &mut Visitor,
    question: &Question,
    track: &mut Track,
) -> Result<Answers, Trouble> {
    let name = name(&question.name).map_err(|why| {
        let message = format!(
            "`{}` is not a name that the DNS can hold: {why}",
            question.name
        );
        track.fault(FailureKind::ResolveOther, message)
    })?;
    let signatures = match question.dnssec {
        true => Signatures::Wanted,
        false => Signatures::Left,
    };
    let kinds = question.types.iter().map(|kind| kind.wire());
    track.facts.dns = Some(Dns {
        question: name.to_ascii(),
        types: kinds.clone().map(|kind| kind.to_string()).collect(),
        ..Dns::default()
    });
    let asked: Result<Vec<Asked>, _> = kinds
        .map(|kind| Asked::new(&name, kind, signatures))
        .collect();
    let asked = asked.map_err(|why| trouble("the question", &why, track))?;
    let mut channel = Channel::open(visitor, question, track).await?;
    let mut messages = channel.ask(visitor, question, &asked, track).await?;
    if question.dnssec {
        validate::all(visitor, question, &mut channel, &mut messages, track).await?;
    }
    let answers = answers::of(&messages);
    if let Some(dns) = &mut track.facts.dns {
        dns.rcode = Some(answers.rcode.clone());
        let texts = answers.answers.iter().take(32);
        dns.answers = texts
            .map(|one| format!("{} {}", one.kind, one.text))
            .collect();
    }
    Ok(answers)
}

/// Asks an encrypted server of the network's own, on a connection of its own.
///
/// Not an `async fn`, for it closes a circle: a lookup asks a server, which is dialled, and what is
/// dialled may be looked up. Such a server is never a name, so it turns once at most.
pub(crate) fn sealed<'a>(
    network: &'a Arc<Network>,
    server: &'a NameServer,
    asked: Asked,
    until: Instant,
) -> Pin<Box<dyn Future<Output = Result<Box<Message>, Unanswered>> + Send + 'a>> {
    Box::pin(async move {
        // What the operator configured is dialled as the operator wishes.
        let mut visitor = network.visitor(&Arc::new(Policy::everything()));
        let question = Question {
            name: asked.question().name().to_ascii(),
            types: Vec::new(),
            server: Some(server.clone()),
            named: Named::Journey,
            dnssec: false,
            family: Family::Any,
            deadline: until,
        };
        let mut track = Track::new("DNS lookup", &question.name, 53);
        let work = async {
            let mut channel = Channel::open(&mut visitor, &question, &mut track).await?;
            let asked = [asked];
            channel
                .ask(&mut visitor, &question, &asked, &mut track)
                .await
        };
        let watched = watch::until(until, work).await;
        match track.finish(watched).outcome {
            Outcome::Answered(messages) => messages
                .into_iter()
                .next()
                .ok_or_else(|| Unanswered::Told("it gave no answer".into())),
            Outcome::Failed(fault) => Err(match fault.kind {
                FailureKind::ConnectRefused => Unanswered::PortRefused,
                FailureKind::TimeoutResolve
                | FailureKind::TimeoutConnect
                | FailureKind::TimeoutTls => Unanswered::Silent,
                _ => Unanswered::Told(fault.message),
            }),
            Outcome::Void(void) => Err(match void.cause {
                VoidCause::NoRoute => Unanswered::NoRoute,
                VoidCause::NoDescriptors => Unanswered::NoDescriptors,
                _ => Unanswered::Told(void.message),
            }),
        }
    })
}

/// The name to ask for: of an address, its place below `in-addr.arpa` or `ip6.arpa`.
fn name(text: &str) -> Result<Name, String> {
    match text.parse::<IpAddr>() {
        Ok(address) => Ok(Name::from(address)),
        Err(_) => message::absolute(text),
    }
}

/// What it means that `who` did not answer. A server that the journey names is its own: that it
/// refuses the port is its failure, not ours.
pub(super) fn trouble(who: &str, why: &Unanswered, track: &Track) -> Trouble {
    let message = format!("{who} {}", why.told());
    match why {
        Unanswered::NoRoute => void(VoidCause::NoRoute, message),
        Unanswered::NoDescriptors => void(VoidCause::NoDescriptors, message),
        Unanswered::Silent => track.fault(FailureKind::TimeoutResolve, message),
        Unanswered::Malformed(_) => track.fault(FailureKind::ResolveMalformed, message),
        Unanswered::PortRefused | Unanswered::Closed | Unanswered::Io(_) | Unanswered::Told(_) => {
            track.fault(FailureKind::ResolveOther, message)
        }
    }
}
