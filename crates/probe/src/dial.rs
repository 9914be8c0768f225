//! Dialling: from a target's name to an established connection, every address held against the
//! egress policy right before it is connected to.

mod fault;
mod race;

pub(crate) use fault::exhausted;

use crate::{
    Family, Named, Target, Visitor,
    exchange::Trouble,
    lookup::{is_localhost, lookup},
    track::Track,
    track::void,
    wire::Wire,
};
use jaunt_record::{FailureKind, VoidCause};
use std::net::{IpAddr, SocketAddr};

/// Connects to `target`: resolves (phase `resolve`, absent for a literal address), races the
/// addresses (phase `connect`, left open for the caller to end) and keeps books from there on.
pub(crate) async fn dial(
    visitor: &mut Visitor,
    target: &Target,
    track: &mut Track,
) -> Result<Wire, Trouble> {
    let addresses = match literal(&target.host) {
        Some(address) => vec![SocketAddr::new(address, target.port)],
        None => named_addresses(visitor, target, track).await?,
    };
    // `localhost` spells an address out as well: nobody is asked what it means.
    let origin = match literal(&target.host) {
        None if !is_localhost(&target.host) => Origin::Dns,
        _ => Origin::Literal(target.named),
    };
    for address in &addresses {
        admit(visitor, *address, origin, track)?;
    }
    let addresses = of_family(addresses, target, track)?;
    let wire = race::race(visitor, &addresses, origin, track).await?;
    track.metered_by(wire.meter());
    Ok(wire)
}

/// The address that `host` spells out, if it does; brackets allowed.
pub(crate) fn literal(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
}

/// Who brought an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A text that spells it out.
    Literal(Named),
    /// The DNS.
    Dns,
}

/// Holds `address` against the visitor's egress policy.
pub(crate) fn admit(
    visitor: &Visitor,
    address: SocketAddr,
    origin: Origin,
    track: &Track,
) -> Result<(), Trouble> {
    let Err(rule) = visitor.policy.guard(address) else {
        return Ok(());
    };
    let host = &track.facts.host;
    let kind = match origin {
        Origin::Literal(Named::Journey) => {
            let message = format!("the egress policy does not admit {address} ({rule})");
            return Err(void(VoidCause::EgressDenied, message));
        }
        Origin::Literal(Named::Location) => FailureKind::RedirectNotPublic,
        Origin::Literal(Named::Capture) => FailureKind::CaptureNotPublic,
        Origin::Dns => FailureKind::ResolveNotPublic,
    };
    let brought = match origin {
        Origin::Literal(Named::Location) => "a redirect leads to".into(),
        Origin::Literal(_) => "a captured value names".into(),
        Origin::Dns => format!("DNS gave `{host}` the address"),
    };
    Err(track.fault(
        kind,
        format!("{brought} {address}, which the egress policy does not admit ({rule})"),
    ))
}

async fn named_addresses(
    visitor: &mut Visitor,
    target: &Target,
    track: &mut Track,
) -> Result<Vec<SocketAddr>, Trouble> {
    let addresses = lookup(visitor, &target.host, target.family, track).await?;
    Ok(addresses
        .into_iter()
        .map(|address| SocketAddr::new(address, target.port))
        .collect())
}

fn of_family(
    addresses: Vec<SocketAddr>,
    target: &Target,
    track: &Track,
) -> Result<Vec<SocketAddr>, Trouble> {
    let (kept, wanted): (Vec<_>, _) = match target.family {
        Family::Any => return Ok(race::interleaved(addresses)),
        Family::V4 => (
            addresses.into_iter().filter(SocketAddr::is_ipv4).collect(),
            "IPv4",
        ),
        Family::V6 => (
            addresses.into_iter().filter(SocketAddr::is_ipv6).collect(),
            "IPv6",
        ),
    };
    if kept.is_empty() {
        return Err(track.fault(
            FailureKind::ConnectOther,
            format!(
                "`{}` has no {wanted} address, and only those may be used",
                target.host
            ),
        ));
    }
    Ok(kept)
}
