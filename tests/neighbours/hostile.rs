//! Servers that do to their visitor what they can, each with a count of whom it did it to.

use crate::support::{
    pki::Authority,
    place,
    scripted::{Act, Connection, Script, Scripted, answer},
};
use socket2::{Domain, Socket, Type};
use std::{io::Write, net::TcpListener, time::Duration};

/// A kind of hostility, and the server that practises it.
pub(crate) struct Hostile {
    pub(crate) kind: &'static str,
    /// The step's request: method, address and more keys.
    pub(crate) step: String,
    server: Server,
}

enum Server {
    /// Whether a connection shows that it was served so.
    Scripted(Scripted, fn(&Connection) -> bool),
    /// One that listens and never accepts; who waits is counted at the end.
    Deaf(TcpListener),
}

impl Hostile {
    /// How many connections were served so, until now; the deaf one ends listening by it.
    pub(crate) fn served(&self) -> usize {
        match &self.server {
            Server::Scripted(server, shows) => {
                server.connections().iter().filter(|one| shows(one)).count()
            }
            Server::Deaf(listener) => {
                listener.set_nonblocking(true).unwrap();
                std::iter::from_fn(|| listener.accept().ok()).count()
            }
        }
    }

    /// Whether it is the one that is counted only once.
    pub(crate) fn is_deaf(&self) -> bool {
        matches!(self.server, Server::Deaf(_))
    }

    fn scripted(
        kind: &'static str,
        script: Script,
        more: &str,
        shows: fn(&Connection) -> bool,
    ) -> Self {
        let server = Scripted::start([script]);
        let step = format!("request = \"GET {}\"\n{more}", server.url("/0"));
        Self {
            kind,
            step,
            server: Server::Scripted(server, shows),
        }
    }

    fn bomb(kind: &'static str, coding: &str, body: &[u8]) -> Self {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let script = answer([head.as_bytes(), body].concat());
        Self::scripted(kind, script, "", |one| {
            !one.requests.is_empty() && one.bytes_out > HEAD
        })
    }

    fn chain(kind: &'static str, certificates: usize, shows: fn(&Connection) -> bool) -> Self {
        let name = "hostile.test";
        let identity = Authority::new().crowded(name, certificates);
        let server = Scripted::start_tls(&identity, &[], [vec![Act::Hold]]);
        let step = format!(
            "request = \"GET {}\"\nheader.host = \"{name}\"\n",
            server.tls_url("/")
        );
        Self {
            kind,
            step,
            server: Server::Scripted(server, shows),
        }
    }

    fn deaf() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&place::address().into()).unwrap();
        // Few have room in the queue; the others are not even answered by the kernel.
        socket.listen(8).unwrap();
        let listener = TcpListener::from(socket);
        let step = format!(
            "request = \"GET http://{}/\"\n",
            listener.local_addr().unwrap()
        );
        Self {
            kind: "deaf",
            step,
            server: Server::Deaf(listener),
        }
    }
}

/// Longer than the head of any answer here.
const HEAD: usize = 128;

/// How far a bomb would go off, bytes: many times the 8 MiB that are read.
const BLAST: u64 = 64 << 20;

/// How many redirects a chain has, of which a journey may follow 20.
const HOPS: usize = 10_000;

/// One server of each kind.
pub(crate) fn all() -> Vec<Hostile> {
    let well = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let page = vec![b'x'; 64 * 1024];
    let header = b"x-more: and more\r\n".repeat(64);
    let hop = |to: usize| {
        let answer = format!("HTTP/1.1 302 Found\r\nlocation: /{to}\r\ncontent-length: 0\r\n\r\n");
        [Act::Read, Act::Send(answer.into())]
    };
    let drip = Act::Drip(b"x".to_vec(), Duration::from_millis(10));
    let follow = "redirects = 20\n";
    let gzip = gzip(&mut std::io::Read::take(std::io::repeat(0), BLAST));
    vec![
        Hostile::scripted(
            "endless",
            vec![Act::Read, Act::Send(well.clone()), Act::Flood(page)],
            "",
            |one| one.bytes_out > 4 << 20,
        ),
        Hostile::scripted("drip", vec![Act::Read, Act::Send(well), drip], "", |one| {
            one.bytes_out > 30
        }),
        Hostile::scripted(
            "headers",
            vec![
                Act::Read,
                Act::Send(b"HTTP/1.1 200 OK\r\n".to_vec()),
                Act::Flood(header),
            ],
            "",
            |one| one.bytes_out > 64 * 1024,
        ),
        Hostile::bomb("gzip", "gzip", &gzip),
        Hostile::bomb("gzip-twice", "gzip, gzip", &self::gzip(&mut &gzip[..])),
        Hostile::bomb("zstd", "zstd", &zstd()),
        Hostile::bomb("br", "br", &brotli()),
        Hostile::scripted("chain", (1..=HOPS).flat_map(hop).collect(), follow, |one| {
            one.requests.len() == 21
        }),
        Hostile::scripted(
            "loop",
            std::iter::repeat_n(hop(0), 64).flatten().collect(),
            follow,
            |one| one.requests.len() == 21,
        ),
        // What TLS lets through, and what it does not.
        Hostile::chain("certificates", 120, |one| one.bytes_out > 32 << 10),
        Hostile::chain("more-certificates", 2_000, |one| one.bytes_out > 128 << 10),
        Hostile::scripted("hold", vec![Act::Hold], "", |one| one.bytes_in > 0),
        Hostile::scripted("close", vec![Act::Read], "", |one| {
            one.ended.is_some() && one.requests.len() == 1
        }),
        Hostile::scripted("reset", vec![Act::Read, Act::Reset], "", |one| {
            one.requests.len() == 1
        }),
        Hostile::deaf(),
    ]
}

fn gzip(from: &mut impl std::io::Read) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(from, &mut encoder).unwrap();
    encoder.finish().unwrap()
}

fn zstd() -> Vec<u8> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
    pour(&mut encoder);
    encoder.finish().unwrap()
}

fn brotli() -> Vec<u8> {
    let mut bytes = Vec::new();
    pour(&mut brotli::CompressorWriter::new(
        &mut bytes,
        64 * 1024,
        1,
        22,
    ));
    bytes
}

fn pour(into: &mut impl Write) {
    let zeros = vec![0; 1 << 20];
    for _ in 0..BLAST >> 20 {
        into.write_all(&zeros).unwrap();
    }
}
