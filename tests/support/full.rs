//! A server that has no room for the next connection: a known time in `connect`, without rights to
//! delay packets.

use super::place;
use socket2::{Domain, Socket, Type};
use std::{
    io::{BufRead, BufReader, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
};

/// A server whose queue of connections is full: the kernel drops the next SYN, and its client sends
/// another a second after the first (RFC 6298 §2).
pub(crate) struct Full {
    listener: TcpListener,
    _queued: TcpStream,
}

impl Full {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let at = place::address();
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&at.into()).unwrap();
        // Linux queues one more than it is told.
        socket.listen(0).unwrap();
        Self {
            listener: socket.into(),
            _queued: TcpStream::connect(at).unwrap(),
        }
    }

    /// Where it is to be visited.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.addr())
    }

    fn addr(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// Makes room once a SYN was sent in vain, and answers the client whose it was.
    pub(crate) fn let_in(&self) {
        place::until("a SYN to a full queue", || knocks(self.addr()));
        drop(self.listener.accept().unwrap());
        self.listener.set_nonblocking(true).unwrap();
        let mut client = None;
        place::until("another SYN", || {
            client = self.listener.accept().ok();
            client.is_some()
        });
        let (mut client, _) = client.unwrap();
        client.set_nonblocking(false).unwrap();
        let mut head = BufReader::new(&client).lines().map(Result::unwrap);
        assert!(head.any(|line| line.is_empty()));
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        client.write_all(answer).unwrap();
    }
}

/// Whether somebody's SYN to this address is out and the timer for the next one is set, as the
/// kernel's table of connections tells (`proc(5)`): state 02 and timer 01.
fn knocks(at: SocketAddr) -> bool {
    let IpAddr::V4(ip) = at.ip() else {
        panic!("{at} is not IPv4");
    };
    let peer = format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), at.port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().any(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        columns[2] == peer && columns[3] == "02" && columns[5].starts_with("01:")
    })
}
