//! A question over a stream: TCP (RFC 7766) or TLS (RFC 7858), each message after its length.

use super::message::{Asked, Read, Unanswered};
use hickory_proto::op::Message;
use std::{net::SocketAddr, time::Instant};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

/// How many messages that are no answer are passed over.
const FOREIGN: usize = 16;

/// Asks over `stream` and gives back the answer with its size; the caller bounds the time.
pub(crate) async fn ask<S>(
    stream: &mut S,
    asked: &Asked,
) -> Result<(Box<Message>, usize), Unanswered>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let length = u16::try_from(asked.bytes.len())
        .map_err(|_| Unanswered::Malformed("the question is too long".into()))?;
    // One write, so that length and message travel in one segment.
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(&asked.bytes);
    stream.write_all(&framed).await?;
    stream.flush().await?;
    for _ in 0..FOREIGN {
        let mut bytes = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut bytes).await?;
        match asked.read(&bytes) {
            Read::Answer(message) => return Ok((message, bytes.len().saturating_add(2))),
            Read::Truncated => {
                return Err(Unanswered::Malformed("truncated, over a stream".into()));
            }
            Read::Malformed(why) => return Err(Unanswered::Malformed(why)),
            Read::Foreign => {}
        }
    }
    Err(Unanswered::Malformed(format!(
        "{FOREIGN} messages came, none of them an answer to the question"
    )))
}

/// Connects to `server` and asks, until `deadline`.
pub(crate) async fn dial_and_ask(
    server: SocketAddr,
    asked: &Asked,
    deadline: Instant,
) -> Result<(Box<Message>, usize), Unanswered> {
    let exchange = async {
        let mut stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        ask(&mut stream, asked).await
    };
    tokio::time::timeout_at(deadline.into(), exchange)
        .await
        .unwrap_or(Err(Unanswered::Silent))
}
