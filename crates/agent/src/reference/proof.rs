//! Which failures could be ours, and the sentence where they are.

use jaunt_probe::Network;
use jaunt_record::{
    Exchange, Failure, FailureKind, FailurePhase, Record, Verdict, Void, VoidCause,
};
use std::net::SocketAddr;

/// Whose fault a failure could be instead of the service's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Our network's.
    Network,
    /// Our network's, or our resolver's.
    Resolver,
}

/// The doubt about the failure of `record`; `None` where nothing could acquit the service.
///
/// By the table: a failure in resolve, connect or tls may be isolation, and one of resolving may be
/// the resolver's. What failed later reached the service, and what the egress policy refused needed
/// no network.
pub(super) fn doubt(record: &Record, network: &Network) -> Option<Doubt> {
    let failure = record.failure.as_ref()?;
    if record.verdict != Verdict::Fail {
        return None;
    }
    match failure.phase {
        FailurePhase::Resolve if is_refused_by_policy(failure.kind) => None,
        FailurePhase::Resolve if by_own_resolver(record, failure, network) => Some(Doubt::Resolver),
        FailurePhase::Resolve | FailurePhase::Connect | FailurePhase::Tls
            if !is_refused_by_policy(failure.kind) =>
        {
            Some(Doubt::Network)
        }
        FailurePhase::Resolve
        | FailurePhase::Connect
        | FailurePhase::Tls
        | FailurePhase::Send
        | FailurePhase::Wait
        | FailurePhase::Receive
        | FailurePhase::Expect
        | FailurePhase::Capture => None,
    }
}

const fn is_refused_by_policy(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::ResolveNotPublic
            | FailureKind::RedirectNotPublic
            | FailureKind::CaptureNotPublic
    )
}

/// Whether resolving failed by a fault that a broken resolver has too, and at ours: a server that
/// the journey names is the journey's own.
fn by_own_resolver(record: &Record, failure: &Failure, network: &Network) -> bool {
    let could_be = match failure.kind {
        FailureKind::ResolveNxdomain
        | FailureKind::ResolveServfail
        | FailureKind::ResolveRefused
        | FailureKind::TimeoutResolve => true,
        // A resolver that answers with something, or that cannot be asked: in doubt.
        _ => false,
    };
    let asked = failed_exchange(record, failure).and_then(|exchange| exchange.dns.as_ref());
    let is_own = |server: &Option<String>| {
        // Whom a journey names is noted before it is asked; silence without a name is our resolver's.
        server.as_ref().is_none_or(|server| network.asks(server))
    };
    could_be && asked.is_some_and(|dns| is_own(&dns.server))
}

/// The exchange in which it struck: the last of its step that failed so.
fn failed_exchange<'a>(record: &'a Record, failure: &Failure) -> Option<&'a Exchange> {
    let step = record.steps.iter().find(|step| step.id == failure.step)?;
    let struck = Some((failure.phase, failure.kind));
    let mut exchanges = step.exchanges.iter().rev();
    exchanges.find(|exchange| exchange.failed == struck)
}

/// None of the references could be reached either.
pub(super) fn isolated(failure: &Failure, targets: &[SocketAddr]) -> Void {
    let targets: Vec<String> = targets.iter().map(SocketAddr::to_string).collect();
    Void {
        cause: VoidCause::Isolated,
        message: format!(
            "{}; none of the references could be reached either ({})",
            failure.message,
            listed(&targets)
        ),
    }
}

/// The same servers fail every control name too.
pub(super) fn resolver(failure: &Failure, names: &[String]) -> Void {
    Void {
        cause: VoidCause::Resolver,
        message: format!(
            "{}; the same servers fail every control name too ({})",
            failure.message,
            listed(names)
        ),
    }
}

/// A message stays short, however many are configured.
fn listed(items: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = items.iter().take(SHOWN).map(String::as_str).collect();
    let more = items.len().saturating_sub(SHOWN);
    let rest = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    format!("{}{rest}", shown.join(", "))
}
