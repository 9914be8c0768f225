//! What the demo writes down: configurations as anyone would write them, so that they can be read
//! and used again.

use crate::trouble::Report;
use jaunt_agent::config as agent;
use jaunt_demo::Region;
use jaunt_hub::config as hub;
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Where everything is; gone with the demo unless someone asked for it to stay.
pub(super) struct Folder {
    path: PathBuf,
    stays: bool,
}

#[derive(Debug, thiserror::Error)]
enum FilesError {
    #[error("cannot write `{}`", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// A fault of the demo's own texts.
    #[error("`{0}` of the demo is refused: a fault of jaunt")]
    Refused(&'static str),
}

impl Folder {
    /// Makes it.
    pub(super) fn open(asked: Option<&Path>) -> Result<Self, Report> {
        let usual = || std::env::temp_dir().join(format!("jaunt-demo-{}", std::process::id()));
        let path = asked.map_or_else(usual, Path::to_owned);
        let made = std::fs::create_dir_all(&path).and_then(|()| std::path::absolute(&path));
        let path = made.map_err(|error| FilesError::Write(path, error))?;
        Ok(Self {
            path,
            stays: asked.is_some(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration of a region's agent, written down and read.
    pub(super) fn agent(&self, region: &Region, hub: SocketAddr) -> Result<agent::Config, Report> {
        let Region {
            name,
            place,
            resolver,
            ..
        } = region;
        let text = format!(
            r#"region   = "{name}"
instance = "demo-{name}"
data_dir = "{name}"
listen   = "{place}:0"
drain    = "2s"

[[source]]
dir      = "journeys"
customer = "acme"

[customers.acme]
secrets = {{ dir = "secrets" }}
egress  = ["127.0.0.0/8"]

[resolver]
servers = ["{resolver}"]

[reference]
names = ["control.test"]

[[export]]
name      = "hub"
endpoint  = "http://{hub}"
slots     = true
interval  = "10s"
"#
        );
        let file = format!("agent-{name}.toml");
        self.put(&file, &text)?;
        let parsed = agent::parse(&text, &self.path, &agent::Process);
        Ok(parsed.config.ok_or(FilesError::Refused("agent.toml"))?)
    }

    /// The hub's configuration, written down and read.
    pub(super) fn hub(&self, port: u16) -> Result<hub::Config, Report> {
        let text = format!(
            r#"data_dir = "hub"
ingest   = "127.0.0.1:0"
web      = "127.0.0.1:{port}"

[[source]]
dir      = "journeys"
customer = "acme"
"#
        );
        self.put("hub.toml", &text)?;
        let parsed = hub::parse(&text, &self.path, &hub::Process);
        Ok(parsed.config.ok_or(FilesError::Refused("hub.toml"))?)
    }

    fn put(&self, name: &str, text: &str) -> Result<(), Report> {
        let path = self.path.join(name);
        std::fs::write(&path, text).map_err(|error| FilesError::Write(path, error))?;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.stays {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
