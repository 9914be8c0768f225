//! An OTLP receiver on the official Python protos: a decoder that is not ours.

use super::{place, process::Process, skip};
use serde_json::Value;
use std::net::SocketAddr;
use tempfile::TempDir;

/// A running receiver.
pub(crate) struct Receiver {
    grpc: SocketAddr,
    http: SocketAddr,
    dir: TempDir,
    _process: Process,
}

impl Receiver {
    /// Starts it; `None`, said aloud, where its packages are not installed.
    pub(crate) fn start() -> Option<Self> {
        let python = skip::python_tool("bin/python")?;
        let dir = TempDir::new().unwrap();
        let (grpc, http) = (place::address(), place::address_with_port(4318));
        let grpc = SocketAddr::new(http.ip(), grpc.port());
        let script = place::fixture("otlp_receiver.py");
        let (ip, file) = (http.ip().to_string(), dir.path().join("received.jsonl"));
        let (grpc_port, http_port) = (grpc.port().to_string(), http.port().to_string());
        let script = script.to_str().unwrap();
        let args = [script, &ip, &grpc_port, &http_port, file.to_str().unwrap()];
        let process = Process::start(&python, &args, dir.path());
        process.until_says("receiver is ready");
        Some(Self {
            grpc,
            http,
            dir,
            _process: process,
        })
    }

    /// Its endpoint for gRPC.
    pub(crate) fn grpc(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// Its base endpoint for HTTP.
    pub(crate) fn http(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Every request that it got, with the message as the protos' own JSON.
    pub(crate) fn received(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.dir.path().join("received.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The requests of one signal.
    pub(crate) fn of(&self, signal: &str) -> Vec<Value> {
        self.received()
            .into_iter()
            .filter(|request| request["signal"] == signal)
            .collect()
    }

    /// All bytes that it got, decompressed.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let decode = |request: &Value| {
            let raw = request["raw"].as_str().unwrap();
            data_encoding::BASE64.decode(raw.as_bytes()).unwrap()
        };
        self.received().iter().flat_map(decode).collect()
    }
}
