//! What carries questions to a server, once or again.
//!
//! The question is in phase `resolve` whatever carries it; over TCP, TLS and HTTPS what comes
//! before it is in `connect` and `tls`, and of DNS over HTTPS the lookup of the server's own name is
//! in `resolve` too. So `resolve` is what an answer cost once there was someone to ask, comparable
//! over the transports, and the phases add up. By UDP, and to the network's own servers, several
//! types are asked at once; over a stream one after the other on one connection.

use super::{NameServer, Question, ask::trouble};
use crate::{
    Connection, Exchange, Family, Outcome, Request, Response, Target, TlsConfig, TlsSetup, Version,
    Visitor,
    dial::{Origin, admit, dial},
    dns::{
        Asked, Signatures, Unanswered, message,
        resolver::{Answered, NoAnswer, Resolver},
        stream,
        udp::{self, Datagram},
    },
    exchange::Trouble,
    join, request,
    stream::Stream,
    tls::{self, Session, Wanted},
    track::{Track, void},
};
use hickory_proto::op::Message;
use http::{HeaderValue, header};
use jaunt_record::{FailureKind, Phase, Phases, VoidCause};
use std::{net::SocketAddr, time::Duration};

/// The media type of RFC 8484 §6.
const MEDIA: &str = "application/dns-message";

/// The way to a server, open.
pub(super) enum Channel {
    /// The network's own servers, each asked as it is configured.
    Network,
    /// Datagrams, each from a socket of its own.
    Datagrams(SocketAddr),
    /// One connection, by TCP or TLS.
    Connected(SocketAddr, Stream),
    /// DNS over HTTPS: the first question dials, the others use its connection.
    Https {
        /// Where it is asked.
        url: url::Url,
        /// Whom its connection trusts.
        setup: TlsSetup,
        /// Whether the next question dials.
        connection: Connection,
    },
}

impl Channel {
    /// Opens the way to the question's server, dialling where there is something to dial.
    pub(super) async fn open(
        visitor: &mut Visitor,
        question: &Question,
        track: &mut Track,
    ) -> Result<Self, Trouble> {
        Ok(match &question.server {
            None => Self::Network,
            Some(NameServer::Udp(address)) => {
                track.facts.port = address.port();
                admit(visitor, *address, Origin::Literal(question.named), track)?;
                Self::Datagrams(*address)
            }
            Some(NameServer::Tcp(address)) => {
                let stream = connected(visitor, question, *address, None, track).await?;
                Self::Connected(*address, stream)
            }
            Some(NameServer::Tls { name, address }) => {
                let stream = connected(visitor, question, *address, Some(name), track).await?;
                Self::Connected(*address, stream)
            }
            Some(NameServer::Https { url }) => Self::Https {
                url: url.clone(),
                setup: setup(visitor)?,
                connection: Connection::New,
            },
        })
    }

    /// One answer to each of `asked`, in their order.
    pub(super) async fn ask(
        &mut self,
        visitor: &mut Visitor,
        question: &Question,
        asked: &[Asked],
        track: &mut Track,
    ) -> Result<Vec<Box<Message>>, Trouble> {
        match self {
            Self::Network => by_network(visitor, question, asked, track).await,
            Self::Datagrams(address) => by_udp(question, *address, asked, track).await,
            Self::Connected(address, stream) => {
                by_stream(question, *address, stream, asked, track).await
            }
            Self::Https {
                url,
                setup,
                connection,
            } => {
                track.begin(Phase::Resolve);
                let mut messages = Vec::new();
                for one in asked {
                    let post = post(question, url, one, setup.clone(), *connection);
                    *connection = Connection::Keep;
                    messages.push(by_https(visitor, &post, one, track).await?);
                }
                Ok(messages)
            }
        }
    }
}

/// By the network's own servers, in order.
async fn by_network(
    visitor: &Visitor,
    question: &Question,
    asked: &[Asked],
    track: &mut Track,
) -> Result<Vec<Box<Message>>, Trouble> {
    track.begin(Phase::Resolve);
    let network = &visitor.network;
    let signatures = match question.dnssec {
        true => Signatures::Wanted,
        false => Signatures::Left,
    };
    let asked = join::all(asked.iter().map(|one| {
        let question = one.question();
        Resolver::ask(network, question.name(), question.query_type(), signatures)
    }))
    .await;
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
    question: &Question,
    address: SocketAddr,
    asked: &[Asked],
    track: &mut Track,
) -> Result<Vec<Box<Message>>, Trouble> {
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
    track.facts.bytes_out += asked.iter().map(|one| one.bytes.len() as u64).sum::<u64>();
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

/// A connection to `address`: by TLS where the certificate's `name` is given.
async fn connected(
    visitor: &mut Visitor,
    question: &Question,
    address: SocketAddr,
    name: Option<&String>,
    track: &mut Track,
) -> Result<Stream, Trouble> {
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
    Ok(stream)
}

async fn by_stream(
    question: &Question,
    address: SocketAddr,
    stream: &mut Stream,
    asked: &[Asked],
    track: &mut Track,
) -> Result<Vec<Box<Message>>, Trouble> {
    track.begin(Phase::Resolve);
    let spoken = match question.server {
        Some(NameServer::Tls { .. }) => "tls",
        _ => "tcp",
    };
    answered_by(format!("{spoken} {address}"), Some(address), track);
    let mut messages = Vec::new();
    for one in asked {
        let answer = stream::ask(stream, one).await;
        let who = format!("server {address}");
        let (message, _) = answer.map_err(|why| trouble(&who, &why, track))?;
        messages.push(message);
    }
    Ok(messages)
}

/// RFC 8484, by POST.
async fn by_https(
    visitor: &mut Visitor,
    post: &Request,
    asked: &Asked,
    track: &mut Track,
) -> Result<Box<Message>, Trouble> {
    let url = &post.url;
    asking(format!("https {url}"), track);
    let exchange = request(visitor, post).await;
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
    let why = match asked.read(&response.body) {
        message::Read::Answer(message) => return Ok(message),
        message::Read::Malformed(why) => why,
        message::Read::Truncated | message::Read::Foreign => "it answers another question".into(),
    };
    let why = Unanswered::Malformed(why);
    Err(trouble(&format!("`{url}`"), &why, track))
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

/// Books who is asked, so that it is known also where no answer comes.
fn asking(server: String, track: &mut Track) {
    if let Some(dns) = &mut track.facts.dns {
        dns.server = Some(server);
    }
}

fn answered_by(server: String, at: Option<SocketAddr>, track: &mut Track) {
    asking(server, track);
    track.facts.remote = at;
}

fn setup(visitor: &Visitor) -> Result<TlsSetup, Trouble> {
    TlsSetup::new(&visitor.network, TlsConfig::default())
        .map_err(|error| void(VoidCause::Internal, error.to_string()))
}
