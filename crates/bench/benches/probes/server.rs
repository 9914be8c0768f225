//! What is probed: nginx and a small name server, in processes of their own.

use crate::{
    Trouble,
    kind::{Kind, Target},
    process::{self, Running},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// The servers, running.
pub(crate) struct Site {
    https: SocketAddr,
    http: SocketAddr,
    dns: SocketAddr,
    folder: TempDir,
    _nginx: Running,
    _dns: Running,
}

impl Site {
    /// Starts them; `None` where nginx is not installed.
    pub(crate) fn start() -> Result<Option<Self>, Trouble> {
        let Some(nginx) = process::installed("nginx") else {
            return Ok(None);
        };
        let (https, http) = (free_address()?, free_address()?);
        let folder = TempDir::new()?;
        let at = folder.path();
        certify(https, at)?;
        let file = at.join("nginx.conf");
        std::fs::write(&file, config(https, http, at))?;
        let nginx = Running::start(
            Command::new(nginx)
                .args(["-e", "stderr", "-p"])
                .arg(at)
                .arg("-c")
                .arg(&file)
                .stderr(Stdio::inherit()),
        )?;
        process::until_listening(https)?;
        process::until_listening(http)?;
        let mut answerer = Running::again(&["answer"])?;
        Ok(Some(Self {
            https,
            http,
            dns: answerer.hear()?.parse()?,
            folder,
            _nginx: nginx,
            _dns: answerer,
        }))
    }

    /// What a probe of this kind is aimed at.
    pub(crate) fn target(&self, kind: Kind) -> Target {
        Target {
            kind,
            address: match kind {
                Kind::Https => self.https,
                Kind::Http | Kind::Tcp => self.http,
                Kind::Dns => self.dns,
            },
            ca: self.ca(),
        }
    }

    /// The file of the root.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Where files may be put that are gone with the site.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// An address on loopback where nothing listens.
pub(crate) fn free_address() -> Result<SocketAddr, Trouble> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// One process, so that ending it ends all of it; what it says is small, as a health check's is.
fn config(https: SocketAddr, http: SocketAddr, at: &Path) -> String {
    let at = at.display();
    format!(
        "daemon off; master_process off; pid {at}/nginx.pid; error_log stderr error;
         events {{ worker_connections 512; }}
         http {{
           access_log off;
           client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;
           fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
           default_type application/json;
           keepalive_requests 1000000;
           ssl_protocols TLSv1.3; ssl_session_tickets off; ssl_session_cache off;
           ssl_certificate {at}/cert.pem; ssl_certificate_key {at}/key.pem;
           server {{
             listen {https} ssl; listen {http};
             location / {{ return 200 '{{\"id\": \"a17\", \"status\": \"confirmed\"}}'; }}
           }}
         }}\n"
    )
}

/// A root and a certificate for `address` (ECDSA P-256), as files.
fn certify(address: SocketAddr, at: &Path) -> Result<(), Trouble> {
    let key = || KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256);
    let mut root = CertificateParams::default();
    root.distinguished_name
        .push(DnType::CommonName, "jaunt bench root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = CertifiedIssuer::self_signed(root, key()?)?;
    let mut leaf = CertificateParams::new(vec![address.ip().to_string()])?;
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let own = key()?;
    let cert = leaf.signed_by(&own, &root)?;
    std::fs::write(at.join("ca.pem"), root.pem())?;
    std::fs::write(at.join("cert.pem"), cert.pem())?;
    std::fs::write(at.join("key.pem"), own.serialize_pem())?;
    Ok(())
}

/// A name server that says `127.0.0.1` to every question; it says where it is, and ends when its
/// standard input does.
pub(crate) fn answer() -> Result<(), Trouble> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    println!("{}", socket.local_addr()?);
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let mut packet = [0; 4096];
    loop {
        let (count, from) = socket.recv_from(&mut packet)?;
        if let Some(reply) = packet.get(..count).and_then(reply) {
            socket.send_to(&reply, from)?;
        }
    }
}

/// The answer to a message of one question (RFC 1035 §4.1): header, the question again, an address.
fn reply(message: &[u8]) -> Option<Vec<u8>> {
    let mut end = 12;
    loop {
        match *message.get(end)? {
            0 => break,
            length => end += usize::from(length) + 1,
        }
    }
    let question = message.get(12..end + 5)?;
    let mut reply = message.get(..2)?.to_vec();
    reply.extend([0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
    reply.extend(question);
    reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 127, 0, 0, 1]);
    Some(reply)
}
