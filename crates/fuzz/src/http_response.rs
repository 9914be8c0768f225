//! An HTTP response, through the real client path: a loopback peer says the bytes, and closes.
//!
//! The first byte chooses between HTTP/1.1 and HTTP/2 by prior knowledge.

use crate::wire;
use jaunt_probe::{
    Connection, Family, Named, Network, Outcome, Policy, Request, ResolverConfig, TlsConfig,
    TlsSetup, Version, request,
};
use std::{cell::OnceCell, io, sync::Arc, time::Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The largest body that is let through: small, so that a bomb is soon one.
const MAX_BODY: u64 = 64 * 1024;

struct Bench {
    network: Arc<Network>,
    policy: Arc<Policy>,
    tls: TlsSetup,
}

thread_local! {
    static BENCH: OnceCell<Bench> = const { OnceCell::new() };
}

/// Any bytes as a response.
pub(crate) fn feed(bytes: &[u8]) {
    let (version, bytes) = match bytes.split_first() {
        Some((b'2', rest)) => (Version::H2, rest),
        Some((_, rest)) => (Version::H1, rest),
        None => (Version::H1, bytes),
    };
    BENCH.with(|bench| {
        let bench = bench.get_or_init(bench_of);
        wire::within_patience(async {
            if let Err(error) = exchange(bench, version, bytes).await {
                panic!("the peer could not be set up: {error}");
            }
        });
    });
}

fn bench_of() -> Bench {
    let (network, policy) = wire::network(ResolverConfig::default());
    let tls = TlsSetup::new(&network, TlsConfig::default());
    let tls = tls.unwrap_or_else(|error| panic!("no TLS: {error}"));
    Bench {
        network,
        policy,
        tls,
    }
}

async fn exchange(bench: &Bench, version: Version, bytes: &[u8]) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let url = url::Url::parse(&format!("http://{address}/")).map_err(io::Error::other)?;
    let request_of = Request {
        method: http::Method::GET,
        url,
        named: Named::Journey,
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
        version,
        tls: bench.tls.clone(),
        server_name: None,
        family: Family::Any,
        proxy: None,
        connection: Connection::New,
        max_body: MAX_BODY,
        deadline: Instant::now() + wire::PATIENCE,
    };
    let mut visitor = bench.network.visitor(&bench.policy);
    let (seen, ()) = tokio::join!(request(&mut visitor, &request_of), async {
        if let Ok((stream, _)) = listener.accept().await {
            say(stream, bytes).await;
        }
    });
    let phases = seen.facts.phases.total();
    assert!(
        phases <= seen.facts.duration + std::time::Duration::from_millis(1),
        "phases of {phases:?} in an exchange of {:?}",
        seen.facts.duration
    );
    if let Outcome::Answered(response) = seen.outcome {
        let length = u64::try_from(response.body.len()).unwrap_or(u64::MAX);
        assert!(length <= MAX_BODY, "a body of {length} bytes came through");
    }
    Ok(())
}

/// Waits for the request's first bytes, says `bytes`, and closes; a client that leaves is no fault.
async fn say(mut stream: TcpStream, bytes: &[u8]) {
    let mut sink = [0; 4096];
    let _ = stream.read(&mut sink).await;
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    while stream.read(&mut sink).await.is_ok_and(|count| count > 0) {}
}
