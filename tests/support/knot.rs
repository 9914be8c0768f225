//! Knot DNS: a name server that nobody here wrote, which signs its zones itself.

use super::{clock::Clock, place, process::Process, skip};
use std::{fmt::Write, net::SocketAddr, process::Command};
use tempfile::TempDir;

/// A running Knot with three zones: `test`, signed; below it `plain.test`, unsigned and delegated as
/// such; and `bogus.test`, signed by another key than its parent vouches for.
pub(crate) struct Knot {
    addr: SocketAddr,
    anchor: String,
    _dir: TempDir,
    _process: Process,
}

/// `test`: `www` is there, `alias` leads to it, and so does anything below `any`.
const SIGNED: &str = "www.test. 60 A 127.0.0.7
alias.test. 60 CNAME www.test.
*.any.test. 60 A 127.0.0.9
plain.test. 60 NS ns.test.
bogus.test. 60 NS ns.test.
bogus.test. 60 DS 12345 13 2 0000000000000000000000000000000000000000000000000000000000000000
";

impl Knot {
    /// Starts it on port 53 of a loopback address of its own. `None`, said aloud, where it is not
    /// installed.
    pub(crate) fn start() -> Option<Self> {
        Self::signing("", &[])
    }

    /// One that proves absence by hashed names (NSEC3, RFC 5155).
    pub(crate) fn start_hashing() -> Option<Self> {
        Self::signing("    nsec3: on\n", &[])
    }

    /// One that signed everything so long ago by this clock.
    pub(crate) fn start_by(clock: &Clock) -> Option<Self> {
        Self::signing("", &clock.runner())
    }

    fn signing(policy: &str, runner: &[String]) -> Option<Self> {
        let (server, keys) = (skip::program("knotd")?, skip::program("keymgr")?);
        let dir = TempDir::new().unwrap();
        let addr = place::address_with_port(53);
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(
            path("knot.conf"),
            config(addr, dir.path().to_str().unwrap(), policy),
        )
        .unwrap();
        for (zone, records) in [
            ("test", SIGNED),
            ("plain.test", "www.plain.test. 60 A 127.0.0.8\n"),
            ("bogus.test", "www.bogus.test. 60 A 127.0.0.8\n"),
        ] {
            let head = format!(
                "{zone}. 60 SOA ns.test. root.test. 1 60 60 600 60\n{zone}. 60 NS ns.test.\n"
            );
            std::fs::write(path(&format!("{zone}.zone")), head + records).unwrap();
        }
        let args = ["-c", &path("knot.conf")];
        let process = Process::start_under(runner, &server, &args, dir.path());
        for zone in ["test", "plain.test", "bogus.test"] {
            process.until_says(&format!("[{zone}.] loaded"));
        }
        let mut list = Command::new(keys);
        let listed = list.args(args).args(["test.", "dnskey"]).output();
        let anchor = String::from_utf8(listed.unwrap().stdout).unwrap();
        Some(Self {
            addr,
            anchor: anchor.replace(" DNSKEY ", " IN DNSKEY "),
            _dir: dir,
            _process: process,
        })
    }

    /// Where it listens, by UDP and TCP.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The key of `test`, as a trust anchor.
    pub(crate) fn anchor(&self) -> &str {
        &self.anchor
    }
}

fn config(addr: SocketAddr, dir: &str, policy: &str) -> String {
    let mut text = format!(
        "server:
  rundir: {dir}
  listen: {}@{}
log:
  - target: stderr
    any: info
database:
  storage: {dir}
  journal-db-max-size: 16M
  kasp-db-max-size: 16M
  timer-db-max-size: 16M
  catalog-db-max-size: 16M
policy:
  - id: own
    single-type-signing: on
    algorithm: ecdsap256sha256
{policy}template:
  - id: default
    storage: {dir}
    file: %s.zone
    zonefile-sync: -1
zone:
  - domain: plain.test.
",
        addr.ip(),
        addr.port()
    );
    for zone in ["test", "bogus.test"] {
        let signed = "dnssec-signing: on\n    dnssec-policy: own\n";
        write!(text, "  - domain: {zone}.\n    {signed}").unwrap();
    }
    text
}
