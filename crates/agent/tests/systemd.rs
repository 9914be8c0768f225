//! What systemd is told, read at a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agent::{Systemd, config::Around};
use std::{
    collections::BTreeMap,
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram},
    },
    path::Path,
    time::Duration,
};
use tempfile::TempDir;

#[derive(Debug)]
struct Variables(BTreeMap<&'static str, String>);

impl Around for Variables {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn host(&self) -> String {
        "host".into()
    }
}

fn variables<const N: usize>(pairs: [(&'static str, &str); N]) -> Variables {
    Variables(pairs.map(|(name, text)| (name, text.to_owned())).into())
}

fn heard(socket: &UnixDatagram) -> String {
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut bytes = [0; 1024];
    let length = socket.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

#[test]
fn each_state_is_one_datagram_in_systemds_words() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let around = variables([("NOTIFY_SOCKET", path.to_str().unwrap())]);
    let systemd = Systemd::of(&around).unwrap();
    systemd.ready("40 journeys\nREADY=0");
    assert_eq!(heard(&socket), "READY=1\nSTATUS=40 journeys READY=0");
    systemd.reloading();
    let told = heard(&socket);
    let micros = told.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
    assert!(micros.parse::<u64>().unwrap() > 0, "{told}");
    systemd.alive();
    assert_eq!(heard(&socket), "WATCHDOG=1");
    systemd.stopping(Duration::from_secs(30));
    assert_eq!(
        heard(&socket),
        "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=30000000"
    );
    assert_eq!(systemd.every(), None, "nobody watches");
}

#[test]
fn an_abstract_socket_is_one_too() {
    let name = format!("jaunt-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    let around = variables([("NOTIFY_SOCKET", &format!("@{name}"))]);
    Systemd::of(&around).unwrap().alive();
    assert_eq!(heard(&socket), "WATCHDOG=1");
}

#[test]
fn the_watchdog_is_fed_at_half_its_time_and_only_if_it_watches_us() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("notify");
    let _socket = UnixDatagram::bind(&path).unwrap();
    let path = path.to_str().unwrap();
    let own = std::process::id().to_string();
    let every = |limit: &str, watched: &str| {
        let around = variables([
            ("NOTIFY_SOCKET", path),
            ("WATCHDOG_USEC", limit),
            ("WATCHDOG_PID", watched),
        ]);
        Systemd::of(&around).unwrap().every()
    };
    assert_eq!(every("30000000", &own), Some(Duration::from_secs(15)));
    assert_eq!(every("30000000", "1"), None);
    assert_eq!(every("30000000", "me"), None);
    assert_eq!(every("0", &own), None);
    assert_eq!(every("soon", &own), None);
}

#[test]
fn outside_systemd_nothing_is_told_and_a_dead_socket_is_an_error() {
    let systemd = Systemd::of(&variables([])).unwrap();
    systemd.ready("ready");
    systemd.alive();
    assert_eq!(systemd.every(), None);
    let nowhere = variables([("NOTIFY_SOCKET", "/nonexistent/notify")]);
    assert!(Systemd::of(&nowhere).is_err());
}

#[test]
fn one_who_does_not_listen_holds_nobody_up() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("notify");
    let _deaf = UnixDatagram::bind(&path).unwrap();
    let around = variables([("NOTIFY_SOCKET", path.to_str().unwrap())]);
    let systemd = Systemd::of(&around).unwrap();
    for _ in 0..10_000 {
        systemd.alive();
    }
}
