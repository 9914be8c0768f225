//! The hub's process: it ends with its owner.

use crate::Trouble;
use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// So long a hub may take to listen.
const START: Duration = Duration::from_secs(60);

/// A hub that runs.
pub(crate) struct Served {
    child: Child,
    pub(crate) ingest: SocketAddr,
    pub(crate) web: SocketAddr,
    /// How long it took from its start until both ports took connections.
    pub(crate) started_in: Duration,
}

impl Served {
    /// Starts a hub over `folder`: `data` is its store, `journeys` what it judges.
    pub(crate) fn start(folder: &Path) -> Result<Self, Trouble> {
        let (ingest, web) = (free_address()?, free_address()?);
        let file = folder.join("hub.toml");
        let text = format!(
            "data_dir = \"data\"\ningest = \"{ingest}\"\nweb = \"{web}\"\n\
             [[source]]\ndir = \"journeys\"\n"
        );
        fs::write(&file, text)?;
        let begun = Instant::now();
        let child = Command::new(program()?)
            .args(["hub", "--config"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("hub.log"))?)
            .spawn()?;
        let mut served = Self {
            child,
            ingest,
            web,
            started_in: Duration::ZERO,
        };
        for address in [ingest, web] {
            served.until_listening(address, begun)?;
        }
        served.started_in = begun.elapsed();
        Ok(served)
    }

    fn until_listening(&mut self, address: SocketAddr, begun: Instant) -> Result<(), Trouble> {
        while TcpStream::connect(address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the hub has ended: {status}").into());
            }
            if begun.elapsed() > START {
                return Err(format!("the hub does not listen after {START:?}").into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// A figure of its memory now, MiB: `VmRSS`, `VmHWM` and their kin (proc(5)).
    pub(crate) fn memory_mib(&self, figure: &str) -> Result<u64, Trouble> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(figure));
        let kib = line.and_then(|rest| rest.split_whitespace().nth(1));
        Ok(kib.ok_or("no such figure")?.parse::<u64>()? >> 10)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `jaunt` as built beside this program: `target/release/jaunt` for `target/release/deps/hub-…`.
fn program() -> Result<PathBuf, Trouble> {
    let own = std::env::current_exe()?;
    let file = own.ancestors().nth(2).map(|folder| folder.join("jaunt"));
    let file = file.filter(|file| file.is_file());
    file.ok_or_else(|| "no jaunt here: `cargo build --release -p jaunt`".into())
}

/// An address on loopback where nothing listens.
fn free_address() -> Result<SocketAddr, Trouble> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
