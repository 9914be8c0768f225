//! unbound: a name server that nobody here wrote, with a zone of the tests' own.

use super::{pki::Identity, place, process::Process, skip, space::Space};
use std::{
    net::{IpAddr, SocketAddr},
    process::Command,
};
use tempfile::TempDir;

/// A running unbound. It knows `*.test` as it was told, refuses `refused.test`, and fails for
/// `broken.test`, whose only server (itself, asked without recursion) refuses.
pub(crate) struct Unbound {
    addr: SocketAddr,
    dir: TempDir,
    _process: Process,
}

impl Unbound {
    /// Starts it on port 53 of a loopback address of its own, with these records
    /// (`shop.test. 300 IN A 127.0.0.1`). `None`, said aloud, where it is not installed.
    pub(crate) fn start(records: &[&str]) -> Option<Self> {
        Self::start_in(None, place::address_with_port(53), records)
    }

    /// The same at this address, by TLS on port 853 and by HTTPS on port 443 as well, with this
    /// certificate.
    pub(crate) fn sealed(addr: SocketAddr, identity: &Identity, records: &[&str]) -> Option<Self> {
        let sealed = format!(
            "  interface: {ip}@853\n  interface: {ip}@443\n  tls-port: 853\n  https-port: 443\n  \
             tls-service-pem: {cert}\n  tls-service-key: {key}\n",
            ip = addr.ip(),
            cert = identity.chain_file().display(),
            key = identity.key_file().display(),
        );
        Self::with(None, addr, records, &sealed)
    }

    /// The same in a namespace, at this address.
    pub(crate) fn start_in(
        space: Option<&Space>,
        addr: SocketAddr,
        records: &[&str],
    ) -> Option<Self> {
        Self::with(space, addr, records, "")
    }

    fn with(space: Option<&Space>, addr: SocketAddr, records: &[&str], more: &str) -> Option<Self> {
        let program = skip::program("unbound")?;
        let dir = TempDir::new().unwrap();
        let config = dir.path().join("unbound.conf");
        std::fs::write(&config, text(addr, records, more)).unwrap();
        let args = ["-d", "-p", "-c", config.to_str().unwrap()];
        let runner = space.map(Space::runner).unwrap_or_default();
        let process = Process::start_under(&runner, &program, &args, dir.path());
        process.until_says("start of service");
        Some(Self {
            addr,
            dir,
            _process: process,
        })
    }

    /// Its address, without the port, which is 53.
    pub(crate) fn ip(&self) -> IpAddr {
        self.addr.ip()
    }

    /// What runs a program with this server as its only one. A mount namespace of its own hides
    /// the system's resolv.conf from it, and from nobody else.
    pub(crate) fn runner(&self) -> Vec<String> {
        resolving_by(self.dir.path(), self.addr.ip())
    }
}

/// Whether a program can be given a resolv.conf of its own here; if not, that is said aloud.
pub(crate) fn may_choose_resolver() -> bool {
    let tried = Command::new("unshare").args(["--mount", "true"]).output();
    let may = tried.is_ok_and(|out| out.status.success());
    if !may {
        skip::aloud("mount namespaces are not granted here");
    }
    may
}

/// What runs a program with `server` as its only name server.
pub(crate) fn resolving_by(dir: &std::path::Path, server: IpAddr) -> Vec<String> {
    let file = dir.join("resolv.conf");
    std::fs::write(
        &file,
        format!("nameserver {server}\noptions timeout:5 attempts:1\n"),
    )
    .unwrap();
    let mount = r#"mount --bind "$0" /etc/resolv.conf && exec "$@""#;
    [
        "unshare",
        "--mount",
        "sh",
        "-c",
        mount,
        file.to_str().unwrap(),
    ]
    .map(Into::into)
    .into()
}

fn text(addr: SocketAddr, records: &[&str], more: &str) -> String {
    let data: String = records
        .iter()
        .map(|record| format!("  local-data: '{record}'\n"))
        .collect();
    format!(
        "server:
  interface: {ip}
  port: {port}
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  do-daemonize: no
  chroot: \"\"
  username: \"\"
  pidfile: \"\"
  use-syslog: no
  verbosity: 1
  num-threads: 1
  do-not-query-localhost: no
  module-config: \"iterator\"
  local-zone: \"test.\" static
  local-zone: \"refused.test.\" refuse
  local-zone: \"broken.test.\" transparent
  local-zone: \"127.in-addr.arpa.\" transparent
{data}{more}
remote-control:
  control-enable: no
stub-zone:
  name: \"broken.test.\"
  stub-addr: {ip}@{port}
forward-zone:
  name: \".\"
  forward-addr: {ip}@1
",
        ip = addr.ip(),
        port = addr.port(),
    )
}
