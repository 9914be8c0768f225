//! One port: connections with bounds, TLS where it is wanted, HTTP/1.1 and 2, and an orderly end.

use crate::tls::Secured;
use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use rustls_pki_types::CertificateDer;
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Connections of one port at once; more wait to be accepted.
const CONNECTIONS: usize = 1_024;
/// So long a handshake, or the head of a request, may take.
const HEAD: Duration = Duration::from_secs(10);
/// So long what goes on may take to end when the hub stops.
const GRACE: Duration = Duration::from_secs(10);
/// A failed accept (no descriptor left) is tried again after this.
const AGAIN: Duration = Duration::from_millis(100);

/// Names in the certificate that a client showed: its DNS names, without one its common name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer(pub(crate) Arc<[String]>);

/// Serves until `stop`; then what goes on may end within a grace.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Secured>>,
    router: Router,
    stop: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accept = async {
            let room = Arc::clone(&room).acquire_owned().await;
            (room, listener.accept().await)
        };
        let (room, accepted) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let (Ok(room), Ok((stream, _))) = (room, accepted) else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        let acceptor = tls.as_ref().map(|secured| secured.acceptor());
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            let _room = room;
            connection(stream, acceptor, router, stop).await;
        });
    }
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(GRACE, ended).await.is_err() {
        connections.shutdown().await;
    }
}

async fn connection(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) {
    // Without it small answers wait for acknowledgements; where it fails, they do.
    let _ = stream.set_nodelay(true);
    match acceptor {
        None => requests(stream, Peer::default(), router, stop).await,
        Some(acceptor) => {
            let Ok(Ok(stream)) = timeout(HEAD, acceptor.accept(stream)).await else {
                return;
            };
            let chain = stream.get_ref().1.peer_certificates();
            let names = chain.and_then(|chain| chain.first()).map(names);
            let peer = Peer(names.unwrap_or_default().into());
            requests(stream, peer, router, stop).await;
        }
    }
}

async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    stop: CancellationToken,
) {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(64)
        .max_header_list_size(16 << 10)
        .keep_alive_interval(Some(HEAD * 6))
        .keep_alive_timeout(HEAD);
    let service = TowerToHyperService::new(router.layer(axum::Extension(peer)));
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    // How a connection ends is its peer's business.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// The names of a certificate.
fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else {
        return Vec::new();
    };
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let dns = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    };
    let alternative = alternative.map(|names| &names.value.general_names);
    let names: Vec<_> = alternative.into_iter().flatten().filter_map(dns).collect();
    if !names.is_empty() {
        return names;
    }
    let common = certificate.subject().iter_common_name();
    common
        .filter_map(|name| name.as_str().ok().map(str::to_owned))
        .collect()
}
