//! What a script can say, and how it is played.

use super::seen::{Log, Request};
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

/// One thing that a scripted server does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Reads a request: its head, and as much body as its Content-Length says.
    Read,
    /// Reads HTTP/2 from its preface to the first request's HEADERS.
    ReadH2,
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes again and again, a pause after each, until the peer goes.
    Drip(Vec<u8>, Duration),
    /// Sends these bytes again and again as fast as the peer takes them, until it goes.
    Flood(Vec<u8>),
    /// Waits.
    Pause(Duration),
    /// Reads on until the peer goes.
    Hold,
    /// Cuts the connection with a TCP reset.
    Reset,
}

/// What happens on one connection; at its end it is closed in the ordinary way.
pub(crate) type Script = Vec<Act>;

/// Reads a request and answers it with these bytes.
pub(crate) fn answer(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Act::Read, Act::Send(bytes.into())]
}

/// Reads one request after another and answers each with 200 and this body.
pub(crate) fn ok(headers: &str, body: impl AsRef<[u8]>) -> Script {
    let body = body.as_ref();
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    // More requests than any test makes on one connection.
    std::iter::repeat_n([Act::Read, Act::Send(bytes)], 64)
        .flatten()
        .collect()
}

pub(super) enum Outcome {
    /// To be closed.
    Done,
    /// To be reset.
    Reset,
}

pub(super) fn play(
    script: &Script,
    mut wire: impl Read + Write,
    socket: &TcpStream,
    log: &Log,
    number: usize,
) -> Outcome {
    let mut rest = Vec::new();
    for act in script {
        let went_well = match act {
            Act::Read => match request(&mut wire, &mut rest) {
                Some(request) => {
                    log.asked(number, request);
                    true
                }
                None => false,
            },
            Act::ReadH2 => h2_request(&mut wire).is_some(),
            Act::Send(bytes) => send(&mut wire, bytes),
            Act::Drip(bytes, pause) => loop {
                if !send(&mut wire, bytes) || gone_within(socket, *pause) {
                    break false;
                }
            },
            Act::Flood(bytes) => loop {
                if !send(&mut wire, bytes) {
                    break false;
                }
            },
            Act::Pause(time) => {
                std::thread::sleep(*time);
                true
            }
            Act::Hold => {
                let mut sink = [0; 4096];
                while wire.read(&mut sink).is_ok_and(|count| count > 0) {}
                false
            }
            Act::Reset => return Outcome::Reset,
        };
        if !went_well {
            break;
        }
    }
    Outcome::Done
}

fn send(wire: &mut impl Write, bytes: &[u8]) -> bool {
    wire.write_all(bytes).and_then(|()| wire.flush()).is_ok()
}

/// Whether the peer closed or reset within `pause`, seen at the socket and not only at the next
/// write, so that the log has the moment.
fn gone_within(socket: &TcpStream, pause: Duration) -> bool {
    socket.set_read_timeout(Some(pause)).unwrap();
    let seen = socket.peek(&mut [0]);
    socket.set_read_timeout(None).unwrap();
    match seen {
        Ok(0) => true,
        Ok(_) => {
            std::thread::sleep(pause);
            false
        }
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

/// The next request; `None` when the peer goes before it is whole.
fn request(wire: &mut impl Read, rest: &mut Vec<u8>) -> Option<Request> {
    let head_end = loop {
        if let Some(at) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        more(wire, rest)?;
    };
    let head = Request::parse(&rest[..head_end]);
    let length = head
        .header("content-length")
        .map_or(0, |text| text.parse().unwrap());
    while rest.len() < head_end + length {
        more(wire, rest)?;
    }
    let body = rest[head_end..head_end + length].to_vec();
    rest.drain(..head_end + length);
    Some(Request { body, ..head })
}

/// Reads past the preface and every frame up to the first HEADERS (RFC 9113 §3.4, §4.1); `None` when
/// the peer goes before.
fn h2_request(wire: &mut impl Read) -> Option<()> {
    const HEADERS: u8 = 1;
    let mut preface = [0; 24];
    wire.read_exact(&mut preface).ok()?;
    assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    loop {
        let mut head = [0; 9];
        wire.read_exact(&mut head).ok()?;
        let [a, b, c, kind, ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        wire.read_exact(&mut payload).ok()?;
        if kind == HEADERS {
            return Some(());
        }
    }
}

fn more(wire: &mut impl Read, rest: &mut Vec<u8>) -> Option<()> {
    let mut chunk = [0; 16 * 1024];
    let count = wire.read(&mut chunk).ok()?;
    rest.extend_from_slice(&chunk[..count]);
    (count > 0).then_some(())
}
