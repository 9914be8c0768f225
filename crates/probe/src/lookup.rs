//! The addresses of a name, for those who want to dial it.

use crate::{Family, Visitor, exchange::Trouble, track::Track};
use jaunt_record::FailureKind;
use std::net::IpAddr;

/// All addresses of `host` in `family`, in the order of preference that the resolver gave them; at
/// least one. The facts go into `track.facts.dns`, also where it fails. The caller has begun the
/// phase, and watches the deadline.
pub(crate) async fn lookup(
    _visitor: &mut Visitor,
    host: &str,
    _family: Family,
    track: &mut Track,
) -> Result<Vec<IpAddr>, Trouble> {
    Err(track.fault(
        FailureKind::ResolveOther,
        format!("`{host}` cannot be resolved yet"),
    ))
}
