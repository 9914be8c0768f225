//! What is said in clear before TLS begins, protocol by protocol.
//!
//! Replies are read byte by byte: nothing beyond the reply is taken, so what a man in the middle
//! puts behind it in clear meets the TLS handshake and breaks it.

use crate::{Greeting, exchange::Trouble, stream::Stream, track::Track};
use jaunt_record::FailureKind;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Longest line of a reply, bytes.
const LINE: usize = 4096;

/// Most lines of a reply.
const LINES: usize = 128;

/// RFC 4511 §4.14.1: ExtendedRequest with the name of StartTLS, message id 1.
const LDAP_STARTTLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// SSLRequest: its length, and the code 80877103.
const POSTGRES_SSL: &[u8] = &[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Asks the peer to turn to TLS.
pub(crate) async fn say(
    greeting: Greeting,
    stream: &mut Stream,
    track: &Track,
) -> Result<(), Trouble> {
    let said = match greeting {
        Greeting::Smtp => smtp(stream).await,
        Greeting::Imap => imap(stream).await,
        Greeting::Pop3 => pop3(stream).await,
        Greeting::Ldap => ldap(stream).await,
        Greeting::Postgres => postgres(stream).await,
    };
    said.map_err(|unwilling| match unwilling {
        Unwilling::Said(message) => track.fault(FailureKind::TlsStarttls, message),
        Unwilling::Broke(error) => track.fault(
            FailureKind::TlsClosed,
            format!("the connection broke before STARTTLS was agreed on: {error}"),
        ),
    })
}

/// Why there will be no TLS.
enum Unwilling {
    Said(String),
    Broke(io::Error),
}

impl From<io::Error> for Unwilling {
    fn from(error: io::Error) -> Self {
        Self::Broke(error)
    }
}

fn unwilling(what: &str, reply: &str) -> Unwilling {
    Unwilling::Said(format!("{what}: `{}`", reply.escape_debug()))
}

async fn smtp(stream: &mut Stream) -> Result<(), Unwilling> {
    smtp_reply(stream, "220", "the mail server does not greet").await?;
    stream.write_all(b"EHLO jaunt.invalid\r\n").await?;
    let offers = smtp_reply(stream, "250", "the mail server refuses EHLO").await?;
    let is_offered = offers.iter().any(|line| {
        line.get(4..)
            .is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))
    });
    if !is_offered {
        return Err(unwilling("STARTTLS is not offered", &offers.join(" ")));
    }
    stream.write_all(b"STARTTLS\r\n").await?;
    smtp_reply(stream, "220", "STARTTLS is refused").await?;
    Ok(())
}

/// A reply of several lines (RFC 5321 §4.2.1), which must carry `code`.
async fn smtp_reply(
    stream: &mut Stream,
    code: &str,
    otherwise: &str,
) -> Result<Vec<String>, Unwilling> {
    let mut lines = Vec::new();
    for _ in 0..LINES {
        let line = line(stream).await?;
        if !line.starts_with(code) {
            return Err(unwilling(otherwise, &line));
        }
        let more = line.get(3..4) == Some("-");
        lines.push(line);
        if !more {
            return Ok(lines);
        }
    }
    Err(unwilling("the reply does not end", &lines.join(" ")))
}

async fn imap(stream: &mut Stream) -> Result<(), Unwilling> {
    let hello = line(stream).await?;
    if !hello.starts_with("* OK") {
        return Err(unwilling("the IMAP server does not greet", &hello));
    }
    stream.write_all(b"a1 STARTTLS\r\n").await?;
    for _ in 0..LINES {
        let reply = line(stream).await?;
        match reply.strip_prefix("a1 ") {
            Some(word) if word.starts_with("OK") => return Ok(()),
            Some(_) => return Err(unwilling("STARTTLS is refused", &reply)),
            None => {}
        }
    }
    Err(unwilling("STARTTLS is not answered", ""))
}

async fn pop3(stream: &mut Stream) -> Result<(), Unwilling> {
    let hello = line(stream).await?;
    if !hello.starts_with("+OK") {
        return Err(unwilling("the POP3 server does not greet", &hello));
    }
    stream.write_all(b"STLS\r\n").await?;
    let reply = line(stream).await?;
    if !reply.starts_with("+OK") {
        return Err(unwilling("STLS is refused", &reply));
    }
    Ok(())
}

async fn ldap(stream: &mut Stream) -> Result<(), Unwilling> {
    stream.write_all(LDAP_STARTTLS).await?;
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let length = match head {
        [0x30, short @ 0..=0x7f] => usize::from(short),
        [0x30, 0x81] => usize::from(stream.read_u8().await?),
        [0x30, 0x82] => usize::from(stream.read_u16().await?).min(LINE),
        _ => return Err(Unwilling::Said("what came is not LDAP".into())),
    };
    let mut reply = vec![0; length];
    stream.read_exact(&mut reply).await?;
    match ldap_result(&reply) {
        Some(0) => Ok(()),
        Some(code) => Err(Unwilling::Said(format!(
            "STARTTLS is refused: LDAP result code {code}"
        ))),
        None => Err(Unwilling::Said(
            "what came is not an answer to STARTTLS".into(),
        )),
    }
}

/// The result code of an ExtendedResponse to message 1 (RFC 4511 §4.12), DER short or long lengths.
fn ldap_result(reply: &[u8]) -> Option<u8> {
    let response = reply.strip_prefix(&[0x02, 0x01, 0x01, 0x78])?;
    let content = match response {
        [0..=0x7f, content @ ..] | [0x81, _, content @ ..] | [0x82, _, _, content @ ..] => content,
        _ => return None,
    };
    match content {
        [0x0a, 0x01, code, ..] => Some(*code),
        _ => None,
    }
}

async fn postgres(stream: &mut Stream) -> Result<(), Unwilling> {
    stream.write_all(POSTGRES_SSL).await?;
    match stream.read_u8().await? {
        b'S' => Ok(()),
        b'N' => Err(Unwilling::Said(
            "the PostgreSQL server does not offer TLS".into(),
        )),
        other => Err(unwilling(
            "the answer to SSLRequest is neither S nor N",
            &char::from(other).to_string(),
        )),
    }
}

/// A line without its end.
async fn line(stream: &mut Stream) -> Result<String, Unwilling> {
    let mut bytes = Vec::new();
    while bytes.len() < LINE {
        match stream.read_u8().await? {
            b'\n' => {
                let text = String::from_utf8_lossy(&bytes);
                return Ok(text.trim_end_matches('\r').to_owned());
            }
            byte => bytes.push(byte),
        }
    }
    Err(Unwilling::Said(format!(
        "a line is longer than {LINE} bytes"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ldap_result_is_read_from_its_message_alone() {
        let ok = b"\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(ldap_result(ok), Some(0));
        assert_eq!(ldap_result(b"\x02\x01\x01\x78\x07\x0a\x01\x02"), Some(2));
        assert_eq!(ldap_result(b"\x02\x01\x02\x78\x07\x0a\x01\x00"), None);
        for length in 0..8 {
            assert_eq!(ldap_result(&ok[..length]), None);
        }
    }
}
