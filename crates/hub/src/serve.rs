//! One port: connections with bounds, TLS where it is wanted, HTTP/1.1 and 2, and an orderly end.

use crate::config::Tls;
use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use rustls::{
    RootCertStore, ServerConfig,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{path::PathBuf, pin::pin, sync::Arc, time::Duration};
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

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds no PEM of its kind.
    #[error("cannot read `{}`", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rustls_pki_types::pem::Error,
    },
    /// Key and chain do not go together, or the signers are none.
    #[error("cannot use the certificates of `tls`")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// TLS as `tls` says; a client's certificate is asked for where there is `client_ca`.
pub(crate) fn tls(files: &Tls) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = certificates(&files.cert)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|source| TlsError::File {
        path: files.key.clone(),
        source,
    })?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let setup = |error: rustls::Error| TlsError::Setup(Box::new(error));
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(setup)?;
    let verifier: Arc<dyn ClientCertVerifier> = match &files.client_ca {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(setup)?;
            }
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .allow_unauthenticated()
                .build()
                .map_err(|error| TlsError::Setup(Box::new(error)))?
        }
    };
    let mut config = builder
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(setup)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |source| TlsError::File {
        path: path.clone(),
        source,
    };
    CertificateDer::pem_file_iter(path)
        .map_err(failed)?
        .collect::<Result<_, _>>()
        .map_err(failed)
}

/// Serves until `stop`; then what goes on may end within a grace.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    stop: CancellationToken,
) {
    let acceptor = tls.map(TlsAcceptor::from);
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
        let (acceptor, router, stop) = (acceptor.clone(), router.clone(), stop.clone());
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
