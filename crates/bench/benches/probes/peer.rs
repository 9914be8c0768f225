//! The peer: blackbox_exporter, asked as Prometheus asks it, over one kept connection.

use crate::{
    Trouble,
    kind::{Kind, NAME, Target},
    process::{self, Running},
    server::free_address,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::{
    net::SocketAddr,
    process::{Command, Stdio},
};
use tempfile::TempDir;
use tokio::{net::TcpStream, task::JoinSet};

/// What Debian calls it.
pub(crate) const PROGRAM: &str = "prometheus-blackbox-exporter";

/// A running exporter.
pub(crate) struct Exporter {
    at: SocketAddr,
    path: String,
    running: Running,
    _folder: TempDir,
}

/// A connection to an exporter.
pub(crate) struct Peer {
    at: SocketAddr,
    path: String,
    sender: http1::SendRequest<Empty<Bytes>>,
    _connection: JoinSet<()>,
}

impl Exporter {
    /// Starts an exporter for `target`; `None` where it is not installed.
    pub(crate) fn start(target: &Target) -> Result<Option<Self>, Trouble> {
        let Some(program) = process::installed(PROGRAM) else {
            return Ok(None);
        };
        let folder = TempDir::new()?;
        let file = folder.path().join("blackbox.yml");
        std::fs::write(&file, config(target))?;
        let at = free_address()?;
        let running = Running::start(
            Command::new(program)
                .arg(format!("--config.file={}", file.display()))
                .arg(format!("--web.listen-address={at}"))
                .arg("--log.level=error")
                .stderr(Stdio::null()),
        )?;
        process::until_listening(at)?;
        Ok(Some(Self {
            at,
            path: format!("/probe?module=bench&target={}", asked(target)),
            running,
            _folder: folder,
        }))
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.running.id()
    }

    /// A connection of its own.
    pub(crate) async fn connect(&self) -> Result<Peer, Trouble> {
        let stream = TcpStream::connect(self.at).await?;
        stream.set_nodelay(true)?;
        let (sender, serving) = http1::handshake(TokioIo::new(stream)).await?;
        let mut connection = JoinSet::new();
        connection.spawn(async move {
            let _ = serving.await;
        });
        Ok(Peer {
            at: self.at,
            path: self.path.clone(),
            sender,
            _connection: connection,
        })
    }
}

impl Peer {
    /// Asks for a probe, which passes.
    pub(crate) async fn probe(&mut self) -> Result<(), Trouble> {
        let request = http::Request::get(&self.path)
            .header("host", self.at.to_string())
            .body(Empty::new())?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let body = response.into_body().collect().await?.to_bytes();
        let text = String::from_utf8_lossy(&body);
        match text.contains("\nprobe_success 1") {
            true => Ok(()),
            false => Err(format!("the probe failed: {text}").into()),
        }
    }
}

fn asked(target: &Target) -> String {
    let at = target.address;
    match target.kind {
        Kind::Https => format!("https://{at}/"),
        Kind::Http => format!("http://{at}/"),
        Kind::Tcp | Kind::Dns => at.to_string(),
    }
}

fn config(target: &Target) -> String {
    let ca = target.ca.display();
    let module = match target.kind {
        Kind::Https => format!(
            "{{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4, \
             fail_if_not_ssl: true, tls_config: {{ca_file: \"{ca}\"}}}}}}"
        ),
        Kind::Http => "{prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}".to_owned(),
        Kind::Tcp => "{prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4}}".to_owned(),
        Kind::Dns => format!(
            "{{prober: dns, timeout: 5s, dns: {{preferred_ip_protocol: ip4, \
             transport_protocol: udp, query_name: \"{NAME}\", query_type: A}}}}"
        ),
    };
    format!("modules:\n  bench: {module}\n")
}
