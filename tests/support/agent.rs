//! An agent in a folder of its own: configuration and journeys in, signals, log and journal out.

use super::{http, jaunt::high_water, place};
use jaunt_journal::{Bounds, Journal, Sync};
use jaunt_record::{Record, wire};
use std::{
    fs,
    io::Read,
    net::SocketAddr,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// An agent's folder, which outlives its processes.
pub(crate) struct Home {
    dir: TempDir,
    env: Vec<(String, String)>,
}

/// An agent's process; it is killed when dropped.
pub(crate) struct Agent {
    child: Child,
    said: Arc<Mutex<String>>,
}

/// Before what a test adds: a region, and loopback open to the customer `acme`.
const CONFIG: &str = r#"
region   = "fra"
data_dir = "state"
listen   = "127.0.0.1:0"
drain    = "6s"

[[source]]
dir = "journeys"

[customers.acme]
egress = ["127.0.0.0/8"]
limits = { every = "1s" }
"#;

impl Home {
    /// One whose results go nowhere, with `more` behind the usual configuration.
    pub(crate) fn new(more: &str) -> Self {
        let dir = TempDir::new().unwrap();
        fs::create_dir(dir.path().join("journeys")).unwrap();
        fs::write(dir.path().join("agent.toml"), format!("{CONFIG}{more}")).unwrap();
        let home = Self {
            dir,
            env: Vec::new(),
        };
        match more.contains("[[export]]") {
            true => home,
            false => home.env("OTEL_SDK_DISABLED", "true"),
        }
    }

    /// Sets an environment variable; of the tests' own, the agent inherits only `PATH`.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Puts a journey in, or another version of it in its place, whole.
    pub(crate) fn journey(&self, name: &str, text: &str) {
        let new = self.dir.path().join("new");
        fs::write(&new, text).unwrap();
        let place = self.dir.path().join(format!("journeys/{name}.toml"));
        fs::rename(new, place).unwrap();
    }

    /// Takes a journey out.
    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.dir.path().join(format!("journeys/{name}.toml"))).unwrap();
    }

    /// Starts the agent.
    pub(crate) fn start(&self) -> Agent {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jaunt"))
            .args(["agent", "--config", "agent.toml"])
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said: Arc<Mutex<String>> = Arc::default();
        let (mut pipe, heard) = (child.stderr.take().unwrap(), Arc::clone(&said));
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut piece) {
                let text = String::from_utf8_lossy(&piece[..read]);
                heard.lock().unwrap().push_str(&text);
            }
        });
        Agent { child, said }
    }

    /// What its journal holds, once no agent runs.
    pub(crate) fn records(&self) -> Vec<Record> {
        let folder = self.dir.path().join("state/journal");
        let (journal, _) = Journal::open(&folder, Bounds::default(), Sync::Batched).unwrap();
        let batch = journal.read(0, usize::MAX, usize::MAX).unwrap();
        let decode = |entry: &jaunt_journal::Entry| wire::decode(&entry.payload).unwrap();
        batch.entries.iter().map(decode).collect()
    }
}

impl Agent {
    /// What its log says so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until its log says `text`.
    pub(crate) fn until_says(&self, text: &str) {
        place::until(&format!("the word {text:?}"), || self.said().contains(text));
    }

    /// Where it serves its own health.
    pub(crate) fn health(&self) -> SocketAddr {
        self.until_says("\"health\":\"");
        let said = self.said();
        let (_, rest) = said.split_once("\"health\":\"").unwrap();
        rest.split_once('"').unwrap().0.parse().unwrap()
    }

    /// What its own health answers at `path`, head and body.
    pub(crate) fn ask(&self, path: &str) -> String {
        http::send(self.health(), &format!("GET {path}"), "", "")
    }

    /// The most memory that it held at once, bytes.
    pub(crate) fn peak(&self) -> u64 {
        high_water(self.child.id()).unwrap() * 1024
    }

    /// Sends it a signal: `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let (signal, id) = (format!("-{name}"), self.child.id().to_string());
        let sent = Command::new("kill").args([signal, id]).status().unwrap();
        assert!(sent.success());
    }

    /// Kills it, and waits until it is gone: of that, and of nothing else.
    pub(crate) fn kill(mut self) {
        const KILLED: i32 = 9;
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(KILLED), "{status}");
    }

    /// Waits for its end, and gives the exit code.
    pub(crate) fn ended(mut self) -> Option<i32> {
        let mut status = None;
        place::until("the agent's end", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code()
    }

    /// Tells it to drain, and gives the exit code.
    pub(crate) fn drain(self) -> Option<i32> {
        self.signal("TERM");
        self.ended()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the agent said:\n{}", self.said());
        }
    }
}
