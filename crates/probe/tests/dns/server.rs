//! A name server on loopback that says what a test tells it to, byte by byte.
#![allow(dead_code, reason = "each test root uses a part of it")]

use jaunt_probe::{Network, NetworkConfig, ResolverConfig};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinSet,
};

/// A question as the server received it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// Whether it came over TCP.
    pub(crate) tcp: bool,
    /// How many were heard before it.
    pub(crate) before: usize,
    /// The name asked for, without the last dot.
    pub(crate) name: String,
    /// The type asked for.
    pub(crate) kind: u16,
    /// The whole message.
    pub(crate) bytes: Vec<u8>,
}

/// What is sent back to a question: any number of messages.
pub(crate) type Script = Arc<dyn Fn(&Heard) -> Vec<Vec<u8>> + Send + Sync>;

/// A server that follows a script on UDP and TCP, one port.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Listens, and answers every question with what `script` makes of it.
    pub(crate) async fn new(
        script: impl Fn(&Heard) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let (udp, tcp) = sockets().await;
        let address = udp.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let script: Script = Arc::new(script);
        let mut tasks = JoinSet::new();
        tasks.spawn(datagrams(udp, Arc::clone(&heard), Arc::clone(&script)));
        tasks.spawn(streams(tcp, Arc::clone(&heard), script));
        Self {
            address,
            heard,
            _tasks: tasks,
        }
    }

    /// A server that gives `names` these addresses, and knows nothing else (NXDOMAIN).
    pub(crate) async fn zone(names: &[(&str, &[&str])]) -> Self {
        let zone: Vec<(String, Vec<IpAddr>)> = names
            .iter()
            .map(|(name, addresses)| {
                let addresses = addresses.iter().map(|text| text.parse().unwrap());
                ((*name).to_owned(), addresses.collect())
            })
            .collect();
        Self::new(move |heard| {
            let Some((_, addresses)) = zone.iter().find(|(name, _)| *name == heard.name) else {
                return vec![heard.reply(3, &[])];
            };
            vec![heard.reply(0, &heard.records(addresses))]
        })
        .await
    }

    /// Everything that was asked so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// A network whose only resolver this is.
    pub(crate) fn network(&self) -> Arc<Network> {
        network(&[&self.address.to_string()])
    }
}

/// A network that resolves by `servers`, in this order.
pub(crate) fn network(servers: &[&str]) -> Arc<Network> {
    let servers = servers
        .iter()
        .map(|server| jaunt_probe::NameServer::parse(server).unwrap());
    let resolver = ResolverConfig {
        servers: servers.collect(),
        hosts: false,
    };
    Network::new(NetworkConfig {
        resolver,
        ..NetworkConfig::default()
    })
    .unwrap()
}

/// One port for both transports; the second may be taken, so there are some attempts.
async fn sockets() -> (UdpSocket, TcpListener) {
    for _ in 0..20 {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
    panic!("no port is free for both UDP and TCP");
}

async fn datagrams(udp: UdpSocket, heard: Arc<Mutex<Vec<Heard>>>, script: Script) {
    let mut buffer = vec![0; 4096];
    while let Ok((length, peer)) = udp.recv_from(&mut buffer).await {
        let one = Heard::new(false, &buffer[..length], &heard);
        for message in script(&one) {
            udp.send_to(&message, peer).await.unwrap();
        }
    }
}

async fn streams(tcp: TcpListener, heard: Arc<Mutex<Vec<Heard>>>, script: Script) {
    let mut peers = JoinSet::new();
    while let Ok((stream, _)) = tcp.accept().await {
        peers.spawn(stream_of(stream, Arc::clone(&heard), Arc::clone(&script)));
    }
}

async fn stream_of(mut stream: TcpStream, heard: Arc<Mutex<Vec<Heard>>>, script: Script) {
    while let Ok(length) = stream.read_u16().await {
        let mut bytes = vec![0; usize::from(length)];
        stream.read_exact(&mut bytes).await.unwrap();
        let one = Heard::new(true, &bytes, &heard);
        for message in script(&one) {
            let length = u16::try_from(message.len()).unwrap();
            stream.write_u16(length).await.unwrap();
            stream.write_all(&message).await.unwrap();
        }
    }
}

impl Heard {
    fn new(tcp: bool, bytes: &[u8], all: &Mutex<Vec<Self>>) -> Self {
        let mut name = Vec::new();
        let mut at = 12;
        while bytes[at] != 0 {
            let end = at + 1 + usize::from(bytes[at]);
            name.push(String::from_utf8_lossy(&bytes[at + 1..end]).into_owned());
            at = end;
        }
        let mut all = all.lock().unwrap();
        let heard = Self {
            tcp,
            before: all.len(),
            name: name.join("."),
            kind: u16::from_be_bytes([bytes[at + 1], bytes[at + 2]]),
            bytes: bytes.to_vec(),
        };
        all.push(heard.clone());
        heard
    }

    /// The question's own bytes: name, type and class.
    fn question(&self) -> &[u8] {
        let name = match self.name.is_empty() {
            true => 1,
            false => self.name.len() + 2,
        };
        &self.bytes[12..12 + name + 4]
    }

    /// An answer with this response code and these records.
    pub(crate) fn reply(&self, rcode: u8, records: &[Vec<u8>]) -> Vec<u8> {
        self.flagged([0x81, 0x80 | rcode], records)
    }

    /// An answer whose third and fourth byte are `flags`.
    pub(crate) fn flagged(&self, flags: [u8; 2], records: &[Vec<u8>]) -> Vec<u8> {
        let count = u16::try_from(records.len()).unwrap().to_be_bytes();
        let mut bytes = self.bytes[..2].to_vec();
        bytes.extend(flags);
        bytes.extend([0, 1, count[0], count[1], 0, 0, 0, 0]);
        bytes.extend(self.question());
        bytes.extend(records.concat());
        bytes
    }

    /// Those of `addresses` that this question asks for, as records of the name asked for.
    pub(crate) fn records(&self, addresses: &[IpAddr]) -> Vec<Vec<u8>> {
        addresses
            .iter()
            .filter(|address| (self.kind == 28) == address.is_ipv6())
            .map(|address| address_record(&[0xc0, 12], *address, 60))
            .collect()
    }
}

/// The A or AAAA record of `address` for the owner whose bytes are given.
pub(crate) fn address_record(owner: &[u8], address: IpAddr, ttl: u32) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => record(owner, 1, ttl, &address.octets()),
        IpAddr::V6(address) => record(owner, 28, ttl, &address.octets()),
    }
}

/// A record of class IN.
pub(crate) fn record(owner: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = owner.to_vec();
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1]);
    bytes.extend(ttl.to_be_bytes());
    bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    bytes.extend(data);
    bytes
}

/// A name on the wire, uncompressed.
pub(crate) fn wire(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
