//! The lookup before every dial: a host's addresses, cold, as a user's first visit has them.
//!
//! A and AAAA are asked at once. As soon as one of them brought an address, the other gets 50 ms
//! more (the resolution delay of RFC 8305 §3, here in both directions), so that a server which
//! swallows AAAA costs a bounded time. Answers are remembered within the visitor for their time to
//! live, as a browser would, and shared with no other visitor.

use crate::{
    Family, Fault, Network, Visitor,
    dns::{
        Signatures, Unanswered, message,
        resolver::{Answered, NoAnswer, Resolver},
    },
    exchange::Trouble,
    track::{Track, void},
};
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{Name, RData, RecordType},
};
use jaunt_record::{Dns, FailureKind, FailurePhase, Phase, VoidCause};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long the second family is waited for once the first has an address (RFC 8305 §3).
const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

/// How many answers are kept as facts, and how many addresses are used.
const ANSWERS: usize = 32;

/// How many names a visitor remembers.
const REMEMBERED: usize = 256;

/// How many CNAMEs are followed within an answer.
const CHAIN: usize = 16;

/// The names that a visitor remembers.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: HashMap<(String, Family), Known>,
}

#[derive(Debug)]
struct Known {
    addresses: Vec<IpAddr>,
    until: Instant,
}

/// The addresses of `host` that `family` allows, at least one, in the order of the answers.
///
/// The phase `resolve` begins where a server is asked; `localhost`, the hosts file and a name that
/// this visitor remembers need none. The facts go into `track.facts.dns`, also where it fails. The
/// caller watches the deadline.
pub(crate) async fn lookup(
    visitor: &mut Visitor,
    host: &str,
    family: Family,
    track: &mut Track,
) -> Result<Vec<IpAddr>, Trouble> {
    let key = host.trim_end_matches('.').to_ascii_lowercase();
    let known = localhost(&key)
        .or_else(|| visitor.network.resolver.hosts(&key).map(<[IpAddr]>::to_vec))
        .or_else(|| visitor.names.remembered(&key, family));
    if let Some(addresses) = known {
        return unasked(host, family, addresses, track);
    }
    track.begin(Phase::Resolve);
    let name = message::absolute(host).map_err(|why| {
        let message = format!("`{host}` is not a name that the DNS can hold: {why}");
        track.fault(FailureKind::ResolveOther, message)
    })?;
    let dns = track.facts.dns.insert(Dns {
        question: name.to_ascii(),
        types: types(family).iter().map(ToString::to_string).collect(),
        ..Dns::default()
    });
    let findings = ask(&visitor.network, &name, family).await;
    let (addresses, ttl) = conclude(host, dns, findings)?;
    visitor.names.remember(key, family, &addresses, ttl);
    Ok(addresses)
}

impl Names {
    fn remembered(&self, name: &str, family: Family) -> Option<Vec<IpAddr>> {
        let known = self.known.get(&(name.to_owned(), family))?;
        (known.until > Instant::now()).then(|| known.addresses.clone())
    }

    fn remember(&mut self, name: String, family: Family, addresses: &[IpAddr], ttl: Duration) {
        if ttl.is_zero() || self.known.len() >= REMEMBERED {
            return;
        }
        let known = Known {
            addresses: addresses.to_vec(),
            until: Instant::now() + ttl,
        };
        self.known.insert((name, family), known);
    }
}

/// Whether `host` is loopback by its very name: `localhost` and what ends in it (RFC 6761 §6.3).
pub(crate) fn is_localhost(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// The addresses of a name that is loopback: nobody is asked.
fn localhost(name: &str) -> Option<Vec<IpAddr>> {
    is_localhost(name).then(|| vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()])
}

/// What came without asking, held against `family`.
fn unasked(
    host: &str,
    family: Family,
    mut addresses: Vec<IpAddr>,
    track: &Track,
) -> Result<Vec<IpAddr>, Trouble> {
    addresses.retain(|address| match family {
        Family::Any => true,
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
    });
    if addresses.is_empty() {
        let message = format!("`{host}` has no address of the family that may be used");
        return Err(track.fault(FailureKind::ResolveNodata, message));
    }
    Ok(addresses)
}

const fn types(family: Family) -> &'static [RecordType] {
    match family {
        Family::Any => &[RecordType::AAAA, RecordType::A],
        Family::V4 => &[RecordType::A],
        Family::V6 => &[RecordType::AAAA],
    }
}

async fn ask(network: &Arc<Network>, name: &Name, family: Family) -> Vec<Finding> {
    match family {
        Family::Any => both(network, name).await,
        Family::V4 => vec![one(network, name, RecordType::A).await],
        Family::V6 => vec![one(network, name, RecordType::AAAA).await],
    }
}

/// What one question brought.
struct Finding {
    server: Option<String>,
    rcode: Option<ResponseCode>,
    texts: Vec<String>,
    ttl: Duration,
    said: Said,
}

/// What one question brought, in order of what it says of the name: the least wins.
enum Said {
    Addresses(Vec<IpAddr>),
    Failed(FailureKind, String),
    Void(VoidCause, String),
}

/// Both families at once.
async fn both(network: &Arc<Network>, name: &Name) -> Vec<Finding> {
    let v6 = one(network, name, RecordType::AAAA);
    let v4 = one(network, name, RecordType::A);
    tokio::pin!(v6, v4);
    tokio::select! {
        first = &mut v6 => {
            let second = second(&first, &mut v4).await;
            [Some(first), second].into_iter().flatten().collect()
        }
        first = &mut v4 => {
            let second = second(&first, &mut v6).await;
            [second, Some(first)].into_iter().flatten().collect()
        }
    }
}

/// The second family, waited for only a little once the first has an address.
async fn second<F: Future<Output = Finding>>(first: &Finding, rest: F) -> Option<Finding> {
    match first.said {
        Said::Addresses(_) => tokio::time::timeout(RESOLUTION_DELAY, rest).await.ok(),
        Said::Failed(..) | Said::Void(..) => Some(rest.await),
    }
}

/// One question to the resolver, judged.
async fn one(network: &Arc<Network>, name: &Name, kind: RecordType) -> Finding {
    match Resolver::ask(network, name, kind, Signatures::Left).await {
        Ok(answered) => answered_finding(name, kind, answered),
        Err(none) => unanswered_finding(none),
    }
}

fn answered_finding(name: &Name, kind: RecordType, answered: Answered) -> Finding {
    let Answered {
        server, message, ..
    } = answered;
    let rcode = message.metadata.response_code;
    let (addresses, ttl) = addresses(&message, name, kind);
    let said = match rcode {
        ResponseCode::NoError if addresses.is_empty() => Said::Failed(
            FailureKind::ResolveNodata,
            format!("has no {kind} record, says {server}"),
        ),
        ResponseCode::NoError => Said::Addresses(addresses),
        ResponseCode::NXDomain => Said::Failed(
            FailureKind::ResolveNxdomain,
            format!("does not exist, says {server} (NXDOMAIN)"),
        ),
        ResponseCode::ServFail => Said::Failed(
            FailureKind::ResolveServfail,
            format!("cannot be resolved by {server} (SERVFAIL)"),
        ),
        ResponseCode::Refused => Said::Failed(
            FailureKind::ResolveRefused,
            format!("is refused by {server} (REFUSED)"),
        ),
        other => Said::Failed(
            FailureKind::ResolveOther,
            format!("got {} from {server}", message::rcode(other)),
        ),
    };
    Finding {
        server: Some(server),
        rcode: Some(rcode),
        texts: message
            .answers
            .iter()
            .take(ANSWERS)
            .map(|record| format!("{} {}", record.record_type(), record.data))
            .collect(),
        ttl,
        said,
    }
}

fn unanswered_finding(none: NoAnswer) -> Finding {
    let NoAnswer {
        server,
        why,
        all_refused,
    } = none;
    let who = server.clone().unwrap_or_else(|| "the resolver".into());
    let told = format!("is not resolved: {who} {}", why.told());
    let said = match why {
        Unanswered::PortRefused if all_refused => Said::Void(VoidCause::Resolver, told),
        Unanswered::NoRoute => Said::Void(VoidCause::NoRoute, told),
        Unanswered::NoDescriptors => Said::Void(VoidCause::NoDescriptors, told),
        Unanswered::Silent => Said::Failed(FailureKind::TimeoutResolve, told),
        Unanswered::Malformed(_) => Said::Failed(FailureKind::ResolveMalformed, told),
        Unanswered::PortRefused | Unanswered::Closed | Unanswered::Io(_) | Unanswered::Told(_) => {
            Said::Failed(FailureKind::ResolveOther, told)
        }
    };
    Finding {
        server,
        rcode: None,
        texts: Vec::new(),
        ttl: Duration::ZERO,
        said,
    }
}

/// The addresses at the end of the chain of CNAMEs from `name`, and how long they may be kept.
///
/// Only what the chain leads to counts: an answer may carry records of other names, which nobody
/// asked for.
fn addresses(message: &Message, name: &Name, kind: RecordType) -> (Vec<IpAddr>, Duration) {
    let mut at = name.clone();
    let mut ttl = u32::MAX;
    for _ in 0..CHAIN {
        let next = message
            .answers
            .iter()
            .find_map(|record| match &record.data {
                RData::CNAME(target) if record.name.eq_ignore_root(&at) => {
                    Some((&target.0, record.ttl))
                }
                _ => None,
            });
        let Some((target, kept)) = next else { break };
        at = target.clone();
        ttl = ttl.min(kept);
    }
    let mut found = Vec::new();
    for record in &message.answers {
        if record.record_type() != kind || !record.name.eq_ignore_root(&at) {
            continue;
        }
        if let Some(address) = record.data.ip_addr()
            && found.len() < ANSWERS
            && !found.contains(&address)
        {
            ttl = ttl.min(record.ttl);
            found.push(address);
        }
    }
    (found, Duration::from_secs(u64::from(ttl)))
}

/// What all questions together say of `host`: the addresses if one brought any, and how long they
/// may be kept; else the gravest word.
fn conclude(
    host: &str,
    dns: &mut Dns,
    findings: Vec<Finding>,
) -> Result<(Vec<IpAddr>, Duration), Trouble> {
    let mut found = Vec::new();
    let mut ttl = Duration::MAX;
    let mut gravest: Option<(u8, Trouble)> = None;
    for finding in findings {
        let left = ANSWERS.saturating_sub(dns.answers.len());
        dns.answers.extend(finding.texts.into_iter().take(left));
        let decides = match finding.said {
            Said::Addresses(addresses) => {
                found.extend(addresses);
                ttl = ttl.min(finding.ttl);
                true
            }
            Said::Failed(kind, told) => {
                let trouble = failed(kind, format!("`{host}` {told}"));
                graver(&mut gravest, gravity(kind), trouble) && found.is_empty()
            }
            Said::Void(cause, told) => {
                let trouble = void(cause, format!("`{host}` {told}"));
                graver(&mut gravest, 1, trouble) && found.is_empty()
            }
        };
        if decides {
            dns.server = finding.server;
            dns.rcode = finding.rcode.map(message::rcode);
        }
    }
    match gravest {
        _ if !found.is_empty() => Ok((found, ttl)),
        Some((_, trouble)) => Err(trouble),
        None => Err(failed(
            FailureKind::ResolveOther,
            format!("nothing was asked of `{host}`"),
        )),
    }
}

/// Keeps the graver of two words; whether it is the new one.
fn graver(gravest: &mut Option<(u8, Trouble)>, gravity: u8, trouble: Trouble) -> bool {
    let is_graver = gravest.as_ref().is_none_or(|(least, _)| gravity > *least);
    if is_graver {
        *gravest = Some((gravity, trouble));
    }
    is_graver
}

/// How much a failure says of the name: that it does not exist holds for every type; that one type
/// is missing says less than that the other could not be asked for.
const fn gravity(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::ResolveNxdomain => 7,
        FailureKind::ResolveServfail => 6,
        FailureKind::ResolveRefused => 5,
        FailureKind::ResolveMalformed => 4,
        FailureKind::TimeoutResolve => 3,
        FailureKind::ResolveNodata => 0,
        _ => 2,
    }
}

fn failed(kind: FailureKind, message: String) -> Trouble {
    Trouble::Fault(Fault {
        phase: FailurePhase::Resolve,
        kind,
        message,
    })
}
