//! DNSSEC: whether what was answered is proven by the keys that the trust anchors lead to (RFC 4035).
//!
//! We judge ourselves, from the anchors down, as a validating resolver does; what the server says of
//! its own judgement is not looked at. The keys on the way are asked of the same server over the same
//! channel, and their time is in `resolve`: it is what an answer costs that can be trusted. Secure and
//! provably unsigned answers pass, told apart by the flag `ad`; a bogus one is a failure, as it is for
//! every user whose resolver validates.
//!
//! The proofs are `hickory-net`'s. It wants a handle that sends questions from wherever it stands;
//! ours passes them to the one place that owns channel, visitor and stopwatch.

use super::{Question, channel::Channel};
use crate::{
    Visitor,
    dns::{Asked, Signatures},
    exchange::Trouble,
    track::Track,
};
use futures_util::{StreamExt, stream::BoxStream};
use hickory_net::{
    DnsError, NetError, dnssec::DnssecDnsHandle, runtime::TokioRuntimeProvider, xfer::DnsHandle,
};
use hickory_proto::{
    dnssec::{Proof, rdata::DNSSECRData},
    op::{DnsRequest, DnsRequestOptions, DnsResponse, Message, Query, ResponseCode},
    rr::{RData, Record, RecordType},
};
use jaunt_record::FailureKind;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// How many questions a chain of trust may take. One zone takes two, and few names lie ten deep.
const QUESTIONS: usize = 64;

/// How deep the proofs may call for one another, each on the stack of the one before: two for a zone.
const DEEPEST: usize = 14;

/// What is known of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Proven by its signatures, or proven not to be there.
    Secure,
    /// Proven to be unsigned, or beyond every trust anchor.
    Insecure,
    /// What should be proven is not.
    Bogus,
}

/// Judges each of `messages`, sets its flag `ad` to what was found, and leaves the records that were
/// asked for.
pub(super) async fn all(
    visitor: &mut Visitor,
    question: &Question,
    channel: &mut Channel,
    messages: &mut [Box<Message>],
    track: &mut Track,
) -> Result<(), Trouble> {
    for message in messages {
        let state = match message.metadata.response_code {
            ResponseCode::NoError | ResponseCode::NXDomain => {
                one(visitor, question, channel, message, track).await?
            }
            // An error proves nothing, and claims nothing.
            _ => State::Insecure,
        };
        if state == State::Bogus {
            let kind = message.queries.first().map(Query::query_type);
            let kind = kind.map(|kind| kind.to_string()).unwrap_or_default();
            let told = format!(
                "what was answered for {kind} `{}` is bogus: no chain of valid signatures leads to it \
                 from a trust anchor of DNSSEC",
                question.name
            );
            return Err(track.fault(FailureKind::ResolveBogus, told));
        }
        message.metadata.authentic_data = state == State::Secure;
        message.answers.retain(|record| !is_proof(record));
    }
    Ok(())
}

/// Whether a record only proves others.
fn is_proof(record: &Record) -> bool {
    matches!(
        record.record_type(),
        RecordType::RRSIG | RecordType::NSEC | RecordType::NSEC3
    )
}

/// Judges one message: the proofs are worked out on this side, and what they ask for is fetched on
/// the other.
async fn one(
    visitor: &mut Visitor,
    question: &Question,
    channel: &mut Channel,
    message: &Message,
    track: &mut Track,
) -> Result<State, Trouble> {
    let Some(asked) = message.queries.first().cloned() else {
        return Ok(State::Insecure);
    };
    let (errands, mut waiting) = mpsc::channel::<Errand>(QUESTIONS);
    let anchors = Arc::clone(&visitor.network.anchors.0);
    let validator = DnssecDnsHandle::with_trust_anchor(Courier(errands), anchors);
    let judged = async move {
        let mut options = DnsRequestOptions::default();
        options.edns_set_dnssec_ok = true;
        options.max_request_depth = DEEPEST;
        // The validator ends with this block, and with it the errands.
        validator.lookup(asked, options).next().await
    };
    let fetching = async {
        let mut broken = None;
        for number in 0..=QUESTIONS {
            let Some(Errand { query, answer }) = waiting.recv().await else {
                break;
            };
            let fetched = match number {
                0 => Ok(Box::new(message.clone())),
                QUESTIONS => {
                    let told = format!("the chain of trust takes more than {QUESTIONS} questions");
                    Err(track.fault(FailureKind::ResolveBogus, told))
                }
                _ => fetch(visitor, question, channel, &query, track).await,
            };
            let response = fetched.map_err(|trouble| {
                broken.get_or_insert(trouble);
                NetError::from("not answered")
            });
            let response = response.and_then(|message| readable(*message));
            // Nobody waits for what is no longer needed.
            let _ = answer.send(response);
        }
        waiting.close();
        broken
    };
    match tokio::join!(judged, fetching) {
        (_, Some(trouble)) => Err(trouble),
        (judged, None) => Ok(state(judged)),
    }
}

/// A message that a proof can be built on: an error's is none, and would be asked for again and again.
fn readable(message: Message) -> Result<DnsResponse, NetError> {
    match message.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain => Ok(DnsResponse::from_message(message)?),
        code => Err(DnsError::ResponseCode(code).into()),
    }
}

async fn fetch(
    visitor: &mut Visitor,
    question: &Question,
    channel: &mut Channel,
    query: &Query,
    track: &mut Track,
) -> Result<Box<Message>, Trouble> {
    let asked = Asked::new(query.name(), query.query_type(), Signatures::Wanted)
        .map_err(|why| super::ask::trouble("the question", &why, track))?;
    let mut answers = channel.ask(visitor, question, &[asked], track).await?;
    answers
        .pop()
        .ok_or_else(|| track.fault(FailureKind::ResolveOther, "nothing was answered"))
}

fn state(judged: Option<Result<DnsResponse, NetError>>) -> State {
    match judged {
        Some(Ok(response)) => of_records(&response),
        Some(Err(NetError::Dns(DnsError::Nsec {
            proof, response, ..
        }))) => match of_proof(proof) {
            State::Bogus if by_wildcard(&response) => of_records(&response),
            state => state,
        },
        // Whatever else it stumbled over was in what the server sent: a broken fetch is told before.
        Some(Err(_)) | None => State::Bogus,
    }
}

/// Whether records that a wildcard made are shown to be its (RFC 4035 §5.3.4): the name one label
/// longer than the wildcard's parent is proven not to be there. The library would have the wildcard
/// covered by another NSEC as well, which is not so where the wildcard is its owner.
fn by_wildcard(response: &Message) -> bool {
    let made = response.answers.iter().find_map(|record| {
        let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &record.data else {
            return None;
        };
        let labels = signature.input().num_labels;
        let made = record.proof == Proof::Secure && labels < record.name.num_labels();
        made.then(|| record.name.trim_to(usize::from(labels) + 1))
    });
    let Some(closer) = made else {
        return false;
    };
    response.authorities.iter().any(|record| {
        let RData::DNSSEC(DNSSECRData::NSEC(nsec)) = &record.data else {
            return false;
        };
        let (owner, next) = (&record.name, nsec.next_domain_name());
        let covers = *owner < closer && (closer < *next || next <= owner);
        record.proof == Proof::Secure && covers && !closer.zone_of(next)
    })
}

/// The least of what holds for the records that answer, or else for those that say there are none.
fn of_records(response: &Message) -> State {
    let answers = response.answers.iter().filter(|one| !is_proof(one));
    let mut proofs: Vec<Proof> = answers.map(|one| one.proof).collect();
    if proofs.is_empty() {
        let denials = response.authorities.iter();
        let denials = denials.filter(|one| one.record_type() != RecordType::RRSIG);
        proofs = denials.map(|one| one.proof).collect();
        // Nothing at all, and the validator let it pass: it lies below no signed zone.
        if proofs.is_empty() {
            return State::Insecure;
        }
    }
    let states: Vec<State> = proofs.into_iter().map(of_proof).collect();
    [State::Bogus, State::Insecure]
        .into_iter()
        .find(|state| states.contains(state))
        .unwrap_or(State::Secure)
}

const fn of_proof(proof: Proof) -> State {
    match proof {
        Proof::Secure => State::Secure,
        Proof::Insecure | Proof::Indeterminate => State::Insecure,
        Proof::Bogus => State::Bogus,
    }
}

/// A question of the validator's, and where its answer goes.
struct Errand {
    query: Query,
    answer: oneshot::Sender<Result<DnsResponse, NetError>>,
}

/// Passes questions on.
#[derive(Clone)]
struct Courier(mpsc::Sender<Errand>);

impl DnsHandle for Courier {
    type Response = BoxStream<'static, Result<DnsResponse, NetError>>;
    type Runtime = TokioRuntimeProvider;

    fn send(&self, request: DnsRequest) -> Self::Response {
        let query = request.queries.first().cloned();
        let errands = self.0.clone();
        let answered = async move {
            let query = query.ok_or(NetError::from("no question"))?;
            let (answer, answered) = oneshot::channel();
            let sent = errands.send(Errand { query, answer }).await;
            sent.map_err(|_| NetError::from("nobody asks any more"))?;
            answered
                .await
                .unwrap_or_else(|_| Err(NetError::from("nobody asks any more")))
        };
        futures_util::stream::once(answered).boxed()
    }
}
