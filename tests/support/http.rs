//! The few words of HTTP with which a test asks a server on loopback about itself.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

/// The body of what `path` answers; panics unless that is a success.
pub(crate) fn get(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nhost: {addr}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap_or("");
    assert!(status.starts_with('2'), "{path}: {answer}");
    body.to_owned()
}
