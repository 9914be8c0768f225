//! httpbin under gunicorn: an HTTP application that nobody here wrote.

use super::{place, process::Process, skip};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, Weak},
};
use tempfile::TempDir;

/// A running httpbin.
pub(crate) struct Httpbin {
    addr: SocketAddr,
    dir: TempDir,
    _process: Process,
}

/// The one that tests share while any of them needs it: it takes a second to come up.
static SHARED: Mutex<Weak<Httpbin>> = Mutex::new(Weak::new());

impl Httpbin {
    /// The shared one; `None`, said aloud, where it is not installed.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    fn start() -> Option<Self> {
        let gunicorn = skip::python_tool("bin/gunicorn")?;
        let dir = TempDir::new().unwrap();
        let addr = place::address();
        let bind = addr.to_string();
        let log = dir.path().join("access.log");
        std::fs::write(&log, "").unwrap();
        let args = [
            "--bind",
            &bind,
            "--workers",
            "1",
            "--worker-class",
            "gthread",
            "--threads",
            "16",
            "--keep-alive",
            "30",
            "--access-logfile",
            log.to_str().unwrap(),
            "--access-logformat",
            "%(m)s %(U)s?%(q)s %(s)s",
            "httpbin:app",
        ];
        let process = Process::start(&gunicorn, &args, dir.path());
        process.until_says("Booting worker");
        place::until_accepting(addr, "httpbin");
        Some(Self {
            addr,
            dir,
            _process: process,
        })
    }

    /// A URL of this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// How often it answered a request whose line holds `mark`, once it did so at all.
    ///
    /// Tests share the server, so each puts a mark of its own into its URLs.
    pub(crate) fn answered(&self, mark: &str) -> usize {
        let count = || {
            let log = std::fs::read_to_string(self.dir.path().join("access.log")).unwrap();
            log.lines().filter(|line| line.contains(mark)).count()
        };
        place::until(&format!("{mark} in httpbin's log"), || count() > 0);
        count()
    }
}
