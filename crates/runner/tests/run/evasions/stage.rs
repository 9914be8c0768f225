//! A machine of a test's own that has every address there is.
//!
//! The test enters it by running itself once more below `unshare --net`, with routes that make all
//! addresses local: so whatever a run dials is heard here, and can reach nobody else.

#[path = "../../../../probe/tests/dns/server.rs"]
mod names;

use jaunt_probe::Network;
use names::{Heard, Server, address_record, record, wire};
use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// A public server that the stranger may reach.
pub(super) const HOME: &str = "93.184.216.34:8000";

/// Says in a process that it is inside.
const INSIDE: &str = "JAUNT_TEST_INSIDE";

/// Whether this is the process inside. The one outside has the one inside carry `test` out, and is
/// done; where the machine grants no namespace, that is said aloud.
pub(super) fn entered(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let granted = Command::new("unshare").args(["--net", "true"]).output();
    if !granted.is_ok_and(|tried| tried.status.success()) {
        aloud(test);
        return false;
    }
    let routes = "ip link set lo up && ip route add local 0.0.0.0/0 dev lo && \
                  ip -6 route add local ::/0 dev lo && exec \"$@\"";
    let done = Command::new("unshare")
        .args(["--net", "sh", "-c", routes, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("evasions::{test}"), "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(done.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{test} is not there: {said}");
    false
}

/// As the whole-program tests do: counted where `tests/run` asks for it.
#[expect(clippy::print_stderr, reason = "a test that does not run says so")]
fn aloud(test: &str) {
    let why = "network namespaces are not granted here";
    eprintln!("skipped: {test}: {why}");
    if let Some(list) = std::env::var_os("JAUNT_TEST_SKIPPED") {
        let mut options = std::fs::OpenOptions::new();
        let list = options.append(true).create(true).open(list);
        writeln!(list.unwrap(), "{test}: {why}").unwrap();
    }
}

/// What stands in the machine: a listener at every address, a public server, a name server.
pub(super) struct Stage {
    /// Where the listener hears, by TCP and UDP.
    pub(super) port: u16,
    /// A network that asks the name server.
    pub(super) network: Arc<Network>,
    heard: Arc<AtomicUsize>,
    _names: Server,
}

impl Stage {
    /// Puts all in place.
    pub(super) async fn set() -> Self {
        // One socket for both families: an IPv4 address is heard in its mapped form.
        let tcp = TcpListener::bind("[::]:0").unwrap();
        let port = tcp.local_addr().unwrap().port();
        let udp = UdpSocket::bind(("::", port)).unwrap();
        let heard = Arc::new(AtomicUsize::new(0));
        let (by_tcp, by_udp) = (Arc::clone(&heard), Arc::clone(&heard));
        std::thread::spawn(move || {
            // Whoever comes is counted before he is turned away.
            while let Ok((stream, _)) = tcp.accept() {
                by_tcp.fetch_add(1, Ordering::SeqCst);
                drop(stream);
            }
        });
        std::thread::spawn(move || {
            while udp.recv(&mut [0; 2048]).is_ok() {
                by_udp.fetch_add(1, Ordering::SeqCst);
            }
        });
        let home = TcpListener::bind(HOME).unwrap();
        std::thread::spawn(move || {
            while let Ok((stream, _)) = home.accept() {
                std::thread::spawn(move || at_home(&stream));
            }
        });
        let names = zone().await;
        Self {
            port,
            network: names.network(),
            heard,
            _names: names,
        }
    }

    /// How often the listener was reached since it was last asked. It is reached once more by each
    /// transport to learn that: those who came before are counted first.
    pub(super) fn heard(&self) -> usize {
        let before = self.heard.load(Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)).unwrap());
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.send_to(&[0], ("127.0.0.1", self.port)).unwrap();
        let began = Instant::now();
        while self.heard.load(Ordering::SeqCst) < before + 2 {
            assert!(began.elapsed() < Duration::from_secs(10), "nobody listens");
            std::thread::yield_now();
        }
        self.heard.swap(0, Ordering::SeqCst) - 2
    }
}

/// `/302/HEX` leads there, `/json/HEX` says so, all else is well.
fn at_home(mut stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let path = first.split(' ').nth(1).unwrap_or_default();
    let text = |hex: &str| {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let (status, header, body) = if let Some(hex) = path.strip_prefix("/302/") {
        (302, format!("Location: {}\r\n", text(hex)), String::new())
    } else if let Some(hex) = path.strip_prefix("/json/") {
        (
            200,
            String::new(),
            format!("{{\"next\":\"{}\"}}", text(hex)),
        )
    } else {
        (200, String::new(), "{}".into())
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} so\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let _ = stream.write_all((head + &body).as_bytes());
}

/// Names that lead where nobody may go.
async fn zone() -> Server {
    let rebound = AtomicUsize::new(0);
    Server::new(move |heard: &Heard| {
        let only = |addresses: &[&str]| {
            let addresses: Vec<_> = addresses.iter().map(|text| text.parse().unwrap()).collect();
            heard.records(&addresses)
        };
        let alias = |from: &[u8], to: &str| record(from, 5, 60, &wire(to));
        let name = heard.name.to_ascii_lowercase();
        let records = match name.as_str() {
            "loopback.example" => only(&["127.0.0.1"]),
            "private.example" => only(&["10.0.0.1", "fd00::1"]),
            "metadata.example" => only(&["169.254.169.254"]),
            "any.example" => only(&["0.0.0.0"]),
            "six.example" => only(&["::1"]),
            "mapped.example" => only(&["::ffff:127.0.0.1"]),
            "nat64.example" => only(&["64:ff9b::7f00:1"]),
            "6to4.example" => only(&["2002:7f00:1::"]),
            "unique.example" => only(&["fd12::1"]),
            // Beside an address that may be reached.
            "mixed.example" => only(&["93.184.216.34", "10.0.0.1"]),
            "families.example" => only(&["93.184.216.34", "::1"]),
            "xn--bcher-kva.example" => only(&["192.168.0.1"]),
            "alias.example" if heard.kind == 1 => vec![
                alias(&[0xc0, 12], "inner.example"),
                address_record(&wire("inner.example"), "127.0.0.1".parse().unwrap(), 60),
            ],
            "chain.example" if heard.kind == 28 => vec![
                alias(&[0xc0, 12], "www.example.com"),
                alias(&wire("www.example.com"), "localhost"),
                address_record(&wire("localhost"), "::1".parse().unwrap(), 60),
            ],
            "rebound.example" if heard.kind == 1 => {
                // Every other time.
                let address = match rebound.fetch_add(1, Ordering::SeqCst) % 2 {
                    0 => "93.184.216.34",
                    _ => "10.0.0.1",
                };
                vec![address_record(&[0xc0, 12], address.parse().unwrap(), 0)]
            }
            _ => Vec::new(),
        };
        vec![heard.reply(0, &records)]
    })
    .await
}
