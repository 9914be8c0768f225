//! Proof that a failure is ours: the resolver fails names that surely exist, or nothing of what
//! surely answers can be reached. What is in doubt is no proof.

use crate::{
    Network,
    dns::{Signatures, message::absolute, resolver::Resolver},
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
            Ok(Err(_)) | Err(_) => false,
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

async fn reached(target: SocketAddr, deadline: Instant) -> bool {
    match tokio::time::timeout_at(deadline.into(), TcpStream::connect(target)).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => error.kind() == io::ErrorKind::ConnectionRefused,
        Err(_) => false,
    }
}
