//! The floor: the same libraries in a bare loop.

use crate::{
    Trouble,
    kind::{Kind, NAME, Target},
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::{
        CryptoProvider,
        aws_lc_rs::{self, kx_group},
    },
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::sync::Arc;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UdpSocket},
};
use tokio_rustls::TlsConnector;

/// A bare client.
pub(crate) struct Floor {
    target: Target,
    tls: TlsConnector,
}

impl Floor {
    pub(crate) fn new(target: &Target) -> Result<Self, Trouble> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&target.ca)?)?;
        // As jaunt offers it.
        let provider = CryptoProvider {
            kx_groups: vec![
                kx_group::X25519MLKEM768,
                kx_group::X25519,
                kx_group::SECP256R1,
                kx_group::SECP384R1,
            ],
            ..aws_lc_rs::default_provider()
        };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(Self {
            target: target.clone(),
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    pub(crate) async fn probe(&self) -> Result<(), Trouble> {
        match self.target.kind {
            Kind::Https => {
                let name = ServerName::from(self.target.address.ip());
                let stream = self.tls.connect(name, self.dial().await?).await?;
                self.get(stream).await
            }
            Kind::Http => self.get(self.dial().await?).await,
            Kind::Tcp => self.dial().await.map(drop),
            Kind::Dns => self.ask().await,
        }
    }

    async fn dial(&self) -> Result<TcpStream, Trouble> {
        let stream = TcpStream::connect(self.target.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn get<S>(&self, stream: S) -> Result<(), Trouble>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let request = http::Request::get("/")
            .header("host", self.target.address.to_string())
            .body(Empty::<Bytes>::new())?;
        let exchange = async move {
            let response = sender.send_request(request).await?;
            let status = response.status();
            response.into_body().collect().await?;
            Ok::<_, Trouble>(status)
        };
        let (status, _) = tokio::join!(exchange, connection);
        match status? {
            http::StatusCode::OK => Ok(()),
            other => Err(format!("status {other}").into()),
        }
    }

    async fn ask(&self) -> Result<(), Trouble> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        socket.connect(self.target.address).await?;
        socket.send(&question()).await?;
        let mut answer = [0; 512];
        let count = socket.recv(&mut answer).await?;
        // RFC 1035 §4.1.1: the response code is the low half of the fourth octet.
        match answer.get(..count).and_then(|bytes| bytes.get(3)) {
            Some(flags) if flags & 0x0f == 0 => Ok(()),
            _ => Err("no sound answer".into()),
        }
    }
}

/// A question for the address of [`NAME`] (RFC 1035 §4.1).
fn question() -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in NAME.split('.') {
        message.push(u8::try_from(label.len()).unwrap_or(0));
        message.extend(label.as_bytes());
    }
    message.extend([0, 0, 1, 0, 1]);
    message
}
