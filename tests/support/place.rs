//! Addresses and folders of a server's own.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

/// How long anything may take to come up on a machine that is ten times slower at moments.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

static TAKEN: AtomicU16 = AtomicU16::new(0);

/// An address in 127.0.0.0/8 and a port below the ephemeral range that nobody else has: the process
/// chooses the network, a count the host and the port.
pub(crate) fn address() -> SocketAddr {
    let count = TAKEN.fetch_add(1, Ordering::Relaxed);
    SocketAddr::new(IpAddr::V4(host(count)), 20_000 + count % 10_000)
}

/// The same for a server whose port its protocol fixes.
pub(crate) fn address_with_port(port: u16) -> SocketAddr {
    SocketAddr::new(
        IpAddr::V4(host(TAKEN.fetch_add(1, Ordering::Relaxed))),
        port,
    )
}

fn host(count: u16) -> Ipv4Addr {
    let process = std::process::id();
    let octet = |n: u32| u8::try_from(1 + n % 250).unwrap();
    Ipv4Addr::new(
        127,
        octet(process),
        octet(process / 250),
        octet(count.into()),
    )
}

/// Waits until something accepts at `addr`.
pub(crate) fn until_accepting(addr: SocketAddr, what: &str) {
    until(what, || TcpStream::connect(addr).is_ok());
}

/// Waits until `happened`; panics with `what` when patience is over.
pub(crate) fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let began = Instant::now();
    while !happened() {
        assert!(
            began.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .canonicalize()
        .unwrap()
}

/// A file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    workspace().join("tests/fixtures").join(name)
}

/// The folder in which `tests/install` keeps its tools.
pub(crate) fn tools() -> PathBuf {
    let cache = || {
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or("/root".into()));
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        cache
            .unwrap_or_else(|| home().join(".cache"))
            .join("jaunt-test-tools")
    };
    std::env::var_os("JAUNT_TEST_TOOLS").map_or_else(cache, PathBuf::from)
}
