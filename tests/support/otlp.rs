//! An OTLP receiver on the official Python protos: a decoder that is not ours.

use super::{place, process::Process, skip};
use serde_json::Value;
use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpStream},
    path::PathBuf,
};
use tempfile::TempDir;

/// A receiver, running unless it was stopped.
pub(crate) struct Receiver {
    python: PathBuf,
    grpc: SocketAddr,
    http: SocketAddr,
    dir: TempDir,
    process: Option<Process>,
}

impl Receiver {
    /// Starts it; `None`, said aloud, where its packages are not installed.
    pub(crate) fn start() -> Option<Self> {
        let python = skip::python_tool("bin/python")?;
        let (grpc, http) = (place::address(), place::address_with_port(4318));
        let mut receiver = Self {
            python,
            grpc: SocketAddr::new(http.ip(), grpc.port()),
            http,
            dir: TempDir::new().unwrap(),
            process: None,
        };
        receiver.resume();
        Some(receiver)
    }

    /// Starts it again where it was; what it had got is kept.
    pub(crate) fn resume(&mut self) {
        let script = place::fixture("otlp_receiver.py");
        let ip = self.http.ip().to_string();
        let (grpc, http) = (self.grpc.port().to_string(), self.http.port().to_string());
        let (script, file) = (script.to_str().unwrap(), self.file(""));
        let args = [script, &ip, &grpc, &http, file.to_str().unwrap()];
        let process = Process::start(&self.python, &args, self.dir.path());
        process.until_says("receiver is ready");
        self.process = Some(process);
    }

    /// Ends it: whoever connects is refused.
    pub(crate) fn stop(&mut self) {
        self.process = None;
        let refuses = |addr| {
            let error = TcpStream::connect(addr).err();
            error.is_some_and(|error| error.kind() == ErrorKind::ConnectionRefused)
        };
        place::until("the receiver's ports closed", || {
            refuses(self.http) && refuses(self.grpc)
        });
    }

    /// What is done to each request from now on; see the fixture.
    pub(crate) fn mood(&self, mood: &Value) {
        let next = self.file(".next");
        std::fs::write(&next, mood.to_string()).unwrap();
        std::fs::rename(next, self.file(".mood")).unwrap();
    }

    /// How many requests it refused, reset or held up in this mood.
    pub(crate) fn met(&self, mood: &Value) -> usize {
        let text = std::fs::read_to_string(self.file(".met")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let moods = whole.lines().map(serde_json::from_str);
        moods
            .filter(|met: &Result<Value, _>| met.as_ref().unwrap() == mood)
            .count()
    }

    fn file(&self, more: &str) -> PathBuf {
        self.dir.path().join(format!("received.jsonl{more}"))
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
        let text = std::fs::read_to_string(self.file("")).unwrap();
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole
            .lines()
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
