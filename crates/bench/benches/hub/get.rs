//! One request over a connection of its own, as a browser's first one is.

use crate::Trouble;
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// Nothing that is measured takes longer.
const PATIENCE: Duration = Duration::from_secs(600);

/// What came back, and how long it took from the connection to the last byte.
pub(crate) struct Got {
    pub(crate) body: String,
    pub(crate) took: Duration,
    /// Whether it is what was asked for, and no word that it is being made (503).
    pub(crate) is_made: bool,
}

/// What is at `path`; anything but 200 and 503 is trouble.
pub(crate) fn get(at: SocketAddr, path: &str) -> Result<Got, Trouble> {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(at)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {at}\r\naccept: */*\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let took = begun.elapsed();
    let answer = String::from_utf8(answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no whole head")?;
    let is_made = head.starts_with("HTTP/1.1 200 ");
    if !is_made && !head.starts_with("HTTP/1.1 503 ") {
        let status = head.lines().next().unwrap_or_default();
        return Err(format!("{path}: {status}").into());
    }
    let body = match head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked")
    {
        true => unchunked(body).ok_or("broken chunks")?,
        false => body.to_owned(),
    };
    Ok(Got {
        body,
        took,
        is_made,
    })
}

/// A chunked body in one piece (RFC 9112 §7.1).
fn unchunked(mut body: &str) -> Option<String> {
    let mut whole = String::new();
    loop {
        let (length, rest) = body.split_once("\r\n")?;
        let length = usize::from_str_radix(length.trim(), 16).ok()?;
        if length == 0 {
            return Some(whole);
        }
        whole.push_str(rest.get(..length)?);
        body = rest.get(length..)?.strip_prefix("\r\n")?;
    }
}
