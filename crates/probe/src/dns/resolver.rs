//! The network's own resolver: which servers, in which order, and what each said.

use super::{
    Asked, Signatures, Unanswered, stream,
    udp::{self, Datagram},
};
use crate::{NameServer, Network, NetworkError, ResolverConfig, resolve};
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{Name, RecordType},
};
use std::{
    collections::HashMap,
    fs, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a server of our own config is waited for while another is left to ask.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the last server is waited for, if the caller has no earlier deadline.
const LAST: Duration = Duration::from_secs(3600);

/// Where the system says who resolves.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Where the system keeps names of its own.
const HOSTS: &str = "/etc/hosts";

/// The servers that resolve names for every run, and the hosts file where it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    servers: Vec<NameServer>,
    patience: Duration,
    hosts: HashMap<String, Vec<IpAddr>>,
}

/// Who answered, and what.
#[derive(Debug)]
pub(crate) struct Answered {
    /// `udp 10.0.0.53:53`.
    pub(crate) server: String,
    /// Where it is.
    pub(crate) at: Option<SocketAddr>,
    /// Its answer.
    pub(crate) message: Box<Message>,
}

/// No server answered: what the last of them did.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// `udp 10.0.0.53:53`; `None` where there is no server to ask.
    pub(crate) server: Option<String>,
    /// Why.
    pub(crate) why: Unanswered,
    /// Whether every server refused its port.
    pub(crate) all_refused: bool,
}

impl Resolver {
    /// The servers of `config`, else the system's.
    pub(crate) fn new(config: &ResolverConfig) -> Result<Self, NetworkError> {
        let (servers, patience) = if config.servers.is_empty() {
            system()?
        } else {
            (config.servers.clone(), PATIENCE)
        };
        if let Some(server) = servers.iter().find(|server| socket(server).is_none()) {
            return Err(NetworkError::Nameless(address(server)));
        }
        let hosts = if config.hosts {
            read_hosts(&fs::read_to_string(HOSTS).map_err(NetworkError::Hosts)?)
        } else {
            HashMap::new()
        };
        Ok(Self {
            servers,
            patience,
            hosts,
        })
    }

    /// What the hosts file says of `host`.
    pub(crate) fn hosts(&self, host: &str) -> Option<&[IpAddr]> {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        self.hosts.get(&name).map(Vec::as_slice)
    }

    /// Whether one of the servers is at `place`, as facts write it.
    pub(crate) fn has(&self, place: &str) -> bool {
        self.servers.iter().any(|server| address(server) == place)
    }

    /// Asks the servers in order, each once, until one of them answers with more than a refusal.
    ///
    /// A server that says SERVFAIL, REFUSED or NOTIMP, or nothing, is passed over while another is
    /// left (as the C library does); the last one's word stands. The caller watches the deadline.
    pub(crate) async fn ask(
        network: &Arc<Network>,
        name: &Name,
        kind: RecordType,
        signatures: Signatures,
    ) -> Result<Answered, NoAnswer> {
        let Self {
            servers, patience, ..
        } = &network.resolver;
        let mut refused = 0;
        let mut last = Err(NoAnswer {
            server: None,
            why: Unanswered::Io(io::Error::other("there is no server to ask")),
            all_refused: false,
        });
        for (index, server) in servers.iter().enumerate() {
            let is_last = index + 1 == servers.len();
            let until = Instant::now() + if is_last { LAST } else { *patience };
            let asked = Asked::new(name, kind, signatures);
            let (spoken, result) = ask_one(network, server, asked, until).await;
            let at = socket(server);
            let server = format!("{spoken} {}", address(server));
            match result {
                Ok(message) if conclusive(&message) => {
                    return Ok(Answered {
                        server,
                        at,
                        message,
                    });
                }
                Ok(message) => {
                    last = Ok(Answered {
                        server,
                        at,
                        message,
                    })
                }
                Err(why) => {
                    refused += usize::from(matches!(why, Unanswered::PortRefused));
                    last = Err(NoAnswer {
                        server: Some(server),
                        why,
                        all_refused: refused == servers.len(),
                    });
                }
            }
        }
        last
    }
}

/// Asks one server, by the transport it is listed with; says which one answered.
async fn ask_one(
    network: &Arc<Network>,
    server: &NameServer,
    asked: Result<Asked, Unanswered>,
    until: Instant,
) -> (&'static str, Result<Box<Message>, Unanswered>) {
    let asked = match asked {
        Ok(asked) => asked,
        Err(why) => return ("none", Err(why)),
    };
    match server {
        NameServer::Udp(address) => match udp::ask(*address, &asked, until).await {
            Ok(Datagram::Answer(message, _)) => ("udp", Ok(message)),
            Ok(Datagram::Truncated) => ("tcp", over_tcp(*address, &asked, until).await),
            Err(why) => ("udp", Err(why)),
        },
        NameServer::Tcp(address) => ("tcp", over_tcp(*address, &asked, until).await),
        NameServer::Tls { .. } => ("tls", resolve::sealed(network, server, asked, until).await),
        NameServer::Https { .. } => (
            "https",
            resolve::sealed(network, server, asked, until).await,
        ),
    }
}

async fn over_tcp(
    address: SocketAddr,
    asked: &Asked,
    until: Instant,
) -> Result<Box<Message>, Unanswered> {
    let (message, _) = stream::dial_and_ask(address, asked, until).await?;
    Ok(message)
}

/// Where a server is, for people.
pub(crate) fn address(server: &NameServer) -> String {
    match server {
        NameServer::Udp(address) | NameServer::Tcp(address) => address.to_string(),
        NameServer::Tls { name, address } => format!("{name}@{address}"),
        NameServer::Https { url } => url.to_string(),
    }
}

/// Where a server listens; `None` where its URL gives it a name, which nobody else can resolve.
fn socket(server: &NameServer) -> Option<SocketAddr> {
    match server {
        NameServer::Udp(address) | NameServer::Tcp(address) | NameServer::Tls { address, .. } => {
            Some(*address)
        }
        NameServer::Https { url } => {
            let ip = match url.host()? {
                url::Host::Ipv4(ip) => IpAddr::V4(ip),
                url::Host::Ipv6(ip) => IpAddr::V6(ip),
                url::Host::Domain(_) => return None,
            };
            Some(SocketAddr::new(ip, url.port_or_known_default()?))
        }
    }
}

/// Whether another server need not be asked.
fn conclusive(message: &Message) -> bool {
    !matches!(
        message.metadata.response_code,
        ResponseCode::ServFail | ResponseCode::Refused | ResponseCode::NotImp
    )
}

/// The system's servers, in order, and how long it waits for one.
fn system() -> Result<(Vec<NameServer>, Duration), NetworkError> {
    let text = fs::read(RESOLV_CONF).map_err(NetworkError::Resolver)?;
    parse_resolv_conf(&text).map_err(NetworkError::Resolver)
}

fn parse_resolv_conf(text: &[u8]) -> Result<(Vec<NameServer>, Duration), io::Error> {
    let (config, options) = hickory_resolver::system_conf::parse_resolv_conf(text)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
    let servers = config
        .name_servers()
        .iter()
        .map(|server| NameServer::Udp(SocketAddr::new(server.ip, 53)))
        .collect();
    Ok((servers, options.timeout.max(Duration::from_secs(1))))
}

/// The names of a hosts file, in lower case, with their addresses in order (hosts(5)).
fn read_hosts(text: &str) -> HashMap<String, Vec<IpAddr>> {
    let mut hosts: HashMap<String, Vec<IpAddr>> = HashMap::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let Some(Ok(address)) = words.next().map(str::parse::<IpAddr>) else {
            continue;
        };
        for name in words {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let addresses = hosts.entry(name).or_default();
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_servers_keep_their_order_and_the_search_list_is_unused() {
        let text =
            b"# made by hand\nsearch corp.example\nnameserver 10.0.0.2\nnameserver fd00::53\n\
            options ndots:5 timeout:2\nnameserver 10.0.0.1\n";
        let (servers, patience) = parse_resolv_conf(text).unwrap();
        let told: Vec<String> = servers.iter().map(address).collect();
        assert_eq!(told, ["10.0.0.2:53", "[fd00::53]:53", "10.0.0.1:53"]);
        assert_eq!(patience, Duration::from_secs(2));
        assert!(parse_resolv_conf(b"search corp.example\n").is_err());
    }

    #[test]
    fn a_hosts_file_names_addresses_in_order_whatever_the_case() {
        let hosts = read_hosts(
            "127.0.0.1 localhost\n::1 localhost # here\n10.0.0.7\tShop.Example shop\n\
             nonsense shop\n10.0.0.8 shop shop\n",
        );
        assert_eq!(
            hosts["shop.example"],
            ["10.0.0.7".parse::<IpAddr>().unwrap()]
        );
        assert_eq!(hosts["shop"].len(), 2);
        assert_eq!(hosts["localhost"].len(), 2);
        assert_eq!(hosts.len(), 3);
    }
}
