//! Asking, by each of the transports.
//!
//! The question is in phase `resolve` whatever carries it; over TCP, TLS and HTTPS what comes
//! before it is in `connect` and `tls`, and of DNS over HTTPS the lookup of the server's own name is
//! in `resolve` too. So `resolve` is what an answer cost once there was someone to ask, comparable
//! over the transports, and the phases add up. By UDP, and to the network's own servers, several
//! types are asked at once; over a stream one after the other on one connection.

use super::{Answers, NameServer, Question, answers};
use crate::{
    Connection, Exchange, Family, Outcome, Request, Response, Target, TlsConfig, TlsSetup, Version,
    Visitor,
    dial::{Origin, admit, dial},
    dns::{
        Asked, Unanswered, message,
        resolver::{Answered, NoAnswer},
        stream,
        udp::{self, Datagram},
    },
    exchange::Trouble,
    join, request,
    stream::Stream,
    tls::{self, Session, Wanted},
    track::{Track, void},
    watch,
};
use hickory_proto::{op::Message, rr::Name};
use http::{HeaderValue, header};
use jaunt_record::{Dns, FailureKind, Phase, Phases, VoidCause};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// The media type of RFC 8484 §6.
const MEDIA: &str = "application/dns-message";

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
    if question.dnssec {
        let message = "validating DNSSEC is not built yet; leave `dnssec` out, and expect flag `ad` \
            of a resolver that validates";
        return Err(void(VoidCause::Internal, message));
    }
    let name = name(&question.name).map_err(|why| {
        let message = format!(
            "`{}` is not a name that the DNS can hold: {why}",
            question.name
        );
        track.fault(FailureKind::ResolveOther, message)
    })?;
    let kinds = question.types.iter().map(|kind| kind.wire());
    track.facts.dns = Some(Dns {
        question: name.to_ascii(),
        types: kinds.clone().map(|kind| kind.to_string()).collect(),
        ..Dns::default()
    });
    let asked: Result<Vec<Asked>, _> = kinds.map(|kind| Asked::new(&name, kind)).collect();
    let asked = asked.map_err(|why| trouble("the question", &why, track))?;
    let messages = match &question.server {
        None => by_network(visitor, question, &name, track).await?,
        Some(NameServer::Udp(address)) => {
            by_udp(visitor, question, *address, &asked, track).await?
        }
        Some(NameServer::Tcp(address)) => {
            by_stream(visitor, question, *address, None, &asked, track).await?
        }
        Some(NameServer::Tls { name, address }) => {
            by_stream(visitor, question, *address, Some(name), &asked, track).await?
        }
        Some(NameServer::Https { url }) => by_https(visitor, question, url, &asked, track).await?,
    };
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

/// The name to ask for: of an address, its place below `in-addr.arpa` or `ip6.arpa`.
fn name(text: &str) -> Result<Name, String> {
    match text.parse::<IpAddr>() {
        Ok(address) => Ok(Name::from(address)),
        Err(_) => message::absolute(text),
    }
}

/// By the network's own servers, in order.
async fn by_network(
    visitor: &Visitor,
    question: &Question,
    name: &Name,
    track: &mut Track,
) -> Result<Vec<Box<Message>>, Trouble> {
    track.begin(Phase::Resolve);
    let resolver = &visitor.network.resolver;
    let kinds = question.types.iter();
    let asked = join::all(kinds.map(|kind| resolver.ask(name, kind.wire()))).await;
    let mut messages = Vec::new();
    for one in asked {
        match one {
            Ok(Answered {
                server,
                at,
                message,
            }) => {
                answered_by(server, at, track);
                messages.push(message);
            }
            Err(NoAnswer {
                server,
                why,
                all_refused,
            }) => {
                let who = server.unwrap_or_else(|| "the resolver".into());
                if all_refused {
                    return Err(void(VoidCause::Resolver, format!("{who} {}", why.told())));
                }
                return Err(trouble(&who, &why, track));
            }
        }
    }
    Ok(messages)
}

async fn by_udp(
    visitor: &Visitor,
    question: &Question,
    address: SocketAddr,
    asked: &[Asked],
    track: &mut Track,
) -> Result<Vec<Box<Message>>, Trouble> {
    track.facts.port = address.port();
    admit(visitor, address, Origin::Literal(question.named), track)?;
    track.facts.protocol = Some("udp".into());
    answered_by(format!("udp {address}"), Some(address), track);
    track.begin(Phase::Resolve);
    let one = |asked| one_by_udp(address, asked, question);
    let mut messages = Vec::new();
    for answer in join::all(asked.iter().map(one)).await {
        let who = format!("server {address}");
        let (message, size, spoken) = answer.map_err(|why| trouble(&who, &why, track))?;
        track.facts.bytes_in += size as u64;
        if spoken == "tcp" {
            answered_by(format!("tcp {address}"), Some(address), track);
        }
        messages.push(message);
    }
    track.facts.bytes_out = asked.iter().map(|one| one.bytes.len() as u64).sum();
    Ok(messages)
}

async fn one_by_udp(
    address: SocketAddr,
    asked: &Asked,
    question: &Question,
) -> Result<(Box<Message>, usize, &'static str), Unanswered> {
    // Silence is for the watch to tell; a little later than it, so that it does.
    let until = question.deadline + Duration::from_secs(1);
    match udp::ask(address, asked, until).await? {
        Datagram::Answer(message, size) => Ok((message, size, "udp")),
        Datagram::Truncated => {
            let (message, size) = stream::dial_and_ask(address, asked, until).await?;
            Ok((message, size, "tcp"))
        }
    }
}

async fn by_stream(
    visitor: &mut Visitor,
    question: &Question,
    address: SocketAddr,
    name: Option<&String>,
    asked: &[Asked],
    track: &mut Track,
) -> Result<Vec<Box<Message>>, Trouble> {
    let target = Target {
        host: address.ip().to_string(),
        port: address.port(),
        named: question.named,
        family: Family::Any,
    };
    let setup = match name {
        Some(_) => Some(setup(visitor)?),
        None => None,
    };
    let spoken = if name.is_some() { "tls" } else { "tcp" };
    track.facts.port = address.port();
    track.facts.protocol = Some(spoken.into());
    let mut stream = Stream::from(dial(visitor, &target, track).await?);
    if let (Some(name), Some(setup)) = (name, &setup) {
        let wanted = Wanted {
            setup,
            name,
            alpn: &[b"dot"],
            session: Session::Cold,
        };
        stream = tls::handshake(visitor, stream, wanted, track).await?;
    }
    track.begin(Phase::Resolve);
    answered_by(format!("{spoken} {address}"), Some(address), track);
    let mut messages = Vec::new();
    for one in asked {
        let answer = stream::ask(&mut stream, one).await;
        let who = format!("server {address}");
        let (message, _) = answer.map_err(|why| trouble(&who, &why, track))?;
        messages.push(message);
    }
    Ok(messages)
}

/// RFC 8484, by POST; the first question dials, the others use its connection.
async fn by_https(
    visitor: &mut Visitor,
    question: &Question,
    url: &url::Url,
    asked: &[Asked],
    track: &mut Track,
) -> Result<Vec<Box<Message>>, Trouble> {
    let setup = setup(visitor)?;
    track.begin(Phase::Resolve);
    let mut messages = Vec::new();
    for (index, one) in asked.iter().enumerate() {
        let connection = match index {
            0 => Connection::New,
            _ => Connection::Keep,
        };
        let post = post(question, url, one, setup.clone(), connection);
        let exchange = request(visitor, &post).await;
        book(&exchange, track);
        answered_by(format!("https {url}"), exchange.facts.remote, track);
        let response = match exchange.outcome {
            Outcome::Answered(response) => response,
            Outcome::Failed(fault) => return Err(Trouble::Fault(fault)),
            Outcome::Void(void) => return Err(Trouble::Void(void)),
        };
        if response.status != 200 {
            let message = format!("`{url}` answered the question with {}", response.status);
            return Err(track.fault(FailureKind::status(response.status), message));
        }
        match one.read(&response.body) {
            message::Read::Answer(message) => messages.push(message),
            message::Read::Malformed(why) => {
                let why = Unanswered::Malformed(why);
                return Err(trouble(&format!("`{url}`"), &why, track));
            }
            message::Read::Truncated | message::Read::Foreign => {
                let why = Unanswered::Malformed("it answers another question".into());
                return Err(trouble(&format!("`{url}`"), &why, track));
            }
        }
    }
    Ok(messages)
}

fn post(
    question: &Question,
    url: &url::Url,
    asked: &Asked,
    tls: TlsSetup,
    connection: Connection,
) -> Request {
    let mut headers = http::HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    headers.insert(header::ACCEPT, HeaderValue::from_static(MEDIA));
    Request {
        method: http::Method::POST,
        url: url.clone(),
        named: question.named,
        headers,
        body: asked.bytes.clone().into(),
        version: Version::Auto,
        tls,
        server_name: None,
        family: question.family,
        proxy: None,
        connection,
        max_body: u64::from(u16::MAX),
        deadline: question.deadline,
    }
}

/// Books an HTTP exchange as a question: what is neither `connect` nor `tls` is `resolve`.
fn book(exchange: &Exchange<Response>, track: &mut Track) {
    let facts = &exchange.facts;
    let mut phases = Phases::NONE;
    for (phase, took) in track.facts.phases.iter().chain(facts.phases.iter()) {
        let phase = match phase {
            Phase::Connect | Phase::Tls => phase,
            Phase::Resolve | Phase::Send | Phase::Wait | Phase::Receive => Phase::Resolve,
        };
        phases.set(phase, phases.took(phase).unwrap_or_default() + took);
    }
    track.resume_with(Phase::Resolve, phases);
    track.facts.protocol = Some("https".into());
    track.facts.port = facts.port;
    track.facts.bytes_in += facts.bytes_in;
    track.facts.bytes_out += facts.bytes_out;
    if track.facts.tls.is_none() {
        track.facts.tls.clone_from(&facts.tls);
        track.facts.connects.clone_from(&facts.connects);
    }
}

fn answered_by(server: String, at: Option<SocketAddr>, track: &mut Track) {
    if let Some(dns) = &mut track.facts.dns {
        dns.server = Some(server);
    }
    track.facts.remote = at;
}

fn setup(visitor: &Visitor) -> Result<TlsSetup, Trouble> {
    TlsSetup::new(&visitor.network, TlsConfig::default())
        .map_err(|error| void(VoidCause::Internal, error.to_string()))
}

/// What it means that `who` did not answer. A server that the journey names is its own: that it
/// refuses the port is its failure, not ours.
fn trouble(who: &str, why: &Unanswered, track: &Track) -> Trouble {
    let message = format!("{who} {}", why.told());
    match why {
        Unanswered::NoRoute => void(VoidCause::NoRoute, message),
        Unanswered::NoDescriptors => void(VoidCause::NoDescriptors, message),
        Unanswered::Silent => track.fault(FailureKind::TimeoutResolve, message),
        Unanswered::Malformed(_) => track.fault(FailureKind::ResolveMalformed, message),
        Unanswered::PortRefused | Unanswered::Closed | Unanswered::Io(_) => {
            track.fault(FailureKind::ResolveOther, message)
        }
    }
}
