//! rotel, a collector that is not ours: what is sent to it comes out at a receiver on the official
//! protos.

use super::{otlp::Receiver, place, process::Process, skip};
use std::net::SocketAddr;
use tempfile::TempDir;

/// A running collector with a receiver behind it.
pub(crate) struct Rotel {
    grpc: SocketAddr,
    http: SocketAddr,
    pub(crate) behind: Receiver,
    process: Process,
    _dir: TempDir,
}

impl Rotel {
    /// Starts both; `None`, said aloud, where they are not installed.
    pub(crate) fn start() -> Option<Self> {
        let program = skip::python_tool("lib/python3.11/site-packages/rotel/rotel-agent")?;
        let behind = Receiver::start()?;
        let dir = TempDir::new().unwrap();
        let (grpc, http) = (place::address(), place::address());
        let (pid, log) = (dir.path().join("pid"), dir.path().join("log"));
        let args = [
            "start",
            "--exporter=otlp",
            "--otlp-exporter-protocol=grpc",
            &format!("--otlp-exporter-endpoint={}", behind.grpc()),
            &format!("--otlp-grpc-endpoint={grpc}"),
            &format!("--otlp-http-endpoint={http}"),
            &format!("--pid-file={}", pid.display()),
            &format!("--log-file={}", log.display()),
        ];
        let process = Process::start(&program, &args, dir.path());
        place::until_accepting(grpc, "rotel's port for gRPC");
        place::until_accepting(http, "rotel's port for HTTP");
        Some(Self {
            grpc,
            http,
            behind,
            process,
            _dir: dir,
        })
    }

    /// Its endpoint for gRPC.
    pub(crate) fn grpc(&self) -> String {
        format!("grpc://{}", self.grpc)
    }

    /// Its base endpoint for HTTP.
    pub(crate) fn http(&self) -> String {
        format!("http://{}", self.http)
    }

    /// What it complained about.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let said = self.process.said();
        let is_complaint = |line: &&str| line.contains("WARN") || line.contains("ERROR");
        said.lines()
            .filter(is_complaint)
            .map(str::to_owned)
            .collect()
    }
}
