//! OTLP over gRPC: bytes that were encoded once, in tonic's frames.

use super::{MAX_ANSWER, Refusal, Taken, TlsError, USER_AGENT, Why, chain, date, taken, tls};
use crate::{Compression, Target, batch::Batch};
use bytes::{Buf, BufMut, Bytes};
use hyper_util::rt::TokioIo;
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tonic::{
    Code, Request, Status,
    codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::{Service, http},
    metadata::{AsciiMetadataKey, AsciiMetadataValue},
    transport::{Channel, Endpoint, Uri},
};
use tonic_types::StatusExt;

pub(crate) struct Grpc {
    channel: Channel,
    /// The `Date` of the last answer, Unix seconds.
    pub(super) date: Option<i64>,
}

impl Grpc {
    pub(super) fn new(target: &Target) -> Result<Self, TlsError> {
        let host = target.url.host_str().unwrap_or("localhost").to_owned();
        let tls = match target.url.scheme() {
            "https" => {
                let mut config = tls::client(&target.tls)?;
                config.alpn_protocols = vec![b"h2".to_vec()];
                Some(TlsConnector::from(Arc::new(config)))
            }
            _ => None,
        };
        let port = target.url.port_or_known_default().unwrap_or(4317);
        let dial = Dial {
            host: host.clone(),
            port,
            tls,
        };
        let origin = format!("{}://{host}:{port}", target.url.scheme());
        // A URL's host and port are an authority, so neither of these fails.
        let uri =
            Uri::try_from(origin).unwrap_or_else(|_| Uri::from_static("http://localhost:4317"));
        let endpoint = Endpoint::from(uri);
        let endpoint = endpoint.clone().user_agent(USER_AGENT).unwrap_or(endpoint);
        Ok(Self {
            channel: endpoint.connect_with_connector_lazy(dial),
            date: None,
        })
    }

    pub(super) async fn send(&mut self, target: &Target, batch: &Batch) -> Result<Taken, Refusal> {
        let mut grpc = tonic::client::Grpc::new(self.channel.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(MAX_ANSWER);
        if target.compression == Compression::Gzip {
            grpc = grpc.send_compressed(CompressionEncoding::Gzip);
        }
        grpc.ready().await.map_err(|error| Refusal {
            why: Why::Later(None),
            code: "transport".to_owned(),
            words: chain(&error),
        })?;
        let mut request = Request::new(batch.body.clone());
        for (name, value) in target.headers.expose() {
            // What is no ASCII header was refused when it was read.
            let name = AsciiMetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes());
            if let (Ok(name), Ok(value)) = (name, AsciiMetadataValue::try_from(value)) {
                request.metadata_mut().insert(name, value);
            }
        }
        let path = http::uri::PathAndQuery::from_static(batch.signal.method());
        let answer = grpc.unary(request, path, Raw).await;
        let said = match &answer {
            Ok(answer) => answer.metadata(),
            Err(status) => status.metadata(),
        };
        let date = said.get("date");
        self.date = date.and_then(|date| date::read(date.to_str().ok()?));
        match answer {
            Ok(answer) => Ok(taken(batch.signal, &answer.into_inner())),
            Err(status) => Err(refusal(&status)),
        }
    }
}

fn refusal(status: &Status) -> Refusal {
    let caused = std::error::Error::source(status).map(chain);
    let words = match &caused {
        Some(cause) => cause.clone(),
        None => format!("answered {}: {}", name(status.code()), status.message()),
    };
    Refusal {
        why: why(status, caused.is_some()),
        code: name(status.code()).to_owned(),
        words,
    }
}

/// What a status means; one that has a cause is our own transport's, not the server's.
fn why(status: &Status, is_ours: bool) -> Why {
    let advice = (status.get_details_retry_info())
        .and_then(|info| info.retry_delay)
        .filter(|delay| !delay.is_zero());
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Why::Later(advice),
        Code::ResourceExhausted if status.get_details_retry_info().is_some() => Why::Later(advice),
        Code::Unauthenticated | Code::PermissionDenied | Code::Unimplemented => Why::Endpoint,
        _ if is_ours => Why::Later(None),
        // As for HTTP's 500: nothing is thrown away for it.
        Code::Internal | Code::Unknown => Why::Endpoint,
        Code::Ok
        | Code::InvalidArgument
        | Code::ResourceExhausted
        | Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition => Why::Data,
    }
}

fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// Bytes as they are.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

/// Connects, with TLS where the endpoint has it.
struct Dial {
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Service<Uri> for Dial {
    type Response = TokioIo<Box<dyn Stream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (host, port, tls) = (self.host.clone(), self.port, self.tls.clone());
        Box::pin(async move {
            let bare = host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned();
            let stream = TcpStream::connect((bare.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            let stream: Box<dyn Stream> = match tls {
                None => Box::new(stream),
                Some(tls) => {
                    let name = rustls::pki_types::ServerName::try_from(bare)
                        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
                    Box::new(tls.connect(name, stream).await?)
                }
            };
            Ok(TokioIo::new(stream))
        })
    }
}
