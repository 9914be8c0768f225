//! The few words of HTTP with which a test asks a server on loopback about itself.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

/// What is answered to `method path`, with these lines more in the head and this body: head and
/// body as they came.
pub(crate) fn send(addr: SocketAddr, line: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    let length = body.len();
    let request =
        format!("{line} HTTP/1.0\r\nhost: {addr}\r\n{head}content-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The body of what `path` answers; panics unless that is a success.
pub(crate) fn get(addr: SocketAddr, path: &str) -> String {
    let answer = send(addr, &format!("GET {path}"), "", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap_or("");
    assert!(status.starts_with('2'), "{path}: {answer}");
    body.to_owned()
}
