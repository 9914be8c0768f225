//! nginx: a server that nobody here wrote.

use super::{
    pki::{Authority, Identity},
    place,
    process::Process,
    skip,
    space::Space,
};
use serde_json::Value;
use std::{
    fmt::Write,
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, UNIX_EPOCH},
};
use tempfile::TempDir;

/// A running nginx with one site.
pub(crate) struct Nginx {
    addr: SocketAddr,
    dir: TempDir,
    scheme: &'static str,
    _process: Process,
}

/// What the site is like.
#[derive(Default)]
pub(crate) struct Site<'a> {
    /// TLS with this certificate.
    pub(crate) tls: Option<&'a Identity>,
    /// Offers HTTP/2.
    pub(crate) http2: bool,
    /// Directives of the `server` block: `location`s, `keepalive_requests`, …
    pub(crate) server: &'a str,
    /// Where to listen; a loopback address of its own by default.
    pub(crate) at: Option<SocketAddr>,
    /// The namespace it runs in.
    pub(crate) space: Option<&'a Space>,
}

/// The log: one JSON object a request, with what nginx itself measured and counted.
const LOG: &str = r#"log_format json escape=json '{"method":"$request_method","uri":"$request_uri",'
 '"status":$status,"connection":$connection,"nth":$connection_requests,"bytes":$bytes_sent,'
 '"length":$request_length,"took":$request_time,"host":"$host","agent":"$http_user_agent",'
 '"protocol":"$server_protocol","tls":"$ssl_protocol","cipher":"$ssl_cipher",'
 '"reused":"$ssl_session_reused","sni":"$ssl_server_name","verify":"$ssl_client_verify",'
 '"cookie":"$http_cookie","authorization":"$http_authorization",'
 '"trace":"$http_traceparent","at":$msec}';"#;

impl Nginx {
    /// Starts it; `None`, said aloud, where nginx is not installed.
    pub(crate) fn start(site: Site<'_>) -> Option<Self> {
        let program = skip::program("nginx")?;
        let dir = TempDir::new().unwrap();
        let addr = site.at.unwrap_or_else(place::address);
        std::fs::create_dir(dir.path().join("root")).unwrap();
        std::fs::write(dir.path().join("root/index.html"), "<title>home</title>\n").unwrap();
        std::fs::write(
            dir.path().join("nginx.conf"),
            config(&site, addr, dir.path()),
        )
        .unwrap();
        let prefix = dir.path().to_str().unwrap();
        let conf = format!("{prefix}/nginx.conf");
        let args = ["-p", prefix, "-c", &conf, "-e", "stderr"];
        let runner = site.space.map(Space::runner).unwrap_or_default();
        let process = Process::start_under(&runner, &program, &args, dir.path());
        process.until_says("start worker process ");
        let scheme = if site.tls.is_some() { "https" } else { "http" };
        Some(Self {
            addr,
            dir,
            scheme,
            _process: process,
        })
    }

    /// One that speaks HTTP/2 over TLS before the server at `behind`, and passes on at once what
    /// comes from either side.
    pub(crate) fn http2_before(behind: SocketAddr, authority: &Authority) -> Option<Self> {
        let at = place::address();
        let identity = authority.sound(&[&at.ip().to_string()]);
        let server = format!(
            "client_max_body_size 0;
             location / {{
               proxy_pass http://{behind}; proxy_http_version 1.1;
               proxy_buffering off; proxy_request_buffering off;
             }}"
        );
        Self::start(Site {
            tls: Some(&identity),
            http2: true,
            server: &server,
            at: Some(at),
            ..Site::default()
        })
    }

    /// A URL of this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.addr)
    }

    /// Puts a file where the site serves it.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.dir.path().join("root").join(name), content).unwrap();
    }

    /// Puts a folder for files.
    pub(crate) fn put_folder(&self, name: &str) {
        std::fs::create_dir(self.dir.path().join("root").join(name)).unwrap();
    }

    /// Puts a file of so many zeros, which takes no room on the disk.
    pub(crate) fn put_zeros(&self, name: &str, count: u64) {
        let file = std::fs::File::create(self.dir.path().join("root").join(name)).unwrap();
        file.set_len(count).unwrap();
    }

    /// Puts a file in another's place, whole, and with a time that no other has: nginx makes its
    /// ETag of seconds and size.
    pub(crate) fn replace(&self, name: &str, content: impl AsRef<[u8]>) {
        static REPLACED: AtomicU64 = AtomicU64::new(1);
        let second = Duration::from_secs(REPLACED.fetch_add(1, Ordering::Relaxed));
        let new = self.dir.path().join("new");
        std::fs::write(&new, content).unwrap();
        let file = std::fs::File::options().write(true).open(&new).unwrap();
        file.set_modified(UNIX_EPOCH + second).unwrap();
        std::fs::rename(new, self.dir.path().join("root").join(name)).unwrap();
    }

    /// What it logged, once at least `count` requests are in its log.
    pub(crate) fn log(&self, count: usize) -> Vec<Value> {
        let read = || {
            let text = std::fs::read_to_string(self.dir.path().join("access.log")).unwrap();
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<_>>()
        };
        place::until(&format!("{count} requests in nginx's log"), || {
            read().len() >= count
        });
        read()
    }
}

fn config(site: &Site<'_>, addr: SocketAddr, dir: &Path) -> String {
    let mut modules = String::new();
    if Path::new("/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so").exists() {
        modules.push_str("load_module /usr/lib/nginx/modules/ngx_http_brotli_filter_module.so;\n");
    }
    let mut listen = addr.to_string();
    let mut tls = String::new();
    if let Some(identity) = site.tls {
        listen.push_str(" ssl");
        let (cert, key) = (identity.chain_file(), identity.key_file());
        let (cert, key) = (cert.display(), key.display());
        write!(tls, "ssl_certificate {cert}; ssl_certificate_key {key};").unwrap();
    }
    if site.http2 {
        listen.push_str(" http2");
    }
    let (dir, server) = (dir.display(), site.server);
    format!(
        "{modules}
         daemon off; master_process on; worker_processes 1; user root;
         pid {dir}/nginx.pid; error_log stderr notice;
         events {{ worker_connections 512; }}
         http {{
           {LOG}
           access_log {dir}/access.log json;
           client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy;
           fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
           types {{ text/html html; application/json json; text/plain txt; }}
           default_type application/octet-stream;
           lingering_close off;
           server {{ listen {listen}; root {dir}/root; {tls} {server} }}
         }}",
    )
}
