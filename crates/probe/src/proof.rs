//! Proof that a failure is ours: the resolver fails names that surely exist, or nothing of what
//! surely answers can be reached. What is in doubt is no proof.

use crate::{
    Network,
    dial::exhausted,
    dns::{Signatures, Unanswered, message::absolute, resolver::Resolver},
    join,
};
use hickory_proto::rr::RecordType;
use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::TcpStream;

/// How long control names and references are tried.
const WITHIN: Duration = Duration::from_secs(2);

/// The fewest references whose failure proves anything.
const FEWEST: usize = 2;

impl Network {
    /// Whether the resolver's servers fail every one of these control names too, asked once more
    /// within 2 s. Without names nothing is proven.
    pub async fn resolver_fails(self: &Arc<Self>, names: &[String]) -> bool {
        let asked = join::all(names.iter().map(|name| self.resolves(name))).await;
        !asked.is_empty() && asked.iter().all(|resolves| !resolves)
    }

    /// Whether `server`, as an exchange's facts name it, is one that this network asks: a question to
    /// another says nothing of our own.
    pub fn asks(&self, server: &str) -> bool {
        let (_, at) = server.split_once(' ').unwrap_or(("", server));
        self.resolver.has(at)
    }

    async fn resolves(self: &Arc<Self>, name: &str) -> bool {
        let Ok(name) = absolute(name) else {
            return true;
        };
        let asked = Resolver::ask(self, &name, RecordType::A, Signatures::Left);
        match tokio::time::timeout(WITHIN, asked).await {
            Ok(Ok(answered)) => answered
                .message
                .answers
                .iter()
                .any(|record| record.data.ip_addr().is_some()),
            // We could not even ask: that says nothing of the servers.
            Ok(Err(none)) => matches!(none.why, Unanswered::NoDescriptors),
            Err(_) => false,
        }
    }

    /// Whether none of the reference targets can be reached by TCP within 2 s. Fewer than two prove
    /// nothing; one that refuses the port was reached.
    pub async fn references_fail(targets: &[SocketAddr]) -> bool {
        if targets.len() < FEWEST {
            return false;
        }
        let deadline = Instant::now() + WITHIN;
        let reached = join::all(targets.iter().map(|target| reached(*target, deadline))).await;
        reached.iter().all(|reached| !reached)
    }
}

/// Whether `target` was reached; also where that is in doubt, since a reference that we had no
/// socket to try with is no proof.
async fn reached(target: SocketAddr, deadline: Instant) -> bool {
    match tokio::time::timeout_at(deadline.into(), TcpStream::connect(target)).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => !is_cut_off(target, &error),
        Err(_) => false,
    }
}

/// Whether `error` is how a network that leads nowhere shows: no route, a gateway or a firewall on
/// the way that says so, silence.
fn is_cut_off(target: SocketAddr, error: &io::Error) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, HostUnreachable, NetworkDown, NetworkUnreachable, PermissionDenied,
        TimedOut,
    };
    let unreachable = matches!(
        error.kind(),
        AddrNotAvailable
            | HostUnreachable
            | NetworkDown
            | NetworkUnreachable
            | PermissionDenied
            | TimedOut
    );
    unreachable && exhausted(target, error).is_none()
}
